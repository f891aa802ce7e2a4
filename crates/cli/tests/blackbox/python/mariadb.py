"""A bot in MariaDB, written through PyMySQL: shape 9, wallet and bank in decimals, with a CHECK and triggers of its own."""

from contextlib import closing
from urllib.parse import unquote, urlsplit

import pymysql


class Balances:
    """A connection per call. PyMySQL begins a transaction by itself, and this commits it."""

    SCHEMA = [
        """CREATE TABLE IF NOT EXISTS user_balances (user_id VARCHAR(20) PRIMARY KEY, wallet DECIMAL(20,2) NOT NULL DEFAULT 0,
            bank DECIMAL(20,2) NOT NULL DEFAULT 0, updated_at TIMESTAMP NULL, CHECK (wallet >= 0), CHECK (bank >= 0))""",
        "CREATE TABLE IF NOT EXISTS history (user_id VARCHAR(20), wallet DECIMAL(20,2))",
        """CREATE TRIGGER IF NOT EXISTS touched BEFORE UPDATE ON user_balances FOR EACH ROW SET NEW.updated_at = NOW()""",
        """CREATE TRIGGER IF NOT EXISTS remembered AFTER UPDATE ON user_balances FOR EACH ROW
            INSERT INTO history VALUES (NEW.user_id, NEW.wallet)""",
    ]

    def __init__(self, url):
        place = urlsplit(url)
        self.place = {
            "host": place.hostname,
            "port": place.port,
            "user": unquote(place.username),
            "password": unquote(place.password or ""),
            "database": place.path.lstrip("/"),
        }

    def start(self):
        for sql in self.SCHEMA:
            self.write(sql)

    def write(self, sql, args=()):
        with closing(pymysql.connect(**self.place)) as db, db.cursor() as cursor:
            changed = cursor.execute(sql, args)
            db.commit()
            return changed

    def wallet(self, user):
        with closing(pymysql.connect(**self.place)) as db, db.cursor() as cursor:
            cursor.execute("SELECT wallet FROM user_balances WHERE user_id = %s", (str(user),))
            return cursor.fetchone()[0]

    def register(self, user, opening=0):
        self.write("INSERT IGNORE INTO user_balances (user_id, wallet) VALUES (%s, %s)", (str(user), opening))

    def earn(self, user, amount):
        """Reads the wallet, adds to it and saves it."""
        self.write(
            """INSERT INTO user_balances (user_id, wallet) VALUES (%s, %s)
            ON DUPLICATE KEY UPDATE wallet = VALUES(wallet)""",
            (str(user), self.wallet(user) + amount),
        )

    def add_coins(self, user, amount):
        self.write("UPDATE user_balances SET wallet = wallet + %s WHERE user_id = %s", (amount, str(user)))

    def replace(self, user, amount):
        self.write("REPLACE INTO user_balances (user_id, wallet) VALUES (%s, %s)", (str(user), amount))

    def balance(self, user):
        return int(self.wallet(user))
