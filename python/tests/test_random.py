"""Anything in any order: in the end the store and the ledger have what the bot meant, and what came in."""

import random
import threading

import pytest
from conftest import Beside, eventually
from discord_rows import DatabaseRows
from telegram_json import Database

from onepurse import create_sync_wrapper

PEOPLE = ("1", "2", "3")
STEPS = 80


class Player:
    """Does things to a wrapped store, and knows what should come of them."""

    def __init__(self, db, beside, seed):
        self.db, self.beside, self.chance = db, beside, random.Random(seed)
        self.expected = dict.fromkeys(PEOPLE, 0)
        self.in_hand = []
        for id in PEOPLE:
            db.add_coins(id, 0)

    def step(self):
        id, by = self.chance.choice(PEOPLE), self.chance.randrange(-50, 100)
        self.chance.choice(self.ways())(id, by)

    def adds(self, id, by):
        self.db.add_coins(id, by)
        self.expected[id] += by

    def comes_in(self, id, by):
        self.beside.arrives(id, by)
        self.expected[id] += by

    def comes_in_and_is_seen(self, id, by):
        self.comes_in(id, by)
        eventually(lambda: self.beside.shown(id) == self.beside.balance(id))

    def in_a_thread(self, id, by):
        thread = threading.Thread(target=self.adds, args=(id, by))
        thread.start()
        thread.join()

    def finish(self):
        eventually(lambda: self.beside.everybody() == self.expected, f"{self.expected}")
        eventually(lambda: {id: self.db.get_user(id)["coins"] for id in PEOPLE} == self.expected, "the store")


class LivePlayer(Player):
    def ways(self):
        return (
            self.adds, self.comes_in, self.comes_in_and_is_seen, self.in_a_thread, self.edits, self.replaces,
            self.computes_late, self.loads_again,
        )  # fmt: skip

    def edits(self, id, by):
        self.db.get_user(id)["coins"] += by
        self.expected[id] += by

    def replaces(self, id, by):
        copied = self.db.get_user(id).copy()
        self.comes_in_and_is_seen(id, 7)
        copied["coins"] += by
        self.db.data["users"][id] = copied
        self.expected[id] += by

    def computes_late(self, id, by):
        had = self.db.get_user(id)["coins"]
        self.comes_in_and_is_seen(id, 5)
        self.db.update_user(id, coins=had + by)
        self.expected[id] += by

    def loads_again(self, id, by):
        self.db.save_data()
        self.db.data = self.db.load_data()


class RowPlayer(Player):
    def ways(self):
        return (
            self.adds, self.comes_in, self.comes_in_and_is_seen, self.in_a_thread, self.takes, self.edits_and_saves,
            self.others_write,
        )  # fmt: skip

    def takes(self, id, by):
        self.in_hand.append((id, self.db.get_user(id)))

    def edits_and_saves(self, id, by):
        if self.in_hand:
            id, user = self.chance.choice(self.in_hand)
            user["coins"] += by
            self.db.save_user(id, user)
            self.expected[id] += by

    def others_write(self, id, by):
        """A second process of the bot. It reads, then writes: nobody else may write between the two, as nobody could know."""
        eventually(lambda: self.beside.shown(id) == self.beside.balance(id) and self.beside.journal() == 0)
        DatabaseRows("discord.db").add_coins(id, by)
        self.expected[id] += by


@pytest.mark.parametrize("seed", range(6))
def test_a_live_dict(folder, seed):
    db = create_sync_wrapper(Database(), platform="telegram")
    player = LivePlayer(db, Beside("users.json.onepurse"), seed)
    for _ in range(STEPS):
        player.step()
    player.finish()


@pytest.mark.parametrize("seed", range(6))
def test_rows(folder, seed):
    db = create_sync_wrapper(DatabaseRows("discord.db"), platform="discord")
    player = RowPlayer(db, Beside("onepurse-discord.onepurse"), seed)
    for _ in range(STEPS):
        player.step()
    player.finish()
