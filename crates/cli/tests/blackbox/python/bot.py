"""A bot's own process. Reads commands, one JSON object a line; answers each with one line; ends with its input."""

import json
import random
import select
import sqlite3
import time

import shapes

# Unbuffered: `load` asks the pipe itself whether the next line has come, which a buffer could hold already.
commands = open(0, "rb", buffering=0)


class Process:
    def __init__(self):
        self.connections = {}
        self.bots = {}

    # Connections that stay open: a bot that holds transactions, cursors and savepoints of its own.

    def open(self, name, path, options=None, pragmas=()):
        db = sqlite3.connect(path, **(options or {}))
        for pragma in pragmas:
            db.execute(f"PRAGMA {pragma}")
        self.connections[name] = db

    def execute(self, name, sql, args=()):
        cursor = self.connections[name].execute(sql, args)
        return {"rows": cursor.fetchall(), "changed": cursor.rowcount}

    def executemany(self, name, sql, args):
        return self.connections[name].executemany(sql, args).rowcount

    def begin_reading(self, name, sql):
        """Leaves a SELECT half read, as a bot does that breaks out of a loop."""
        self.cursor = self.connections[name].execute(sql)
        return self.cursor.fetchone()

    def end_reading(self):
        self.cursor.fetchall()

    def commit(self, name):
        self.connections[name].commit()

    def rollback(self, name):
        self.connections[name].rollback()

    def close(self, name):
        self.connections.pop(name).close()

    def open_on_server(self, name, driver, url):
        import servers

        self.connections[name] = servers.DRIVERS[driver](url)

    def contend(self, name, ids, seed):
        """Moves a coin from one to another in one transaction, in whatever order, until the next line comes."""
        db, dice = self.connections[name], random.Random(seed)
        durable, errors, writes, slowest = dict.fromkeys(ids, 0), [], 0, 0.0
        while not select.select([commands], [], [], dice.random() * 0.01)[0]:
            (one, other), began = dice.sample(ids, 2), time.monotonic()
            try:
                db.execute("UPDATE users SET coins = coins - 1 WHERE id = ?", [str(one)])
                db.execute("UPDATE users SET coins = coins + 1 WHERE id = ?", [str(other)])
                db.commit()
                durable[one] -= 1
                durable[other] += 1
                writes += 1
            except Exception as error:
                db.rollback()
                errors.append(f"{type(error).__name__}: {error}")
            slowest = max(slowest, time.monotonic() - began)
        return {"durable": durable, "writes": writes, "errors": errors, "slowest_ms": slowest * 1000}

    def give(self, driver, url, statement):
        """Gives somebody a coin by this statement and writes that down, again and again in one transaction each, whatever
        becomes of the server, until the next line comes. Tells which of them it was told are durable."""
        import servers

        # Whoever comes after a bot that was killed has other numbers.
        db, number, durable, errors = None, time.time_ns(), [], []
        while not select.select([commands], [], [], 0.002)[0]:
            number += 1
            try:
                db = db or servers.DRIVERS[driver](url)
                db.execute("INSERT INTO given VALUES (?)", [number])
                db.execute(statement)
                db.commit()
                durable.append(number)
            except Exception as error:
                # Whether it was committed is not known where that is what failed.
                db = None
                errors.append(f"{type(error).__name__}: {error}")
        return {"durable": durable, "errors": errors}

    # A connection per call: opened, used, committed, closed.

    def run(self, path, steps, pragmas=(), options=None):
        db = sqlite3.connect(path, **(options or {}))
        try:
            for pragma in pragmas:
                db.execute(f"PRAGMA {pragma}")
            rows = [db.execute(sql, args).fetchall() for sql, args in steps]
            db.commit()
            return rows
        finally:
            db.close()

    def backup(self, source, target):
        a, b = sqlite3.connect(source), sqlite3.connect(target)
        with b:
            a.backup(b)
        a.close()
        b.close()

    # One of the six shapes, as long as the process lives.

    def bot(self, name, shape, path, timeout=None, journal_mode=None):
        self.bots[name] = shapes.SHAPES[shape](path, timeout, journal_mode)
        self.bots[name].start()

    # A bot on a server: shape 9 in MariaDB, the founding shape in PostgreSQL. What it needs is loaded only here: most
    # bots need it not.

    def bot_on_server(self, name, url):
        if url.startswith("mysql:"):
            import mariadb

            self.bots[name] = mariadb.Balances(url)
        else:
            import postgres

            self.bots[name] = postgres.Founding(url)
        self.bots[name].start()

    def call(self, name, method, args=()):
        return getattr(self.bots[name], method)(*args)

    def load(self, name, users, seed, pause_ms):
        """Plays like busy users until the next line comes; tells what became durable, and how it went."""
        bot, dice = self.bots[name], random.Random(seed)
        durable, errors, writes, slowest = dict.fromkeys(users, 0), [], 0, 0.0
        while not select.select([commands], [], [], dice.random() * pause_ms / 1000)[0]:
            user, began = dice.choice(users), time.monotonic()
            try:
                durable[user] += bot.play(dice, user)
                writes += 1
            except sqlite3.Error as error:
                errors.append(f"{type(error).__name__}: {error}")
            slowest = max(slowest, time.monotonic() - began)
        return {"durable": durable, "writes": writes, "errors": errors, "slowest_ms": slowest * 1000}

    def stop(self):
        pass


def main():
    process = Process()
    for line in iter(commands.readline, b""):
        command = json.loads(line)
        began = time.monotonic()
        try:
            answer = {"ok": getattr(process, command.pop("do"))(**command)}
        except Exception as error:
            answer = {"error": type(error).__name__, "message": str(error)}
        answer["ms"] = (time.monotonic() - began) * 1000
        print(json.dumps(answer), flush=True)


main()
