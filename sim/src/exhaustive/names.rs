//! What the words of this world are called in the core's.

use onepurse_core::{
    AssetName, Changes, Cursor, Event as CoreEvent, EventKey, EventKind, ExternalId, Identity, IdentityError,
    LedgerId, Opening, Platform, ReplicaId, Standing,
};
use onepurse_replica::{Attachment, Capture, Decision, Mass, OutboxRow, View};

use super::words::{EVERYONE, Event, News, Person, Seen};

/// Which ledger there is.
pub(super) const LEDGER: LedgerId = LedgerId([7; 16]);
/// The id that an engine thinks of for a database that never was a replica; the world gives it one of its own.
pub(super) const FRESH: u8 = u8::MAX;

/// The names of everyone and everything.
#[derive(Debug)]
pub(super) struct Names {
    pub(super) asset: AssetName,
    pub(super) platforms: [Platform; 2],
    pub(super) identities: [Identity; EVERYONE],
    openings: [EventKey; EVERYONE],
}

impl Names {
    pub(super) fn new() -> Result<Self, IdentityError> {
        let asset = AssetName::default();
        let identity = |text: &str| text.parse::<Identity>();
        let identities = [
            identity("telegram:1")?,
            identity("telegram:2")?,
            identity("discord:1")?,
            identity("discord:2")?,
        ];
        let openings = [0, 1, 2, 3].map(|at: usize| EventKey::opening(LEDGER, &identities[at], &asset));
        Ok(Self { asset, platforms: ["telegram".parse()?, "discord".parse()?], identities, openings })
    }

    /// Whoever is called so on a platform.
    pub(super) fn person(&self, platform: usize, external: &ExternalId) -> Option<Person> {
        let mut people = (0..EVERYONE).map(Person).filter(|person| person.platform() == platform);
        people.find(|person| self.identities[person.0].external == *external)
    }

    fn external(&self, person: Person) -> ExternalId {
        self.identities[person.0].external.clone()
    }

    pub(super) fn row(&self, event: &Event, n: i64) -> OutboxRow {
        OutboxRow {
            n,
            asset: self.asset.clone(),
            external: self.external(event.person),
            kind: if event.is_opening { EventKind::Opening } else { EventKind::Change },
            delta: event.delta,
            at_ms: event.at_ms,
            nonce: nonce(event.number),
            reason: None,
        }
    }

    /// The event that an engine sends, read back; `None` where it made something else of the row.
    pub(super) fn event(&self, platform: usize, event: &CoreEvent) -> Option<Event> {
        let person = self.person(platform, &event.identity.external)?;
        let is_opening = event.kind == EventKind::Opening;
        let number = if is_opening { 0 } else { number(event.key) };
        let key = if is_opening {
            self.openings[person.0]
        } else {
            EventKey::captured(event.captured_ms, nonce(number))
        };
        let is_itself = key == event.key && event.asset == self.asset && event.kind != EventKind::Repair;
        is_itself.then_some(Event {
            person,
            is_opening,
            number,
            delta: event.delta,
            at_ms: event.captured_ms,
        })
    }

    pub(super) fn changes(&self, news: News) -> Changes {
        let asset = || self.asset.clone();
        let key = |(number, at_ms)| EventKey::captured(at_ms, nonce(number));
        let opening = |person| Opening { asset: asset(), external: self.external(person) };
        let balance = |(person, amount, purse)| Standing {
            asset: asset(),
            external: self.external(person),
            amount,
            purse,
        };
        Changes {
            from: news.from,
            to: news.to,
            oldest_ms: news.oldest_ms,
            own: news.own.into_iter().map(key).collect(),
            openings: news.openings.into_iter().map(opening).collect(),
            balances: news.balances.into_iter().map(balance).collect(),
            names_everyone: news.from == Cursor::ZERO,
            reversals: vec![],
        }
    }

    /// The answer that an engine applies, read back.
    pub(super) fn news(&self, platform: usize, changes: &Changes) -> Option<News> {
        let own = |key: &EventKey| (number(*key), time_ms(*key));
        let opening = |opening: &Opening| self.person(platform, &opening.external);
        let balance = |one: &Standing| Some((self.person(platform, &one.external)?, one.amount, one.purse));
        Some(News {
            from: changes.from,
            to: changes.to,
            oldest_ms: changes.oldest_ms,
            own: changes.own.iter().map(own).collect(),
            openings: changes.openings.iter().map(opening).collect::<Option<_>>()?,
            balances: changes.balances.iter().map(balance).collect::<Option<_>>()?,
        })
    }

    pub(super) fn view(&self, platform: usize, seen: Option<Seen>) -> View {
        let Some(seen) = seen else { return View::Detached };
        View::Attached(Box::new(Attachment {
            replica: ReplicaId([seen.replica; 16]),
            ledger: LEDGER,
            platform: self.platforms[platform].clone(),
            older: false,
            cursor: seen.cursor,
            resync: seen.resync,
            compare: seen.compare,
            question: None,
            decision: seen.is_decided.then_some(Decision::Ledger),
            capture: Capture::Whole,
            pending: seen.pending,
            unsettled: seen.unsettled,
            locked: false,
            lately: Mass { changed: 0, gone: 0, of: 0 },
        }))
    }
}

fn nonce(number: u8) -> [u8; 8] {
    [0, 0, 0, 0, 0, 0, 0, number]
}

fn number(key: EventKey) -> u8 {
    key.0[15]
}

fn time_ms(key: EventKey) -> i64 {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&key.0[..8]);
    i64::from_be_bytes(bytes)
}
