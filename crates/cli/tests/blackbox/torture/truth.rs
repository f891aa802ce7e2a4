//! The whole truth, in a quiet moment: what the bots by their own account have committed is what everyone sees.

use std::time::Duration;

use super::{
    ordeal::{DISCORD, Ordeal, TELEGRAM},
    writer::Writer,
};
use crate::harness::wait::look_until;

/// How long it may take until all are in step, with space everywhere and bots that rest.
const DEADLINE: Duration = Duration::from_secs(30);

impl Ordeal {
    /// Frees all disks, lets everyone rest and everything come in step, and checks everything.
    pub(super) fn check(&mut self) {
        self.free();
        self.bots.iter_mut().for_each(Writer::rest);
        self.comes_in_step();
        let truth = self.bots.each_ref().map(Writer::truth);
        let shown = self.bots.each_ref().map(Writer::shown);
        let mut users: Vec<u32> = truth.iter().flat_map(|truth| truth.keys().copied()).collect();
        users.sort_unstable();
        users.dedup();
        for user in users {
            let identities = self.bots.each_ref().map(|bot| format!("{}:{user}", bot.name));
            let is_linked = self.is_linked(user, &identities);
            let both = truth.iter().filter_map(|truth| truth.get(&user)).sum::<i64>();
            for place in [TELEGRAM, DISCORD] {
                let Some(&own) = truth[place].get(&user) else { continue };
                let expected = if is_linked { both } else { own };
                let coins = self.world.coins(&identities[place]);
                assert_eq!(coins, expected.to_string(), "{} in the ledger", identities[place]);
                // Whoever was deleted is there again some time.
                if let Some(&shown) = shown[place].get(&user) {
                    assert_eq!(shown, expected, "{} in the bot's database", identities[place]);
                }
            }
        }
        self.world.verify();
        self.tally.count("checks");
        self.look();
        self.bots.iter_mut().for_each(Writer::go);
    }

    /// What the ledger says; who was linked for certain must be.
    fn is_linked(&mut self, user: u32, identities: &[String; 2]) -> bool {
        let is_known = |name: &String| self.world.coins(name) != "unknown";
        if !identities.iter().all(is_known) {
            assert!(!self.linked.contains(&user), "{identities:?} were linked");
            return false;
        }
        let purse = self.world.show(&identities[TELEGRAM]);
        let is_linked = purse.identities.contains(&identities[DISCORD]);
        assert!(
            is_linked || !self.linked.contains(&user),
            "{identities:?} were linked, and are not: {purse:?}"
        );
        is_linked
    }

    fn comes_in_step(&mut self) {
        let mut last = None;
        let found = look_until(DEADLINE, || {
            let status = last.insert(self.world.status());
            (status.ledger.reason.is_none() && status.all_in_step()).then_some(())
        });
        assert!(found.is_some(), "not in step after {DEADLINE:?}: {last:?}");
        let status = last.unwrap();
        for platform in &status.platforms {
            let left_over = [platform.held, platform.quarantined, platform.paused_identities];
            assert_eq!(left_over, [Some(0); 3], "{platform:?}");
        }
    }
}
