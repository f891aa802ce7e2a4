"""Bots that await: calls of many tasks, and what comes in arrives on their event loop."""

import asyncio
import threading

from async_rows import AsyncDatabase
from collection import FakeAsyncCollection
from conftest import PATIENCE_S, Beside
from telegram_json import Database

from onepurse import create_sync_wrapper


async def soon(condition):
    async def wait():
        while not condition():
            await asyncio.sleep(0.005)

    await asyncio.wait_for(wait(), PATIENCE_S)


def rows():
    return Beside("onepurse-discord.onepurse")


def test_awaited_methods_count(folder):
    async def main():
        db = AsyncDatabase()
        await db.add_coins(1, 10)
        db = create_sync_wrapper(db, platform="discord")
        await db.add_coins(1, 5)
        await db.add_coins(2, 7)
        assert rows().everybody() == {"1": 15, "2": 7}
        assert [entry async for entry in db.history(1)] == ["one", "two"]

    asyncio.run(main())


def test_wrapped_before_there_is_a_loop(folder):
    db = AsyncDatabase()
    asyncio.run(db.add_coins(1, 10))
    wrapped = create_sync_wrapper(db, platform="discord")

    async def main():
        await wrapped.add_coins(1, 5)
        assert rows().balance(1) == 15

    asyncio.run(main())


def test_what_comes_in_is_written_between_calls_and_a_stale_row_keeps_it(folder):
    async def main():
        db = create_sync_wrapper(AsyncDatabase(), platform="discord")
        await db.add_coins(1, 100)
        beside = rows()
        user = await db.get_user(1)
        beside.arrives(1, 50)
        await soon(lambda: db._rows["1"]["coins"] == 150)
        user["coins"] -= 30
        await db.save_user(1, user)
        assert (beside.balance(1), db._rows["1"]["coins"]) == (120, 120)

    asyncio.run(main())


def test_a_thousand_tasks_lose_nothing(folder):
    async def main():
        db = create_sync_wrapper(AsyncDatabase(), platform="discord")
        beside = None
        for id in range(10):
            await db.add_coins(id, 0)
        beside = rows()

        async def come_in():
            for at in range(50):
                beside.arrives(at % 10, 1)
                await asyncio.sleep(0.01)

        await asyncio.gather(come_in(), *(db.add_coins(at % 10, 1) for at in range(1000)))
        await soon(lambda: all(row["coins"] == 105 for row in db._rows.values()))
        assert set(beside.everybody().values()) == {105}

    asyncio.run(main())


def test_a_live_dict_is_changed_on_the_bots_own_loop(folder):
    seen = []

    class Watched(Database):
        def save_data(self):
            seen.append(threading.current_thread())
            super().save_data()

    db = Watched()
    db.add_coins(456, 100)

    async def main():
        wrapped = create_sync_wrapper(db, platform="telegram")
        wrapped.get_user(456)
        seen.clear()
        Beside("users.json.onepurse").arrives(456, 50)
        await soon(lambda: db.data["users"]["456"]["coins"] == 150)
        await soon(lambda: seen)
        assert seen == [threading.current_thread()]

    asyncio.run(main())


def test_tasks_each_compute_from_what_they_have_read(folder):
    db = Database()
    db.add_coins(456, 100)

    async def main():
        wrapped = create_sync_wrapper(db, platform="telegram")
        beside = Beside("users.json.onepurse")
        asked, answered = asyncio.Event(), asyncio.Event()

        async def shop():
            coins = wrapped.get_user(456)["coins"]
            asked.set()
            await answered.wait()
            wrapped.update_user(456, coins=coins - 30)

        task = asyncio.create_task(shop())
        await asked.wait()
        beside.arrives(456, 50)
        await soon(lambda: beside.shown(456) == 150)
        assert wrapped.get_user(456)["coins"] == 150
        answered.set()
        await task
        assert (beside.balance(456), wrapped.get_user(456)["coins"]) == (120, 120)

    asyncio.run(main())


def test_a_task_that_a_method_starts_is_seen_for_itself(folder):
    class Starting(AsyncDatabase):
        async def start(self, go):
            async def later():
                await go.wait()
                await self.add_coins(1, 5)

            return asyncio.create_task(later())

    async def main():
        db = create_sync_wrapper(Starting(), platform="discord")
        await db.add_coins(1, 10)
        go = asyncio.Event()
        task = await db.start(go)
        go.set()
        await task
        assert rows().balance(1) == 15

    asyncio.run(main())


def test_a_collection_whose_methods_return_what_is_awaited(folder):
    async def main():
        users = FakeAsyncCollection({1: {"_id": 1, "coins": 10}})

        async def ids():
            return list(users.documents)

        async def read(id, asset):
            user = await users.find_one({"_id": id})
            return user and user[asset]

        async def write(id, asset, value):
            await users.update_one({"_id": id}, {"$set": {asset: value}})

        create_sync_wrapper(users, platform="discord", ids=ids, read=read, write=write)
        # What is awaited everywhere begins with the first call.
        assert (await users.find_one({"_id": 1}))["coins"] == 10
        await users.update_one({"_id": 1}, {"$inc": {"coins": 5}})
        beside = rows()
        assert beside.balance(1) == 15
        beside.arrives(1, 7)
        await soon(lambda: users.documents[1]["coins"] == 22)

    asyncio.run(main())


def test_what_returns_something_to_await_waits_for_what_is_just_coming_in(folder):
    async def main():
        users = FakeAsyncCollection({1: {"_id": 1, "coins": 10}})
        is_written, goes_on = asyncio.Event(), asyncio.Event()

        async def ids():
            return list(users.documents)

        async def read(id, asset):
            return (await users.find_one({"_id": id}))[asset]

        async def write(id, asset, value):
            await users.update_one({"_id": id}, {"$set": {asset: value}})
            is_written.set()
            await goes_on.wait()

        create_sync_wrapper(users, platform="discord", ids=ids, read=read, write=write)
        await users.update_one({"_id": 1}, {"$inc": {"coins": 5}})
        beside = rows()
        beside.arrives(1, 7)
        await is_written.wait()
        earns = users.update_one({"_id": 1}, {"$inc": {"coins": 100}})
        # All that it could do by now, it does.
        for _ in range(20):
            await asyncio.sleep(0)
        goes_on.set()
        await earns
        await soon(lambda: beside.shown(1) == beside.balance(1))
        assert (beside.balance(1), users.documents[1]["coins"]) == (122, 122)

    asyncio.run(main())


def test_a_row_that_its_maker_holds_for_a_moment_more_remembers_all_the_same(folder):
    class Holding(AsyncDatabase):
        async def get_user(self, user_id):
            row = await super().get_user(user_id)
            asyncio.get_running_loop().call_soon(lambda held: None, row)
            return row

    async def main():
        db = create_sync_wrapper(Holding(), platform="discord")
        await db.add_coins(1, 100)
        beside = rows()
        user = await db.get_user(1)
        beside.arrives(1, 50)
        await soon(lambda: db._rows["1"]["coins"] == 150)
        user["coins"] -= 30
        await db.save_user(1, user)
        assert (beside.balance(1), db._rows["1"]["coins"]) == (120, 120)

    asyncio.run(main())
