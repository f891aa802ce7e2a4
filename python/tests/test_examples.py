"""The examples of docs/python.md as they are printed there, with the real libraries."""

import asyncio
import importlib
import re
import sys

import pytest
from conftest import HERE, Beside, eventually
from fake_mongo import FakeMongo
from test_async import soon

from onepurse import create_sync_wrapper, watch, wrap_class

DOCS = (HERE.parents[1] / "docs" / "python.md").read_text(encoding="utf-8")


def example(has):
    """The one that has this in it."""
    (found,) = [code for code in re.findall(r"```python\n(.*?)```", DOCS, re.DOTALL) if has in code]
    return found


def beside():
    return Beside("onepurse-discord.onepurse")


@pytest.fixture(autouse=True)
def on_discord(folder, monkeypatch):
    monkeypatch.setenv("ONEPURSE_PLATFORM", "discord")
    # What no call speaks of is found by comparing.
    monkeypatch.setattr(watch, "_UNSURE_FIRST_S", 0.1)


@pytest.fixture
def mongo():
    mongo = FakeMongo()
    mongo.documents += [{"_id": 1, "coins": 10}, {"_id": 2, "coins": 20}]
    yield mongo
    mongo.stop()


def test_pymongo(mongo):
    from pymongo import MongoClient

    waited = re.sub(r"\b(async|await) ", "", example("users.find("))
    with MongoClient(mongo.url) as client:
        names = {"users": client.bot.users, "create_sync_wrapper": create_sync_wrapper}
        exec(waited, names)
        users = names["users"]
        assert users is not None and beside().everybody() == {"1": 10, "2": 20}
        users.update_one({"_id": 1}, {"$inc": {"coins": 5}})
        assert beside().balance(1) == 15
        users.insert_one({"_id": 3, "coins": 7})
        beside().arrives(2, 7)
        eventually(lambda: mongo.coins(2) == 27, "what came in")
        eventually(lambda: beside().balance(3) == 7, "who is new")
        user = users.find_one({"_id": 2})
        beside().arrives_here(2, 100)
        user["coins"] -= 30
        users.replace_one({"_id": 2}, user)
        assert (beside().balance(2), mongo.coins(2)) == (97, 97)
        with pytest.raises(NotImplementedError):
            bool(users)


@pytest.mark.parametrize("library", ["motor.motor_asyncio.AsyncIOMotorClient", "pymongo.AsyncMongoClient"])
def test_what_is_awaited_of_mongodb(mongo, library):
    module, name = library.rsplit(".", 1)
    client_of = getattr(importlib.import_module(module), name)

    async def main():
        client = client_of(mongo.url)
        names = {"users": client.bot.users, "create_sync_wrapper": create_sync_wrapper}
        exec(example("users.find("), names)
        users = names["users"]
        # What is awaited everywhere begins with the first call.
        assert (await users.find_one({"_id": 1}))["coins"] == 10
        await users.update_one({"_id": 1}, {"$inc": {"coins": 5}})
        assert beside().everybody() == {"1": 15, "2": 20}
        beside().arrives(2, 7)
        await soon(lambda: mongo.coins(2) == 27)
        user = await users.find_one({"_id": 2})
        beside().arrives(2, 100)
        await soon(lambda: beside().shown(2) == 127)
        user["coins"] -= 30
        await users.replace_one({"_id": 2}, user)
        assert (beside().balance(2), mongo.coins(2)) == (97, 97)
        closing = client.close()
        if closing is not None:
            await closing

    asyncio.run(main())


