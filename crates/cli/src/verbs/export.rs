//! `onepurse export`: the log, or a part of it, for other programs.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use onepurse_core::{AssetName, Clock, Entry, Identity, LoggedIdentity, PurseId};
use onepurse_ledger::{EntryFilter, Records};
use serde::Serialize;

use crate::{
    args::{
        books::{Export, Form},
        filter::Filter,
    },
    error::{Exit, Failure},
    pacing::Pacing,
    shown::{Scales, Shown, Time},
    verbs::newest::{AT_ONCE, Newest, newest},
};

/// An entry as it is written out.
#[derive(Serialize)]
struct Line {
    seq: i64,
    time: Time,
    captured: Time,
    purse: PurseId,
    identity: LoggedIdentity,
    asset: AssetName,
    delta: Shown,
    balance: Shown,
    kind: &'static str,
    actor: Option<String>,
    reason: Option<String>,
    key: String,
    hash: String,
}

/// Writes out what the command line asks for, oldest first, as of the log's end when it begins.
pub(crate) async fn export(
    records: &impl Records,
    clock: &dyn Clock,
    args: &Export,
) -> Result<Exit, Failure> {
    let scales = Scales::of(records.assets().await?);
    let wanted = |entry: &&Entry| entry.seq > args.after && args.filter.fits(entry);
    let mut sheet = Sheet::open(args, scales)?;
    if let Some(identity) = &args.identity {
        for entry in of_purse(records, identity, &args.filter).await?.iter().filter(wanted) {
            sheet.write(entry)?;
        }
        return sheet.finish();
    }
    let last = records.entries(EntryFilter { limit: 1, ..EntryFilter::default() }).await?;
    let end = last.first().map_or(0, |entry| entry.seq);
    let (mut after, mut pacing) = (args.after, Pacing::begin(clock));
    while after < end {
        let page = records.log(after, AT_ONCE).await?;
        let Some(last) = page.last() else { break };
        after = last.seq;
        for entry in page.iter().filter(|entry| entry.seq <= end && wanted(entry)) {
            sheet.write(entry)?;
        }
        pacing.tell(|| eprintln!("{after} / {end}"));
    }
    sheet.finish()
}

/// The entries of a purse that are asked for, oldest first: one person's fit into memory.
async fn of_purse(
    records: &impl Records,
    identity: &Identity,
    filter: &Filter,
) -> Result<Vec<Entry>, Failure> {
    let purse = records.purse_of(identity.clone()).await?;
    let purse = purse.ok_or_else(|| Failure::unknown(identity.clone()))?.id;
    let mut all = newest(records, Newest { purse, filter, before: None, most: u32::MAX }).await?;
    all.reverse();
    Ok(all)
}

/// What entries are written to.
enum Sheet {
    Jsonl(Box<dyn Write>, Scales),
    Csv(Box<csv::Writer<Box<dyn Write>>>, Scales),
}

impl Sheet {
    fn open(args: &Export, scales: Scales) -> Result<Self, Failure> {
        let to: Box<dyn Write> = match &args.output {
            None => Box::new(BufWriter::new(io::stdout().lock())),
            Some(path) => Box::new(BufWriter::new(File::create_new(path).map_err(failed)?)),
        };
        Ok(match args.format {
            Form::Jsonl => Self::Jsonl(to, scales),
            Form::Csv => Self::Csv(Box::new(csv::Writer::from_writer(to)), scales),
        })
    }

    fn write(&mut self, entry: &Entry) -> Result<(), Failure> {
        match self {
            Self::Jsonl(to, scales) => {
                let line = serde_json::to_string(&Line::of(entry, scales)).map_err(io::Error::from);
                line.and_then(|line| writeln!(to, "{line}")).or_else(gone).map_err(failed)
            }
            Self::Csv(to, scales) => {
                to.serialize(Line::of(entry, scales)).map_err(io::Error::from).or_else(gone).map_err(failed)
            }
        }
    }

    fn finish(self) -> Result<Exit, Failure> {
        let flushed = match self {
            Self::Jsonl(mut to, _) => to.flush(),
            Self::Csv(mut to, _) => to.flush(),
        };
        flushed.or_else(gone).map_err(failed)?;
        Ok(Exit::Done)
    }
}

/// A reader that went away (`onepurse export | head`) has all it wanted.
fn gone(error: io::Error) -> io::Result<()> {
    if error.kind() == io::ErrorKind::BrokenPipe { Ok(()) } else { Err(error) }
}

const fn failed(source: io::Error) -> Failure {
    Failure::System { doing: "writing the export", source }
}

impl Line {
    fn of(entry: &Entry, scales: &Scales) -> Self {
        Self {
            seq: entry.seq,
            time: Time::from_ms(entry.at_ms),
            captured: Time::from_ms(entry.captured_ms),
            purse: entry.purse,
            identity: entry.identity.clone(),
            asset: entry.asset.clone(),
            delta: scales.show(&entry.asset, entry.delta),
            balance: scales.show(&entry.asset, entry.balance),
            kind: entry.kind.as_str(),
            actor: entry.actor.clone(),
            reason: entry.reason.clone(),
            key: entry.key.to_string(),
            hash: entry.hash.to_string(),
        }
    }
}
