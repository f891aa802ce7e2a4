"""Killed at any moment, again and again: the bot's file, the sidecar and the ledger agree afterwards."""

import json
import os
import random
import subprocess
import sys
import threading

from conftest import HERE, ONLOOKER, Beside, eventually
from killed import Careful

from onepurse import create_sync_wrapper
from onepurse.worker import WORKERS

KILLS = 20


def play_and_be_killed(seed, comes_in):
    """One life of the bot, and what comes in meanwhile."""
    chance = random.Random(seed)
    path = os.pathsep.join([str(HERE / "bots"), os.environ.get("PYTHONPATH", "")])
    bot = subprocess.Popen(
        [sys.executable, str(HERE / "bots" / "killed.py"), str(seed)],
        env={**os.environ, "PYTHONPATH": path},
        stdout=subprocess.PIPE,
    )
    killer = threading.Timer(chance.uniform(0.0, 0.4), bot.kill)
    try:
        assert bot.stdout.readline() == b"plays\n"
        killer.start()
        while bot.poll() is None:
            comes_in(chance)
    finally:
        bot.kill()
        bot.wait()
        killer.cancel()
        bot.stdout.close()


def in_file():
    with open("users.json", encoding="utf-8") as file:
        return {id: person["coins"] for id, person in json.load(file)["users"].items()}


def test_the_file_and_the_sidecar_agree_and_what_came_in_is_there(folder):
    came, beside = 0, Beside("users.json.onepurse")

    def comes_in(chance):
        nonlocal came
        if beside.balance("rich") is not None and chance.random() < 0.5:
            beside.arrives("rich", 1000)
            came += 1000

    for seed in range(KILLS):
        play_and_be_killed(seed, comes_in)
    wrapped = create_sync_wrapper(Careful(), platform="telegram")
    eventually(lambda: in_file() == beside.everybody(), "agreement")
    assert came and wrapped.get_user("rich")["coins"] == came


def test_the_ledger_agrees_too(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{folder}/ledger.db")
    for seed in range(KILLS):
        play_and_be_killed(seed, lambda chance: None)
    create_sync_wrapper(Careful(), platform="telegram")
    beside = Beside("users.json.onepurse")

    def in_ledger():
        return dict(ONLOOKER.ask(folder / "ledger.db", "SELECT telegram_id, coins FROM unified_users"))

    eventually(lambda: WORKERS.is_in_step() and in_file() == beside.everybody() == in_ledger(), "agreement")