def test_peewee(folder):
    from peewee import IntegerField, Model, SqliteDatabase

    class User(Model):
        coins = IntegerField()

        class Meta:
            database = SqliteDatabase("its.db")

    User.create_table()
    User.create(id=1, coins=10)
    exec(example("User.get_or_none"), {"User": User, "wrap_class": wrap_class})
    assert beside().everybody() == {"1": 10}
    user = User.get_by_id(1)
    user.coins += 5
    user.save()
    assert beside().balance(1) == 15
    User.create(id=2, coins=3)
    eventually(lambda: beside().balance(2) == 3, "who is new")
    beside().arrives(1, 10)
    eventually(lambda: User[1].coins == 25, "what came in")
    User.update(coins=User.coins + 5).where(User.id == 1).execute()
    eventually(lambda: beside().balance(1) == 30, "what was written past the class")


@pytest.fixture
def imported(folder, monkeypatch):
    """A module of the bot's, from this test's folder; gone afterwards."""
    monkeypatch.syspath_prepend(str(folder))
    names = set(sys.modules)
    yield importlib.import_module
    for name in set(sys.modules) - names:
        if name.startswith("economy"):
            del sys.modules[name]


def test_sqlalchemy(folder, imported):
    source = (HERE / "bots" / "economy_sqlalchemy.py").read_text() + example("session.scalars")
    (folder / "economy.py").write_text(source)
    economy = imported("economy")
    economy.add_coins(1, 10)
    economy.add_coins(2, 20)
    assert beside().everybody() == {"1": 10, "2": 20}
    economy.add_coins(1, 5)
    assert beside().balance(1) == 15
    beside().arrives(2, 7)
    eventually(lambda: economy.coins_of(2) == 27, "what came in")
    with economy.Session.begin() as session:
        session.get(economy.User, 1).coins -= 3
    economy.coins_of(1)
    assert beside().balance(1) == 12


def test_sqlalchemy_awaited(folder, imported):
    economy = imported("economy_sqlalchemy_async")

    async def main():
        await economy.create_all()
        await economy.add_coins(1, 10)
        await economy.add_coins(2, 20)
        assert beside().everybody() == {"1": 10, "2": 20}
        beside().arrives(2, 7)
        await soon(lambda: beside().shown(2) == 27)
        await asyncio.gather(*(economy.add_coins(1, 1) for _ in range(20)))
        assert await economy.coins_of(1) == beside().balance(1) == 30
        assert await economy.coins_of(2) == 27
        await economy.engine.dispose()

    asyncio.run(main())


def test_three_functions(folder):
    points = {1: 10}

    class Bank:
        everybody = staticmethod(lambda: list(points))
        points_of = staticmethod(points.get)
        set_points = staticmethod(points.__setitem__)

        def give(self, member, amount):
            points[member] += amount

    bank = Bank()
    exec(example("bank.points_of"), {"bank": bank, "create_sync_wrapper": create_sync_wrapper})
    bank.give(1, 5)
    assert beside().balance(1) == 15
    beside().arrives(1, 7)
    eventually(lambda: points == {1: 22})


def test_an_inner_object(folder):
    class Bank:
        def __init__(self):
            self.people = {"1": {"balance": 10}}

        def pay(self, user_id, amount):
            self.people[user_id]["balance"] += amount

    class Db:
        bank = Bank()

    exec(example("db.bank"), {"db": Db, "create_sync_wrapper": create_sync_wrapper})
    Db.bank.pay("1", 5)
    sidecar = Beside("bank.onepurse")
    eventually(lambda: sidecar.balance(1) == 15)
    sidecar.arrives(1, 7)
    eventually(lambda: Db.bank.people["1"]["balance"] == 22)


def test_a_module_and_a_class(folder, imported, monkeypatch):
    monkeypatch.setenv("ONEPURSE_SIDECAR", "both.onepurse")
    (folder / "economy_at_its_end.py").write_text(
        "people = {}\n"
        "def get_user(user_id):\n    return dict(people[user_id])\n"
        "def save_user(user_id, user):\n    people[user_id] = dict(user)\n"
        "class Economy:\n    pass\n" + example("wrap_module(sys.modules[__name__])")
    )
    economy = imported("economy_at_its_end")
    economy.save_user(1, {"coins": 5})
    assert Beside("both.onepurse").balance(1) == 5
