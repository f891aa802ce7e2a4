"""A Discord bot's database: rows that are read and saved as a whole. Over SQLite here; over PostgreSQL it looks the same."""

import sqlite3
import threading


class DatabaseRows:
    def __init__(self, path):
        self.path = path
        self.lock = threading.Lock()
        with self._connect() as db:
            db.execute(
                "CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, coins INTEGER, xp INTEGER, rank_id INTEGER)"
            )

    def _connect(self):
        db = sqlite3.connect(self.path, timeout=30)
        db.row_factory = sqlite3.Row
        return db

    def get_user(self, user_id):
        with self._connect() as db:
            row = db.execute("SELECT * FROM users WHERE id = ?", (str(user_id),)).fetchone()
        if row is None:
            user = {"id": str(user_id), "coins": 0, "xp": 0, "rank_id": 1}
            self.save_user(user_id, user)
            return user
        return dict(row)

    def save_user(self, user_id, user):
        with self._connect() as db:
            db.execute(
                "INSERT INTO users (id, coins, xp, rank_id) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "coins = excluded.coins, xp = excluded.xp, rank_id = excluded.rank_id",
                (str(user_id), user["coins"], user["xp"], user["rank_id"]),
            )

    def get_all_users(self):
        with self._connect() as db:
            return {row["id"]: dict(row) for row in db.execute("SELECT * FROM users")}

    def add_coins(self, user_id, amount):
        user = self.get_user(user_id)
        user["coins"] += amount
        self.save_user(user_id, user)
        return user["coins"]

    def remove_coins(self, user_id, amount):
        user = self.get_user(user_id)
        user["coins"] = max(0, user["coins"] - amount)
        self.save_user(user_id, user)

    def check_rank_up(self, user_id):
        user = self.get_user(user_id)
        if user["xp"] < user["rank_id"] * 100:
            return False
        user["rank_id"] += 1
        user["coins"] += 25
        self.save_user(user_id, user)
        return True

    def delete_user(self, user_id):
        with self._connect() as db:
            db.execute("DELETE FROM users WHERE id = ?", (str(user_id),))
