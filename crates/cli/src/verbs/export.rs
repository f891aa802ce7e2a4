//! `onepurse export`: the log, or a part of it, for other programs.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use onepurse_core::{AssetName, Clock, Entry, EntryKind, Identity, LoggedIdentity, PurseId};
use onepurse_ledger::{EntryFilter, Records};
use serde::Serialize;

use crate::{
    args::books::{Export, Form},
    error::{Exit, Failure},
    pacing::Pacing,
    shown::{Scales, Shown, Time},
};

/// So many entries are read at once.
const AT_ONCE: u32 = 5_000;

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
    let wanted = Wanted::of(args)?;
    let mut sheet = Sheet::open(args, scales)?;
    if let Some(identity) = &args.identity {
        for entry in of_purse(records, identity).await?.iter().filter(|entry| wanted.is(entry)) {
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
        for entry in page.iter().filter(|entry| entry.seq <= end && wanted.is(entry)) {
            sheet.write(entry)?;
        }
        pacing.tell(|| eprintln!("{after} / {end}"));
    }
    sheet.finish()
}

/// All entries of a purse, oldest first: one person's fit into memory.
async fn of_purse(records: &impl Records, identity: &Identity) -> Result<Vec<Entry>, Failure> {
    let purse = records.purse_of(identity.clone()).await?;
    let purse = purse.ok_or_else(|| Failure::unknown(identity.clone()))?.id;
    let (mut all, mut before_seq) = (Vec::new(), None);
    loop {
        let filter = EntryFilter { purse: Some(purse), before_seq, limit: AT_ONCE };
        let page = records.entries(filter).await?;
        let Some(last) = page.last() else { break };
        before_seq = Some(last.seq);
        all.extend(page);
    }
    all.reverse();
    Ok(all)
}

/// Which entries are asked for.
struct Wanted<'a> {
    args: &'a Export,
    kind: Option<EntryKind>,
}

impl<'a> Wanted<'a> {
    fn of(args: &'a Export) -> Result<Self, Failure> {
        let unknown = |word: &str| Failure::Usage(format!("no entry is of the kind `{word}`"));
        let kind = args.kind.as_deref().map(|word| EntryKind::from_word(word).ok_or_else(|| unknown(word)));
        Ok(Self { args, kind: kind.transpose()? })
    }

    fn is(&self, entry: &Entry) -> bool {
        let Export { platform, asset, since, until, after, .. } = self.args;
        entry.seq > *after
            && platform.as_ref().is_none_or(|platform| *platform == *entry.identity.platform())
            && asset.as_ref().is_none_or(|asset| *asset == entry.asset)
            && self.kind.is_none_or(|kind| kind == entry.kind)
            && since.is_none_or(|since| entry.at_ms >= since.as_millisecond())
            && until.is_none_or(|until| entry.at_ms < until.as_millisecond())
    }
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
