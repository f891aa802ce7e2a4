"""A sidecar in PostgreSQL, as on a host whose disk does not last: everything that a file does, and a server that goes away."""

import json

import pytest
from conftest import eventually
from discord_rows import DatabaseRows
from postgres import Server
from running import Running
from telegram_json import Database
from test_ledger import PROGRAM, in_file, purses, say

from onepurse import create_sync_wrapper, wrap
from onepurse.worker import WORKERS

TABLE = "onepurse_sidecar_telegram.balance_coins"


@pytest.fixture(scope="module")
def server():
    server = Server()
    yield server
    server.stop()


@pytest.fixture
def url(server):
    return server.database()


@pytest.fixture
def telegram(folder, url):
    db = Database()
    db.add_coins(456, 100)
    return create_sync_wrapper(db, platform="telegram", sidecar=url)


def row(server, url, id=456):
    found = server.ask(url, f"SELECT value, shown FROM {TABLE} WHERE id = %s", str(id))
    return found[0] if found else None


def arrives(server, url, delta, id=456):
    server.ask(url, f"UPDATE {TABLE} SET value = value + %s WHERE id = %s", delta, str(id))


def test_what_the_bot_does_and_what_comes_in(server, url, telegram, folder):
    telegram.add_coins(456, 30)
    assert row(server, url) == (130, 130)
    arrives(server, url, 20)
    eventually(lambda: telegram.get_user(456)["coins"] == 150 == in_file())
    assert row(server, url) == (150, 150)
    assert not list(folder.glob("*.onepurse*"))


def test_what_was_forgotten_by_a_crash(server, url, telegram):
    telegram.get_user(456)["coins"] += 5
    eventually(lambda: row(server, url) == (105, 105))
    telegram.save_data = lambda: None
    key, (_, wrapper, watch) = wrap._ALL.popitem()
    watch.stop()
    wrapper.is_off = True
    again = create_sync_wrapper(Database(), platform="telegram", sidecar=url)
    assert again.get_user(456)["coins"] == 100
    assert row(server, url) == (100, 100)
    assert key == (url, "telegram")


def test_two_platforms_in_one_database_and_their_ledger(server, url, folder, monkeypatch):
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("RAILWAY_ENVIRONMENT_NAME", "production")
    telegram, discord = Database(), DatabaseRows("discord.db")
    telegram.get_user(456)
    discord.get_user(123)
    telegram = create_sync_wrapper(telegram, platform="telegram")
    discord = create_sync_wrapper(discord, platform="discord")
    assert not list(folder.glob("*.onepurse*"))
    eventually(WORKERS.is_in_step)
    say("link", "telegram:456", "discord:123")
    telegram.add_coins(456, 100)
    eventually(lambda: discord.get_user(123)["coins"] == 100)
    discord.add_coins(123, 50)
    eventually(lambda: telegram.get_user(456)["coins"] == 150 == in_file())
    everybody = "SELECT telegram_id, discord_id, coins FROM unified_users"
    eventually(lambda: server.ask(url, everybody) == [("456", "123", 150)])
    eventually(lambda: json.loads(say("verify", "--json"))["identities"] == 2)


def test_a_disk_that_lasts_keeps_the_file(url, folder, monkeypatch):
    monkeypatch.setenv("RAILWAY_ENVIRONMENT_NAME", "production")
    monkeypatch.setenv("RAILWAY_VOLUME_MOUNT_PATH", "/data")
    monkeypatch.setenv("DATABASE_URL", url)
    create_sync_wrapper(Database(), platform="telegram")
    assert (folder / "users.json.onepurse").exists()


def test_a_worker_beside_the_bot(server, url, telegram, folder):
    """It finds the sidecar in the ledger's database."""
    with Running(folder, "worker", PROGRAM, "worker", DATABASE_URL=url) as worker:
        telegram.add_coins(456, 30)
        eventually(lambda: server.ask(url, "SELECT to_regclass('unified_users')") != [(None,)], "a ledger")
        eventually(lambda: server.ask(url, "SELECT coins FROM unified_users") == [(130,)])
        assert worker.logged("telegram: its bot is wrapped, with the sidecar postgres://")


def test_a_worker_beside_a_file(folder):
    telegram = create_sync_wrapper(Database(), platform="telegram")
    telegram.add_coins(456, 70)
    with Running(folder, "worker", PROGRAM, "worker", DATABASE_URL=f"sqlite://{folder}/ledger.db"):
        eventually(lambda: purses(folder) == [["456", None, 70]])


def test_a_worker_that_begins_before_its_bot(folder):
    ledger = f"sqlite://{folder}/ledger.db"
    with Running(folder, "worker", PROGRAM, "worker", "telegram=users.json.onepurse", DATABASE_URL=ledger) as worker:
        eventually(lambda: worker.logged("It is looked for again"))
        telegram = create_sync_wrapper(Database(), platform="telegram")
        telegram.add_coins(456, 70)
        eventually(lambda: purses(folder) == [["456", None, 70]])


def test_a_worker_goes_on_without_a_bot_that_is_missing_until_it_comes(folder):
    telegram = create_sync_wrapper(Database(), platform="telegram")
    telegram.add_coins(456, 70)
    names, ledger = "telegram=users.json.onepurse:discord=rows.onepurse", f"sqlite://{folder}/ledger.db"
    env = {"DATABASE_URL": ledger, "ONEPURSE_SIDECARS": names}
    with Running(folder, "worker", PROGRAM, "worker", **env) as worker:
        eventually(lambda: purses(folder) == [["456", None, 70]])
        assert worker.logged("rows.onepurse.*It is looked for again")
        rows = DatabaseRows("discord.db")
        rows.add_coins(123, 5)
        create_sync_wrapper(rows, platform="discord", sidecar="rows.onepurse")
        eventually(lambda: [None, "123", 5] in purses(folder))


class TestAServerThatGoesAway:
    @pytest.fixture(scope="class")
    def server(self):
        server = Server()
        yield server
        server.stop()

    def test_in_the_middle(self, server, url, telegram):
        telegram.add_coins(456, 30)
        server.go()
        for _ in range(20):
            telegram.add_coins(456, 1)
        assert telegram.get_user(456)["coins"] == 150 == in_file()
        server.come_back()
        eventually(lambda: row(server, url) == (150, 150), "what the bot did meanwhile")
        arrives(server, url, 7)
        eventually(lambda: telegram.get_user(456)["coins"] == 157 == in_file())

    def test_before_the_bot_begins(self, server, url, telegram):
        """Nobody is taken for somebody new: that would count all that they have."""
        wrap._leave()
        server.go()
        again = create_sync_wrapper(Database(), platform="telegram", sidecar=url)
        again.add_coins(456, 30)
        assert again.get_user(456)["coins"] == 130
        server.come_back()
        eventually(lambda: row(server, url) == (130, 130), "what the bot did meanwhile")

    def test_before_a_bot_with_rows_begins(self, server, url, folder):
        db = DatabaseRows("discord.db")
        db.add_coins(456, 100)
        create_sync_wrapper(db, platform="telegram", sidecar=url)
        eventually(lambda: row(server, url) == (100, 100))
        wrap._leave()
        server.go()
        again = create_sync_wrapper(DatabaseRows("discord.db"), platform="telegram", sidecar=url)
        again.add_coins(456, 30)
        again.add_coins(9, 5)
        server.come_back()
        eventually(lambda: row(server, url) == (130, 130) and row(server, url, 9) == (5, 5))
