"""A live dict: every change counts, once, whatever it is made by."""

import copy
import json
import threading

from conftest import Beside, eventually
from telegram_json import Database

from onepurse import create_sync_wrapper


def on_disk(id, file="users.json"):
    with open(file, encoding="utf-8") as opened:
        try:
            return json.load(opened)["users"][str(id)]["coins"]
        except ValueError:
            # The bot is just writing it.
            return None


def test_methods_count_before_they_return(telegram, beside):
    telegram.add_coins(456, 30)
    assert beside.balance(456) == 130
    telegram.update_user(456, coins=50, xp=5)
    assert beside.balance(456) == 50
    telegram.claim_daily(456)
    assert beside.balance(456) == 100 == on_disk(456)


def test_what_was_really_taken_counts_and_not_what_was_asked_for(telegram, beside):
    telegram.remove_coins(456, 1000)
    assert beside.balance(456) == 0


def test_a_reward_inside_another_method_counts(telegram, beside):
    assert telegram.add_xp(456, 150)
    assert beside.balance(456) == 125


def test_edits_without_any_method_count(telegram, beside):
    telegram.get_user(456)["coins"] -= 30
    eventually(lambda: beside.balance(456) == 70)
    telegram.data["users"]["456"].update(coins=60)
    telegram.save_data()
    assert beside.balance(456) == 60


def test_a_transfer_between_two_dicts_counts_twice(telegram, beside):
    giver, taker = telegram.get_user(456), telegram.get_user(7)
    giver["coins"] -= 40
    taker["coins"] += 40
    telegram.save_data()
    assert beside.everybody() == {"456": 60, "7": 40}


def test_a_dict_that_its_maker_still_holds_counts_too(telegram, beside):
    # get_user makes somebody new and returns the very dict that it has put into the store.
    new = telegram.get_user(9)
    new["coins"] += 15
    telegram.save_data()
    assert beside.balance(9) == 15 == on_disk(9)
    del new
    telegram.add_coins(9, 5)
    assert beside.balance(9) == 20


def test_the_first_value_of_somebody_new_is_a_change_of_its_own(telegram, beside):
    telegram.data["users"]["8"] = {"coins": 5000, "xp": 0}
    telegram.save_data()
    assert beside.balance(8) == 5000


def test_who_is_removed_spends_nothing(telegram, beside):
    del telegram.data["users"]["456"]
    telegram.save_data()
    assert beside.shown(456) is None


def test_everybody_written_anew_is_not_everybody_gone(telegram, beside):
    people = telegram.data["users"]
    everybody = copy.deepcopy(dict(people))
    people.clear()
    people.update(everybody)
    people["456"]["coins"] += 1
    telegram.save_data()
    assert beside.balance(456) == 101


def test_the_file_read_again_is_followed(telegram, beside):
    with open("users.json", "w", encoding="utf-8") as file:
        json.dump({"users": {"456": {"coins": 170, "xp": 0, "rank_id": 1, "last_daily": 0}}}, file)
    telegram.data = telegram.load_data()
    telegram.add_xp(456, 1)
    assert beside.balance(456) == 170
    telegram.data["users"]["456"]["coins"] += 1
    telegram.save_data()
    assert beside.balance(456) == 171


def test_a_call_that_changes_nothing_writes_nothing(telegram, beside):
    version = beside.version()
    telegram.get_user(456)
    telegram.get_all_users()
    telegram.get_user(456)["coins"] += 0
    telegram.update_user(456, coins=100)
    before = beside.journal()
    telegram.link_discord(456, 123)
    assert (beside.version(), before) == (version, 0)


def test_what_came_in_is_in_the_dict_and_in_the_file(telegram, beside):
    mine = telegram.get_user(456)
    beside.arrives(456, 50)
    eventually(lambda: mine["coins"] == 150)
    eventually(lambda: on_disk(456) == 150)
    telegram.add_coins(456, 1)
    assert beside.balance(456) == 151


def test_a_value_computed_before_something_came_in_is_a_difference(telegram, beside):
    had = telegram.get_user(456)["coins"]
    beside.arrives_here(456, 50)
    telegram.update_user(456, coins=had - 30)
    assert beside.balance(456) == 120
    assert telegram.get_user(456)["coins"] == 120 == on_disk(456)


def test_a_value_computed_after_it_stands(telegram, beside):
    beside.arrives_here(456, 50)
    user = telegram.get_user(456)
    user["coins"] = user["coins"] - 30
    telegram.save_data()
    assert beside.balance(456) == 120
    telegram.update_user(456, coins=0)
    assert beside.balance(456) == 0


def test_another_thread_that_has_read_nothing_writes_what_stands(telegram, beside):
    assert telegram.get_user(456)["coins"] == 100
    beside.arrives_here(456, 50)
    thread = threading.Thread(target=lambda: telegram.update_user(456, coins=10))
    thread.start()
    thread.join()
    assert beside.balance(456) == 10


def test_a_copy_put_back_counts_against_what_it_was_copied_with(telegram, beside):
    mine = telegram.get_user(456).copy()
    beside.arrives_here(456, 50)
    telegram.add_coins(456, 7)
    mine["coins"] -= 30
    telegram.data["users"]["456"] = mine
    telegram.save_data()
    assert beside.balance(456) == 127 == on_disk(456)
    mine["coins"] -= 1
    telegram.save_data()
    assert beside.balance(456) == 126


def test_fractions_stay_the_bots_own(folder):
    db = Database()
    db.data["users"]["1"] = {"coins": 12.75}
    wrapped = create_sync_wrapper(db, platform="telegram")
    beside = Beside("users.json.onepurse")
    assert beside.balance(1) == 12
    beside.arrives_here(1, 5)
    assert db.data["users"]["1"]["coins"] == 17.75
    db.data["users"]["1"]["coins"] += 0.1
    wrapped.save_data()
    assert beside.balance(1) == 17


def test_two_balances_are_two(folder):
    db = Database()
    db.data["users"]["1"] = {"coins": 5, "gems": 2}
    wrapped = create_sync_wrapper(db, platform="telegram", assets=["coins", "gems"])
    wrapped.update_user(1, gems=3)
    beside = Beside("users.json.onepurse")
    assert (beside.balance(1), beside.balance(1, "gems")) == (5, 3)


def test_people_at_the_top_and_a_name_of_its_own(folder):
    class Bank:
        def __init__(self):
            self.accounts = {"1": {"wallet": 10}}

        def pay(self, id, amount):
            self.accounts[id]["wallet"] += amount

    bank = create_sync_wrapper(Bank(), platform="discord", assets={"wallet": "coins"})
    bank.pay("1", 5)
    assert Beside("onepurse-discord.onepurse").balance(1) == 15
