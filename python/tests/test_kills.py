"""Killed at any moment, again and again: the bot's file, the sidecar and the ledger agree afterwards."""

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time

from conftest import HERE, ONLOOKER, Beside, eventually
from killed import Careful
from test_ledger import say

from onepurse import create_sync_wrapper
from onepurse.worker import WORKERS

KILLS = 200
LIFE_S_MAX = 0.25


class Lives:
    """One life of the bot after the other. The next one is made ready while this one is lived."""

    def __init__(self, kills):
        self._next, self._last = 0, kills
        self._ready = self._made()

    def _made(self):
        path = os.pathsep.join([str(HERE / "bots"), os.environ.get("PYTHONPATH", "")])
        self._next += 1
        return subprocess.Popen(
            [sys.executable, str(HERE / "bots" / "killed.py"), str(self._next)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
        )

    def __iter__(self):
        for at in range(self._last):
            bot, self._ready = self._ready, self._made()
            yield at, bot

    def __enter__(self):
        return self

    def __exit__(self, *_):
        end(self._ready)


def end(bot):
    bot.kill()
    bot.wait()
    bot.stdin.close()


def lived(bot, chance, comes_in):
    """Until it is killed, at any moment from its start on; and what comes in meanwhile."""
    killer = threading.Timer(chance.uniform(0.0, LIFE_S_MAX), bot.kill)
    try:
        bot.stdin.write(b"now\n")
        bot.stdin.flush()
        killer.start()
        while bot.poll() is None:
            comes_in(chance)
        assert bot.returncode == -signal.SIGKILL
    finally:
        end(bot)
        killer.cancel()


def kill_again_and_again(kills, comes_in):
    with Lives(kills) as lives:
        for seed, bot in lives:
            lived(bot, random.Random(seed), comes_in)


def is_known(beside, id):
    try:
        return beside.balance(id) is not None
    except sqlite3.Error:
        # The bot was killed before it had a sidecar.
        return False


def in_file():
    with open("users.json", encoding="utf-8") as file:
        return {id: person["coins"] for id, person in json.load(file)["users"].items()}


def test_the_file_and_the_sidecar_agree_and_what_came_in_is_there(folder):
    came, beside = 0, Beside("users.json.onepurse")

    def comes_in(chance):
        nonlocal came
        if is_known(beside, "rich") and chance.random() < 0.5:
            beside.arrives("rich", 1000)
            came += 1000

    kill_again_and_again(KILLS, comes_in)
    wrapped = create_sync_wrapper(Careful(), platform="telegram")
    eventually(lambda: in_file() == beside.everybody(), "agreement")
    assert came and wrapped.get_user("rich")["coins"] == came


def test_the_ledger_agrees_too(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{folder}/ledger.db")
    kill_again_and_again(KILLS, lambda chance: time.sleep(0.005))
    create_sync_wrapper(Careful(), platform="telegram")
    beside = Beside("users.json.onepurse")

    def in_ledger():
        found = dict(ONLOOKER.ask(folder / "ledger.db", "SELECT telegram_id, coins FROM unified_users"))
        # Whom the bot was killed over before it had saved them is known there, and has nothing.
        return {id: coins for id, coins in found.items() if coins or id in in_file()}

    eventually(lambda: WORKERS.is_in_step() and in_file() == beside.everybody() == in_ledger(), "agreement")
    verified = json.loads(say("verify", "--json"))
    assert verified["ok"] and verified["identities"] >= len(in_file())
