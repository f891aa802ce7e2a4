"""A Discord bot's database of the founding time, over PostgreSQL by psycopg2: one connection, whole rows read and saved."""

import os

import psycopg2


class DatabasePostgres:
    def __init__(self):
        self.connect(os.environ["DATABASE_URL"])
        self.execute(
            "CREATE TABLE IF NOT EXISTS users (id TEXT PRIMARY KEY, coins INTEGER DEFAULT 0, xp INTEGER DEFAULT 0, "
            "rank_id INTEGER DEFAULT 1, last_daily DOUBLE PRECISION DEFAULT 0)"
        )

    def connect(self, url):
        self.conn = psycopg2.connect(url)

    def execute(self, sql, args=(), fetch=None):
        with self.conn.cursor() as cur:
            cur.execute(sql, args)
            found = getattr(cur, fetch)() if fetch else None
            columns = [column.name for column in cur.description or ()]
        self.conn.commit()
        if fetch == "fetchall":
            return [dict(zip(columns, row)) for row in found]
        return dict(zip(columns, found)) if found else None

    def get_user(self, user_id):
        user = self.execute("SELECT * FROM users WHERE id = %s", (str(user_id),), "fetchone")
        if user is None:
            user = {"id": str(user_id), "coins": 0, "xp": 0, "rank_id": 1, "last_daily": 0}
            self.save_user(user_id, user)
        return user

    def save_user(self, user_id, user):
        self.execute(
            "INSERT INTO users (id, coins, xp, rank_id, last_daily) VALUES (%s, %s, %s, %s, %s) ON CONFLICT (id) DO UPDATE "
            "SET coins = EXCLUDED.coins, xp = EXCLUDED.xp, rank_id = EXCLUDED.rank_id, last_daily = EXCLUDED.last_daily",
            (str(user_id), user["coins"], user["xp"], user["rank_id"], user["last_daily"]),
        )

    def get_all_users(self):
        return {user["id"]: user for user in self.execute("SELECT * FROM users", fetch="fetchall")}

    def add_coins(self, user_id, amount):
        user = self.get_user(user_id)
        user["coins"] += amount
        self.save_user(user_id, user)
        return user["coins"]

    def remove_coins(self, user_id, amount):
        user = self.get_user(user_id)
        user["coins"] = max(0, user["coins"] - amount)
        self.save_user(user_id, user)
        return user["coins"]

    def add_xp(self, user_id, amount):
        user = self.get_user(user_id)
        user["xp"] += amount
        self.save_user(user_id, user)
        return self.check_rank_up(user_id)

    def check_rank_up(self, user_id):
        user = self.get_user(user_id)
        if user["xp"] < user["rank_id"] * 100:
            return False
        user["rank_id"] += 1
        user["coins"] += 25
        self.save_user(user_id, user)
        return True
