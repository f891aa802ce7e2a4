//! From the file as it is written to a configuration whose parts fit together.

use std::{
    net::{Ipv4Addr, SocketAddr},
    num::NonZeroU32,
    path::Path,
};

use onepurse_core::{Amount, Asset, AssetName, Scale};
use onepurse_replica::Mapping;
use toml::Spanned;

use super::{
    Config, Database, Environment, PlatformConfig,
    fault::{Fault, Located},
    raw::{Columns, Number, RawAsset, RawBalance, RawConfig, RawPlatform, RawWebsite},
    url::{self, Named},
    webhook,
};

const LEDGER_URL: &str = "sqlite://ledger.db";
const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const KEEP_DAYS: u32 = 30;

/// Checks a whole file; relative paths count from `folder`.
pub(super) fn check(raw: RawConfig, folder: &Path, environment: &Environment) -> Result<Config, Located> {
    let ledger = match (raw.ledger.replaced, raw.ledger.url) {
        (Some(named), _) => named,
        (None, Some(url)) => {
            let at = url.span();
            url::read_ledger(url.get_ref(), folder)
                .map_err(|fault| Located::new(at, Fault::LedgerUrl(fault)))?
        }
        (None, None) => {
            Named { shown: LEDGER_URL.to_owned(), database: Database::Sqlite(folder.join("ledger.db")) }
        }
    };
    let assets = assets(raw.asset, &raw.platform)?;
    Ok(Config {
        language: raw.language,
        keep_days: raw.ledger.keep_days.map_or(KEEP_DAYS, NonZeroU32::get),
        listen: listen(raw.website)?,
        platforms: platforms(raw.platform, &assets, &ledger.database, folder, environment)?,
        assets,
        webhooks: webhook::check(raw.webhook, environment)?,
        ledger: ledger.database,
        ledger_url: ledger.shown,
    })
}

/// Who gives a port in the environment has to reach it from elsewhere.
fn listen(website: RawWebsite) -> Result<SocketAddr, Located> {
    let Some(address) = website.listen else {
        let everywhere = |port| SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        return Ok(website.port.map_or(LISTEN, everywhere));
    };
    let at = address.span();
    address.get_ref().parse().map_err(|_| Located::new(at, Fault::NoAddress(address.into_inner())))
}

/// What is declared, and `coins`, which need no declaration, where they are used or nothing else is.
fn assets(declared: Vec<RawAsset>, platforms: &[RawPlatform]) -> Result<Vec<Asset>, Located> {
    let mut assets: Vec<Asset> = Vec::new();
    for RawAsset { name, scale, merge, overdraft } in declared {
        if assets.iter().any(|known| known.name == *name.get_ref()) {
            return Err(Located::new(name.span(), Fault::AssetTwice(name.into_inner())));
        }
        assets.push(Asset { merge, overdraft, ..Asset::new(name.into_inner(), scale) });
    }
    let coins = AssetName::default();
    let is_coins = |balance: &RawBalance| balance.asset.as_ref().is_none_or(|name| *name.get_ref() == coins);
    let used = platforms.iter().flat_map(|platform| &platform.balance).any(is_coins);
    if assets.is_empty() || (used && assets.iter().all(|asset| asset.name != coins)) {
        assets.push(Asset::new(coins, Scale::WHOLE));
    }
    Ok(assets)
}

fn platforms(
    raw: Vec<RawPlatform>,
    assets: &[Asset],
    ledger: &Database,
    folder: &Path,
    environment: &Environment,
) -> Result<Vec<PlatformConfig>, Located> {
    let mut platforms: Vec<PlatformConfig> = Vec::new();
    for RawPlatform { name, database: url, balance } in raw {
        let wrong_name = |fault| Err(Located::new(name.span(), fault));
        let wrong_url = |fault| Located::new(url.span(), fault);
        if platforms.iter().any(|known| known.platform == *name.get_ref()) {
            return wrong_name(Fault::PlatformTwice(name.get_ref().clone()));
        }
        if balance.is_empty() {
            return wrong_name(Fault::NoBalance(name.get_ref().clone()));
        }
        let text = environment.resolve(url.get_ref()).map_err(wrong_url)?;
        let Named { database, .. } =
            url::read(text, folder).map_err(|fault| wrong_url(Fault::PlatformUrl(fault)))?;
        if database.is_same(ledger) && !database.can_be_shared() {
            return Err(wrong_url(Fault::DatabaseIsLedger));
        }
        let beside = || platforms.iter().filter(|known| known.database.is_same(&database));
        if let Some(other) = beside().next().filter(|_| !database.can_be_shared()) {
            return Err(wrong_url(Fault::DatabaseTwice(other.platform.clone())));
        }
        let balances = balances(balance, assets)?;
        let has_column = |known: &&PlatformConfig| {
            known.balances.iter().any(|one| balances.iter().any(|other| is_same_column(one, other)))
        };
        if let Some(other) = beside().find(has_column) {
            return wrong_name(Fault::ColumnOfOther(other.platform.clone()));
        }
        platforms.push(PlatformConfig {
            balances,
            seat: database.seat(folder, name.get_ref()),
            platform: name.into_inner(),
            database,
        });
    }
    Ok(platforms)
}

