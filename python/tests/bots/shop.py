"""What the small bots on real libraries share: a shop, and a memory of where what came in was written."""

import asyncio
import json
import threading
import time
from contextvars import ContextVar

from discord_rows import DatabaseRows
from telegram_json import Database

# Where this is set, it is the bot itself that writes.
_HANDLES = ContextVar("handles", default=False)


class Shop:
    def __init__(self, *args):
        self.calls, self.loop, self.arrivals = 0, None, set()
        super().__init__(*args)

    def begins(self):
        """A handler of the bot begins."""
        _HANDLES.set(True)
        self.loop = asyncio._get_running_loop()

    def spend(self, user_id, price):
        """Takes its time between reading and writing."""
        self.calls += 1
        user = self.get_user(user_id)
        coins = user["coins"]
        time.sleep(0.001)
        user["coins"] = coins - price
        self.save_user(user_id, user)
        self.calls -= 1

    def writes(self):
        if not _HANDLES.get():
            loop = asyncio._get_running_loop()
            on_loop = loop is not None and loop is self.loop
            self.arrivals.add((threading.current_thread().name, on_loop, self.calls))

    def where(self):
        """Thread, whether on the bot's event loop, and within how many of its calls."""
        return json.dumps(sorted(self.arrivals))


class JsonShop(Shop, Database):
    def save_user(self, user_id, user):
        self.save_data()

    def save_data(self):
        self.writes()
        super().save_data()


class RowShop(Shop, DatabaseRows):
    def save_user(self, user_id, user):
        self.writes()
        super().save_user(user_id, user)
