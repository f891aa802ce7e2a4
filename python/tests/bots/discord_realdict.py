"""The same with RealDictCursor and a connection a call: the rows that psycopg2 makes are handed out as they are."""

from contextlib import closing

import psycopg2
from discord_postgres import DatabasePostgres
from psycopg2.extras import RealDictCursor


class DatabaseRealDict(DatabasePostgres):
    def connect(self, url):
        self.url = url

    def execute(self, sql, args=(), fetch=None):
        with closing(psycopg2.connect(self.url)) as conn, conn, conn.cursor(cursor_factory=RealDictCursor) as cur:
            cur.execute(sql, args)
            return getattr(cur, fetch)() if fetch else None
