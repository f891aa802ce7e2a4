//! The founding scenarios, told while they are played.

use std::{
    io::{self, IsTerminal},
    net::SocketAddr,
    path::Path,
    sync::Arc,
};

use onepurse_core::{Clock, Identity};
use onepurse_ledger::Records;

use super::{
    bot,
    folder::DemoFolder,
    shell::{program, quoted, sqlite3},
    sight::Sight,
};
use crate::{
    config::EXAMPLE,
    error::Failure,
    output::line,
    table::{Side, table},
    texts::{Blank, Language},
};

const EARN_IN_TELEGRAM: &str = "UPDATE users SET coins = coins + 100 WHERE user_id = 456";
const EARN_IN_DISCORD: &str = "UPDATE economy SET balance = balance + 50 WHERE id = '123'";
const SPEND_IN_TELEGRAM: &str = "UPDATE users SET coins = coins - 30 WHERE user_id = 456";
const LOOK_IN_DISCORD: &str = "SELECT * FROM economy";

/// Who tells, and who is told.
pub(crate) struct Story<'a> {
    /// Where it plays.
    pub(crate) folder: &'a DemoFolder,
    /// Where the website listens.
    pub(crate) website: SocketAddr,
    /// The ledger.
    pub(crate) records: Arc<dyn Records>,
    /// Who plays in Telegram.
    pub(crate) anna: Identity,
    /// For the time that things take.
    pub(crate) clock: &'a dyn Clock,
    /// The language of the listener.
    pub(crate) language: Language,
}

impl Story<'_> {
    /// Who plays, and where.
    pub(crate) fn begin(&self) -> Result<(), Failure> {
        let named = |name: &str, value: String| vec![self.text(name), value];
        heading(&self.text("demo-title"))?;
        line(&table(
            &[Side::Left, Side::Left],
            &[
                named("demo-folder", self.folder.path.display().to_string()),
                named(
                    "demo-telegram",
                    "telegram.db: users(user_id INTEGER, name TEXT, coins INTEGER)".into(),
                ),
                named("demo-discord", "discord.db: economy(id TEXT, balance INTEGER, bank INTEGER)".into()),
                named("demo-ledger", "ledger.db".into()),
                named("demo-website", format!("http://{}/", self.website)),
            ],
        ))?;
        line(&format!("\n{}", self.text("demo-strangers")))
    }

    /// Tells of the link that was made, and that everything begins at nothing.
    pub(crate) async fn linked(&self) -> Result<(), Failure> {
        heading(&self.text("demo-link"))?;
        line("   onepurse link telegram:456 discord:123")?;
        self.everyone_shows(0, self.clock.now_ms()).await
    }

    /// Plays the two scenarios.
    pub(crate) async fn earn(&self) -> Result<(), Failure> {
        heading(&self.text("demo-earn-telegram"))?;
        self.bot_writes(&self.folder.telegram(), EARN_IN_TELEGRAM, 100).await?;
        heading(&self.text("demo-earn-discord"))?;
        self.bot_writes(&self.folder.discord(), EARN_IN_DISCORD, 150).await?;
        line(&format!("\n{}", self.text("demo-one-balance")))
    }

    /// What to try by hand, and what to do with bots of one's own.
    pub(crate) fn end(&self) -> Result<(), Failure> {
        let program = program();
        heading(&self.text("demo-try"))?;
        line(&format!("   {}", self.fill("demo-watch", &format!("http://{}/", self.website))))?;
        for command in [
            sqlite3(&self.folder.telegram(), SPEND_IN_TELEGRAM),
            sqlite3(&self.folder.discord(), LOOK_IN_DISCORD),
            format!("cd {}", quoted(&self.folder.path.display().to_string())),
        ]
        .into_iter()
        .chain(undone_environment())
        .chain([
            format!("{program} show telegram:456"),
            format!("{program} history discord:123"),
            format!("{program} status"),
            format!("{program} verify"),
        ]) {
            line(&format!("   $ {command}"))?;
        }
        heading(&self.text("demo-own"))?;
        line(&format!("   {}\n", self.text("demo-own-config")))?;
        for config in EXAMPLE.lines() {
            line(format!("   {config}").trim_end())?;
        }
        line(&format!("\n   $ {program} run"))?;
        line(&format!("\n{}", self.text("demo-stays")))
    }

    /// Where everything is that stays, how to go on with it, and how to be rid of it.
    pub(crate) fn bye(&self) -> Result<(), Failure> {
        let folder = &self.folder.path.display();
        let quoted = quoted(&folder.to_string());
        heading(&self.fill("demo-bye", folder))?;
        line(&format!("   {}", self.text("demo-go-on")))?;
        let go_on = [format!("cd {quoted}")].into_iter().chain(undone_environment());
        for command in go_on.chain([format!("{} run", program())]) {
            line(&format!("   $ {command}"))?;
        }
        line(&format!("   {}", self.text("demo-remove")))?;
        line(&format!("   $ rm -r {quoted}"))
    }

    async fn bot_writes(&self, database: &Path, sql: &str, balance: i64) -> Result<(), Failure> {
        line(&format!("   {sql}"))?;
        bot::play(database, sql)?;
        self.everyone_shows(balance, self.clock.now_ms()).await
    }

    async fn everyone_shows(&self, balance: i64, since_ms: i64) -> Result<(), Failure> {
        let [telegram, ledger, discord, website] = self.sights();
        let shows = |sight: Sight| async move {
            let took_ms = sight.shows(balance, since_ms, self.clock, self.language).await?;
            let took = self.fill("demo-took", &took_ms);
            Ok::<_, Failure>(vec![format!("  {}", sight.name(self.language)), balance.to_string(), took])
        };
        let (telegram, ledger, discord, website) =
            tokio::try_join!(shows(telegram), shows(ledger), shows(discord), shows(website))?;
        line(&table(&[Side::Left, Side::Right, Side::Right], &[telegram, ledger, discord, website]))
    }

    fn sights(&self) -> [Sight; 4] {
        let telegram = Sight::Database {
            name: "demo-telegram",
            path: self.folder.telegram(),
            sql: "SELECT coins FROM users WHERE user_id = 456",
        };
        let discord = Sight::Database {
            name: "demo-discord",
            path: self.folder.discord(),
            sql: "SELECT balance FROM economy WHERE id = '123'",
        };
        let website =
            Sight::Website { url: format!("http://{}/api/v1/identities/telegram/456", self.website) };
        [
            telegram,
            Sight::Ledger { records: Arc::clone(&self.records), identity: self.anna.clone() },
            discord,
            website,
        ]
    }

    fn text(&self, id: &str) -> String {
        self.language.text(id)
    }

    fn fill(&self, id: &str, value: &impl ToString) -> String {
        self.language.fill(id, [("value", Blank::text(value))])
    }
}

/// What would lead the commands elsewhere, taken back.
fn undone_environment() -> Option<String> {
    let set: Vec<&str> = ["DATABASE_URL", "ONEPURSE_CONFIG"]
        .into_iter()
        .filter(|name| std::env::var_os(name).is_some())
        .collect();
    (!set.is_empty()).then(|| format!("unset {}", set.join(" ")))
}

/// A line that stands out, with room above it.
fn heading(text: &str) -> Result<(), Failure> {
    let is_plain = !io::stdout().is_terminal() || std::env::var_os("NO_COLOR").is_some();
    line(&if is_plain { format!("\n{text}") } else { format!("\n\u{1b}[1m{text}\u{1b}[0m") })
}
