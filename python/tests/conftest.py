"""What the tests share: a folder of one's own, waiting for conditions, and a look into the sidecar."""

import os
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE / "bots")]

from onlooker import Onlooker  # noqa: E402

from onepurse import create_sync_wrapper, wrap  # noqa: E402

PATIENCE_S = 20


def eventually(condition, what="it"):
    """Waits until the condition holds."""
    until = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < until, f"{what} has not come about in {PATIENCE_S} s"
        time.sleep(0.005)


ONLOOKER = Onlooker()


class Beside:
    """A sidecar, seen from another program: what it says the ledger will get, and what comes in from there."""

    def __init__(self, path):
        self.path = os.path.abspath(path)

    def ask(self, sql, *args):
        return ONLOOKER.ask(self.path, sql, *args)

    def balance(self, id, asset="coins"):
        rows = self.ask(f"SELECT value FROM balance_{asset} WHERE id = ?", str(id))
        return rows[0][0] if rows else None

    def shown(self, id, asset="coins"):
        rows = self.ask(f"SELECT shown FROM balance_{asset} WHERE id = ?", str(id))
        return rows[0][0] if rows else None

    def everybody(self):
        return dict(self.ask("SELECT id, value FROM balance_coins"))

    def journal(self):
        return self.ask("SELECT count(*) FROM journal")[0][0]

    def version(self):
        return self.ask("PRAGMA data_version")[0][0]

    def arrives(self, id, delta):
        """As an engine writes it down."""
        self.ask("UPDATE balance_coins SET value = value + ? WHERE id = ?", delta, str(id))

    def arrives_here(self, id, delta):
        """And until the bot's store shows it."""
        self.arrives(id, delta)
        eventually(lambda: self.shown(id) == self.balance(id), "what came in")


@pytest.fixture(scope="session", autouse=True)
def onlooker():
    yield
    ONLOOKER.stop()


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """Nothing of the machine's own settings, and nothing wrapped afterwards."""
    for name in list(os.environ):
        if name.startswith("ONEPURSE_") and name != "ONEPURSE_PROGRAM" or name == "DATABASE_URL":
            monkeypatch.delenv(name)
    monkeypatch.setenv("ONEPURSE_LANGUAGE", "en")
    monkeypatch.chdir(tmp_path)
    yield tmp_path
    wrap._leave()


@pytest.fixture
def telegram(folder):
    """The Telegram bot's live dict, wrapped, with somebody in it who has 100."""
    from telegram_json import Database

    db = Database()
    db.add_coins(456, 100)
    return create_sync_wrapper(db, platform="telegram")


@pytest.fixture
def beside(telegram):
    return Beside("users.json.onepurse")


@pytest.fixture
def discord(folder):
    """The Discord bot's rows, wrapped, with somebody in it who has 100."""
    from discord_rows import DatabaseRows

    db = DatabaseRows("discord.db")
    db.add_coins(123, 100)
    return create_sync_wrapper(db, platform="discord")


@pytest.fixture
def rows_beside(discord):
    return Beside("onepurse-discord.onepurse")
