"""A bot that writes all the time, in every style, and keeps the truth of it in its own database.

    writer.py SHAPE DATABASE JOURNAL_MODE SEED PAUSE_MS ERRORS

What a transaction did to anyone's balance stands in the table `truth`, written by that very transaction: whatever
kills the bot, the two are durable together or not at all. Errors of the database are appended to the file ERRORS.
Reads `rest N` and `go N`, a line each, and says the same when it is so; it begins with `rest 0`, and ends with its
input.
"""

import random
import select
import sqlite3
import sys
import time

import shapes

# There from the first moment, with enough that nobody's purse runs dry.
REGULARS, OPENING = range(1, 13), 20_000
# Their rows are deleted and come again; fewer than would be taken for a disaster.
GOERS = range(1, 7)
# They register some time.
NEWCOMERS = range(101, 121)


def id_of(user):
    return str(user)


class Economy(shapes.Economy):
    """Integer ids; the database does the arithmetic."""

    TABLE, ID, COINS = "economy", "user_id", "money"
    REPLACE = "INSERT OR REPLACE INTO economy(user_id, money, credits) VALUES (?, ?, 7)"


class Founding(shapes.Founding):
    """Text ids; whole rows."""

    TABLE, ID, COINS = "users", "id", "coins"
    REPLACE = "INSERT OR REPLACE INTO users(id, coins, username, xp) VALUES (?, ?, 'someone', 7)"


