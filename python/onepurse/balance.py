"""The workers of a program that wraps nothing: over sidecars that bots elsewhere keep."""

from __future__ import annotations

import asyncio
import os
import threading
from typing import Iterator, List, Tuple

from ._onepurse import Sidecar, SidecarError, all_there, each_named, named
from .voice import Voice, language
from .worker import WORKERS

# A bot may begin after its worker.
_LOOKS_EVERY_S = 5.0

Found = Tuple[str, str, List[str]]


class BalanceSync:
    """The workers of this process, until they are stopped. Sidecars that come later are found as well."""

    def __init__(self, ledger: str) -> None:
        self._ledger = ledger
        self._voice = Voice(language())
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="onepurse sidecars", daemon=True)

    def is_in_step(self) -> bool:
        """Whether everything is where it should be."""
        return WORKERS.is_in_step()

    async def stop(self) -> None:
        """They end, within two seconds."""
        self._stopped.set()
        await asyncio.get_running_loop().run_in_executor(None, WORKERS.stop)

    def begin(self) -> None:
        """Looks for sidecars for the first time, and from then on."""
        if not self._ledger:
            self._voice.once("no_url", "no_url")
        if not self._look() and "ONEPURSE_SIDECARS" not in os.environ:
            self._voice.once("no_sidecars", "no_sidecars")
        if self._ledger:
            self._thread.start()

    def _run(self) -> None:
        while not self._stopped.wait(_LOOKS_EVERY_S):
            self._look()

    def _look(self) -> bool:
        found = list(self._found())
        for sidecar, platform, assets in found:
            if not self._ledger:
                self._voice.warn("no_ledger", sidecar=Sidecar.named(sidecar))
            elif not WORKERS.has(sidecar, platform):
                WORKERS.start(sidecar, platform, assets, self._ledger, Voice(self._voice.language, platform))
        return bool(found)

    def _found(self) -> Iterator[Found]:
        told = os.environ.get("ONEPURSE_SIDECARS")
        if told is None:
            yield from all_there(os.getcwd(), self._ledger)
            return
        for name in each_named(told):
            try:
                yield from named(name)
                self._voice.over(name)
            except (SidecarError, ValueError) as error:
                self._voice.once(name, "not_found", error=error)


async def get_balance_sync() -> BalanceSync:
    """Keeps in step with the ledger at DATABASE_URL the sidecars that ONEPURSE_SIDECARS names, else every *.onepurse below the
    working directory and those in the ledger's database. What is missing is said in the log.
    """
    sync = BalanceSync(os.environ.get("DATABASE_URL", ""))
    await asyncio.get_running_loop().run_in_executor(None, sync.begin)
    return sync
