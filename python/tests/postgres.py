"""A throwaway PostgreSQL: a server of one's own, on loopback, gone afterwards."""

import glob
import os
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path

import psycopg2


class Server:
    """Databases are made on it as they are asked for."""

    def __init__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="onepurse-postgres-"))
        # initdb and postgres refuse to run as root.
        self._as = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self._folder, "postgres", "postgres")
        self._programs = max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[-2]))
        self._say("initdb", "--auth=trust", "--username=bots", "--encoding=UTF8", "--locale=C", "--no-sync", "-D", self._data)
        self.port = _free_port()
        self._made = 0
        self.come_back()

    @property
    def _data(self):
        return str(self._folder / "data")

    def _say(self, program, *args):
        done = subprocess.run(
            [*self._as, f"{self._programs}/{program}", *args], cwd=self._folder, stdout=subprocess.DEVNULL,
            stderr=subprocess.STDOUT, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0, (program, (self._folder / "log").read_text() if program == "pg_ctl" else done)

    def database(self):
        """The URL of an empty one."""
        self._made += 1
        self.ask(self._url("postgres"), f"CREATE DATABASE bots_{self._made}")
        return self._url(f"bots_{self._made}")

    def _url(self, name):
        return f"postgres://bots@127.0.0.1:{self.port}/{name}"

    @staticmethod
    def ask(url, sql, *args):
        """What a connection of its own is answered."""
        db = psycopg2.connect(url)
        try:
            db.autocommit = True
            with db.cursor() as cursor:
                cursor.execute(sql, args)
                return cursor.fetchall() if cursor.description else []
        finally:
            db.close()

    def come_back(self):
        """On the same port as before."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder} -c fsync=off"
        self._say("pg_ctl", "-D", self._data, "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def go(self):
        """What was committed stays."""
        self._say("pg_ctl", "-D", self._data, "-w", "-m", "immediate", "stop")

    def stop(self):
        self.go()
        shutil.rmtree(self._folder)


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
