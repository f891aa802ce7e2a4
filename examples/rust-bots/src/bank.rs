use std::{
    collections::HashMap,
    fs::{self, File},
    io::{self, Write as _},
    path::PathBuf,
};

use onepurse_replica::wrap::Store;
use serde::{Deserialize, Serialize};

/// What somebody gets once a day.
pub const DAILY: i64 = 100;

/// What the bot knows of somebody.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct User {
    /// How much they have.
    pub coins: i64,
    /// The last day on which they were given something.
    #[serde(default)]
    pub daily_on: i64,
}

/// Everybody whom the bot knows, as in its file.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Bank {
    users: HashMap<u64, User>,
    #[serde(skip)]
    path: PathBuf,
}

impl Bank {
    /// What is in the file, or nobody where there is none yet.
    pub fn load(path: impl Into<PathBuf>) -> io::Result<Self> {
        let path = path.into();
        let bank = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text)?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => return Err(error),
        };
        Ok(Self { path, ..bank })
    }

    /// How much somebody has.
    #[must_use]
    pub fn coins(&self, id: u64) -> i64 {
        self.users.get(&id).map_or(0, |user| user.coins)
    }

    /// Gives them what they get once a day. False where they had it.
    pub fn daily(&mut self, id: u64, today: i64) -> bool {
        let user = self.users.entry(id).or_default();
        let Some(coins) = user.coins.checked_add(DAILY).filter(|_| user.daily_on != today) else {
            return false;
        };
        (user.coins, user.daily_on) = (coins, today);
        true
    }

    /// Moves coins from one to the other. False, and nothing is moved, where the one has not that much.
    pub fn pay(&mut self, from: u64, to: u64, coins: i64) -> bool {
        if from == to || coins <= 0 || self.coins(from) < coins {
            return false;
        }
        let Some(has) = self.coins(to).checked_add(coins) else { return false };
        self.users.entry(to).or_default().coins = has;
        self.users.entry(from).or_default().coins -= coins;
        true
    }
}

impl Store for Bank {
    type Id = u64;

    fn ids(&self) -> impl Iterator<Item = u64> {
        self.users.keys().copied()
    }

    fn shown(&self, id: &u64, _: &str) -> Option<i64> {
        self.users.get(id).map(|user| user.coins)
    }

    fn show(&mut self, id: &u64, _: &str, value: i64) {
        if let Some(user) = self.users.get_mut(id) {
            user.coins = value;
        }
    }

    /// The whole file, or the one before: never half of one.
    fn save(&mut self) -> io::Result<()> {
        let half = self.path.with_extension("half");
        let mut file = File::create(&half)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_all()?;
        fs::rename(&half, &self.path)
    }
}
