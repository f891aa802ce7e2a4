"""Who has read which balance last: an absolute write is computed from what its writer had read."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import OrderedDict
from typing import Any, Optional, Tuple
from weakref import WeakKeyDictionary

Key = Tuple[str, str]
# A thread serves one person after the other; what it read long ago is not what it computes from now.
_AGE_MAX_S = 300.0
_KEPT_MAX = 256


def reader() -> Any:
    """The running task, else the thread."""
    loop = asyncio._get_running_loop()
    task = asyncio.current_task(loop) if loop is not None else None
    return task if task is not None else threading.current_thread()


class Readings:
    """The last reading of each balance by each task or thread, with how often it had come in by then."""

    def __init__(self) -> None:
        self._of: WeakKeyDictionary[Any, OrderedDict[Key, Tuple[int, int, float]]] = WeakKeyDictionary()

    def note(self, key: Key, value: int, arrivals: int) -> None:
        """The running task or thread knows the value."""
        who = reader()
        mine = self._of.get(who)
        if mine is None:
            mine = self._of[who] = OrderedDict()
        mine[key] = (value, arrivals, time.monotonic())
        if len(mine) > _KEPT_MAX:
            mine.popitem(last=False)

    def outdated(self, key: Key, arrivals: int) -> Optional[int]:
        """What the running task or thread has read before something came in that it has not read since."""
        mine = self._of.get(reader())
        found = mine.get(key) if mine else None
        if found is None or found[1] == arrivals or time.monotonic() - found[2] > _AGE_MAX_S:
            return None
        return found[0]
