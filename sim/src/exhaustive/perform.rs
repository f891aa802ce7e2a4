//! What becomes of the world when an engine calls: each call is one transaction.

use std::sync::Arc;

use super::{
    config::Setting,
    database::Capture,
    names::FRESH,
    rule::Rule,
    words::{Call, Event, Person, Said},
    world::World,
};

impl World {
    /// Carries out what an engine asks for, in one transaction.
    pub(super) fn perform(&mut self, setting: &Setting, platform: usize, call: &Call) -> Said {
        match call {
            Call::Registration => Said::Registration(self.ledger.registered[platform]),
            Call::Register { replica } => {
                Arc::make_mut(&mut self.ledger).registered[platform] = Some(*replica);
                Said::Done
            }
            Call::Head => Said::Head(self.ledger.head()),
            Call::Pull(question) => Said::News(self.ledger.pull(setting, platform, *question)),
            Call::Append(events) => {
                self.remember_sent(platform, events);
                self.append(setting, platform, events)
            }
            Call::Attach { replica, is_decided } => {
                self.attach(platform, *replica, *is_decided);
                Said::Done
            }
            Call::View => Said::View(self.database(platform).capture.as_ref().map(Capture::view)),
            _ => self.perform_attached(setting, platform, call),
        }
    }

    /// What makes sense only in a database that is attached. One that was put back from a time before that fails.
    fn perform_attached(&mut self, setting: &Setting, platform: usize, call: &Call) -> Said {
        let acknowledged = self.sides[platform].acknowledged;
        if self.database(platform).capture.is_none() {
            return Said::Lost;
        }
        // Nothing is copied for what only reads.
        match call {
            Call::Compare => return Said::Compared(self.database(platform).differing().len() as u64),
            Call::Outbox => return self.read(platform, |capture| Said::Rows(capture.outbox.clone())),
            Call::OldestMs => return self.read(platform, |capture| Said::OldestMs(capture.oldest_ms())),
            _ => {}
        }
        let database = self.database_mut(platform);
        match call {
            Call::Apply { news, now_ms } => {
                return Said::Applied(database.apply(setting, news, *now_ms, acknowledged));
            }
            Call::Settle => database.settle(),
            Call::Resolve => database.resolve(),
            Call::Rewind(from) => {
                if let Some(capture) = &mut database.capture {
                    capture.rewind(setting, *from);
                }
            }
            Call::Tidy { accepted, before_ms } => {
                if let Some(capture) = &mut database.capture {
                    capture.tidy(setting, *accepted, *before_ms);
                }
            }
            _ => return Said::Lost,
        }
        Said::Done
    }

    fn read(&self, platform: usize, read: impl FnOnce(&Capture) -> Said) -> Said {
        self.database(platform).capture.as_ref().map_or(Said::Lost, read)
    }

    pub(super) fn append(&mut self, setting: &Setting, platform: usize, events: &[Event]) -> Said {
        let era = self.era;
        let taken = Arc::make_mut(&mut self.ledger).append(setting, era, events);
        if setting.without == Some(Rule::OwnFromLog) {
            self.sides[platform].acknowledged |= events.iter().fold(0, |keys, event| keys | event.bit());
        }
        Said::Taken(taken)
    }

    fn attach(&mut self, platform: usize, replica: u8, is_decided: bool) {
        if self.database(platform).capture.is_some() {
            return;
        }
        let replica = if replica == FRESH { self.replicas } else { replica };
        self.replicas += u8::from(replica == self.replicas);
        let rows = self.database(platform).rows;
        let mut openings = Vec::new();
        for (nth, row) in rows.into_iter().enumerate() {
            openings.extend(row.map(|row| self.event(Person::of(platform, nth), true, row, false)));
        }
        self.database_mut(platform).attach(replica, is_decided, openings);
    }

    /// The network may bring a request once more.
    pub(super) fn remember_sent(&mut self, platform: usize, events: &[Event]) {
        let sent = (platform, events.to_vec());
        if self.left.repeats > 0 && !self.sent.contains(&sent) {
            self.sent.push(sent);
            self.sent.sort();
        }
    }
}
