"""A bot's database whose every method is awaited, with copies handed out."""

import asyncio


class AsyncDatabase:
    def __init__(self):
        self._rows = {}

    async def get_user(self, user_id):
        await asyncio.sleep(0)
        row = self._rows.get(str(user_id))
        return dict(row) if row is not None else None

    async def save_user(self, user_id, user):
        await asyncio.sleep(0)
        self._rows[str(user_id)] = dict(user)

    async def get_all_users(self):
        await asyncio.sleep(0)
        return [{"user_id": id, **row} for id, row in self._rows.items()]

    async def add_coins(self, user_id, amount):
        user = await self.get_user(user_id) or {"coins": 0}
        await asyncio.sleep(0)
        user["coins"] += amount
        await self.save_user(user_id, user)

    async def history(self, user_id):
        for entry in ("one", "two"):
            await asyncio.sleep(0)
            yield entry
