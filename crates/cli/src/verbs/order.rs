//! `onepurse earn`, `spend`, `transfer`, `adjust` and `reverse`: coins that move by somebody's word, straight on the ledger.

use std::{io, ops::RangeInclusive};

use onepurse_core::{
    Amount, AssetName, Clock, Entry, EntryKind, LoggedIdentity, Movement, Order, Quantity, Random, Rejection,
};
use onepurse_ledger::{EntryFilter, Orders, Records};
use serde::Serialize;

use super::request_key;
use crate::{
    args::money::{Adjust, One, Reverse, Said, Sum, Transfer},
    error::Failure,
    output::Report,
    shown::{Scales, Shown},
    table::{Side, table},
    texts::{Blank, Language},
};

/// What an order became.
#[derive(Debug, Serialize)]
pub(crate) struct OrderReport {
    /// It was done before, when it came with the same key.
    was_known: bool,
    entries: Vec<Item>,
}

#[derive(Debug, Serialize)]
struct Item {
    seq: i64,
    identity: LoggedIdentity,
    asset: AssetName,
    delta: Shown,
    balance: Shown,
    kind: EntryKind,
}

/// Someone's word, with what it is to be read by.
pub(crate) struct Desk<'a, L> {
    pub(crate) ledger: &'a L,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) random: &'a dyn Random,
    /// Who is at the keyboard.
    pub(crate) user: Option<String>,
}

impl<L: Orders + Records> Desk<'_, L> {
    pub(crate) async fn earn(&self, args: One) -> Result<OrderReport, Failure> {
        let scales = self.scales().await?;
        let (asset, quantity) = quantity(args.sum, &scales)?;
        self.fill(Movement::Earn { to: args.identity, asset, quantity }, args.said, &scales).await
    }

    pub(crate) async fn spend(&self, args: One) -> Result<OrderReport, Failure> {
        let scales = self.scales().await?;
        let (asset, quantity) = quantity(args.sum, &scales)?;
        self.fill(Movement::Spend { from: args.identity, asset, quantity }, args.said, &scales).await
    }

    pub(crate) async fn transfer(&self, args: Transfer) -> Result<OrderReport, Failure> {
        let scales = self.scales().await?;
        let (asset, quantity) = quantity(args.sum, &scales)?;
        let movement = Movement::Transfer { from: args.from, to: args.to, asset, quantity };
        self.fill(movement, args.said, &scales).await
    }

    pub(crate) async fn adjust(&self, args: Adjust) -> Result<OrderReport, Failure> {
        let scales = self.scales().await?;
        let (identity, asset) = (args.identity, args.of.asset);
        let delta = amount(&asset, &args.change, &scales)?;
        self.fill(Movement::Adjust { identity, asset, delta }, args.said, &scales).await
    }

    pub(crate) async fn reverse(&self, args: Reverse) -> Result<OrderReport, Failure> {
        self.fill(Movement::Reverse { seq: args.seq }, args.said, &self.scales().await?).await
    }

    async fn scales(&self) -> Result<Scales, Failure> {
        Ok(Scales::of(self.ledger.assets().await?))
    }

    async fn fill(&self, movement: Movement, said: Said, scales: &Scales) -> Result<OrderReport, Failure> {
        let key = request_key(said.key.as_deref(), self.clock, self.random);
        let actor = said.actor.or_else(|| self.user.clone());
        let order = Order { key, movement, actor, reason: said.reason };
        let filled = self.ledger.order(vec![order]).await?.pop();
        let receipt = filled.ok_or_else(unanswered)?.map_err(|rejection| refused(rejection, scales))?;
        let entries = self.entries(&receipt.entries).await?;
        let items = entries.into_iter().map(|entry| Item::of(entry, scales)).collect();
        Ok(OrderReport { was_known: receipt.was_known, entries: items })
    }

    /// These entries of the log, oldest first: its numbers have no gaps.
    async fn entries(&self, seqs: &RangeInclusive<i64>) -> Result<Vec<Entry>, Failure> {
        let limit = u32::try_from(seqs.clone().count()).unwrap_or(u32::MAX);
        let filter = EntryFilter { purse: None, before_seq: Some(seqs.end() + 1), limit };
        let mut entries = self.ledger.entries(filter).await?;
        entries.reverse();
        Ok(entries)
    }
}

fn unanswered() -> Failure {
    Failure::System { doing: "ordering", source: io::Error::other("the ledger said nothing of the order") }
}

fn amount(asset: &AssetName, text: &str, scales: &Scales) -> Result<Amount, Failure> {
    let scale = scales.get(asset).ok_or_else(|| Failure::from(Rejection::UnknownAsset(asset.clone())))?;
    Ok(scale.parse(text)?)
}

fn quantity(sum: Sum, scales: &Scales) -> Result<(AssetName, Quantity), Failure> {
    let (asset, text) = (sum.of.asset, sum.amount);
    let quantity = Quantity::new(amount(&asset, &text, scales)?);
    Ok((asset, quantity.ok_or(Failure::NotAboveZero { text })?))
}

/// A rejection counts in smallest units; people do not.
fn refused(rejection: Rejection, scales: &Scales) -> Failure {
    match rejection {
        Rejection::InsufficientFunds { identity, asset, balance, needed } => Failure::InsufficientFunds {
            balance: scales.show(&asset, balance),
            needed: scales.show(&asset, needed.amount()),
            identity,
            asset,
        },
        other => other.into(),
    }
}

impl Item {
    fn of(entry: Entry, scales: &Scales) -> Self {
        Self {
            seq: entry.seq,
            delta: scales.show(&entry.asset, entry.delta),
            balance: scales.show(&entry.asset, entry.balance),
            identity: entry.identity,
            asset: entry.asset,
            kind: entry.kind,
        }
    }

    fn cells(&self, language: Language) -> Vec<String> {
        vec![
            self.seq.to_string(),
            self.identity.to_string(),
            self.asset.to_string(),
            format!("{:+}", self.delta),
            self.balance.to_string(),
            language.text(&format!("kind-{}", self.kind.as_str())),
        ]
    }
}

impl Report for OrderReport {
    fn words(&self, language: Language) -> String {
        let header = ["seq", "identity", "asset", "delta", "balance", "kind"];
        let mut rows = vec![header.map(|name| language.text(name)).to_vec()];
        rows.extend(self.entries.iter().map(|item| item.cells(language)));
        let left = Side::Left;
        let mut text = table(&[Side::Right, left, left, Side::Right, Side::Right, left], &rows);
        if self.was_known {
            let first = self.entries.first().map(|item| item.seq).unwrap_or_default();
            text.push('\n');
            text.push_str(&language.fill("order-known", [("seq", Blank::text(&first))]));
        }
        text
    }
}
