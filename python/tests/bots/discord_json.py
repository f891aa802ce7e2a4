"""The JSON fallback of a Discord bot's database: the file is read and written anew by every call, and copies are given out."""

import json
import os


class Database:
    def __init__(self, path="discord.json"):
        self.path = path
        if not os.path.exists(path):
            self._save({})

    def _load(self):
        with open(self.path, encoding="utf-8") as file:
            return json.load(file)

    def _save(self, data):
        with open(self.path, "w", encoding="utf-8") as file:
            json.dump(data, file)

    def get_user(self, user_id):
        return self._load().get(str(user_id), {"coins": 0, "xp": 0})

    def save_user(self, user_id, user):
        data = self._load()
        data[str(user_id)] = user
        self._save(data)

    def get_all_users(self):
        return self._load()

    def add_coins(self, user_id, amount):
        user = self.get_user(user_id)
        user["coins"] += amount
        self.save_user(user_id, user)
        return user["coins"]
