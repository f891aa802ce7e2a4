"""Six bots with a balance, each with the schema and the way of writing that was seen in the field.

A connection per call, Python's defaults: that is how they were found. Every bot knows `start`, `register`, `earn`,
`spend`, `resave` (the whole row again, nothing changed) and `balance` (what the bot itself believes).
"""

import sqlite3
from contextlib import closing


class Bot:
    """What all of them share: a path, and a connection for each call."""

    SCHEMA = ""

    def __init__(self, path, timeout=None, journal_mode=None):
        self.path = path
        self.options = {} if timeout is None else {"timeout": timeout}
        self.journal_mode = journal_mode

    def connect(self):
        db = sqlite3.connect(self.path, **self.options)
        if self.journal_mode:
            db.execute(f"PRAGMA journal_mode = {self.journal_mode}")
        return closing(db)

    def start(self):
        with self.connect() as db:
            db.execute(self.SCHEMA)
            db.commit()

    def write(self, sql, args=()):
        with self.connect() as db:
            changed = db.execute(sql, args).rowcount
            db.commit()
        return changed

    def read(self, sql, args=()):
        with self.connect() as db:
            return db.execute(sql, args).fetchone()

    def exactly(self, user, change):
        """Runs `change(db)` and tells by how much it moved the stored balance, all in one transaction."""
        with self.connect() as db:
            db.execute("BEGIN IMMEDIATE")
            before = db.execute(self.STORED, (user,)).fetchone()[0]
            change(db)
            after = db.execute(self.STORED, (user,)).fetchone()[0]
            db.commit()
        return after - before


class Economy(Bot):
    """Shape 1: clamped deltas in the database; money and credits are exchanged in two commits."""

    SCHEMA = """CREATE TABLE IF NOT EXISTS economy(
        user_id INTEGER PRIMARY KEY, money INTEGER NOT NULL DEFAULT 0, credits INTEGER NOT NULL DEFAULT 0)"""
    STORED = "SELECT money FROM economy WHERE user_id = ?"
    EARN = "UPDATE economy SET money = MAX(0, money + ?) WHERE user_id = ?"

    def register(self, user, opening=0):
        self.write("INSERT OR IGNORE INTO economy(user_id, money) VALUES (?, ?)", (user, opening))

    def earn(self, user, amount):
        self.write(self.EARN, (amount, user))

    def spend(self, user, amount):
        self.earn(user, -amount)

    def pay_with_money(self, user, amount):
        self.write("UPDATE economy SET money = money - ? WHERE user_id = ?", (amount, user))

    def get_credits(self, user, amount):
        self.write("UPDATE economy SET credits = credits + ? WHERE user_id = ?", (amount, user))

    def exchange(self, user, amount):
        self.pay_with_money(user, amount)
        self.get_credits(user, amount)

    def resave(self, user):
        row = self.read("SELECT money, credits FROM economy WHERE user_id = ?", (user,))
        self.write("UPDATE economy SET money = ?, credits = ? WHERE user_id = ?", (*row, user))

    def balance(self, user):
        return self.read(self.STORED, (user,))[0]

    def play(self, dice, user):
        amount = dice.randint(-40, 60)
        return self.exactly(user, lambda db: db.execute(self.EARN, (amount, user)))


class Bank(Bot):
    """Shape 2: no key at all, 5000 from the INSERT, reset by DELETE and INSERT, rows read by position."""

    SCHEMA = "CREATE TABLE IF NOT EXISTS bank(userID BIGINT, wallet BIGINT, bank BIGINT)"

    def row(self, user):
        return self.read("SELECT * FROM bank WHERE userID = ?", (user,))

    def register(self, user, opening=5000):
        if self.row(user) is None:
            self.write("INSERT INTO bank VALUES (?, ?, 0)", (user, opening))

    def earn(self, user, amount):
        wallet = self.row(user)[1] + amount
        self.write("UPDATE bank SET wallet = ? WHERE userID = ?", (wallet, user))

    def spend(self, user, amount):
        self.earn(user, -amount)

    def reset(self, user):
        with self.connect() as db:
            db.execute("DELETE FROM bank WHERE userID = ?", (user,))
            db.execute("INSERT INTO bank VALUES (?, 5000, 0)", (user,))
            db.commit()

    def resave(self, user):
        _, wallet, bank = self.row(user)
        self.write("UPDATE bank SET wallet = ?, bank = ? WHERE userID = ?", (wallet, bank, user))

    def balance(self, user):
        return self.row(user)[1]


class Account(Bot):
    """Shape 3: an ORM that writes all fields on save; user and guild together are the id, and no key says so."""

    SCHEMA = """CREATE TABLE IF NOT EXISTS "account"("id" INTEGER NOT NULL PRIMARY KEY,
        "user_id" VARCHAR(32) NOT NULL, "guild_id" VARCHAR(32) NOT NULL, "amount" INTEGER NOT NULL)"""
    GUILD = "77"

    def get(self, user, guild=GUILD):
        row = self.read(
            "SELECT id, user_id, guild_id, amount FROM account WHERE user_id = ? AND guild_id = ?",
            (str(user), guild),
        )
        return row and dict(zip(("id", "user_id", "guild_id", "amount"), row))

    def save(self, account):
        self.write(
            "UPDATE account SET user_id = :user_id, guild_id = :guild_id, amount = :amount WHERE id = :id", account
        )

    def create(self, user, opening=0, guild=GUILD):
        self.write("INSERT INTO account(user_id, guild_id, amount) VALUES (?, ?, ?)", (str(user), guild, opening))

    def register(self, user, opening=0, guild=GUILD):
        if self.get(user, guild) is None:
            self.create(user, opening, guild)

    def earn(self, user, amount, guild=GUILD):
        account = self.get(user, guild)
        account["amount"] += amount
        self.save(account)

    def spend(self, user, amount, guild=GUILD):
        self.earn(user, -amount, guild)

    def resave(self, user, guild=GUILD):
        self.save(self.get(user, guild))

    def balance(self, user, guild=GUILD):
        return self.get(user, guild)["amount"]


