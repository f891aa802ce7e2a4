//! The disk that the bot's database is on is full.

use onepurse_servers::{Postgres, Settings};

use super::{Home, LedgerIn, is_survived};
use crate::harness::{Running, pair::D};

#[test]
fn a_bots_database_on_a_full_disk() {
    let cluster = Postgres::start(Settings { small_disk_mib: Some(32), ..Settings::default() });
    let home = Home::on(cluster.database_on_small_disk(), LedgerIn::File);
    let breaks = |run: &mut Running| {
        // The bot's own write has room, what we note of it has not.
        run.process.signal("STOP");
        home.database.psql(
            "INSERT INTO users (id, username, coins, xp, rank_id)
                SELECT 'new' || n, 'somebody', 1, 0, 1 FROM generate_series(1, 2000) AS n",
        );
        cluster.fill_small_disk();
        run.process.signal("CONT");
    };
    is_survived(&home, "No space left on device", breaks, || cluster.free_small_disk());
    assert_eq!(home.world.coins("discord:new2000"), "1");
    assert_eq!(home.discord.balance(D), 110);
}
