"""A Discord bot's database over PostgreSQL by asyncpg: a pool, and every method awaited."""

import asyncpg


class DatabaseAsyncpg:
    def __init__(self, url):
        self.url, self.pool = url, None

    async def setup(self):
        self.pool = await asyncpg.create_pool(self.url, min_size=1, max_size=4)
        await self.pool.execute("CREATE TABLE IF NOT EXISTS users (id BIGINT PRIMARY KEY, coins BIGINT, xp BIGINT)")

    async def get_user(self, user_id):
        row = await self.pool.fetchrow("SELECT * FROM users WHERE id = $1", user_id)
        return dict(row) if row else {"id": user_id, "coins": 0, "xp": 0}

    async def save_user(self, user_id, user):
        await self.pool.execute(
            "INSERT INTO users VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET coins = $2, xp = $3",
            user_id, user["coins"], user["xp"],
        )  # fmt: skip

    async def get_all_users(self):
        return [dict(row) for row in await self.pool.fetch("SELECT * FROM users")]

    async def add_coins(self, user_id, amount):
        user = await self.get_user(user_id)
        user["coins"] += amount
        await self.save_user(user_id, user)

    async def add_coins_in_place(self, user_id, amount):
        await self.pool.execute("UPDATE users SET coins = coins + $2 WHERE id = $1", user_id, amount)
