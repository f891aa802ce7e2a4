"""Calls of a bot one after the other, so that none is torn by another or by what comes in."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import asynccontextmanager, contextmanager
from typing import Any, AsyncIterator, Iterator
from weakref import WeakKeyDictionary

# Calls that wait for each other by the bot's own locks must not wait for ours too: where nobody has had a turn for this long,
# they go on side by side.
_PATIENCE_S = 1.0
_LEAST_S = 0.01
# However many are before them.
_LONGEST_S = 30.0


class Turns:
    """Whose turn it is: among threads, and among the tasks of each event loop."""

    def __init__(self) -> None:
        self._patience_s = _PATIENCE_S
        self._taken = 0
        self._of: WeakKeyDictionary[Any, asyncio.Lock] = WeakKeyDictionary()
        self.anew()

    def anew(self) -> None:
        """Whoever held it is not in this process."""
        self._threads = threading.RLock()

    @contextmanager
    def take(self) -> Iterator[None]:
        """For a thread."""
        has = self._threads.acquire(blocking=False) or self._wait()
        self._taken += 1
        try:
            yield
        finally:
            if has:
                self._threads.release()

    def _wait(self) -> bool:
        until = time.monotonic() + _LONGEST_S
        while time.monotonic() < until:
            taken = self._taken
            if self._threads.acquire(timeout=self._patience_s):
                return True
            if taken == self._taken:
                break
        self._lose_patience()
        return False

    @contextmanager
    def if_free(self) -> Iterator[bool]:
        """For a thread that need not be now."""
        has = self._threads.acquire(blocking=False)
        try:
            yield has
        finally:
            if has:
                self._threads.release()

    @asynccontextmanager
    async def take_async(self) -> AsyncIterator[None]:
        """For a task."""
        loop = asyncio.get_running_loop()
        lock = self._of.get(loop)
        if lock is None:
            lock = self._of[loop] = asyncio.Lock()
        has = await self._wait_async(lock) if lock.locked() else await lock.acquire()
        self._taken += 1
        try:
            yield
        finally:
            if has:
                lock.release()

    async def _wait_async(self, lock: asyncio.Lock) -> bool:
        until = time.monotonic() + _LONGEST_S
        getting = asyncio.ensure_future(lock.acquire())
        try:
            while time.monotonic() < until:
                taken = self._taken
                await asyncio.wait({getting}, timeout=self._patience_s)
                if getting.done():
                    return True
                if taken == self._taken:
                    break
        except asyncio.CancelledError:
            self._give_back(lock, getting)
            raise
        self._give_back(lock, getting)
        self._lose_patience()
        return False

    @staticmethod
    def _give_back(lock: asyncio.Lock, getting: asyncio.Task[Any]) -> None:
        """Whoever stops waiting keeps nothing."""
        if getting.done() and not getting.cancelled():
            lock.release()
        getting.cancel()

    def _lose_patience(self) -> None:
        self._patience_s = max(_LEAST_S, self._patience_s / 4)
