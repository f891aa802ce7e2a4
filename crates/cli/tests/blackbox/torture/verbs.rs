//! Verbs beside the program at work, and in its place.

use rand::{RngExt, seq::IndexedRandom};

use super::ordeal::{NEWCOMERS, Ordeal, REGULARS};
use crate::harness::{
    answers::{exit, state},
    database::objects,
    let_run_ms,
    process::Said,
};

impl Ordeal {
    /// Beside the first, for a while; then it is killed, or ends as it is asked to.
    pub(super) fn second_program(&mut self) {
        let mut second = self.world.start(&["run", "--shared"]);
        self.tally.count("second programs");
        self.let_run_up_to_ms(1_000);
        if self.dice.random_bool(0.7) {
            second.kill();
            self.tally.count("kills of second programs");
        } else {
            assert!(second.is_running(), "the second program has ended by itself");
            second.signal("TERM");
            let _ = second.finish();
        }
    }

    pub(super) fn sync_beside(&mut self) {
        let said = self.world.verb(&["sync", "--until-idle", "--shared", "--timeout", "1s"]);
        self.sync_has_said(&said);
    }

    /// Bots that write all the time may never be in step within its time.
    pub(super) fn sync_has_said(&mut self, said: &Said) {
        self.fits("sync", said, &[exit::DONE, exit::NO]);
        self.tally.count("syncs beside");
    }

    pub(super) fn status_beside(&mut self) {
        let status = self.world.status();
        for platform in &status.platforms {
            let is_asking = [state::PAUSED, state::REFUSED, state::NOT_ATTACHED].contains(&&*platform.state);
            assert!(!is_asking, "{platform:?}");
        }
        self.tally.count("status beside");
    }

    /// Whatever is on its way, the invariants hold.
    pub(super) fn verify_beside(&mut self) {
        let said = self.world.verb(&["verify", "--json"]);
        self.fits("verify", &said, &[exit::DONE]);
        self.tally.count("verify beside");
    }

    pub(super) fn show_beside(&mut self) {
        let said =
            self.world.verb(&["show", &format!("discord:{}", self.dice.random_range(REGULARS)), "--json"]);
        self.fits("show", &said, &[exit::DONE]);
        self.tally.count("show beside");
    }

    /// Killed on its way, or not.
    pub(super) fn link(&mut self) {
        let unlinked: Vec<u32> =
            REGULARS.chain(NEWCOMERS).filter(|user| !self.linked.contains(user)).collect();
        let Some(&user) = unlinked.choose(&mut self.dice) else { return };
        let identities = [format!("telegram:{user}"), format!("discord:{user}")];
        let args = ["link", &identities[0], &identities[1]];
        if self.dice.random_bool(0.5) {
            let mut link = self.world.start(&args);
            self.let_run_up_to_ms(40);
            link.kill();
            self.tally.count("kills of link");
        }
        let said = self.world.verb(&args);
        self.fits("link", &said, &[exit::DONE, exit::RULE]);
        let is_linked = said.code == Some(exit::DONE) || said.all().contains("AlreadyLinked");
        // A newcomer may not have come yet.
        let is_unknown = said.all().contains("IdentityUnknown") && NEWCOMERS.contains(&user);
        assert!(is_linked || is_unknown || said.code == Some(exit::UNREACHABLE), "{}", said.all());
        if is_linked {
            self.linked.insert(user);
            self.tally.count("links");
        }
    }

    /// One platform's bot rests: every trace is taken out of its database and put in again, killed on the way or not.
    pub(super) fn reattach(&mut self, place: usize) {
        self.free();
        self.end_run();
        self.bots[place].rest();
        let name = self.bots[place].name;
        self.verb_at_last(&["detach", name]);
        let left: Vec<_> = objects(&self.bots[place].path())
            .into_keys()
            .filter(|name| name.starts_with("onepurse"))
            .collect();
        assert!(left.is_empty(), "left after detach: {left:?}");
        self.verb_at_last(&["attach", name]);
        self.tally.count("reattached");
        self.bots[place].go();
        self.start_run();
    }

    /// Killed twice, perhaps, and then done.
    fn verb_at_last(&mut self, args: &[&str]) {
        for _ in 0..self.dice.random_range(0..=2) {
            let mut process = self.world.start(args);
            let_run_ms(self.dice.random_range(0..80));
            process.kill();
            self.tally.count("kills of attach and detach");
        }
        self.world.ok(args);
    }
}