fn balances(raw: Vec<RawBalance>, assets: &[Asset]) -> Result<Vec<Mapping>, Located> {
    let mut balances: Vec<Mapping> = Vec::new();
    for raw in raw {
        let asset_at = raw.asset.as_ref().map_or_else(|| raw.table.span(), Spanned::span);
        let column_at = raw.column.span();
        let balance = balance(raw, assets)?;
        if balances.iter().any(|known| known.asset == balance.asset) {
            return Err(Located::new(asset_at, Fault::BalanceTwice(balance.asset)));
        }
        if let Some(other) = balances.iter().find(|known| is_same_column(known, &balance)) {
            return Err(Located::new(column_at, Fault::ColumnTwice(other.asset.clone())));
        }
        balances.push(balance);
    }
    Ok(balances)
}

fn is_same_column(one: &Mapping, other: &Mapping) -> bool {
    one.table.eq_ignore_ascii_case(&other.table)
        && one.column.eq_ignore_ascii_case(&other.column)
        && one.key == other.key
        && one.filter == other.filter
}

fn balance(raw: RawBalance, assets: &[Asset]) -> Result<Mapping, Located> {
    let asset = asset(raw.asset, assets)?;
    let scale = asset.scale;
    if let Some(decimals) = raw.decimals.as_ref().filter(|decimals| *decimals.get_ref() > scale.decimals()) {
        let fault = Fault::TooManyDecimals { asset: asset.name.clone(), scale };
        return Err(Located::new(decimals.span(), fault));
    }
    Ok(Mapping {
        asset: asset.name.clone(),
        scale,
        table: text(raw.table)?,
        id: columns(raw.id)?,
        column: text(raw.column)?,
        key: raw.key.map(text).transpose()?,
        filter: raw.filter.map(text).transpose()?,
        floor: raw.floor.as_ref().map(|number| amount(number, scale)).transpose()?,
        missing: raw
            .missing
            .as_ref()
            .map(|number| amount(number, scale))
            .transpose()?
            .filter(|missing| !missing.is_zero()),
        reinsert: raw.reinsert,
        writes: raw.writes,
        decimals: raw.decimals.map(Spanned::into_inner),
    })
}

fn asset(name: Option<Spanned<AssetName>>, assets: &[Asset]) -> Result<&Asset, Located> {
    let name = name.unwrap_or_else(|| Spanned::new(0..0, AssetName::default()));
    assets.iter().find(|known| known.name == *name.get_ref()).ok_or_else(|| {
        let known = assets.iter().map(|asset| asset.name.to_string()).collect();
        Located::new(name.span(), Fault::UnknownAsset { name: name.into_inner(), known })
    })
}

fn text(text: Spanned<String>) -> Result<String, Located> {
    let at = text.span();
    Some(text.into_inner()).filter(|text| !text.trim().is_empty()).ok_or(Located::new(at, Fault::Empty))
}

fn columns(columns: Spanned<Columns>) -> Result<Vec<String>, Located> {
    let at = columns.span();
    let Columns(columns) = columns.into_inner();
    if columns.is_empty() || columns.iter().any(|column| column.trim().is_empty()) {
        return Err(Located::new(at, Fault::Empty));
    }
    let again = |(nth, column): (usize, &String)| columns[..nth].contains(column);
    if columns.iter().enumerate().any(again) {
        return Err(Located::new(at, Fault::IdColumnTwice));
    }
    Ok(columns)
}

fn amount(number: &Spanned<Number>, scale: Scale) -> Result<Amount, Located> {
    scale
        .parse(&number.get_ref().0)
        .map_err(|error| Located::new(number.span(), Fault::NotAnAmount { error, scale }))
}
