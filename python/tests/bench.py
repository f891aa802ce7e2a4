"""What a wrapped call costs: `python python/tests/bench.py`. Without its durable write, that is; how long one of those takes is
said beside it.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "bots"))

from async_rows import AsyncDatabase  # noqa: E402
from telegram_json import Database  # noqa: E402

from onepurse import create_sync_wrapper  # noqa: E402
from onepurse.inplace import wrapper_of  # noqa: E402

CALLS = 5_000


class InMemory(Database):
    """Nothing but the calls."""

    def load_data(self):
        return {"users": {str(id): {"coins": 100, "xp": 0, "rank_id": 10**9, "last_daily": 0} for id in range(1000)}}

    def save_data(self):
        pass


class Rows:
    """Copies handed out, from memory."""

    def __init__(self):
        self._rows = {str(id): {"coins": 100} for id in range(1000)}

    def get_user(self, user_id):
        return dict(self._rows[str(user_id)])

    def save_user(self, user_id, user):
        self._rows[str(user_id)] = dict(user)

    def get_all_users(self):
        return self._rows


def each_us(call):
    began = time.perf_counter()
    for at in range(CALLS):
        call(at % 1000)
    return (time.perf_counter() - began) / CALLS * 1e6


def founding(db):
    """As the founding sketch did it: the balance is read before and after, and an event goes to a list."""
    events = []

    def add_coins(user_id, amount):
        before = db.get_user(user_id)["coins"]
        result = db.add_coins(user_id, amount)
        events.append((user_id, db.get_user(user_id)["coins"] - before))
        return result

    return add_coins


def line(name, plain, wrapped, sketch=None):
    sketched = "" if sketch is None else f"   founding sketch {sketch:6.1f} us"
    print(f"{name:34} unwrapped {plain:6.1f} us   wrapped {wrapped:6.1f} us   more {wrapped - plain:6.1f} us{sketched}")


def without_disk(wrapped):
    """Notes are made as ever, and not written."""
    books = wrapper_of(wrapped).books
    books.flush = lambda: bool(books._pending.clear())
    return wrapped


def main():
    plain, wrapped = InMemory(), create_sync_wrapper(InMemory(), platform="telegram", sidecar="live.onepurse")
    began = time.perf_counter()
    for at in range(50):
        wrapped.add_coins(at, 1)
    print(f"a change made durable{'':33} {(time.perf_counter() - began) / 50 * 1e6:8.1f} us")
    without_disk(wrapped)
    line("live dict: get_user", each_us(plain.get_user), each_us(wrapped.get_user))
    sketch = each_us(lambda id: founding(plain)(id, 1))
    line(
        "live dict: add_coins",
        each_us(lambda id: plain.add_coins(id, 1)),
        each_us(lambda id: wrapped.add_coins(id, 1)),
        sketch,
    )
    rows = Rows()
    other = without_disk(create_sync_wrapper(Rows(), platform="discord", sidecar="rows.onepurse"))

    def change(db):
        def changed(id):
            user = db.get_user(id)
            user["coins"] += 1
            db.save_user(id, user)

        return changed

    line("rows: get_user", each_us(rows.get_user), each_us(other.get_user))
    line("rows: get, change, save_user", each_us(change(rows)), each_us(change(other)))
    asyncio.run(awaited())


async def awaited():
    async def each(db):
        for id in range(1000):
            await db.save_user(id, {"coins": 100})
        began = time.perf_counter()
        for at in range(CALLS):
            await db.get_user(at % 1000)
        return (time.perf_counter() - began) / CALLS * 1e6

    plain = await each(AsyncDatabase())
    wrapped = without_disk(create_sync_wrapper(AsyncDatabase(), platform="discord", sidecar="async.onepurse"))
    line("awaited: get_user", plain, await each(wrapped))


if __name__ == "__main__":
    os.chdir(tempfile.mkdtemp())
    main()
