"""Rows that are handed out as copies: each copy counts against what it was handed out with."""

import copy
import pickle
import sys
from collections import OrderedDict

import pytest
from collection import FakeCollection
from conftest import Beside, eventually
from discord_json import Database as Fallback
from discord_rows import DatabaseRows

from onepurse import create_sync_wrapper, watch, wrap


def test_methods_count_before_they_return(discord, rows_beside):
    discord.add_coins(123, 50)
    assert rows_beside.balance(123) == 150
    discord.remove_coins(123, 1000)
    assert rows_beside.balance(123) == 0


def test_a_row_that_is_read_changed_and_saved(discord, rows_beside):
    user = discord.get_user(123)
    user["coins"] -= 30
    assert rows_beside.balance(123) == 100
    discord.save_user(123, user)
    assert rows_beside.balance(123) == 70


def test_a_reward_inside_another_method_counts(discord, rows_beside):
    user = discord.get_user(123)
    user["xp"] = 150
    discord.save_user(123, user)
    assert discord.check_rank_up(123)
    assert rows_beside.balance(123) == 125


def test_a_stale_row_takes_nothing_of_what_came_in(discord, rows_beside):
    user = discord.get_user(123)
    rows_beside.arrives_here(123, 50)
    user["coins"] -= 30
    discord.save_user(123, user)
    assert (rows_beside.balance(123), discord.get_user(123)["coins"]) == (120, 120)
    user["coins"] -= 5
    discord.save_user(123, user)
    assert (rows_beside.balance(123), discord.get_user(123)["coins"]) == (115, 115)


def test_a_stale_row_saved_for_something_else_takes_nothing_either(discord, rows_beside):
    user = discord.get_user(123)
    rows_beside.arrives_here(123, 50)
    user["xp"] += 1
    discord.save_user(123, user)
    assert (rows_beside.balance(123), discord.get_user(123)["coins"]) == (150, 150)


def test_what_is_written_is_not_kept_in_mind_for_longer(discord, rows_beside):
    rows_beside.arrives_here(123, 50)
    eventually(lambda: rows_beside.journal() == 0)


def test_another_writer_is_kept_by_a_stale_row_that_is_saved_unchanged(discord, rows_beside):
    user = discord.get_user(123)
    DatabaseRows("discord.db").add_coins(123, 500)
    discord.save_user(123, user)
    assert (rows_beside.balance(123), discord.get_user(123)["coins"]) == (600, 600)


def test_a_transfer_between_two_rows(discord, rows_beside):
    giver, taker = discord.get_user(123), discord.get_user(7)
    rows_beside.arrives_here(123, 1)
    giver["coins"] -= 40
    taker["coins"] += 40
    discord.save_user(123, giver)
    discord.save_user(7, taker)
    assert rows_beside.everybody() == {"123": 61, "7": 40}


def test_another_writer_is_found_and_kept(discord, rows_beside):
    elsewhere = DatabaseRows("discord.db")
    user = discord.get_user(123)
    elsewhere.add_coins(123, 500)
    user["coins"] -= 30
    discord.save_user(123, user)
    assert (rows_beside.balance(123), discord.get_user(123)["coins"]) == (570, 570)


def test_somebody_new_without_a_coin_becomes_known(discord, rows_beside):
    discord.get_user(55)
    eventually(lambda: rows_beside.balance(55) == 0)


def test_who_is_not_asked_for_is_not_made(discord):
    discord.get_user(123)
    assert set(DatabaseRows("discord.db").get_all_users()) == {"123"}


def test_a_call_that_changes_nothing_writes_nothing(discord, rows_beside):
    eventually(lambda: rows_beside.journal() == 0)
    version = rows_beside.version()
    user = discord.get_user(123)
    discord.save_user(123, user)
    discord.get_all_users()
    assert rows_beside.version() == version


def test_what_a_constraint_refuses_waits_and_nobody_else_does(folder, monkeypatch):
    from onepurse import delivery

    monkeypatch.setattr(delivery, "_REST_FIRST_S", 0.1)
    stubborn = DatabaseRows("discord.db")
    for id in (1, 2):
        stubborn.add_coins(id, 100)
    with stubborn._connect() as db:
        db.execute(
            "CREATE TRIGGER ceiling BEFORE UPDATE ON users WHEN new.id = '1' AND new.coins > 120 "
            "BEGIN SELECT RAISE(ABORT, 'too rich'); END"
        )
    wrapped = create_sync_wrapper(stubborn, platform="discord")
    beside = Beside("onepurse-discord.onepurse")
    beside.arrives(1, 50)
    beside.arrives_here(2, 50)
    assert wrapped.get_user(2)["coins"] == 150
    eventually(lambda: (beside.shown(1), beside.balance(1)) == (100, 150))
    with stubborn._connect() as db:
        db.execute("DROP TRIGGER ceiling")
    eventually(lambda: wrapped.get_user(1)["coins"] == 150)


def test_the_json_fallback(folder):
    db = create_sync_wrapper(Fallback(), platform="discord")
    beside = Beside("discord.json.onepurse")
    db.add_coins(123, 100)
    user = db.get_user(123)
    beside.arrives_here(123, 50)
    user["coins"] -= 30
    db.save_user(123, user)
    assert (beside.balance(123), db.get_user(123)["coins"]) == (120, 120)


def test_anything_else_by_three_functions(folder):
    balances = {1: 10, 2: 20}

    class Points:
        def give(self, member, points):
            balances[member] += points

    db = create_sync_wrapper(
        Points(),
        platform="discord",
        ids=lambda: balances,
        read=lambda id, asset: balances.get(id),
        write=lambda id, asset, value: balances.__setitem__(id, value),
    )
    beside = Beside("onepurse-discord.onepurse")
    assert beside.everybody() == {"1": 10, "2": 20}
    db.give(1, 5)
    assert beside.balance(1) == 15
    beside.arrives(2, 7)
    eventually(lambda: balances == {1: 15, 2: 27})


