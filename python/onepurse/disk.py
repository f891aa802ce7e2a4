"""The sidecar, which may be away: the bot must not wait for it again and again."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable, Optional, TypeVar

from ._onepurse import Sidecar, SidecarError
from .voice import Voice

T = TypeVar("T")
# How long one that could not be used is left alone.
_REST_S = 2.0
_TROUBLES = (SidecarError, OSError, ValueError, OverflowError)


class Disk:
    """Trouble with it is told to people, and never to the bot. While it is down only `revive` asks for it, which is for whoever
    looks after it. `lock` is held while it is used.
    """

    def __init__(self, open_sidecar: Callable[[], Sidecar], voice: Voice) -> None:
        self._open = open_sidecar
        self._voice = voice
        self._sidecar: Optional[Sidecar] = None
        self._asked_at = 0.0
        self.anew()

    def anew(self) -> None:
        """With a lock and a connection of its own, as a process after a fork needs. The old connection is left as it is."""
        self.lock = threading.RLock()
        self._inherited, self._sidecar = self._sidecar, None
        self.is_down = False

    def opened(self) -> Sidecar:
        """SidecarError: it cannot be used now. NotASidecar: nor ever."""
        if self._sidecar is None:
            self._sidecar = self._open()
        return self._sidecar

    def fell_silent(self, error: Exception) -> None:
        """It cannot be used for now."""
        self.is_down, self._asked_at = True, time.monotonic()
        self._voice.once("sidecar", "trouble", error=error)

    def revive(self) -> None:
        """Asks now and then whether it can be used by now. That may take long."""
        if self.is_down and time.monotonic() - self._asked_at > _REST_S:
            self._asked_at = time.monotonic()
            with self.lock:
                try:
                    self.opened().version()
                    self.is_down = False
                except _TROUBLES as error:
                    self.fell_silent(error)

    def ask(self, what: Callable[[Sidecar], T], otherwise: Any) -> T:
        """What it says; something else where it cannot be asked."""
        if self.is_down:
            return otherwise  # type: ignore[no-any-return]
        with self.lock:
            try:
                return what(self.opened())
            except _TROUBLES as error:
                self.fell_silent(error)
                return otherwise  # type: ignore[no-any-return]

    def write(self, what: Callable[[Sidecar], None]) -> bool:
        """Whether it took it."""

        def done(sidecar: Sidecar) -> bool:
            what(sidecar)
            self._voice.over("sidecar")
            return True

        return self.ask(done, False)