class Storage(Bot):
    """Shape 6: a surrogate key, a REAL balance, and a start-up check that the table has exactly eight columns."""

    SCHEMA = """CREATE TABLE IF NOT EXISTS storage_users(increment INTEGER PRIMARY KEY AUTOINCREMENT,
        user_id INTEGER, user_login TEXT, user_name TEXT, user_balance REAL, user_refill INTEGER,
        user_date TIMESTAMP, user_unix INTEGER)"""

    def start(self):
        super().start()
        with self.connect() as db:
            columns = db.execute("PRAGMA table_info(storage_users)").fetchall()
        if len(columns) != 8:
            raise RuntimeError(f"the table has {len(columns)} columns, not eight")

    def register(self, user, opening=0):
        if self.read("SELECT 1 FROM storage_users WHERE user_id = ?", (user,)) is None:
            self.write(
                "INSERT INTO storage_users(user_id, user_login, user_name, user_balance, user_refill, user_date,"
                " user_unix) VALUES (?, '', 'someone', ?, 0, '2026-01-01', 0)",
                (user, opening),
            )

    def set_balance(self, user, amount):
        self.write("UPDATE storage_users SET user_balance = ? WHERE user_id = ?", (amount, user))

    def earn(self, user, amount):
        self.set_balance(user, self.balance(user) + amount)

    def spend(self, user, amount):
        self.earn(user, -amount)

    def resave(self, user):
        self.set_balance(user, self.balance(user))

    def balance(self, user):
        return self.read("SELECT user_balance FROM storage_users WHERE user_id = ?", (user,))[0]


class Cached(Bot):
    """Shape 10: every row is cached at start for the life of the process; saves are absolute, from that cache."""

    SCHEMA = "CREATE TABLE IF NOT EXISTS users(user_id STRING PRIMARY KEY, balance INTEGER)"

    def start(self):
        super().start()
        with self.connect() as db:
            self.cache = {str(user): balance for user, balance in db.execute("SELECT user_id, balance FROM users")}

    def save(self, user):
        balance = self.cache[str(user)]
        if not self.write("UPDATE users SET balance = ? WHERE user_id = ?", (balance, str(user))):
            self.write("INSERT INTO users VALUES (?, ?)", (str(user), balance))

    def register(self, user, opening=0):
        if str(user) not in self.cache:
            self.cache[str(user)] = opening
            self.save(user)

    def earn(self, user, amount):
        self.cache[str(user)] += amount
        self.save(user)

    def spend(self, user, amount):
        self.earn(user, -amount)

    def resave(self, user):
        self.save(user)

    def balance(self, user):
        return self.cache[str(user)]


class Founding(Bot):
    """Shape 14: read the user, change the dict, save the whole row; a rank-up adds coins inside `add_xp`."""

    SCHEMA = """CREATE TABLE IF NOT EXISTS users(id TEXT PRIMARY KEY, username TEXT, coins INTEGER DEFAULT 0,
        xp INTEGER DEFAULT 0, rank_id INTEGER DEFAULT 1, last_daily TEXT)"""
    STORED = "SELECT coins FROM users WHERE id = ?"
    COLUMNS = ("id", "username", "coins", "xp", "rank_id", "last_daily")
    SAVE = "INSERT OR REPLACE INTO users VALUES (:id, :username, :coins, :xp, :rank_id, :last_daily)"

    def get_user(self, user):
        row = self.read("SELECT * FROM users WHERE id = ?", (str(user),))
        return row and dict(zip(self.COLUMNS, row))

    def save_user(self, data):
        self.write(self.SAVE, data)

    def register(self, user, opening=0):
        if self.get_user(user) is None:
            self.write("INSERT INTO users(id, username, coins) VALUES (?, 'someone', ?)", (str(user), opening))

    def earn(self, user, amount):
        data = self.get_user(user)
        data["coins"] += amount
        self.save_user(data)

    def spend(self, user, amount):
        self.earn(user, -amount)

    def add_coins(self, user, amount):
        self.write("UPDATE users SET coins = coins + ? WHERE id = ?", (amount, str(user)))

    def add_xp(self, user, amount):
        data = self.get_user(user)
        data["xp"] += amount
        if data["xp"] >= 100 * data["rank_id"]:
            data["rank_id"] += 1
            data["coins"] += 25
        self.save_user(data)

    def resave(self, user):
        self.save_user(self.get_user(user))

    def balance(self, user):
        return self.get_user(user)["coins"]

    def play(self, dice, user):
        amount, replace = dice.randint(-40, 60), dice.random() < 0.5

        def change(db):
            row = dict(zip(self.COLUMNS, db.execute("SELECT * FROM users WHERE id = ?", (user,)).fetchone()))
            row["coins"] += amount
            if replace:
                db.execute(self.SAVE, row)
            else:
                db.execute("UPDATE users SET coins = ?, xp = ? WHERE id = ?", (row["coins"], row["xp"], user))

        return self.exactly(user, change)


SHAPES = {bot.__name__.lower(): bot for bot in (Economy, Bank, Account, Storage, Cached, Founding)}
