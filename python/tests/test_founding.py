"""The three steps of the founding document as they stand, around bots of that time."""

import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import contextmanager

from conftest import HERE, ONLOOKER, Beside, eventually

FOUNDING = HERE / "founding"


def environment(**more):
    return {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8", **more}


def run(folder, program, **env):
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, env=environment(**env), capture_output=True, text=True, timeout=60,
        encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def bots(folder):
    """What stood in the two bots' folders, with steps 1 and 2 done."""
    telegram, discord = folder / "telegram-bot", folder / "py"
    telegram.mkdir()
    discord.mkdir()

    def copied(name):
        return (HERE / "bots" / name).read_text(encoding="utf-8")

    step_1, step_2 = ((FOUNDING / f"step_{at}.py").read_text(encoding="utf-8") for at in (1, 2))
    (telegram / "database.py").write_text(
        copied("telegram_json.py") + "\n\ndb = Database()\n\n" + step_2, encoding="utf-8"
    )
    (discord / "database.py").write_text(copied("discord_json.py") + "\n\ndb = Database()\n", encoding="utf-8")
    (discord / "database_postgres.py").write_text(
        copied("discord_rows.py") + "\n\ndb = DatabaseRows('discord.db')\n", encoding="utf-8"
    )
    (discord / "bot.py").write_text(
        "import logging, os\nlogging.basicConfig(level=logging.INFO)\ndatabase_url = os.getenv('DATABASE_URL')\n"
        + step_1
        + "\nuser = db.get_user(123)\nuser['coins'] += 50\ndb.save_user(123, user)\n",
        encoding="utf-8",
    )
    return telegram, discord


def test_step_1_with_the_database_and_with_its_fallback(folder):
    _, discord = bots(folder)
    done = run(discord, "import bot", ONEPURSE_PLATFORM="discord", ONEPURSE_LANGUAGE="ru")
    assert "✅ Синхронизация баланса включена (Discord)" in done.stderr
    assert Beside(discord / "discord.json.onepurse").balance(123) == 50
    ledger = f"sqlite://{folder}/ledger.db"
    run(discord, "import bot", ONEPURSE_PLATFORM="discord", DATABASE_URL=ledger, ONEPURSE_SIDECAR="rows.onepurse")
    assert Beside(discord / "rows.onepurse").balance(123) == 50


def test_step_2(folder):
    telegram, _ = bots(folder)
    done = run(telegram, "from database import db; db.add_coins(456, 100)", ONEPURSE_PLATFORM="telegram")
    assert "✅ Синхронизация баланса включена" in done.stdout
    assert Beside(telegram / "users.json.onepurse").balance(456) == 100


def in_ledger(folder):
    try:
        return dict(ONLOOKER.ask(folder / "ledger.db", "SELECT telegram_id, coins FROM unified_users"))
    except sqlite3.Error:
        return None


@contextmanager
def work(folder, **env):
    """Step 3 at work, by a function that tells what it has said; then it is told to stop."""
    log = folder / "step_3.log"
    with log.open("w", encoding="utf-8") as out:
        worker = subprocess.Popen(
            [sys.executable, str(FOUNDING / "step_3.py")],
            cwd=folder,
            env=environment(DATABASE_URL=f"sqlite://{folder}/ledger.db", ONEPURSE_LANGUAGE="ru", **env),
            stdout=out,
            stderr=subprocess.STDOUT,
        )

    def said():
        return log.read_text(encoding="utf-8")

    try:
        eventually(lambda: "✅ Balance Sync Worker запущен\n" in said(), "the worker")
        assert said().startswith("🚀 Запуск Balance Sync Worker...\n")
        yield said
        worker.send_signal(signal.SIGINT)
        worker.wait(10)
    finally:
        worker.kill()
        worker.wait()


def test_step_3_with_a_sidecar_that_is_named(folder):
    telegram, _ = bots(folder)
    run(telegram, "from database import db; db.add_coins(456, 100)", ONEPURSE_PLATFORM="telegram")
    with work(folder, ONEPURSE_SIDECARS=f"telegram={telegram}/users.json.onepurse"):
        eventually(lambda: in_ledger(folder) == {"456": 100}, "the ledger")


def test_step_3_with_a_sidecar_that_it_finds(folder):
    telegram, _ = bots(folder)
    until_in_step = "import time\nfrom onepurse.worker import WORKERS\nwhile not WORKERS.is_in_step(): time.sleep(0.01)"
    ledger = f"sqlite://{folder}/ledger.db"
    run(telegram, f"import database\n{until_in_step}", ONEPURSE_PLATFORM="telegram", DATABASE_URL=ledger)
    run(telegram, "from database import db; db.add_coins(456, 100)", ONEPURSE_PLATFORM="telegram")
    with work(folder) as said:
        eventually(lambda: in_ledger(folder) == {"456": 100}, "the ledger")
        # It is logged after the ledger has it.
        eventually(lambda: "✅ Монеты синхронизированы: telegram_id=456, delta=100" in said(), "the log")


def test_step_3_with_nothing_to_do(folder):
    with work(folder) as said:
        eventually(lambda: "ONEPURSE_SIDECARS" in said(), "the hint")
