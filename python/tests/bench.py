"""What a call costs: `python python/tests/bench.py`. Of the bot as it was, of the founding sketch around it, and of onepurse around
it; each once as it is, with a durable write for each change, and once without that, since a disk's time says nothing about the code.
"""

import asyncio
import os
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "bots"))

from async_rows import AsyncDatabase  # noqa: E402
from sketch import Sketch, Unified  # noqa: E402
from telegram_json import Database  # noqa: E402

from onepurse import create_sync_wrapper  # noqa: E402
from onepurse.inplace import wrapper_of  # noqa: E402

CALLS, ROUNDS, DURABLE_CALLS = 1_000, 7, 200
PEOPLE = 1_000


class InMemory(Database):
    """Nothing but the calls."""

    def load_data(self):
        person = {"coins": 100, "xp": 0, "rank_id": 10**9, "last_daily": 0}
        return {"users": {str(id): dict(person) for id in range(PEOPLE)}}

    def save_data(self):
        pass


class Rows:
    """Copies handed out, from memory."""

    def __init__(self):
        self._rows = {str(id): {"coins": 100} for id in range(PEOPLE)}

    def get_user(self, user_id):
        return dict(self._rows[str(user_id)])

    def save_user(self, user_id, user):
        self._rows[str(user_id)] = dict(user)

    def get_all_users(self):
        return self._rows

    def add_coins(self, user_id, amount):
        user = self.get_user(user_id)
        user["coins"] += amount
        self.save_user(user_id, user)


class Nowhere:
    """In the place of the unified database."""

    def event(self, user_id, delta):
        pass


def each_us(call, calls):
    began = time.perf_counter()
    for at in range(calls):
        call(at % PEOPLE)
    return (time.perf_counter() - began) / calls * 1e6


def fastest_us(call):
    """Of several rounds: the others say what else the machine did."""
    return min(each_us(call, CALLS) for _ in range(ROUNDS))


def without_disk(wrapped):
    """Notes are made as ever, and not written."""
    books = wrapper_of(wrapped).books
    books.flush = lambda: bool(books._pending.clear())
    return wrapped


def change(db, id):
    user = db.get_user(id)
    user["coins"] += 1
    db.save_user(id, user)


READS = {"get_user": lambda db, id: db.get_user(id)}
ADDS = {"add_coins": lambda db, id: db.add_coins(id, 1)}
CHANGES = {"get_user and save_user": change}


def compare(kind, made, writes):
    """A kind of bot: unwrapped, in the sketch, wrapped."""
    plain, wrapped = made(), create_sync_wrapper(made(), platform="discord", sidecar=f"{kind}.onepurse")
    sketched = Sketch(made(), Unified(f"{kind}.db"))
    for name, call in writes.items():
        times = [each_us(lambda id, db=db: call(db, id), DURABLE_CALLS) for db in (plain, sketched, wrapped)]
        line(f"{kind}: {name}, durable", *times)
    without_disk(wrapped)
    sketched = Sketch(made(), Nowhere())
    for name, call in {**READS, **writes}.items():
        line(f"{kind}: {name}", *[fastest_us(lambda id, db=db: call(db, id)) for db in (plain, sketched, wrapped)])


async def awaited():
    async def each(db):
        for id in range(PEOPLE):
            await db.save_user(id, {"coins": 100})
        rounds = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            for at in range(CALLS):
                await db.get_user(at % PEOPLE)
            rounds.append((time.perf_counter() - began) / CALLS * 1e6)
        return min(rounds)

    plain = await each(AsyncDatabase())
    wrapped = without_disk(create_sync_wrapper(AsyncDatabase(), platform="discord", sidecar="async.onepurse"))
    line("awaited: get_user", plain, None, await each(wrapped))


def line(name, plain, sketched, wrapped):
    sketch = f"{sketched:10.1f}" if sketched is not None else " " * 10
    print(f"{name:40} {plain:10.1f} {sketch} {wrapped:10.1f} {wrapped - plain:+10.1f}")


def main():
    print(f"{'us a call':40} {'unwrapped':>10} {'sketch':>10} {'wrapped':>10} {'more':>10}")
    compare("live dict", InMemory, ADDS)
    compare("rows", Rows, {**ADDS, **CHANGES})
    asyncio.run(awaited())


if __name__ == "__main__":
    os.chdir(tempfile.mkdtemp())
    main()
