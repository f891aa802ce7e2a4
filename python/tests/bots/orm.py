"""Rows as objects, in the way of peewee: a base class has the methods, a class of the bot's own has the table."""

import sqlite3


class Model:
    path = None

    def __init__(self, **values):
        self.__dict__.update(values)

    @classmethod
    def ask(cls, sql, *args):
        db = sqlite3.connect(cls.path, timeout=30)
        try:
            with db:
                return db.execute(sql, args).fetchall()
        finally:
            db.close()

    @classmethod
    def create(cls, **values):
        cls.ask("INSERT INTO users (id, coins) VALUES (?, ?)", values["id"], values["coins"])
        return cls(**values)

    @classmethod
    def get_or_none(cls, id):
        rows = cls.ask("SELECT id, coins FROM users WHERE id = ?", id)
        return cls(id=rows[0][0], coins=rows[0][1]) if rows else None

    def save(self):
        self.ask("UPDATE users SET coins = ? WHERE id = ?", self.coins, self.id)


class User(Model):
    path = "its.db"
