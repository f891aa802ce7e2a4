"""What a store shows, as far as it was looked at, and what of that its sidecar has not been told yet."""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Set, Tuple, TypeVar

from ._onepurse import MassChange, Sidecar, SidecarError
from .readings import Key, Readings
from .voice import Voice

Due = Tuple[str, str, int, int]
Value = Tuple[str, str, int]
T = TypeVar("T")
_DUE_MAX = 10_000
# How long a sidecar that could not be used is left alone.
_REST_S = 2.0
_UNREAD = object()


class Books:
    """Safe for threads. `lock` guards memory and is held for moments; `_disk` is held while the sidecar is used.
    Whoever needs both takes `_disk` first: `still`.
    """

    def __init__(self, open_sidecar: Callable[[], Sidecar], assets: Iterable[str], voice: Voice) -> None:
        self._open = open_sidecar
        self._assets = tuple(assets)
        self._voice = voice
        self._sidecar: Optional[Sidecar] = None
        self._shown: Dict[Key, Optional[int]] = {}
        self._pending: Dict[Key, Tuple[int, int]] = {}
        self._leaving: Set[str] = set()
        self._mark: Optional[int] = None
        # Whether the journal may have lines after the last mark.
        self._has_noted = True
        self._version: Optional[int] = None
        self._is_arriving = False
        # It could not be used: the bot's calls must not wait for it again and again, so whoever looks after it asks for it.
        self._is_down = False
        self._asked_at = 0.0
        self.readings = Readings()
        self.arrivals: Dict[Key, int] = defaultdict(int)
        self.ids: Set[str] = set()
        # More differed than a bot does: nothing is noted until somebody has said what is right.
        self.asks = False
        # Whether everybody in the store is known.
        self.is_complete = False
        # Something went unseen since the sidecar could not be read: the next comparison tells.
        self.is_behind = False
        # Something was noted that the store has to be corrected for.
        self.corrects = False
        self.anew()

    def anew(self) -> None:
        """With locks and a connection of its own, as a process after a fork needs. The old connection is left as it is."""
        self.lock = threading.RLock()
        self._disk = threading.RLock()
        self._inherited, self._sidecar = self._sidecar, None
        self._is_down = False

    def open(self) -> None:
        """SidecarError: it cannot be used now. NotASidecar: nor ever."""
        self._opened()

    def fell_silent(self, error: Exception) -> None:
        """The sidecar cannot be used for now."""
        self._is_down, self._asked_at = True, time.monotonic()
        self._voice.once("sidecar", "trouble", error=error)

    def revive(self) -> None:
        """Asks now and then whether a sidecar that could not be used can be by now. Not for the bot's calls: it may take long."""
        if self._is_down and time.monotonic() - self._asked_at > _REST_S:
            self._asked_at = time.monotonic()
            with self._disk:
                try:
                    self._opened().version()
                    self._is_down = False
                except _TROUBLES as error:
                    self.fell_silent(error)

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nothing is noted and nothing is written by others meanwhile."""
        with self._disk, self.lock:
            yield

    def shown(self, key: Key) -> Optional[int]:
        """What the store showed last; None of whom is not known."""
        self._look_up(key)
        return self._shown.get(key)

    def _look_up(self, key: Key) -> bool:
        """Whether it can be told what the store showed last."""
        if key in self._shown or self.is_complete:
            return True
        asset, id = key
        value: Any = self._told(lambda sidecar: sidecar.shown(asset, id), _UNREAD)
        if value is _UNREAD:
            return False
        with self.lock:
            self._shown.setdefault(key, value)
            if value is not None:
                self.ids.add(id)
        return True

    def saw(self, key: Key, now: int, delta: Optional[int] = None) -> None:
        """The store shows this now. `delta` is by how much its bot meant to move it, where that is known."""
        if not self._look_up(key):
            # To take them for somebody new would count all that they have.
            self.is_behind = True
            return
        with self.lock:
            if self.asks or not key[1]:
                return
            before = self._shown.get(key)
            self._leaving.discard(key[1])
            if before == now and not delta:
                return
            moved = now - (before or 0)
            meant = moved if delta is None or before is None else delta
            self.corrects |= meant != moved
            self._pending[key] = (now, self._pending.get(key, (0, 0))[1] + meant)
            self._shown[key] = now
            self.ids.add(key[1])

    def left(self, id: str) -> None:
        """The store has nobody of this id any more."""
        with self.lock:
            if id in self.ids:
                self._leaving.add(id)

    def flush(self) -> bool:
        """What was noted is durable when this returns. What cannot be written is kept and tried again. Whether it wrote."""
        if not self._pending and not self._leaving or self._is_down:
            return False
        with self._disk:
            with self.lock:
                pending, self._pending = self._pending, {}
                leaving, self._leaving = self._leaving, set()
                for id in leaving:
                    self._forget(id)
            done = [(asset, id, now, delta) for (asset, id), (now, delta) in pending.items()]
            if self._wrote(lambda sidecar: _note(sidecar, done, leaving)):
                return True
            with self.lock:
                for key, (now, delta) in pending.items():
                    now, later = self._pending.get(key, (now, 0))
                    self._pending[key] = (now, delta + later)
            return False

    def _forget(self, id: str) -> None:
        self.ids.discard(id)
        for asset in self._assets:
            self._shown[asset, id] = None

    def begin(self, store: List[Value], answer: Optional[str]) -> Tuple[int, int, int]:
        """Compares everything that the store shows with what is known of it. MassChange: nothing is noted from now on."""
        self.flush()
        self.settle()
        if self._is_down:
            self.is_behind = True
            raise SidecarError("the sidecar cannot be used now")
        once = {(asset, id): value for asset, id, value in store}
        if len(once) < len(store):
            self._voice.once("twice", "twice", ids=", ".join(_twice(store)))
        store = [(asset, id, value) for (asset, id), value in once.items()]
        with self._disk, self.lock:
            if self._pending:
                raise SidecarError("the sidecar cannot be written")
            try:
                done = self._opened().begin(store, answer)
            except MassChange:
                self.asks = True
                raise
            self.asks, self.is_complete, self._is_arriving, self.is_behind = False, True, False, False
            self._shown = dict(once)
            self.ids = {id for _, id, _ in store}
            return done

    def differs(self, store: Iterable[Value]) -> bool:
        """Whether the store shows something that was not noted."""
        seen = set()
        for asset, id, value in store:
            seen.add(id)
            if self.shown((asset, id)) != value:
                return True
        return not self.ids <= seen

    def due(self) -> List[Due]:
        """What has come in and is not shown yet."""
        self.corrects = False
        return [] if self.asks else self._told(lambda sidecar: sidecar.due(_DUE_MAX), [])

    def intend(self, due: List[Due]) -> bool:
        """Before the store is made to show it; it must not be if this is False."""
        with self.still():
            self._is_arriving = True
            if not self._wrote(lambda sidecar: sidecar.intend(due)):
                self._is_arriving = False
                return False
            for asset, id, _, to in due:
                self._shown[asset, id] = to
                self.arrivals[asset, id] += 1
        return True

    def arrived(self) -> None:
        """What was intended is shown, or refused."""
        self._is_arriving = False

    def refuse(self, due: List[Due]) -> None:
        """The store could not be made to show it: it shows what it comes `from`."""
        with self.lock:
            for asset, id, shows, _ in due:
                self._shown[asset, id] = shows
        if due:
            self._wrote(lambda sidecar: sidecar.refuse(due))

    def mark(self) -> Optional[int]:
        """A place in the journal, for `durable`; before the store is written out. None where there is nothing new."""
        self.flush()
        if not self._has_noted:
            return None
        self._has_noted = False
        return self._told(lambda sidecar: sidecar.mark(), None)

    def durable(self, mark: Optional[int]) -> None:
        """The store keeps what was noted up to the mark. It is enough to write that down soon: `settle`."""
        self._mark = mark if mark else self._mark

    def durable_now(self) -> None:
        """The store keeps all that was noted, unless something is just being written into it."""
        with self._disk:
            if not self._is_arriving:
                self.durable(self.mark())

    def settle(self) -> None:
        """Writes down how far the store is durable."""
        mark, self._mark = self._mark, None
        if mark:
            self._told(lambda sidecar: sidecar.durable(mark), None)

    def heard(self) -> bool:
        """Whether somebody else has written to the sidecar since this was asked last."""
        before, self._version = self._version, self._told(lambda sidecar: sidecar.version(), None)
        return before != self._version

    def _opened(self) -> Sidecar:
        if self._sidecar is None:
            self._sidecar = self._open()
        return self._sidecar

    def _told(self, ask: Callable[[Sidecar], T], otherwise: T) -> T:
        """What the sidecar says; trouble with it is told to people, and never to the bot."""
        if self._is_down:
            return otherwise
        with self._disk:
            try:
                return ask(self._opened())
            except _TROUBLES as error:
                self.fell_silent(error)
                return otherwise

    def _wrote(self, note: Callable[[Sidecar], None]) -> bool:
        """Whether the sidecar took it."""

        def done(sidecar: Sidecar) -> bool:
            note(sidecar)
            self._has_noted = True
            self._voice.over("sidecar")
            return True

        return self._told(done, False)


_TROUBLES = (SidecarError, OSError, ValueError, OverflowError)


def _twice(store: List[Value]) -> List[str]:
    count = Counter((asset, id) for asset, id, _ in store)
    return sorted({id for (_, id), times in count.items() if times > 1})


def _note(sidecar: Sidecar, done: List[Due], leaving: Set[str]) -> None:
    if done:
        sidecar.capture(done)
    if leaving:
        sidecar.gone(sorted(leaving))
