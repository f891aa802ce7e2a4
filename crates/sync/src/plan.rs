//! What to do about a platform's database: decisions, as functions of what was read.

use std::{collections::HashMap, fmt};

use onepurse_core::{AssetName, Balance, LedgerId, Platform, ReplicaId, local};
use onepurse_ledger::Registration;
use onepurse_replica::{Attachment, Capture, Comparison, Decision, Mass, View};
use serde::Serialize;
use thiserror::Error;

/// Why a database cannot be this platform's replica on this ledger, whatever anyone answers.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// It belongs to another ledger.
    #[error(
        "{platform}'s database belongs to the ledger {attached}, and this is the ledger {found}: put the right one back \
         (look at `[ledger] url` and DATABASE_URL), or begin anew with `onepurse detach --force`"
    )]
    OtherLedger {
        /// The platform.
        platform: Platform,
        /// The ledger that its replica belongs to.
        attached: LedgerId,
        /// The ledger that is here.
        found: LedgerId,
    },
    /// It is another platform's replica.
    #[error("the database of {platform} is attached as {attached} already")]
    OtherPlatform {
        /// The platform that the configuration says.
        platform: Platform,
        /// The platform that it was attached as.
        attached: Platform,
    },
    /// A table that it captures is gone.
    #[error("{platform}'s table {} is gone, or a column that the mapping names: everything waits until it is back", .tables.join(", "))]
    TableGone {
        /// The platform.
        platform: Platform,
        /// The tables.
        tables: Vec<String>,
    },
    /// The configuration maps an asset otherwise than when it was attached.
    #[error("{platform} was attached with another mapping of {} than the configuration has", names(.assets))]
    MappingChanged {
        /// The platform.
        platform: Platform,
        /// The assets whose mapping changed.
        assets: Vec<AssetName>,
    },
}

fn names(assets: &[AssetName]) -> String {
    assets.iter().map(AssetName::as_str).collect::<Vec<_>>().join(", ")
}

/// What only an operator can answer, by `resume`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Question {
    /// Much of the platform's database changed, or went, outside the bot's own ways.
    Mass(Mass),
    /// The platform's replica is another database.
    OtherDatabase {
        /// The database that is configured.
        here: String,
        /// The database that is the platform's replica.
        registered: String,
    },
    /// The same replica is in two places: the database was copied.
    Copied {
        /// The database that is configured.
        here: String,
        /// Where the platform's replica is.
        registered: String,
    },
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Mass(mass) => write!(
                f,
                "of {} people, {} show another balance than they should, and {} have lost their row",
                mass.of, mass.changed, mass.gone
            ),
            Self::OtherDatabase { here, registered } => {
                write!(f, "{here} comes under the name of a platform whose database is {registered}")
            }
            Self::Copied { here, registered } => {
                write!(f, "{here} is a copy of {registered}, which is still there")
            }
        }
    }
}

/// Where a platform's database stands with the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// It is to be attached; under the id that it had before, if it was the platform's replica then.
    Attach(Option<ReplicaId>),
    /// It is attached, and the ledger is to be told that it is the platform's replica, here.
    Register(ReplicaId),
    /// It is the platform's replica.
    Good,
    /// An operator has to say.
    Ask(Question),
}

/// What rows showed of these balances where so much was held: their bots' own limits kept it from them.
#[must_use]
pub fn shown(mut balances: Vec<Balance>, held: &[Balance]) -> Vec<Balance> {
    let held: HashMap<_, _> = held.iter().map(|held| ((&held.asset, &held.external), held.amount)).collect();
    for balance in &mut balances {
        let kept = held.get(&(&balance.asset, &balance.external)).copied().unwrap_or_default();
        balance.amount = balance.amount.checked_sub(kept).unwrap_or(balance.amount);
    }
    balances
}

/// Where a database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Here {
    /// As the configuration names it, without secrets.
    pub location: String,
    /// What its server knows it by.
    pub fingerprint: Option<String>,
}

impl Here {
    /// Whether this is where the ledger knows the platform's database to be: by its name, or by what its server knows it
    /// by, whatever name, port or user it is reached by.
    #[must_use]
    pub fn is(&self, known: &Registration) -> bool {
        known.location == self.location
            || (known.fingerprint.is_some() && known.fingerprint == self.fingerprint)
    }

    /// Whether the ledger knows another fingerprint, or none, of what is here.
    fn is_news_to(&self, known: &Registration) -> bool {
        self.fingerprint.is_some() && known.fingerprint != self.fingerprint
    }
}

