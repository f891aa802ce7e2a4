"""Connections to a server that stay open, each with the driver that a bot uses; all with the words of `sqlite3`."""

import asyncio
from urllib.parse import unquote, urlsplit


class Rows:
    """What a statement found."""

    def __init__(self, rows, rowcount):
        self.rows, self.rowcount = rows, rowcount

    def fetchall(self):
        return self.rows


class WithCursors:
    """What drivers of the DB-API have in common: the first statement begins a transaction."""

    def execute(self, sql, args=()):
        with self.db.cursor() as cursor:
            cursor.execute(sql.replace("?", "%s") if args else sql, args or None)
            rows = [list(row) for row in cursor.fetchall()] if cursor.description else []
            return Rows(rows, cursor.rowcount)

    def executemany(self, sql, args):
        with self.db.cursor() as cursor:
            cursor.executemany(sql.replace("?", "%s"), args)
            return Rows([], cursor.rowcount)

    def commit(self):
        self.db.commit()

    def rollback(self):
        self.db.rollback()

    def close(self):
        self.db.close()


class Psycopg2(WithCursors):
    def __init__(self, url):
        import psycopg2

        self.db = psycopg2.connect(url)


class PyMySql(WithCursors):
    def __init__(self, url):
        import pymysql

        place = urlsplit(url)
        user, password = unquote(place.username), unquote(place.password or "")
        database = place.path.lstrip("/")
        self.db = pymysql.connect(host=place.hostname, port=place.port, user=user, password=password, database=database)


class Asyncpg:
    """Statements are prepared and parameters typed; a transaction is begun as `async with db.transaction()` does it."""

    def __init__(self, url):
        import asyncpg

        self.loop = asyncio.new_event_loop()
        self.db = self.loop.run_until_complete(asyncpg.connect(url))
        self.transaction = None

    def wait(self, coroutine):
        return self.loop.run_until_complete(coroutine)

    def begin(self):
        if self.transaction is None:
            self.transaction = self.db.transaction()
            self.wait(self.transaction.start())

    def execute(self, sql, args=()):
        self.begin()
        for number in range(1, len(args) + 1):
            sql = sql.replace("?", f"${number}", 1)
        rows = self.wait(self.db.fetch(sql, *args))
        return Rows([list(row) for row in rows], len(rows))

    def executemany(self, sql, args):
        for row in args:
            self.execute(sql, row)
        return Rows([], len(args))

    def end(self, how):
        if self.transaction is not None:
            transaction, self.transaction = self.transaction, None
            self.wait(getattr(transaction, how)())

    def commit(self):
        self.end("commit")

    def rollback(self):
        self.end("rollback")

    def close(self):
        self.wait(self.db.close())


DRIVERS = {"psycopg2": Psycopg2, "asyncpg": Asyncpg, "pymysql": PyMySql}
