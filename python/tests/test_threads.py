"""Many threads at once lose nothing, and wait for nobody for long."""

import threading
import time

from conftest import Beside, eventually

from onepurse import create_sync_wrapper


def crowd(work, threads, calls):
    """All of them at once."""
    all_are_there = threading.Barrier(threads)

    def run(at):
        all_are_there.wait()
        for turn in range(calls):
            work(at, turn)

    all_of_them = [threading.Thread(target=run, args=(at,)) for at in range(threads)]
    for thread in all_of_them:
        thread.start()
    for thread in all_of_them:
        thread.join()


def test_a_live_dict(telegram, beside):
    telegram.save_data = lambda: None  # The file is not what is looked at here.
    stop = threading.Event()
    came = [0]

    def comes_in():
        while not stop.wait(0.02):
            if beside.balance(3) is not None:
                beside.arrives(3, 1)
                came[0] += 1

    source = threading.Thread(target=comes_in)
    source.start()
    crowd(lambda at, turn: telegram.add_coins((at + turn) % 10, 1), threads=1000, calls=10)
    stop.set()
    source.join()
    eventually(lambda: telegram.get_user(3)["coins"] == 1000 + came[0])
    shows = {id: user["coins"] for id, user in telegram.data["users"].items()}
    assert all(shows[str(id)] == 1000 for id in range(10) if id != 3)
    eventually(lambda: beside.everybody() == shows)


class Rows:
    """Copies handed out; nothing of its own keeps two calls apart."""

    def __init__(self):
        self._rows = {str(id): {"coins": 0} for id in range(10)}

    def get_user(self, user_id):
        return dict(self._rows[str(user_id)])

    def save_user(self, user_id, user):
        self._rows[str(user_id)] = dict(user)

    def get_all_users(self):
        return {id: dict(row) for id, row in self._rows.items()}

    def add_coins(self, user_id, amount):
        user = self.get_user(user_id)
        time.sleep(0)
        user["coins"] += amount
        self.save_user(user_id, user)


def test_rows(folder):
    rows = create_sync_wrapper(Rows(), platform="discord")
    beside = Beside("onepurse-discord.onepurse")

    def plays(at, turn):
        if at % 20 == 0:
            beside.arrives(at // 20 % 10, 1)
        rows.add_coins(at % 10, 1)

    crowd(plays, threads=1000, calls=1)
    expected = {str(id): 105 for id in range(10)}
    eventually(lambda: beside.everybody() == expected, f"{expected}")
    eventually(lambda: {id: user["coins"] for id, user in rows.get_all_users().items()} == expected, "the bot's own")


def test_rows_in_a_database(discord, rows_beside):
    crowd(lambda at, turn: discord.add_coins((at + turn) % 10, 1), threads=20, calls=10)
    assert {id: coins for id, coins in rows_beside.everybody().items() if id != "123"} == {
        str(id): 20 for id in range(10)
    }


def test_calls_that_wait_for_each_other_by_a_lock_of_the_bots_own(telegram):
    lock, inside = threading.Lock(), threading.Event()
    add = type(telegram).__mro__[1].add_coins

    def slow():
        with lock:
            inside.wait()
            telegram.add_coins(1, 1)

    def waits(self, user_id, amount):
        inside.set()
        with lock:
            return add(self, user_id, amount)

    type(telegram).__mro__[1].add_slowly = waits
    from onepurse.inplace import wrapper_of

    type(telegram).add_slowly = wrapper_of(telegram).around(waits, True)
    began = time.monotonic()
    threads = [threading.Thread(target=slow), threading.Thread(target=lambda: telegram.add_slowly(1, 1))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert telegram.get_user(1)["coins"] == 2 and time.monotonic() - began < 5
