"""The workers of a program that wraps nothing: over sidecars that bots elsewhere on this machine keep."""

from __future__ import annotations

import asyncio
import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Iterator, List, NamedTuple, Optional

from .voice import Voice, language
from .worker import WORKERS
from .wrap import is_wrapped_here

_NAMED = re.compile(r"onepurse-(\w+)\.onepurse")


class Found(NamedTuple):
    """A sidecar, and what it says of itself."""

    path: str
    platform: Optional[str]
    assets: List[str]


class BalanceSync:
    """The workers of this process, until they are stopped."""

    def is_in_step(self) -> bool:
        """Whether everything is where it should be."""
        return WORKERS.is_in_step()

    async def stop(self) -> None:
        """They end, within two seconds."""
        await asyncio.get_running_loop().run_in_executor(None, WORKERS.stop)


async def get_balance_sync() -> BalanceSync:
    """Keeps in step with the ledger at DATABASE_URL the sidecars that ONEPURSE_SIDECARS names, else every *.onepurse below the
    working directory. What is missing is said in the log.
    """
    voice = Voice(language())
    ledger = os.environ.get("DATABASE_URL", "")
    found = list(sidecars())
    if not found:
        voice.warn("no_sidecars")
    for one in found:
        if not ledger:
            voice.warn("no_ledger", sidecar=one.path)
        elif one.platform is None:
            voice.warn("whose", sidecar=one.path)
        else:
            WORKERS.start(one.path, one.platform, one.assets, ledger, Voice(voice.language, one.platform))
    return BalanceSync()


def sidecars() -> Iterator[Found]:
    """`telegram=/srv/tg/users.json.onepurse`, or only the path, one after the other with the system's path separator."""
    told = os.environ.get("ONEPURSE_SIDECARS")
    if told is None:
        for found in sorted(Path.cwd().rglob("*.onepurse")):
            yield from _look(str(found), None)
        return
    for entry in filter(None, told.split(os.pathsep)):
        platform, equals, path = entry.rpartition("=")
        yield from _look(os.path.abspath(path), platform if equals else None)


def _look(path: str, told: Optional[str]) -> Iterator[Found]:
    if WORKERS.has(path) or is_wrapped_here(path):
        # It is open in this process. To open and close it by another SQLite library takes the first one's file locks away.
        return
    named = _NAMED.fullmatch(os.path.basename(path))
    platform = told or (named.group(1) if named else None)
    assets: List[str] = []
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
            assets = [row[1] for row in db.execute("PRAGMA table_info(balance)") if row[1] != "id"]
            for (attached,) in db.execute("SELECT platform FROM onepurse_replica"):
                platform = told or attached
    except sqlite3.Error:
        # No engine has seen it yet, or it is none.
        pass
    yield Found(path, platform or os.environ.get("ONEPURSE_PLATFORM"), assets or ["coins"])