/// Another location at which the ledger knows this very replica: it was moved from there, or copied.
#[must_use]
pub fn elsewhere<'a>(view: &View, registration: Option<&'a Registration>, here: &Here) -> Option<&'a str> {
    match (view, registration) {
        (View::Attached(attached), Some(known)) if attached.replica == known.replica && !here.is(known) => {
            Some(&known.location)
        }
        _ => None,
    }
}

/// Decides where a database stands: `view` is what is in it, `registration` what the ledger knows of its platform,
/// `here` where it is; `is_there` tells whether it is still [`elsewhere`], too.
#[must_use]
pub fn place(view: &View, registration: Option<&Registration>, here: &Here, is_there: bool) -> Place {
    let same = registration.is_none_or(|known| here.is(known));
    match (view, registration) {
        (View::Detached, None) => Place::Attach(None),
        // The platform's own database was replaced by one without capture, or was detached.
        (View::Detached, Some(known)) if same => Place::Attach(Some(known.replica)),
        (View::Detached, Some(known)) => Place::Ask(other_database(here, known)),
        (View::Attached(attached), Some(known)) if attached.replica != known.replica => {
            Place::Ask(other_database(here, known))
        }
        // It is noted as detached, and is not: it was attached and its engine ended, or it could not be detached.
        (View::Attached(attached), Some(known))
            if same && (known.left_at.is_some() || here.is_news_to(known)) =>
        {
            Place::Register(attached.replica)
        }
        (View::Attached(attached), Some(_)) if same => new_mapping(attached),
        (View::Attached(_), Some(known)) if is_there => {
            let Here { location, .. } = here.clone();
            Place::Ask(Question::Copied { here: location, registered: known.location.clone() })
        }
        // The ledger does not know it yet, or it was moved.
        (View::Attached(attached), _) => Place::Register(attached.replica),
    }
}

fn other_database(here: &Here, known: &Registration) -> Question {
    Question::OtherDatabase { here: here.location.clone(), registered: known.location.clone() }
}

fn new_mapping(attached: &Attachment) -> Place {
    if matches!(attached.capture, Capture::New(_)) {
        Place::Attach(Some(attached.replica))
    } else {
        Place::Good
    }
}

/// Whether a database can be worked on at all as `platform`'s replica; `ledger` is the one that is here, if it answers.
pub fn refuse(attached: &Attachment, platform: &Platform, ledger: Option<LedgerId>) -> Result<(), Refusal> {
    let platform = platform.clone();
    if attached.platform != platform {
        return Err(Refusal::OtherPlatform { platform, attached: attached.platform.clone() });
    }
    match &attached.capture {
        Capture::Changed(assets) => return Err(Refusal::MappingChanged { platform, assets: assets.clone() }),
        Capture::Gone(tables) => return Err(Refusal::TableGone { platform, tables: tables.clone() }),
        Capture::Whole | Capture::Lost(_) | Capture::New(_) => {}
    }
    match ledger {
        Some(found) if found != attached.ledger => {
            Err(Refusal::OtherLedger { platform, attached: attached.ledger, found })
        }
        _ => Ok(()),
    }
}

/// The next thing that a replica needs, before and besides any ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chore {
    /// Bring what an older program has made up to date.
    Renew,
    /// Put capture back.
    Mend,
    /// Carry the operator's decision out.
    Resolve(Decision),
    /// Nothing, until the operator answers.
    Wait(Mass),
    /// Look at every row: it may have changed while nobody looked.
    Compare,
    /// Give the bot's rows what is stored for them.
    Settle,
    /// Nothing.
    None,
}

/// Decides what a replica needs next.
#[must_use]
pub fn chore(attached: &Attachment) -> Chore {
    let lately = attached.lately;
    match (&attached.capture, attached.question, attached.decision) {
        _ if attached.older => Chore::Renew,
        (Capture::Lost(_), ..) => Chore::Mend,
        (_, Some(_), Some(decision)) => Chore::Resolve(decision),
        (_, Some(mass), None) => Chore::Wait(mass),
        _ if attached.compare || local::is_mass(lately.changed + lately.gone, lately.of) => Chore::Compare,
        _ if attached.unsettled => Chore::Settle,
        _ => Chore::None,
    }
}

/// Decides what comes of a comparison: an answer given beforehand, the ledger where little differs, else a question.
pub fn judge(comparison: &Comparison, decision: Option<Decision>) -> Result<Decision, Mass> {
    let Comparison { changed, gone, of, .. } = *comparison;
    match decision {
        Some(decision) => Ok(decision),
        None if local::is_mass(changed + gone, of) => Err(Mass { changed, gone, of }),
        None => Ok(Decision::Ledger),
    }
}