class Writer:
    def __init__(self, shape, path, journal_mode, dice):
        bots = {"economy": Economy, "founding": Founding}
        self.bot, self.dice = bots[shape](path, None, None if journal_mode == "delete" else journal_mode), dice
        names = {"t": self.bot.TABLE, "id": self.bot.ID, "coins": self.bot.COINS}
        self.sql = {
            "add": "UPDATE {t} SET {coins} = {coins} + ? WHERE {id} = ?",
            "set": "UPDATE {t} SET {coins} = ? WHERE {id} = ?",
            "all": "UPDATE {t} SET {coins} = {coins} + ? WHERE {id} IN (?, ?, ?)",
            "insert": "INSERT INTO {t}({id}, {coins}) VALUES (?, ?)",
            "ignore": "INSERT OR IGNORE INTO {t}({id}, {coins}) VALUES (?, ?)",
            "delete": "DELETE FROM {t} WHERE {id} = ?",
        }
        self.sql = {name: sql.format(**names) for name, sql in self.sql.items()} | {"replace": self.bot.REPLACE}
        self.styles = [
            (self.adds, 8), (self.adds_in_one_statement, 4), (self.saves_what_it_read, 6), (self.saves_stale, 3),
            (self.replaces, 6), (self.transfers, 6), (self.pays_three, 2), (self.thinks_twice, 3),
            (self.rolls_back, 4), (self.registers, 3), (self.deletes, 2), (self.resets, 1),
        ]

    def start(self):
        self.bot.start()
        self.bot.write(
            "CREATE TABLE IF NOT EXISTS truth"
            "(serial INTEGER PRIMARY KEY, user INTEGER NOT NULL, delta INTEGER NOT NULL, style TEXT NOT NULL)"
        )
        if self.bot.read("SELECT 1 FROM truth") is None:
            self.truly("opens", list(REGULARS), lambda db: [
                db.execute(self.sql["insert"], (id_of(user), OPENING)) for user in REGULARS])

    def write(self):
        styles, weights = zip(*self.styles)
        self.dice.choices(styles, weights)[0]()

    # The truth.

    def balance(self, db, user):
        row = db.execute(self.bot.STORED, (id_of(user),)).fetchone()
        return row and row[0]

    def truly(self, style, users, change):
        """Runs `change(db)` in one transaction, with what it did to these users' balances."""
        with self.bot.connect() as db:
            db.execute("BEGIN IMMEDIATE")
            before = {user: self.balance(db, user) for user in users}
            change(db)
            # Now and then it holds its database for a moment, as bots do; that is a moment to be killed in, too.
            if self.dice.random() < 0.1:
                time.sleep(self.dice.random() * 0.02)
            for user in users:
                self.note(db, style, user, self.earned(db, user, before[user], self.balance(db, user)))
            db.commit()

    def note(self, db, style, user, delta):
        db.execute("INSERT INTO truth(user, delta, style) VALUES (?, ?, ?)", (user, delta, style))

    def earned(self, db, user, before, after):
        """A row that comes for the first time brings what it has; one that goes or comes again neither takes nor brings."""
        if before is not None and after is not None:
            return after - before
        known = db.execute("SELECT 1 FROM truth WHERE user = ?", (user,)).fetchone()
        return 0 if after is None or known else after

    # The styles.

    def anyone(self):
        return self.dice.choice([*REGULARS, *REGULARS, *NEWCOMERS])

    def amount(self):
        return self.dice.randint(-40, 60)

    def adds(self):
        """One connection, one UPDATE, Python's own transaction around it: how most bots do it."""
        user, amount = self.anyone(), self.amount()
        with self.bot.connect() as db:
            if db.execute(self.sql["add"], (amount, id_of(user))).rowcount:
                self.note(db, "adds", user, amount)
            db.commit()

    def adds_in_one_statement(self):
        users, amount = self.dice.sample(REGULARS, 3), self.dice.randint(1, 9)
        self.truly("all", users, lambda db: db.execute(self.sql["all"], (amount, *map(id_of, users))))

    def saves_what_it_read(self):
        user, amount = self.dice.choice(REGULARS), self.amount()

        def save(db):
            if (balance := self.balance(db, user)) is not None:
                db.execute(self.sql["set"], (balance + amount, id_of(user)))

        self.truly("saves", [user], save)

    def saves_stale(self):
        """Reads, thinks, and saves, whatever has come meanwhile."""
        user, amount = self.dice.choice(REGULARS), self.amount()
        row = self.bot.read(self.bot.STORED, (id_of(user),))
        time.sleep(self.dice.random() * 0.02)
        if row:
            self.truly("stale", [user], lambda db: db.execute(self.sql["set"], (row[0] + amount, id_of(user))))

    def replaces(self):
        user, amount = self.dice.choice(REGULARS), self.amount()

        def replace(db):
            if (balance := self.balance(db, user)) is not None:
                db.execute(self.sql["replace"], (id_of(user), balance + amount))

        self.truly("replaces", [user], replace)

    def transfers(self):
        (giver, taker), amount = self.dice.sample(REGULARS, 2), self.dice.randint(1, 60)

        def transfer(db):
            if self.balance(db, giver) is not None and self.balance(db, taker) is not None:
                db.execute(self.sql["add"], (-amount, id_of(giver)))
                db.execute(self.sql["add"], (amount, id_of(taker)))

        self.truly("transfers", [giver, taker], transfer)

    def pays_three(self):
        users, amount = self.dice.sample(REGULARS, 3), self.amount()
        self.truly("many", users, lambda db: db.executemany(self.sql["add"], [(amount, id_of(u)) for u in users]))

    def thinks_twice(self):
        user = self.dice.choice(REGULARS)

        def change(db):
            db.execute("SAVEPOINT first")
            db.execute(self.sql["add"], (1_000, id_of(user)))
            db.execute("ROLLBACK TO first")
            db.execute(self.sql["add"], (3, id_of(user)))
            db.execute("RELEASE first")

        self.truly("thinks", [user], change)

    def rolls_back(self):
        user = self.dice.choice(REGULARS)
        with self.bot.connect() as db:
            db.execute(self.sql["add"], (5_000, id_of(user)))
            self.note(db, "rolled back", user, 5_000)
            db.execute(self.sql["ignore"], (id_of(999), 77))
            db.rollback()

    def registers(self):
        user = self.dice.choice([*GOERS, *GOERS, *GOERS, *NEWCOMERS])
        how = self.dice.choice(["ignore", "replace"])

        def register(db):
            # A REPLACE of a row that is there would be another style.
            if how == "ignore" or self.balance(db, user) is None:
                db.execute(self.sql[how], (id_of(user), 5_000))

        self.truly("registers", [user], register)

    def deletes(self):
        user = self.dice.choice(GOERS)
        self.truly("deletes", [user], lambda db: db.execute(self.sql["delete"], (id_of(user),)))

    def resets(self):
        """DELETE and INSERT at once: by default nothing of that counts."""
        user = self.dice.choice(GOERS)
        with self.bot.connect() as db:
            db.execute(self.sql["delete"], (id_of(user),))
            db.execute(self.sql["insert"], (id_of(user), 5_000))
            self.note(db, "resets", user, 0)
            db.commit()


def main():
    shape, path, journal_mode, seed, pause_ms, errors = sys.argv[1:]
    dice = random.Random(int(seed))
    writer, errors = Writer(shape, path, journal_mode, dice), open(errors, "a", buffering=1)
    # Unbuffered: it is asked whether the next line has come, which a buffer could hold already.
    commands = open(0, "rb", buffering=0)
    word, number, is_told, started = b"rest", b"0", False, False
    while True:
        if started and not is_told:
            print(word.decode(), number.decode(), flush=True)
            is_told = True
        is_idle = started and word == b"rest"
        if select.select([commands], [], [], None if is_idle else dice.random() * int(pause_ms) / 1000)[0]:
            line = commands.readline().split()
            if not line:
                return
            (word, number), is_told = line, False
            continue
        try:
            if started:
                writer.write()
            else:
                writer.start()
                started = True
        except sqlite3.Error as error:
            errors.write(f"{type(error).__name__}: {error}\n")


main()
