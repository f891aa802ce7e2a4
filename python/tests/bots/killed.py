"""A Telegram bot that plays until it is killed. Its file is replaced whole, so that it is never half of one."""

import json
import os
import random
import sys

from telegram_json import Database

from onepurse import create_sync_wrapper


class Careful(Database):
    def save_data(self):
        with open(self.filename + ".new", "w", encoding="utf-8") as file:
            json.dump(self.data, file)
        os.replace(self.filename + ".new", self.filename)


def play(db, seed):
    chance = random.Random(seed)
    while True:
        id = chance.randrange(10)
        what = chance.randrange(5)
        if what == 0:
            db.add_coins(id, chance.randrange(100))
        elif what == 1:
            db.remove_coins(id, chance.randrange(150))
        elif what == 2:
            db.add_xp(id, 40)
        elif what == 3:
            giver, taker = db.get_user(id), db.get_user((id + 1) % 10)
            giver["coins"] -= 5
            taker["coins"] += 5
            db.save_data()
        else:
            # Not saved: a kill may lose it, and then it never was.
            db.get_user(id)["coins"] += 1


if __name__ == "__main__":
    # Everything is imported: from here on it can be killed.
    sys.stdin.readline()
    wrapped = create_sync_wrapper(Careful(), platform="telegram")
    # To whom nothing happens here: what they have, came in.
    wrapped.get_user("rich")
    play(wrapped, sys.argv[1])
