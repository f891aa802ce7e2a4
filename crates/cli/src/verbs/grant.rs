//! `onepurse grant`: coins for many, from a file.

use std::{collections::BTreeMap, fs};

use onepurse_core::{
    Amount, AssetName, AssetNameError, EventKey, Identity, IdentityError, Movement, Order, Quantity,
    Rejection,
};
use onepurse_ledger::{Orders, Records};
use serde::{Deserialize, Serialize};

use super::order::Desk;
use crate::{
    args::money::Grant,
    error::{Exit, Failure},
    output::Report,
    pacing::Pacing,
    shown::{Scales, Shown},
    texts::{Blank, Language},
};

/// So many are given in one transaction.
const AT_ONCE: usize = 5_000;
/// So many rows that were left out are named in words.
const NAMED_MAX: usize = 20;

/// A row of the file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    identity: String,
    amount: String,
    asset: Option<String>,
    reason: Option<String>,
}

/// What somebody is to be given.
struct Gift {
    row: usize,
    to: Identity,
    asset: AssetName,
    quantity: Quantity,
    reason: Option<String>,
}

/// What became of a file's rows.
#[derive(Debug, Serialize)]
pub(crate) struct GrantReport {
    dry_run: bool,
    rows: usize,
    /// Given now; in a rehearsal, what would be.
    given: usize,
    /// Given before, under the same key.
    known: usize,
    /// How much was given now, of what.
    total: BTreeMap<AssetName, Shown>,
    left_out: Vec<LeftOut>,
}

#[derive(Debug, Serialize)]
struct LeftOut {
    /// The row's number: 1 is the first below the header.
    row: usize,
    reason: &'static str,
    message: String,
}

impl<L: Orders + Records> Desk<'_, L> {
    /// Gives what the file says. A row that cannot be given is left out with its reason, and the rest goes on.
    pub(crate) async fn grant(&self, args: Grant) -> Result<GrantReport, Failure> {
        let text = fs::read_to_string(&args.file)
            .map_err(|source| Failure::File { path: args.file.clone(), source })?;
        let scales = Scales::of(self.ledger.assets().await?);
        let mut report = GrantReport::new(&args);
        let gifts = read(&text, &args, &scales, &mut report)?;
        let actor = args.actor.clone().or_else(|| self.user.clone());
        let key = EventKey::of_order(args.key.as_deref().unwrap_or(&text));
        let (mut done, mut pacing) = (0, Pacing::begin(self.clock));
        for gifts in gifts.chunks(AT_ONCE) {
            let gifts = self.to_people(gifts, args.unseen, &mut report).await?;
            if args.dry_run {
                for gift in &gifts {
                    report.give(gift, &scales);
                }
            } else {
                let order = |gift: &&Gift| order(key, gift, actor.as_ref());
                let filled = self.ledger.order(gifts.iter().map(order).collect()).await?;
                for (gift, filled) in gifts.iter().zip(filled) {
                    match filled {
                        Ok(receipt) if receipt.was_known => report.known += 1,
                        Ok(_) => report.give(gift, &scales),
                        Err(refused) => report.leave_out(gift.row, refused.name(), refused.to_string()),
                    }
                }
            }
            done += gifts.len();
            pacing.tell(|| eprintln!("{done} / {}", report.rows));
        }
        report.left_out.sort_by_key(|left_out| left_out.row);
        Ok(report)
    }

    /// Those who go to somebody that a platform has shown, unless others are welcome too: most unknown ones are misspelt.
    async fn to_people<'a>(
        &self,
        gifts: &'a [Gift],
        unseen: bool,
        report: &mut GrantReport,
    ) -> Result<Vec<&'a Gift>, Failure> {
        let mut known = Vec::new();
        for gift in gifts {
            if unseen || self.ledger.purse_of(gift.to.clone()).await?.is_some() {
                known.push(gift);
            } else {
                let unknown = Rejection::IdentityUnknown(gift.to.clone());
                report.leave_out(gift.row, unknown.name(), unknown.to_string());
            }
        }
        Ok(known)
    }
}

