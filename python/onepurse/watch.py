"""The thread that looks after a wrapped object between its calls."""

from __future__ import annotations

import threading
import time
from typing import Any, Callable

from .steps import Steps
from .wrapper import Wrapper

_TICK_S = 0.05
# Every other tick asks whether something came in, and now and then what is due is looked up without that.
_LISTENS_EVERY = 2
_LOOKS_EVERY = 100
COMPARES_EVERY_S = 600.0
# Where a call may have changed what it did not speak of; twice as long after each time that it had not.
_UNSURE_FIRST_S, _UNSURE_MAX_S = 5.0, 80.0


class Watch:
    """Writes down what was noted outside calls, brings in what came in, and compares from time to time."""

    def __init__(self, wrapper: Wrapper, compares_every_s: float = COMPARES_EVERY_S) -> None:
        self._wrapper = wrapper
        self._compares_every_s = compares_every_s
        self._stopped = threading.Event()
        self._compared_at = time.monotonic()
        self._unsure_s = _UNSURE_FIRST_S
        self._thread = threading.Thread(target=self._run, name="onepurse", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Ends within a moment."""
        self._stopped.set()
        if threading.current_thread() is not self._thread:
            self._thread.join(1.0)

    def _run(self) -> None:
        ticks = 0
        while not self._stopped.wait(_TICK_S):
            ticks += 1
            try:
                self._tick(ticks)
            except Exception as error:
                self._wrapper.trouble(error)

    def _tick(self, ticks: int) -> None:
        wrapper, books = self._wrapper, self._wrapper.books
        books.disk.revive()
        with wrapper.turns.if_free() as is_free:
            # In the middle of a call nothing is whole yet.
            if is_free:
                wrapper.store.check()
                books.flush()
        books.settle()
        if ticks % _LISTENS_EVERY == 0 and (books.heard() or wrapper.delivery.is_due() or ticks % _LOOKS_EVERY == 0):
            self._do(wrapper.deliver)
        quiet_s = time.monotonic() - self._compared_at
        if quiet_s > (self._unsure_s if wrapper.store.is_unsure or books.is_behind else self._compares_every_s):
            self._compared_at = time.monotonic()
            self._do(self._compare)

    def _compare(self) -> Steps[None]:
        # Where everybody cannot be listed, whoever went unseen is found when they are looked at next.
        self._wrapper.books.is_behind = False
        has_found = yield from self._wrapper.compare()
        self._unsure_s = _UNSURE_FIRST_S if has_found else min(self._unsure_s * 2, _UNSURE_MAX_S)

    def _do(self, what: Callable[[], Steps[None]]) -> None:
        """On the bot's event loop if it has one, else on this thread."""
        wrapper, loop = self._wrapper, self._wrapper.loop
        if loop is None or not loop.is_running():
            wrapper.now(what())
            return

        def begin() -> None:
            # A loop only refers weakly to its tasks.
            self._task: Any = loop.create_task(wrapper.soon(what()))

        try:
            loop.call_soon_threadsafe(begin)
        except RuntimeError:
            # It has just ended; the next time nobody waits for it.
            pass
