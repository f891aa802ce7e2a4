"""The engine between a sidecar and the ledger, in the bot's own process; and what it has to say, in the bot's own log."""

from __future__ import annotations

import logging
import threading
from typing import Dict, List, Optional, Sequence, Tuple

from . import _onepurse
from .voice import Voice, log

_LEVELS = {"ERROR": logging.ERROR, "WARN": logging.WARNING, "INFO": logging.INFO}
_FETCH_MS = 200
STOPS_WITHIN_S = 2.0
# A sidecar and its platform: a database has sidecars of several.
Key = Tuple[str, str]


class Workers:
    """The workers of this process, one a sidecar."""

    def __init__(self) -> None:
        self._of: Dict[Key, _onepurse.Worker] = {}
        self._inherited: List[Dict[Key, _onepurse.Worker]] = []
        self._lines: Optional[threading.Thread] = None
        self._said: Sequence[str] = ()

    def start(self, sidecar: str, platform: str, assets: List[str], ledger: str, voice: Voice) -> bool:
        """One begins, unless one is there. Settings that it cannot use are said."""
        if self.has(sidecar, platform):
            return True
        try:
            self._of[sidecar, platform] = _onepurse.Worker(sidecar, platform, assets, ledger, voice.language)
        except Exception as error:
            voice.warn("worker", error=error)
            return False
        # The wrapper has said this already, when it began.
        self._said = (*self._said, voice.text("on"))
        if self._lines is None:
            self._lines = threading.Thread(target=self._tell, name="onepurse lines", daemon=True)
            self._lines.start()
        return True

    def has(self, sidecar: str, platform: str) -> bool:
        """Whether one works on this sidecar."""
        return (sidecar, platform) in self._of

    def is_in_step(self) -> bool:
        """Whether all of them are."""
        return all(worker.is_in_step() for worker in self._of.values())

    def stop(self) -> None:
        """All of them end; one that does not in time is left."""
        workers, self._of = self._of, {}
        stopping = [threading.Thread(target=worker.stop, daemon=True) for worker in workers.values()]
        for thread in stopping:
            thread.start()
        for thread in stopping:
            thread.join(STOPS_WITHIN_S)
        # What it waits for is not Python's: it must have come back before the interpreter ends.
        if self._lines is not None and self._lines is not threading.current_thread():
            self._lines.join(STOPS_WITHIN_S)

    def after_fork(self) -> None:
        """Their threads are in the parent: in the child they are neither used nor ended."""
        self._inherited.append(self._of)
        self._of, self._lines = {}, None

    def _tell(self) -> None:
        while self._of:
            for level, line in _onepurse.Worker.lines(_FETCH_MS):
                if line not in self._said:
                    log.log(_LEVELS.get(level, logging.DEBUG), "%s", line)
        self._lines = None


WORKERS = Workers()
