use crate::{Amount, AssetName, Cursor, EventKey, ExternalId, Platform, PurseId};

/// What a replica asks its ledger: what is new for `platform` since `from`?
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// Whose replica asks.
    pub platform: Platform,
    /// The last entry that the replica has applied.
    pub from: Cursor,
    /// The time of the oldest outbox row that the replica keeps (now, if it keeps none), in milliseconds since 1970.
    /// Only a question from zero makes use of it.
    pub oldest_ms: i64,
}

/// What the ledger answers, read in one snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// `from` is not in this ledger's history: the ledger was put back from a backup.
    HistoryMismatch,
    /// What happened since.
    Changes(Changes),
}

/// Everything that touches one platform in (`from`, `to`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// As asked.
    pub from: Cursor,
    /// The head of the log that this was read at.
    pub to: Cursor,
    /// As asked; from zero, own keys older than this are left out.
    pub oldest_ms: i64,
    /// The keys of this platform's own captured events among those entries.
    pub own: Vec<EventKey>,
    /// This platform's openings among those entries; from zero, all of them.
    pub openings: Vec<Opening>,
    /// The balances at `to` of every identity touched, or of every identity.
    pub balances: Vec<Standing>,
    /// Every identity of the platform is named, and one that is not has nothing: so from zero, and where somebody was forgotten
    /// who has one of those entries, and whose name cannot be said any more.
    pub names_everyone: bool,
    /// Those of the entries that undo something of this platform's identities; from zero, all of them that undo what was
    /// captured since `oldest_ms`.
    pub reversals: Vec<Undone>,
}

/// The ledger has taken an opening of this identity in this asset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Opening {
    /// Of what.
    pub asset: AssetName,
    /// Whose, on the platform that asked.
    pub external: ExternalId,
}

/// What an identity's purse has of an asset.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Balance {
    /// Of what.
    pub asset: AssetName,
    /// Whose, on the platform that asked.
    pub external: ExternalId,
    /// How much.
    pub amount: Amount,
}

/// What an identity's purse has of an asset, and which purse that is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Standing {
    /// Of what.
    pub asset: AssetName,
    /// Whose, on the platform that asked.
    pub external: ExternalId,
    /// How much.
    pub amount: Amount,
    /// The purse: who has the same one on another platform is the same person there.
    pub purse: PurseId,
}

/// The ledger has undone something that an identity did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Undone {
    /// The key of the entry that undoes. It follows from what is undone, so it is the same also where a ledger that was put
    /// back undoes it once more.
    pub key: EventKey,
    /// That entry's number.
    pub seq: i64,
    /// Whose, on the platform that asked.
    pub external: ExternalId,
    /// Of what.
    pub asset: AssetName,
    /// What the purse got back, or gave back where it is negative.
    pub delta: Amount,
    /// When what was undone was captured, or ordered, in milliseconds since 1970.
    pub captured_ms: i64,
    /// When it was undone, in milliseconds since 1970.
    pub at_ms: i64,
    /// Who undid it, where that is not a rule of the ledger's.
    pub actor: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
}
