"""The founding sketch of a wrapper, as small as it can be and run: the balance is read before and after each call, and a difference
is an event in the unified database, there and then. Nothing reaches the other platform's database.
"""

import sqlite3
import time


class Unified:
    """Where the sketch's events go: a database, durable at each one."""

    def __init__(self, path):
        self._db = sqlite3.connect(path)
        self._db.execute("CREATE TABLE unified_users (discord_id TEXT PRIMARY KEY, coins INTEGER)")
        self._db.execute("CREATE TABLE sync_events (id INTEGER PRIMARY KEY, discord_id TEXT, delta INTEGER, at REAL)")

    def event(self, user_id, delta):
        with self._db:
            self._db.execute("INSERT INTO sync_events VALUES (NULL, ?, ?, ?)", (str(user_id), delta, time.time()))
            self._db.execute(
                "INSERT INTO unified_users VALUES (?, ?) ON CONFLICT (discord_id) DO UPDATE SET coins = coins + excluded.coins",
                (str(user_id), delta),
            )


class Sketch:
    """Stands before a bot's database."""

    def __init__(self, db, unified):
        self._db, self._unified = db, unified

    def __getattr__(self, name):
        function = getattr(self._db, name)
        if not callable(function) or name == "get_user":
            return function

        def called(user_id, *args, **kwargs):
            before = self._db.get_user(user_id)["coins"]
            result = function(user_id, *args, **kwargs)
            delta = self._db.get_user(user_id)["coins"] - before
            if delta:
                self._unified.event(user_id, delta)
            return result

        return called
