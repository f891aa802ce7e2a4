//! Bots, engines, links and restored ledgers in random order: at rest everything is there, once.

use std::path::PathBuf;

use onepurse_sync::Progress;
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::world::World;

const PLATFORMS: [&str; 2] = ["telegram", "discord"];
const PEOPLE: usize = 4;

/// A world that knows what its bots have done.
struct Story {
    world: World,
    random: StdRng,
    /// What the bots' own writes add up to, by person and platform.
    done: [[i64; 2]; PEOPLE],
    linked: [bool; PEOPLE],
    /// Links made since are gone with the ledger that it is put in the place of; everything captured is not.
    backup: Option<PathBuf>,
}

impl Story {
    async fn begin(seed: u64) -> Self {
        let world = World::seeded(&PLATFORMS, seed).await;
        let mut story = Self {
            world,
            random: StdRng::seed_from_u64(seed),
            done: [[0; 2]; PEOPLE],
            linked: [false; PEOPLE],
            backup: None,
        };
        for person in 0..PEOPLE {
            for (at, platform) in PLATFORMS.into_iter().enumerate() {
                let coins = story.random.random_range(0..50);
                story.world.bot(platform, &format!("INSERT INTO users VALUES ('{person}', {coins})"));
                story.done[person][at] = coins;
            }
        }
        story.world.rest().await;
        story
    }

    async fn step(&mut self) {
        let (person, at) = (self.random.random_range(0..PEOPLE), self.random.random_range(0..2));
        let platform = PLATFORMS[at];
        match self.random.random_range(0..100) {
            0..50 => self.write(person, at),
            50..80 => drop(self.world.cycle(platform).await.unwrap()),
            80..85 => self.world.restart(platform),
            85..90 => {
                let mut other = self.world.at(&self.world.path(platform), platform);
                other.cycle().await.unwrap();
            }
            90..93 if !self.linked[person] => {
                self.linked[person] = true;
                self.world.link(&format!("telegram:{person}"), &format!("discord:{person}")).await;
            }
            93..96 => self.backup = Some(self.world.back_up_ledger()),
            96..98 => {
                if let Some(backup) = &self.backup {
                    self.world.put_back_ledger(backup);
                }
            }
            _ => {}
        }
    }

    /// The bot's own way of writing, seen from its own table: by a difference, absolutely, by REPLACE.
    fn write(&mut self, person: usize, at: usize) {
        let platform = PLATFORMS[at];
        let shows = self.world.coins(platform, &person.to_string());
        let to = (shows + self.random.random_range(-20..40)).max(0);
        let sql = match self.random.random_range(0..3) {
            0 => format!("UPDATE users SET coins = coins + ({to} - {shows}) WHERE id = '{person}'"),
            1 => format!("UPDATE users SET coins = {to} WHERE id = '{person}'"),
            _ => format!("INSERT OR REPLACE INTO users VALUES ('{person}', {to})"),
        };
        self.world.bot(platform, &sql);
        self.done[person][at] += to - shows;
    }

    async fn end(mut self, seed: u64) {
        for platform in PLATFORMS {
            while self.world.cycle(platform).await.unwrap() == Progress::Again {}
        }
        self.world.rest().await;
        self.world.verify().await;
        for person in 0..PEOPLE {
            let purse = [
                self.world.purse(&format!("telegram:{person}")).await,
                self.world.purse(&format!("discord:{person}")).await,
            ];
            let [one, other] = self.done[person];
            let is_linked = purse[0] == one + other && purse[1] == one + other;
            let is_apart = purse == [one, other];
            // A restored ledger may have forgotten a link, and nothing else.
            assert!(
                is_linked || is_apart,
                "seed {seed}, person {person}: {purse:?}, the bots did {:?}",
                self.done[person]
            );
            for (at, platform) in PLATFORMS.into_iter().enumerate() {
                assert_eq!(
                    self.world.coins(platform, &person.to_string()),
                    purse[at].max(0),
                    "seed {seed}, {platform}:{person}"
                );
            }
        }
    }
}

#[tokio::test]
async fn at_rest_everything_is_there_once() {
    for seed in 1..=8 {
        let mut story = Story::begin(seed).await;
        for _ in 0..120 {
            story.step().await;
        }
        story.end(seed).await;
    }
}
