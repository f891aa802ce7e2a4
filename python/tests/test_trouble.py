"""Whatever is wrong, the bot goes on as it always did, and somebody is told what to do."""

import json
import logging
import os
import subprocess
import time

import pytest
from conftest import Beside, eventually
from telegram_json import Database
from test_ledger import PROGRAM, purses, say

from onepurse import SidecarError, create_sync_wrapper, wrap
from onepurse.inplace import wrapper_of
from onepurse.worker import WORKERS


def warnings(caplog):
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def test_nobody_says_which_platform(folder, caplog):
    db = Database()
    assert create_sync_wrapper(db) is db and type(db) is Database
    assert len(warnings(caplog)) == 1 and "ONEPURSE_PLATFORM" in warnings(caplog)[0]


def test_the_platform_is_recognised_by_what_is_imported(folder, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    monkeypatch.setitem(__import__("sys").modules, "aiogram", logging)
    create_sync_wrapper(Database())
    assert "the platform is Telegram: the library aiogram is imported" in caplog.text
    assert "Balance sync is on (Telegram)" in caplog.text


def test_the_founding_line_in_russian(folder, caplog, monkeypatch):
    caplog.set_level(logging.INFO)
    monkeypatch.delenv("ONEPURSE_LANGUAGE")
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    create_sync_wrapper(Database(), platform="discord")
    assert "✅ Синхронизация баланса включена (Discord)" in caplog.messages


def test_nothing_to_sync(folder, caplog):
    nothing = object()
    assert create_sync_wrapper(nothing, platform="telegram") is nothing
    assert len(warnings(caplog)) == 1 and "read=" in warnings(caplog)[0]


def test_a_sidecar_that_cannot_be_made(folder, caplog):
    (folder / "taken").write_text("a file")
    db = Database()
    assert create_sync_wrapper(db, platform="telegram", sidecar="taken/x.onepurse") is db
    assert len(warnings(caplog)) == 1
    assert db.add_coins(1, 5) == 5


def test_a_file_that_is_no_sidecar_is_left_alone(folder, caplog):
    (folder / "other").write_text("somebody's notes " * 100)
    db = Database()
    assert create_sync_wrapper(db, platform="telegram", sidecar="other") is db
    assert (folder / "other").read_text().startswith("somebody's notes") and len(warnings(caplog)) == 1


def test_two_objects_with_one_sidecar(folder, caplog):
    class Another(Database):
        pass

    first, db = create_sync_wrapper(Database(), platform="telegram"), Another()
    assert create_sync_wrapper(db, platform="telegram") is db and type(db) is Another
    assert "sidecar=" in warnings(caplog)[-1]


@pytest.mark.parametrize("ledger", ["postgres://127.0.0.1:1/nothing", "nonsense", "sqlite:///no/such/folder/ledger.db"])
def test_a_ledger_that_is_away_costs_the_bot_nothing(folder, ledger):
    db = create_sync_wrapper(Database(), platform="telegram", ledger=ledger)
    began = time.monotonic()
    assert [db.add_coins(456, 1) for _ in range(20)] == list(range(1, 21))
    assert time.monotonic() - began < 5
    assert Beside("users.json.onepurse").balance(456) == 20


def test_an_error_of_the_bots_own_reaches_it(folder):
    class Strict(Database):
        def spend(self, user_id, amount):
            self.get_user(user_id)["coins"] -= amount
            raise LookupError("no such thing")

    db = create_sync_wrapper(Strict(), platform="telegram")
    db.add_coins(1, 10)
    with pytest.raises(LookupError, match="no such thing"):
        db.spend(1, 3)
    assert Beside("users.json.onepurse").balance(1) == 7


def test_a_sidecar_that_others_hold_does_not_stop_the_bot(telegram, beside, caplog):
    beside.ask("BEGIN IMMEDIATE")
    began = time.monotonic()
    for _ in range(5):
        telegram.add_coins(456, 1)
    assert time.monotonic() - began < 15
    assert "sidecar" in " ".join(warnings(caplog))
    beside.ask("ROLLBACK")
    eventually(lambda: beside.balance(456) == 105)


def crowd():
    db = Database()
    db.data["users"] = {str(id): {"coins": 10} for id in range(20)}
    db.save_data()
    create_sync_wrapper(db, platform="telegram")


def test_everybody_gone_is_asked_about(folder, caplog):
    crowd()
    os.remove("users.json")
    db = create_sync_wrapper(Database(), platform="telegram")
    assert "ONEPURSE_ANSWER" in " ".join(warnings(caplog))
    assert db.add_coins(1, 3) == 3
    beside = Beside("users.json.onepurse")
    assert set(beside.everybody().values()) == {10} and len(beside.everybody()) == 20


@pytest.mark.parametrize(("answer", "coins"), [("ledger", 10), ("count", 0)])
def test_the_answer_is_done(folder, monkeypatch, answer, coins):
    crowd()
    db = Database()
    db.data["users"] = {str(id): {"coins": 0} for id in range(20)}
    db.save_data()
    monkeypatch.setenv("ONEPURSE_ANSWER", answer)
    wrapped = create_sync_wrapper(db, platform="telegram")
    eventually(lambda: wrapped.get_user(3)["coins"] == coins)
    assert set(Beside("users.json.onepurse").everybody().values()) == {coins}


def test_a_platform_that_the_configuration_names_or_the_sidecar_itself(folder, caplog):
    (folder / "onepurse.toml").write_text(
        '[[platform]]\nname = "games"\ndatabase = "sqlite://users.json.onepurse"\n'
        '[[platform.balance]]\ntable = "balance_coins"\nid = "id"\ncolumn = "value"\n'
    )
    for _ in ("by the configuration", "by the sidecar"):
        with caplog.at_level("INFO", "onepurse"):
            create_sync_wrapper(Database())
        assert "✅ Balance sync is on (Games)" in caplog.text
        wrap._leave()
        caplog.clear()
        (folder / "onepurse.toml").unlink(missing_ok=True)


class Failing:
    """A sidecar that fails in the middle of the next note, after something happened."""

    def __init__(self, sidecar, meanwhile):
        self._sidecar, self._meanwhile = sidecar, meanwhile

    def __getattr__(self, name):
        return getattr(self._sidecar, name)

    def note(self, done, gone):
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is None:
            return self._sidecar.note(done, gone)
        meanwhile()
        raise SidecarError("the disk is full")


@pytest.mark.parametrize("comes_back", ["meanwhile", "later", "never"])
def test_who_leaves_while_the_sidecar_fails_is_counted_once(telegram, beside, comes_back):
    disk = wrapper_of(telegram).books.disk
    telegram.add_coins(7, 10)
    users = telegram.data["users"]

    def returns(when):
        return lambda: users.update({"456": {"coins": 100}}) if comes_back == when else None

    with disk.lock:
        # Nobody else writes meanwhile.
        disk._sidecar = Failing(disk.opened(), returns("meanwhile"))
        del users["456"]
        telegram.add_coins(7, 5)
    returns("later")()
    eventually(lambda: beside.balance(7) == 15 and not disk.is_down)
    telegram.add_coins(7, 1)
    if comes_back == "never":
        eventually(lambda: beside.shown(456) is None)
    else:
        telegram.add_coins(456, 1)
        eventually(lambda: beside.balance(456) == 101)
    assert beside.balance(7) == 16


def test_two_stores_do_not_share_a_sidecar(folder, caplog):
    wallet, bank = Database(), Database()
    wallet.add_coins(1, 100)
    bank.data = {"users": {"1": {"coins": 5000}}}
    create_sync_wrapper(wallet, platform="telegram")
    create_sync_wrapper(bank, platform="telegram")
    assert "another object of this program has the sidecar" in caplog.text
    wallet.add_coins(1, 5)
    assert Beside("users.json.onepurse").balance(1) == 105


def test_an_answer_that_is_none(folder, caplog, monkeypatch):
    monkeypatch.setenv("ONEPURSE_ANSWER", "yes")
    db = Database()
    assert create_sync_wrapper(db, platform="telegram") is db
    assert "ONEPURSE_ANSWER is ledger or count, not yes" in warnings(caplog)[0]
    monkeypatch.setenv("ONEPURSE_ANSWER", " LEDGER")
    create_sync_wrapper(db, platform="telegram").add_coins(1, 5)
    assert Beside("users.json.onepurse").balance(1) == 5


@pytest.mark.parametrize("answer", ["ledger", "count"])
def test_an_emptied_store_gets_everybody_back(folder, caplog, monkeypatch, answer):
    monkeypatch.setenv("DATABASE_URL", f"sqlite://{folder}/ledger.db")
    db = create_sync_wrapper(Database(), platform="telegram")
    for id in range(20):
        db.add_coins(id, 100)
    eventually(lambda: WORKERS.is_in_step() and len(purses(folder)) == 20)
    wrap._leave()
    (folder / "users.json").write_text('{"users": {}}')
    asks = create_sync_wrapper(Database(), platform="telegram")
    assert "20 people are gone" in caplog.text
    asking = subprocess.run([PROGRAM, "verify", "--json"], capture_output=True, timeout=60)
    assert asking.returncode == 5 and json.loads(asking.stdout)["asking"][0]["mass"]["gone"] == 20
    assert "ONEPURSE_ANSWER=ledger" in say("status")
    wrap._leave()
    del asks
    monkeypatch.setenv("ONEPURSE_ANSWER", answer)
    db = create_sync_wrapper(Database(), platform="telegram")
    for id in range(20):
        db.get_user(id)
    eventually(lambda: all(db.get_user(id)["coins"] == 100 for id in range(20)), "what they had")
    db.add_coins(4, 5)
    eventually(lambda: sorted(row[2] for row in purses(folder)) == [100] * 19 + [105])
    assert json.loads(say("verify", "--json"))["asking"] == []
