//! Verbs beside the program at work, and in its place.

use rand::{RngExt, seq::IndexedRandom};

use super::ordeal::{NEWCOMERS, Ordeal, REGULARS, ends_well};
use crate::harness::{
    answers::{exit, state},
    database::objects,
    let_run_ms,
    process::Said,
};

impl Ordeal {
    /// Beside the first, for a while; then it is killed, or ends as it is asked to.
    pub(super) fn second_program(&mut self, is_killed: bool) {
        let mut second = self.world.start(&["run", "--shared"]);
        self.tally.count("second programs");
        self.let_run_up_to_ms(1_000);
        assert!(second.is_running(), "the second program has ended by itself");
        if is_killed {
            second.kill();
            self.tally.count("kills of second programs");
        } else {
            ends_well(second);
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

    /// Killed on its way; whether it was done, the ledger knows.
    pub(super) fn kill_link(&mut self) {
        let Some((_, identities)) = self.unlinked() else { return };
        let mut link = self.world.start(&["link", &identities[0], &identities[1]]);
        self.let_run_up_to_ms(40);
        link.kill();
        self.tally.count("kills of link");
    }

    pub(super) fn link_someone(&mut self) {
        let Some((user, identities)) = self.unlinked() else { return };
        self.ledgers_disk.free();
        let said = self.world.verb(&["link", &identities[0], &identities[1]]);
        let is_linked = said.code == Some(exit::DONE) || said.all().contains("AlreadyLinked");
        // A newcomer may not have come yet.
        let is_unknown = said.all().contains("IdentityUnknown") && NEWCOMERS.contains(&user);
        assert!(is_linked || is_unknown, "{identities:?}: {}", said.all());
        if is_linked {
            self.linked.insert(user);
            self.tally.count("links");
        }
    }

    /// One of the regulars who are not linked yet, or a newcomer, when all regulars are.
    fn unlinked(&mut self) -> Option<(u32, [String; 2])> {
        let mut left: Vec<u32> = REGULARS.filter(|user| !self.linked.contains(user)).collect();
        if left.is_empty() {
            left = NEWCOMERS.filter(|user| !self.linked.contains(user)).collect();
        }
        let &user = left.choose(&mut self.dice)?;
        Some((user, [format!("telegram:{user}"), format!("discord:{user}")]))
    }

    /// One platform's bot rests: every trace is taken out of its database and put in again.
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

    /// Killed once or twice, and then done.
    fn verb_at_last(&mut self, args: &[&str]) {
        for _ in 0..self.dice.random_range(1..=2) {
            let mut process = self.world.start(args);
            let_run_ms(self.dice.random_range(0..80));
            process.kill();
            self.tally.count("kills of attach and detach");
        }
        self.world.ok(args);
    }
}
