"""The wrapped object is the bot's own, to everybody who asks."""

import copy
import importlib
import json
import os
import pickle
import sys

import pytest
import telegram_json
from conftest import Beside, eventually
from telegram_json import Database

from onepurse import create_sync_wrapper


def test_it_is_the_same_object(telegram):
    assert create_sync_wrapper(telegram, platform="telegram") is telegram
    assert isinstance(telegram, Database) and telegram.__class__ is Database
    assert type(telegram).__name__ == "Database" and type(telegram).__module__ == "telegram_json"
    assert repr(telegram).startswith("<telegram_json.Database object at ")
    assert telegram.add_coins.__name__ == "add_coins" and telegram.add_coins.__doc__ == Database.add_coins.__doc__
    assert set(vars(telegram)) == {"filename", "data"}


def test_references_from_before_count(folder):
    db = Database()
    early, method = db, db.add_coins
    create_sync_wrapper(db, platform="telegram")
    early.add_coins(1, 5)
    method(1, 7)
    eventually(lambda: Beside("users.json.onepurse").balance(1) == 12)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickled_it_is_the_bots_own(telegram, protocol):
    again = pickle.loads(pickle.dumps(telegram, protocol))
    assert type(again) is Database and again.data == telegram.data
    assert type(again.data["users"]) is dict and type(again.data["users"]["456"]) is dict


def test_copied_it_is_the_bots_own(telegram, beside):
    assert type(copy.copy(telegram)) is Database
    deep = copy.deepcopy(telegram)
    assert type(deep) is Database and type(deep.data["users"]) is dict
    deep.data["users"]["456"]["coins"] = 0
    telegram.save_data()
    assert beside.balance(456) == 100


def test_tracked_dicts_are_dicts(telegram):
    user, plain = telegram.get_user(456), {"coins": 100, "xp": 0, "rank_id": 1, "last_daily": 0}
    assert user == plain and dict(user) == plain and {**user} == plain and list(user) == list(plain)
    assert json.loads(json.dumps(user)) == plain and repr(user) == repr(plain)
    assert isinstance(user, dict) and user.get("nothing", 3) == 3 and user.setdefault("coins", 5) == 100
    user |= {"note": "x"}
    assert user.pop("note") == "x" and "note" not in telegram.get_user(456)


def test_class_attributes_are_the_classes(folder):
    class Counting(Database):
        made = 0

        def __init__(self):
            super().__init__()
            self.__class__.made += 1

        def count(self):
            self.__class__.made += 1

    db = create_sync_wrapper(Counting(), platform="telegram")
    db.count()
    assert Counting.made == 2


def test_an_object_whose_class_cannot_be_replaced_is_stood_in_for(folder):
    class Slotted:
        __slots__ = ("users",)

        def __init__(self):
            self.users = {1: {"coins": 5}}

        def get_user(self, id):
            return dict(self.users[id])

        def save_user(self, id, user):
            self.users[id] = dict(user)

        def get_all_users(self):
            return self.users

        def __len__(self):
            return len(self.users)

    db = create_sync_wrapper(Slotted(), platform="discord")
    user = db.get_user(1)
    user["coins"] += 1
    db.save_user(1, user)
    assert isinstance(db, Slotted) and len(db) == 1
    assert Beside("onepurse-discord.onepurse").balance(1) == 6


def test_the_bots_module_loaded_again(folder, monkeypatch):
    (folder / "its_database.py").write_text(
        (folder / telegram_json.__file__).read_text() + "\n\nfrom onepurse import create_sync_wrapper\n"
        "db = create_sync_wrapper(Database(), platform='telegram')\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    its = importlib.import_module("its_database")
    its.db.add_coins(456, 100)
    importlib.reload(its)
    its.db.add_coins(456, 5)
    beside = Beside("users.json.onepurse")
    assert beside.balance(456) == 105
    beside.arrives(456, 10)
    eventually(lambda: its.db.get_user(456)["coins"] == 115)
    del sys.modules["its_database"]


def test_functions_of_a_module_and_static_methods(folder, monkeypatch):
    (folder / "economy.py").write_text(
        "balances = {}\n"
        "def get_user(user_id):\n    return {'coins': balances.get(user_id, 0)}\n"
        "def get_all_users():\n    return {id: {'coins': coins} for id, coins in balances.items()}\n"
        "def update_user(user_id, **values):\n    balances[user_id] = values['coins']\n"
        "def add(user_id, amount):\n    balances[user_id] = balances.get(user_id, 0) + amount\n"
        "class Store:\n"
        "    data = {'users': {}}\n"
        "    @staticmethod\n"
        "    def add(user_id, amount):\n"
        "        Store.data['users'].setdefault(user_id, {'coins': 0})['coins'] += amount\n"
    )
    monkeypatch.syspath_prepend(str(folder))
    economy = importlib.import_module("economy")
    create_sync_wrapper(economy, platform="discord")
    economy.add(1, 5)
    beside = Beside("onepurse-discord.onepurse")
    beside.arrives(1, 10)
    eventually(lambda: economy.balances == {1: 15})
    assert beside.balance(1) == 15
    create_sync_wrapper(economy.Store, platform="telegram")
    economy.Store.add("7", 5)
    economy.Store.add("7", 5)
    assert Beside("onepurse-telegram.onepurse").balance(7) == 10
    del sys.modules["economy"]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_child_has_a_connection_of_its_own(telegram, beside):
    child = os.fork()
    if child == 0:
        status = 1
        try:
            telegram.add_coins(456, 11)
            status = 0
        finally:
            os._exit(status)
    assert os.waitpid(child, 0)[1] == 0
    assert beside.balance(456) == 111
