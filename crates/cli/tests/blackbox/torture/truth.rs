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
        for (place, other) in [(TELEGRAM, DISCORD), (DISCORD, TELEGRAM)] {
            for (user, own) in &truth[place] {
                let (me, twin) = (self.identity(place, *user), self.identity(other, *user));
                let purse = self.world.show(&me);
                let is_linked = purse.identities.contains(&twin);
                assert!(is_linked || !self.linked.contains(user), "{me} was linked, and is not: {purse:?}");
                let others = truth[other].get(user).filter(|_| is_linked);
                let expected = own + others.copied().unwrap_or_default();
                assert_eq!(purse.balances["coins"], expected.to_string(), "{me} in the ledger");
                // Whose row is deleted just now gets it again some time.
                if let Some(&shown) = shown[place].get(user) {
                    assert_eq!(shown, expected, "{me} in the bot's database");
                }
            }
        }
        self.world.verify();
        self.tally.count("checks");
        self.look();
        self.bots.iter_mut().for_each(Writer::go);
    }

    fn identity(&self, place: usize, user: u32) -> String {
        format!("{}:{user}", self.bots[place].name)
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
