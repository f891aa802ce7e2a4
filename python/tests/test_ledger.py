"""The founding scenarios: two wrapped bots, one ledger, and the program beside them."""

import json
import os
import subprocess
from pathlib import Path

import pytest
from conftest import ONLOOKER, eventually
from discord_rows import DatabaseRows
from telegram_json import Database

from onepurse import create_sync_wrapper
from onepurse.worker import WORKERS

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).parents[2] / "target"))
# As `cargo build` makes it.
PROGRAM = os.environ.get("ONEPURSE_PROGRAM", str(TARGET / "debug" / "onepurse"))

def say(*words):
    done = subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=60, encoding="utf-8")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def both(folder, monkeypatch):
    """A JSON bot on Telegram where 456 has 0 coins, a row bot on Discord where 123 has 0, one purse."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{folder}/ledger.db")
    telegram, discord = Database(), DatabaseRows("discord.db")
    telegram.get_user(456)
    discord.get_user(123)
    telegram = create_sync_wrapper(telegram, platform="telegram")
    discord = create_sync_wrapper(discord, platform="discord", sidecar="discord.onepurse")
    eventually(lambda: len(purses(folder)) == 2, "both in the ledger")
    say("link", "telegram:456", "discord:123")
    return telegram, discord


def purses(folder):
    try:
        return ONLOOKER.ask(folder / "ledger.db", "SELECT telegram_id, discord_id, coins FROM unified_users")
    except Exception:
        return []


def in_file():
    with open("users.json", encoding="utf-8") as file:
        try:
            return json.load(file)["users"]["456"]["coins"]
        except ValueError:
            return None


def test_scenarios_1_and_2(both, folder):
    telegram, discord = both
    telegram.add_coins(456, 100)
    eventually(lambda: discord.get_user(123)["coins"] == 100, "what was earned in Telegram")
    user = discord.get_user(123)
    user["coins"] += 50
    discord.save_user(123, user)
    eventually(lambda: telegram.get_user(456)["coins"] == 150 == in_file(), "what was earned in Discord")
    eventually(lambda: purses(folder) == [["456", "123", 150]])
    eventually(WORKERS.is_in_step)
    states = {"discord": "in step", "telegram": "in step"}
    eventually(lambda: states == {one["name"]: one["state"] for one in json.loads(say("status", "--json"))["platforms"]})
    checked = json.loads(say("verify", "--json"))
    assert checked["ok"] and checked["identities"] == 2 and not checked["elsewhere"]


def test_both_at_once(both, folder):
    telegram, discord = both
    for _ in range(30):
        telegram.add_coins(456, 3)
        discord.remove_coins(123, 1)
        discord.add_coins(123, 2)
    eventually(lambda: telegram.get_user(456)["coins"] == discord.get_user(123)["coins"] == purses(folder)[0][2])
    assert purses(folder)[0][2] >= 90


def test_a_ledger_that_comes_late(folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{folder}/later/ledger.db")
    telegram = create_sync_wrapper(Database(), platform="telegram")
    telegram.add_coins(456, 100)
    (folder / "later").mkdir(exist_ok=True)
    eventually(WORKERS.is_in_step, "in step")
    found = ONLOOKER.ask(folder / "later" / "ledger.db", "SELECT telegram_id, coins FROM unified_users")
    assert found == [["456", 100]]
