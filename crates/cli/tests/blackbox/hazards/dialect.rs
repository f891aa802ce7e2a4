//! What is said otherwise to PostgreSQL and to MariaDB.

use onepurse_servers::{MariaDb, Postgres};

use crate::harness::Driver;

impl Driver {
    const fn is_of_mariadb(self) -> bool {
        matches!(self, Self::PyMySql)
    }

    fn said<T>(self, postgres: T, mariadb: T) -> T {
        if self.is_of_mariadb() { mariadb } else { postgres }
    }

    /// A new database on the server of the test run.
    pub(super) fn database(self) -> String {
        if self.is_of_mariadb() {
            MariaDb::shared().database().url()
        } else {
            Postgres::shared().database().url()
        }
    }

    /// Saves a row, whether it is there or not.
    pub(super) fn save(self, coins: i64) -> String {
        let insert = format!("INSERT INTO users (id, coins, note) VALUES ('123', {coins}, 'saved')");
        let update = self.said(
            "ON CONFLICT (id) DO UPDATE SET coins = excluded.coins, note = excluded.note",
            "ON DUPLICATE KEY UPDATE coins = VALUES(coins), note = VALUES(note)",
        );
        format!("{insert} {update}")
    }

    /// Writes a row anew in one transaction.
    pub(super) fn renew(self, coins: i64) -> Vec<String> {
        let insert = format!("INTO users (id, coins) VALUES ('123', {coins})");
        self.said(
            vec!["DELETE FROM users".to_owned(), format!("INSERT {insert}")],
            vec![format!("REPLACE {insert}")],
        )
    }

    /// Forty people: who is 17 has 17 coins.
    pub(super) const fn crowd(self) -> &'static str {
        if self.is_of_mariadb() {
            "INSERT INTO users (id, coins) SELECT CAST(seq AS CHAR), seq FROM seq_1_to_40"
        } else {
            "INSERT INTO users (id, coins) SELECT CAST(n AS TEXT), n FROM generate_series(1, 40) AS n"
        }
    }

    /// A trigger of the bot's own that lets nobody have more than a thousand.
    pub(super) fn cap(self) -> Vec<&'static str> {
        self.said(
            vec![
                "CREATE FUNCTION cap() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN NEW.coins = least(NEW.coins, 1000); RETURN NEW; END $$",
                "CREATE TRIGGER cap BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION cap()",
            ],
            vec!["CREATE TRIGGER cap BEFORE UPDATE ON users FOR EACH ROW SET NEW.coins = LEAST(NEW.coins, 1000)"],
        )
    }

    /// Makes someone who may write the table of users and nothing else, and lets them in.
    pub(super) fn panel(self, name: &str) -> Vec<String> {
        let make = self.said(format!("CREATE ROLE {name} LOGIN"), format!("CREATE USER {name}"));
        vec![make, format!("GRANT SELECT, UPDATE ON users TO {name}")]
    }

    /// A routine of the bot's called `set_balance`, which adds; it tries to register someone who is there, and swallows
    /// the error.
    pub(super) const fn liar(self) -> [&'static str; 1] {
        if self.is_of_mariadb() {
            ["CREATE PROCEDURE set_balance(who VARCHAR(32), amount INT) BEGIN
                DECLARE CONTINUE HANDLER FOR SQLEXCEPTION BEGIN END;
                UPDATE users SET coins = coins + amount WHERE id = who;
                INSERT INTO users (id, coins) VALUES (who, 1000);
              END"]
        } else {
            ["CREATE FUNCTION set_balance(who text, amount int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
                UPDATE users SET coins = coins + amount WHERE id = who;
                BEGIN
                    INSERT INTO users (id, coins) VALUES (who, 1000);
                EXCEPTION WHEN OTHERS THEN
                END;
              END $$"]
        }
    }

    pub(super) fn call_liar(self, amount: i64) -> String {
        format!("{} set_balance('123', {amount})", if self.is_of_mariadb() { "CALL" } else { "SELECT" })
    }

    /// Gives the balance more room.
    pub(super) const fn widen(self) -> &'static str {
        if self.is_of_mariadb() {
            "ALTER TABLE users MODIFY coins BIGINT NOT NULL DEFAULT 0"
        } else {
            "ALTER TABLE users ALTER COLUMN coins TYPE bigint"
        }
    }

    /// Takes away one of two rows of a person.
    pub(super) const fn single(self) -> &'static str {
        if self.is_of_mariadb() {
            "DELETE FROM users WHERE id = '9' LIMIT 1"
        } else {
            "DELETE FROM users WHERE ctid = (SELECT max(ctid) FROM users WHERE id = '9')"
        }
    }

    /// Whatever there is of the table of users, in one text.
    pub(super) const fn looks(self) -> &'static str {
        if self.is_of_mariadb() {
            "SELECT CONCAT((SELECT GROUP_CONCAT(column_name, column_type, is_nullable ORDER BY ordinal_position)
                FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'users'),
                (SELECT GROUP_CONCAT(index_name, column_name ORDER BY index_name, seq_in_index)
                FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'users'))"
        } else {
            "SELECT (SELECT string_agg(column_name::text || data_type::text, ' ' ORDER BY ordinal_position)
                FROM information_schema.columns WHERE table_name = 'users')
                || (SELECT string_agg(indexdef, ' ' ORDER BY indexname) FROM pg_indexes WHERE tablename = 'users')
                || (SELECT string_agg(conname || contype::text, ' ' ORDER BY conname) FROM pg_constraint
                    WHERE conrelid = 'users'::regclass)"
        }
    }

    /// How much of ours there is.
    pub(super) const fn ours(self) -> &'static str {
        if self.is_of_mariadb() {
            "SELECT (SELECT count(*) FROM information_schema.tables
                WHERE table_schema = DATABASE() AND table_name LIKE 'onepurse%')
                + (SELECT count(*) FROM information_schema.triggers WHERE trigger_schema = DATABASE())"
        } else {
            "SELECT (SELECT count(*) FROM pg_class WHERE relname LIKE 'onepurse%')
                + (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'onepurse%')
                + (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'users'::regclass)"
        }
    }

    pub(super) const fn repeatable_read(self) -> &'static str {
        if self.is_of_mariadb() {
            "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        } else {
            "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL REPEATABLE READ"
        }
    }
}
