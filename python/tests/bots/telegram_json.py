"""A Telegram bot's database in the founding shape: one JSON file, held as one live dict."""

import json
import os
import time


class Database:
    def __init__(self, filename="users.json"):
        self.filename = filename
        self.data = self.load_data()

    def load_data(self):
        if os.path.exists(self.filename):
            try:
                with open(self.filename, encoding="utf-8") as file:
                    return json.load(file)
            except ValueError:
                return {"users": {}}
        return {"users": {}}

    def save_data(self):
        with open(self.filename, "w", encoding="utf-8") as file:
            json.dump(self.data, file, ensure_ascii=False, indent=2)

    def get_user(self, user_id):
        user_id = str(user_id)
        if user_id not in self.data["users"]:
            user = {"coins": 0, "xp": 0, "rank_id": 1, "last_daily": 0}
            self.data["users"][user_id] = user
            self.save_data()
            return user
        return self.data["users"][user_id]

    def get_all_users(self):
        return self.data["users"]

    def update_user(self, user_id, **kwargs):
        user = self.get_user(user_id)
        for key, value in kwargs.items():
            user[key] = value
        self.save_data()

    def add_xp(self, user_id, amount):
        user = self.get_user(user_id)
        user["xp"] += amount
        ranked_up = user["xp"] >= user["rank_id"] * 100
        if ranked_up:
            user["rank_id"] += 1
            user["coins"] += 25
        self.save_data()
        return ranked_up

    def add_coins(self, user_id, amount):
        user = self.get_user(user_id)
        user["coins"] += amount
        self.save_data()
        return user["coins"]

    def remove_coins(self, user_id, amount):
        user = self.get_user(user_id)
        user["coins"] = max(0, user["coins"] - amount)
        self.save_data()
        return user["coins"]

    def claim_daily(self, user_id):
        user = self.get_user(user_id)
        if time.time() - user["last_daily"] < 86400:
            return None
        user["last_daily"] = time.time()
        user["coins"] += 50
        self.save_data()
        return 50

    def link_discord(self, user_id, discord_id):
        self.get_user(user_id)["discord_id"] = str(discord_id)
        self.save_data()
