//! A folder with bots' databases and a configuration, and the program run in it.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde::de::DeserializeOwned;
use tempfile::TempDir;

use super::{
    answers::{Entry, History, Import, Purse, READY, Status, Verdict, exit},
    bot::Bot,
    config::{Config, Platform, url},
    process::{Process, Said},
    server_bot::ServerBot,
    shapes::{FOUNDING, Shape},
};

/// A test's own folder.
pub(crate) struct World {
    folder: TempDir,
    pub(crate) config: Config,
    /// Variables that the program finds; else its environment says nothing.
    pub(crate) environment: Vec<(&'static str, String)>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().unwrap(), config: Config::new(), environment: Vec::new() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The embedded ledger's file, where the configuration has its default.
    pub(crate) fn ledger(&self) -> PathBuf {
        self.path("ledger.db")
    }

    /// Starts a bot on a database of its own, in a folder of its own.
    pub(crate) fn bot(&self, name: &str, shape: Shape) -> Bot {
        Bot::start(name, shape, &self.empty_database(name), None)
    }

    /// The same with a journal mode that the bot asks of each of its connections; `delete` is SQLite's default.
    pub(crate) fn bot_in_mode(&self, name: &str, shape: Shape, journal_mode: &str) -> Bot {
        let asked = (journal_mode != "delete").then_some(journal_mode);
        Bot::start(name, shape, &self.empty_database(name), asked)
    }

    /// A path for a database of this platform.
    pub(crate) fn empty_database(&self, name: &str) -> PathBuf {
        let folder = self.path(name);
        fs::create_dir_all(&folder).unwrap();
        folder.join("bot.db")
    }

    /// Puts a bot into the configuration, with the mapping of its shape.
    pub(crate) fn add(&mut self, bot: &Bot) {
        self.add_platform(&bot.name, &bot.path, &bot.shape.mapping());
    }

    /// Puts a bot on a server into the configuration.
    pub(crate) fn add_on_server(&mut self, bot: &ServerBot) {
        self.add_at(&bot.name, &bot.url, &FOUNDING.mapping());
    }

    pub(crate) fn add_platform(&mut self, name: &str, path: &Path, mapping: &str) {
        self.add_at(name, &url(path), mapping);
    }

    pub(crate) fn add_at(&mut self, name: &str, url: &str, mapping: &str) {
        self.config.platforms.push(Platform::new(name, url, mapping));
        self.write_config();
    }

    /// Changes the configuration and writes it.
    pub(crate) fn configure(&mut self, change: impl FnOnce(&mut Config)) {
        change(&mut self.config);
        self.write_config();
    }

    fn write_config(&self) {
        fs::write(self.path("onepurse.toml"), self.config.text()).unwrap();
    }

    /// The program in this folder, with the world's environment.
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_onepurse"));
        command.args(args).current_dir(self.folder.path()).env("TMPDIR", self.folder.path());
        for name in ["DATABASE_URL", "PORT", "ONEPURSE_CONFIG", "RUST_LOG", "LANG", "LC_ALL"] {
            command.env_remove(name);
        }
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Starts a verb and does not wait for it.
    pub(crate) fn start(&self, args: &[&str]) -> Process {
        Process::start(&format!("onepurse {}", args.join(" ")), &mut self.command(args))
    }

    /// Runs a verb to its end, whatever it says.
    pub(crate) fn verb(&self, args: &[&str]) -> Said {
        self.start(args).finish()
    }

    /// Runs a verb that must end so.
    pub(crate) fn expect(&self, code: i32, args: &[&str]) -> Said {
        let said = self.verb(args);
        assert_eq!(said.code, Some(code), "onepurse {}: {}", args.join(" "), said.all());
        said
    }

    /// Runs a verb that must succeed.
    pub(crate) fn ok(&self, args: &[&str]) -> Said {
        self.expect(exit::DONE, args)
    }

    /// What a verb prints as JSON, whatever its exit code.
    fn json<T: DeserializeOwned>(&self, args: &[&str]) -> T {
        let said = self.verb(args);
        serde_json::from_str(&said.stdout)
            .unwrap_or_else(|error| panic!("onepurse {}: {error} in {}", args.join(" "), said.all()))
    }

    /// Brings everything in step.
    pub(crate) fn sync(&self) {
        self.ok(&["sync", "--until-idle", "--timeout", "60s"]);
    }

    /// Tries to, for a short time.
    pub(crate) fn try_sync(&self) -> Said {
        self.verb(&["sync", "--until-idle", "--timeout", "3s"])
    }

    pub(crate) fn link(&self, one: &str, other: &str) {
        self.ok(&["link", one, other]);
    }

    /// Takes over a table `unified_users`.
    pub(crate) fn import(&self, args: &[&str]) -> Import {
        self.json(&[&["import", "unified-users", "--json"], args].concat())
    }

    pub(crate) fn show(&self, identity: &str) -> Purse {
        self.json(&["show", identity, "--json"])
    }

    /// What the ledger has for an identity; `unknown` for one it never saw.
    pub(crate) fn balance(&self, identity: &str, asset: &str) -> String {
        let said = self.verb(&["show", identity, "--json"]);
        if said.code == Some(exit::RULE) {
            return "unknown".to_owned();
        }
        let purse: Purse = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}", said.all()));
        purse.balances.get(asset).cloned().unwrap_or_else(|| "0".to_owned())
    }

    pub(crate) fn coins(&self, identity: &str) -> String {
        self.balance(identity, "coins")
    }

    /// All entries of an identity's purse, oldest first.
    pub(crate) fn history(&self, identity: &str) -> Vec<Entry> {
        let History { mut entries } = self.json(&["history", identity, "--json", "--limit", "1000"]);
        entries.sort_by_key(|entry| entry.seq);
        entries
    }

    /// The deltas of an identity's purse that are not zero, oldest first.
    pub(crate) fn deltas(&self, identity: &str) -> Vec<String> {
        let entries = self.history(identity).into_iter();
        entries.map(|entry| entry.delta).filter(|delta| delta != "0").collect()
    }

    pub(crate) fn status(&self) -> Status {
        self.json(&["status", "--json"])
    }

    /// The number of the ledger's last entry.
    pub(crate) fn head(&self) -> i64 {
        self.status().ledger.head.expect("a ledger that can be read has a head")
    }

    /// Fails unless every invariant holds.
    pub(crate) fn verify(&self) {
        let said = self.verb(&["verify", "--json"]);
        let verdict: Verdict =
            serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{}", said.all()));
        assert!(verdict.ok && verdict.problems.is_empty(), "{:?}", verdict.problems);
        assert_eq!(said.code, Some(exit::DONE), "{}", said.all());
    }

    /// Starts `run` and waits until all platforms are in step.
    pub(crate) fn run(&self) -> Running {
        self.run_with(&[])
    }

    pub(crate) fn run_with(&self, args: &[&str]) -> Running {
        let mut process = self.start(&[&["run"], args].concat());
        let port = process.wait_for_line(READY);
        let port = port.trim().trim_end_matches('/').parse().unwrap_or_else(|_| panic!("no port: {port}"));
        Running { process, port }
    }
}

/// A `run` that is in step.
pub(crate) struct Running {
    pub(crate) process: Process,
    pub(crate) port: u16,
}

impl Running {
    /// Asks its website; returns the status code and the body.
    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let agent: ureq::Agent = ureq::Agent::config_builder().http_status_as_error(false).build().into();
        let mut answer = agent.get(format!("http://127.0.0.1:{}{path}", self.port)).call().unwrap();
        (answer.status().as_u16(), answer.body_mut().read_to_string().unwrap())
    }
}
