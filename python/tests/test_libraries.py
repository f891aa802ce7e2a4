"""Bots on the real libraries, each of which is told what people write by a fake of its service. Everything else is real."""

import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import HERE, Beside, eventually
from fake_discord import FakeDiscord
from fake_telegram import FakeTelegram
from running import Running

PEOPLE, TURNS = (11, 12, 13, 14), 8
PRICE, GIFT = 5, 7

BOTS = {
    "aiogram": ("Telegram", "aiogram", FakeTelegram),
    "python_telegram_bot": ("Telegram", "telegram", FakeTelegram),
    "telebot": ("Telegram", "telebot", FakeTelegram),
    "async_telebot": ("Telegram", "telebot", FakeTelegram),
    "discord_py": ("Discord", "discord", FakeDiscord),
}


@pytest.fixture(params=BOTS)
def library(request):
    return request.param


@pytest.fixture
def service(library):
    service = BOTS[library][2]()
    yield service
    service.stop()


@pytest.fixture
def bot(folder, library, service):
    path = os.pathsep.join([str(HERE / "bots"), os.environ.get("PYTHONPATH", "")])
    program = str(HERE / "bots" / f"with_{library}.py")
    env = {"SERVICE": service.address, "TOKEN": service.token, "PYTHONPATH": path}
    with Running(folder, "bot", sys.executable, program, **env) as bot:
        yield bot


def asked(service, user_id, what):
    """Somebody writes, and has an answer."""
    had = service.answers[user_id]
    service.write(user_id, what)
    eventually(lambda: service.answers[user_id] > had, "an answer")
    return service.last_answer[user_id]


def crowd(work, people):
    """All of them at once."""
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(work, people))


def test_no_change_is_lost_and_what_comes_in_is_written_where_the_bot_runs(folder, library, service, bot):
    platform, name, _ = BOTS[library]
    beside = Beside("onepurse-discord.onepurse" if platform == "Discord" else "users.json.onepurse")
    crowd(lambda user_id: asked(service, user_id, "/buy"), PEOPLE)
    assert bot.logged(f"the platform is {platform}: the library {name} is imported")

    # From now on something comes in between what each handler reads and what it writes.
    service.while_typing = lambda user_id: beside.arrives_here(user_id, GIFT)
    crowd(lambda user_id: [asked(service, user_id, "/buy") for _ in range(TURNS)], PEOPLE)

    expected = dict.fromkeys(map(str, PEOPLE), TURNS * GIFT - (TURNS + 1) * PRICE)
    eventually(lambda: beside.everybody() == expected, f"{expected}")
    eventually(lambda: kept(folder, platform) == expected, "the bot's own")
    arrived = json.loads(asked(service, PEOPLE[0], "/where"))
    # On a bot that awaits, on its own loop; else on our thread, and never within a call.
    on_loop = library != "telebot"
    assert arrived == [["MainThread" if on_loop else "onepurse", on_loop, 0]]


def kept(folder, platform):
    if platform == "Discord":
        return dict(Beside(folder / "discord.db").ask("SELECT id, coins FROM users"))
    try:
        return {id: user["coins"] for id, user in json.loads((folder / "users.json").read_text())["users"].items()}
    except ValueError:
        return None