def test_a_collection_that_is_told_about(folder):
    collection = create_sync_wrapper(
        users := FakeCollection({1: {"_id": 1, "coins": 10}, 2: {"_id": 2, "coins": 20}}),
        platform="discord",
        ids=lambda: [user["_id"] for user in users.find({})],
        read=lambda id, asset: (users.find_one({"_id": id}) or {}).get(asset),
        write=lambda id, asset, value: users.update_one({"_id": id}, {"$set": {asset: value}}),
    )
    beside = Beside("onepurse-discord.onepurse")
    collection.update_one({"_id": 1}, {"$inc": {"coins": 5}})
    assert beside.balance(1) == 15
    beside.arrives(2, 7)
    eventually(lambda: users.documents[2]["coins"] == 27)


def test_classes_whose_objects_are_rows(folder):
    sys.modules.pop("orm", None)
    from orm import User

    User.ask("CREATE TABLE users (id INTEGER PRIMARY KEY, coins INTEGER)")
    User.create(id=1, coins=10)
    create_sync_wrapper(
        User,
        platform="discord",
        ids=lambda: [id for (id,) in User.ask("SELECT id FROM users")],
        read=lambda id, asset: getattr(User.get_or_none(id), asset, None),
        write=lambda id, asset, value: User.ask(f"UPDATE users SET {asset} = ? WHERE id = ?", value, id),
    )
    beside = Beside("onepurse-discord.onepurse")
    user = User.get_or_none(1)
    user.coins += 5
    user.save()
    assert beside.balance(1) == 15
    User.create(id=2, coins=3)
    eventually(lambda: beside.balance(2) == 3)
    beside.arrives(1, 10)
    eventually(lambda: User.get_or_none(1).coins == 25)


class Row(OrderedDict):
    """As a driver makes them."""


class OfItsOwn(DatabaseRows):
    def get_user(self, user_id):
        return Row(super().get_user(user_id))


def test_a_row_of_a_class_of_its_own_remembers_too_and_so_does_a_copy(folder):
    db = create_sync_wrapper(OfItsOwn("discord.db"), platform="discord")
    beside = Beside("onepurse-discord.onepurse")
    db.add_coins(123, 100)
    user, copied = db.get_user(123), copy.copy(db.get_user(123))
    beside.arrives_here(123, 50)
    for row in (user, copied.copy()):
        row["coins"] -= 30
        db.save_user(123, row)
    assert (beside.balance(123), db.get_user(123)["coins"]) == (90, 90)


def test_a_row_of_a_class_of_its_own_is_what_it_was(folder):
    db = create_sync_wrapper(OfItsOwn("discord.db"), platform="discord")
    db.add_coins(123, 100)
    user, plain = db.get_user(123), Row(id="123", coins=100, xp=0, rank_id=1)
    assert user == plain and repr(user) == repr(plain) and user.__class__ is Row and isinstance(user, Row)
    for again in (copy.deepcopy(user), *(pickle.loads(pickle.dumps(user, at)) for at in range(pickle.HIGHEST_PROTOCOL + 1))):
        assert type(again) is Row and again == plain and not vars(again)


class Later(DatabaseRows):
    """Connects only after it was wrapped."""

    is_there = False

    def get_all_users(self):
        if not self.is_there:
            raise ConnectionError("not yet")
        return super().get_all_users()


@pytest.fixture
def soon_again(monkeypatch):
    monkeypatch.setattr(watch, "_UNSURE_FIRST_S", 0.1)


def test_who_cannot_be_listed_yet_is_listed_soon(folder, soon_again, caplog):
    DatabaseRows("discord.db").add_coins(123, 100)
    db = create_sync_wrapper(Later("discord.db"), platform="discord")
    eventually(lambda: "cannot be listed yet" in caplog.text, "a word about it")
    db.is_there = True
    eventually(lambda: Beside("onepurse-discord.onepurse").everybody() == {"123": 100})


def test_an_answer_is_kept_until_everybody_can_be_listed(folder, soon_again):
    db = DatabaseRows("discord.db")
    for id in range(20):
        db.add_coins(id, 10)
    create_sync_wrapper(db, platform="discord")
    wrap._leave()
    for id in range(20):
        DatabaseRows("discord.db").remove_coins(id, 10)
    late = create_sync_wrapper(Later("discord.db"), platform="discord", answer="count")
    late.is_there = True
    eventually(lambda: set(Beside("onepurse-discord.onepurse").everybody().values()) == {0}, "the answer")


def test_nobody_has_spent_anything_before_everybody_could_be_listed(folder):
    """One at a time, whoever is gone with all others seems to have spent what they had."""
    db = DatabaseRows("discord.db")
    for id in range(20):
        db.add_coins(id, 10)
    create_sync_wrapper(db, platform="discord")
    wrap._leave()
    for id in range(20):
        db.delete_user(id)
    late = create_sync_wrapper(Later("discord.db"), platform="discord")
    for id in range(20):
        assert late.get_user(id)["coins"] == 0
    late.is_there = True
    assert late.add_coins(1, 5) == 5
    wrap._leave()
    assert Beside("onepurse-discord.onepurse").everybody() == {str(id): 10 for id in range(20)}


def test_a_list_that_needs_to_be_told_something_is_not_asked_for(folder):
    class Paged(DatabaseRows):
        def get_all_users(self, page):
            raise AssertionError(page)

    db = create_sync_wrapper(Paged("discord.db"), platform="discord")
    db.add_coins(123, 5)
    assert Beside("onepurse-discord.onepurse").everybody() == {"123": 5}