fn order(key: EventKey, gift: &Gift, actor: Option<&String>) -> Order {
    let Gift { row, to, asset, quantity, reason } = gift;
    let movement = Movement::Earn { to: to.clone(), asset: asset.clone(), quantity: *quantity };
    let key = key.derived(u32::try_from(*row).unwrap_or(u32::MAX));
    Order { key, movement, actor: actor.cloned(), reason: reason.clone() }
}

fn read(text: &str, args: &Grant, scales: &Scales, report: &mut GrantReport) -> Result<Vec<Gift>, Failure> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_bytes());
    let mut gifts = Vec::new();
    for (at, row) in reader.deserialize::<Row>().enumerate() {
        let row =
            row.map_err(|error| Failure::Csv { path: args.file.clone(), message: error.to_string() })?;
        report.rows += 1;
        match gift(at + 1, &row, args, scales) {
            Ok(gift) => gifts.push(gift),
            Err((reason, message)) => report.leave_out(at + 1, reason, message),
        }
    }
    Ok(gifts)
}

fn gift(row: usize, raw: &Row, args: &Grant, scales: &Scales) -> Result<Gift, (&'static str, String)> {
    let to: Identity =
        raw.identity.parse().map_err(|error: IdentityError| ("NotAnIdentity", error.to_string()))?;
    let said = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let asset = said(&raw.asset).map(|name| name.parse()).transpose();
    let asset: AssetName =
        asset.map_err(|error: AssetNameError| ("UnknownAsset", error.to_string()))?.unwrap_or_default();
    let unknown = || Rejection::UnknownAsset(asset.clone());
    let scale =
        scales.get(&asset).ok_or_else(unknown).map_err(|unknown| (unknown.name(), unknown.to_string()))?;
    let amount: Amount = scale.parse(&raw.amount).map_err(|error| ("NotAnAmount", error.to_string()))?;
    let not_above = || ("NotAboveZero", format!("`{}` is not above zero", raw.amount));
    let quantity = Quantity::new(amount).ok_or_else(not_above)?;
    Ok(Gift { row, to, asset, quantity, reason: said(&raw.reason).or_else(|| args.reason.clone()) })
}

impl GrantReport {
    fn new(args: &Grant) -> Self {
        let (total, left_out) = (BTreeMap::new(), Vec::new());
        Self { dry_run: args.dry_run, rows: 0, given: 0, known: 0, total, left_out }
    }

    fn give(&mut self, gift: &Gift, scales: &Scales) {
        self.given += 1;
        let before = self.total.get(&gift.asset).map(|shown| shown.amount()).unwrap_or_default();
        // A sum that cannot be shown is shown as the most that can.
        let sum = before.checked_add(gift.quantity.amount()).unwrap_or(Amount::MAX);
        self.total.insert(gift.asset.clone(), scales.show(&gift.asset, sum));
    }

    fn leave_out(&mut self, row: usize, reason: &'static str, message: String) {
        self.left_out.push(LeftOut { row, reason, message });
    }
}

impl Report for GrantReport {
    fn words(&self, language: Language) -> String {
        let total: Vec<_> = self.total.iter().map(|(asset, shown)| format!("{shown} {asset}")).collect();
        let total = if total.is_empty() { "0".to_owned() } else { total.join(", ") };
        let text = if self.dry_run { "grant-dry" } else { "grant-done" };
        let [rows, given, known] =
            [self.rows, self.given, self.known].map(|count| Blank::count(count as u64));
        let blanks = [("rows", rows), ("given", given), ("known", known), ("total", Blank::text(&total))];
        let mut lines = vec![language.fill(text, blanks)];
        let named = self.left_out.iter().take(NAMED_MAX);
        lines.extend(named.map(|left_out| format!("#{}: {}", left_out.row, left_out.message)));
        if self.left_out.len() > NAMED_MAX {
            let more = (self.left_out.len() - NAMED_MAX) as u64;
            lines.push(language.fill("grant-more", [("count", Blank::count(more))]));
        }
        lines.join("\n")
    }

    fn exit(&self) -> Exit {
        if self.left_out.is_empty() { Exit::Done } else { Exit::Rejected }
    }
}
