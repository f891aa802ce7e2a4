"""The founding bot where it lives: its `users` in PostgreSQL, written through psycopg2."""

from contextlib import closing

import psycopg2
import shapes


class Founding(shapes.Founding):
    """Shape 14: a connection per call, the whole row saved again by an upsert."""

    SAVE = """INSERT INTO users VALUES (%(id)s, %(username)s, %(coins)s, %(xp)s, %(rank_id)s, %(last_daily)s)
        ON CONFLICT (id) DO UPDATE SET username = excluded.username, coins = excluded.coins, xp = excluded.xp,
        rank_id = excluded.rank_id, last_daily = excluded.last_daily"""

    def __init__(self, url):
        self.url = url

    def start(self):
        self.write(self.SCHEMA)

    def write(self, sql, args=()):
        with closing(psycopg2.connect(self.url)) as db, db, db.cursor() as cursor:
            cursor.execute(sql.replace("?", "%s"), args)
            return cursor.rowcount

    def read(self, sql, args=()):
        with closing(psycopg2.connect(self.url)) as db, db.cursor() as cursor:
            cursor.execute(sql.replace("?", "%s"), args)
            return cursor.fetchone()
