"""The founding scenarios with what bots of that time really ran on: psycopg2, and a PostgreSQL that holds the Discord bot's
table and the ledger. The program is beside them, and its page shows the coins.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import urllib.request

import pytest
from conftest import HERE, Beside, eventually
from discord_asyncpg import DatabaseAsyncpg
from postgres import Server
from running import Running, Talking
from test_async import soon
from test_founding import FOUNDING
from test_ledger import PROGRAM

from onepurse import create_sync_wrapper

# What a bot does when it is told to, and what it says then.
ENDING = """
import json, sys


def daily(user_id):
    user = db.get_user(user_id)
    user["coins"] += 50
    db.save_user(user_id, user)


for line in sys.stdin:
    print(json.dumps(eval(line)), flush=True)
"""
TELEGRAM = """import logging
import telebot
logging.basicConfig(level=logging.INFO)
from database import db
"""
DISCORD = """import logging, os
import discord
logging.basicConfig(level=logging.INFO)
database_url = os.getenv('DATABASE_URL')
"""


@pytest.fixture(scope="session")
def server():
    server = Server()
    yield server
    server.stop()


def env(url):
    return {"DATABASE_URL": url, "ONEPURSE_LANGUAGE": "ru"}


def written(folder, files):
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def copied(name):
    return (HERE / "bots" / name).read_text(encoding="utf-8")


def step(at):
    return (FOUNDING / f"step_{at}.py").read_text(encoding="utf-8")


@pytest.fixture
def telegram(folder, url):
    files = {
        "database.py": copied("telegram_json.py") + "\n\ndb = Database()\n\n" + step(2),
        "main.py": TELEGRAM + ENDING,
    }
    with Talking(written(folder / "telegram-bot", files), "bot", sys.executable, "main.py", **env(url)) as bot:
        assert bot.line() == "✅ Синхронизация баланса включена"
        yield bot


@pytest.fixture
def url(server):
    return server.database()


@pytest.fixture(params=["postgres.DatabasePostgres", "realdict.DatabaseRealDict"])
def discord(folder, url, request):
    module, name = request.param.split(".")
    files = {
        "discord_postgres.py": copied("discord_postgres.py"),
        "discord_realdict.py": copied("discord_realdict.py"),
        "database_postgres.py": f"from discord_{module} import {name}\n\ndb = {name}()\n",
        "bot.py": DISCORD + step(1) + ENDING,
    }
    with Talking(written(folder / "py", files), "bot", sys.executable, "bot.py", **env(url)) as bot:
        yield bot


@pytest.fixture
def program(folder, url, telegram, discord):
    """`onepurse run` beside them, on the same ledger: it need not be told of bots that are wrapped."""
    (folder / "onepurse.toml").write_text('language = "ru"\n[website]\nlisten = "127.0.0.1:0"\n')
    with Running(folder, "run", PROGRAM, "run", **env(url)) as program:
        eventually(lambda: program.logged(r"http://127\.0\.0\.1:\d+"), "the website")
        yield program


def page(program, path):
    """Of its website."""
    address = program.logged(r"http://127\.0\.0\.1:\d+").group()
    with urllib.request.urlopen(address + path, timeout=10) as answer:
        return answer.read().decode()


def in_file(folder):
    try:
        return json.loads((folder / "telegram-bot" / "users.json").read_text())["users"]["456"]["coins"]
    except ValueError:
        return None


def test_scenarios_1_and_2(server, folder, url, telegram, discord, program):
    telegram.do("db.get_user(456)")
    discord.do("db.get_user(123)")
    purses = "SELECT telegram_id, discord_id, coins FROM unified_users WHERE telegram_id = '456' OR discord_id = '123'"
    eventually(lambda: len(server.ask(url, purses)) == 2, "both in the ledger")
    subprocess.run([PROGRAM, "link", "telegram:456", "discord:123"], env={**os.environ, **env(url)}, check=True, timeout=60)

    def everywhere(coins):
        shown = json.loads(page(program, "/api/v1/identities/telegram/456"))
        return (
            telegram.do("db.get_user(456)['coins']") == discord.do("db.get_user(123)['coins']") == coins
            and in_file(folder) == coins
            and server.ask(url, "SELECT coins FROM users WHERE id = '123'") == [(coins,)]
            and server.ask(url, purses) == [("456", "123", coins)]
            and shown["balances"]["coins"] == coins
            and re.search(rf">\s*{coins}\s*<", page(program, f"/purses/{shown['purse']}"))
        )

    telegram.do("db.add_coins(456, 100)")
    eventually(lambda: everywhere(100), "what was earned in Telegram")
    discord.do("daily(123)")
    eventually(lambda: everywhere(150), "what was earned in Discord")
    discord.do("db.add_xp(123, 100)")
    eventually(lambda: everywhere(175), "a rank-up")
    assert discord.logged(r"✅ Синхронизация баланса включена \(Discord\)")
    for bot, line in ((telegram, "telegram_id=456, delta=100"), (discord, "discord_id=123, delta=50")):
        assert bot.logged(f"✅ Монеты синхронизированы: {line}")


def test_a_row_in_hand_takes_nothing_of_what_comes_in(folder, discord, server, url):
    """However the driver makes its rows."""
    discord.do("db.add_coins(123, 100)")
    beside = Beside(folder / "py" / "onepurse-discord.onepurse")
    eventually(lambda: beside.balance(123) == 100)
    discord.do("globals().update(user=db.get_user(123))")
    beside.arrives_here(123, 50)
    discord.do("user.update(coins=user['coins'] - 30)")
    discord.do("db.save_user(123, user)")
    eventually(lambda: server.ask(url, "SELECT coins FROM users WHERE id = '123'") == [(120,)])
    assert (beside.balance(123), discord.do("db.get_user(123)['coins']")) == (120, 120)


def test_what_a_constraint_refuses_leaves_the_bots_connection_usable(folder, discord, server, url):
    """A statement that fails would have every later one of its transaction fail, too."""
    discord.do("db.add_coins(123, 100)")
    server.ask(url, "ALTER TABLE users ADD CHECK (coins < 120)")
    Beside(folder / "py" / "onepurse-discord.onepurse").arrives(123, 50)
    eventually(lambda: discord.logged("WARNING:onepurse:.*150"), "the refusal")
    assert discord.do("db.add_coins(123, 1)") == 101


def test_asyncpg(folder, server, url):
    """Tasks at once on ten people while something comes in; what is refused waits, and nobody else does."""

    async def main():
        db = create_sync_wrapper(DatabaseAsyncpg(url), platform="discord")
        await db.setup()
        for id in range(10):
            await db.add_coins(id, 1)
        beside = Beside("onepurse-discord.onepurse")

        async def comes_in():
            for at in range(50):
                beside.arrives(at % 10, 1)
                await asyncio.sleep(0.01)

        ways = (db.add_coins, db.add_coins_in_place)
        await asyncio.gather(comes_in(), *(ways[at // 10 % 2](at % 10, 1) for at in range(200)))
        expected = {str(id): 26 for id in range(10)}
        await soon(lambda: beside.everybody() == expected)
        await soon(lambda: dict(server.ask(url, "SELECT id::text, coins FROM users")) == expected)

        await db.pool.execute("ALTER TABLE users ADD CHECK (id <> 3 OR coins < 30)")
        beside.arrives(3, 10)
        beside.arrives(4, 10)
        await soon(lambda: beside.shown(4) == 36)
        await db.add_coins(3, 1)
        assert (beside.shown(3), beside.balance(3)) == (27, 37)
        await db.pool.close()

    asyncio.run(main())
