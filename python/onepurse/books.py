"""What a store shows, as far as it was looked at, and what of that its sidecar has not been told yet."""

from __future__ import annotations

import threading
from collections import Counter, defaultdict
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterable, Iterator, List, Optional, Set, Tuple

from ._onepurse import MassChange, Sidecar, SidecarError
from .disk import Disk
from .readings import Key, Readings
from .voice import Voice

Due = Tuple[str, str, int, int]
Value = Tuple[str, str, int]
_DUE_MAX = 10_000
_UNREAD = object()


class Books:
    """Safe for threads. `lock` guards memory and is held for moments; that of `disk` is held while the sidecar is used. Whoever
    needs both takes that of `disk` first: `still`.
    """

    def __init__(self, open_sidecar: Callable[[], Sidecar], assets: Iterable[str], voice: Voice) -> None:
        self.disk = Disk(open_sidecar, voice)
        self._assets = tuple(assets)
        self._voice = voice
        self._shown: Dict[Key, Optional[int]] = {}
        self._pending: Dict[Key, Tuple[int, int]] = {}
        self._leaving: Set[str] = set()
        self._mark: Optional[int] = None
        # Whether the journal may have lines after the last mark.
        self._has_noted = True
        self._version: Optional[int] = None
        self._is_arriving = False
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
        self.lock = threading.RLock()

    def anew(self) -> None:
        """With locks and a connection of its own, as a process after a fork needs."""
        self.lock = threading.RLock()
        self.disk.anew()

    @contextmanager
    def still(self) -> Iterator[None]:
        """Nothing is noted and nothing is written by others meanwhile."""
        with self.disk.lock, self.lock:
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
        value: Any = self.disk.ask(lambda sidecar: sidecar.shown(asset, id), _UNREAD)
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
        if not self._pending and not self._leaving or self.disk.is_down:
            return False
        with self.disk.lock:
            with self.lock:
                pending, self._pending = self._pending, {}
                leaving, self._leaving = self._leaving, set()
                left = {key: shown for id in leaving for key, shown in self._forget(id)}
            done = [(asset, id, now, delta) for (asset, id), (now, delta) in pending.items()]
            if self._wrote(lambda sidecar: sidecar.note(done, sorted(leaving))):
                return True
            with self.lock:
                self._take_back(left)
                for key, (now, delta) in pending.items():
                    now, later = self._pending.get(key, (now, 0))
                    self._pending[key] = (now, delta + later)
            return False

    def _forget(self, id: str) -> List[Tuple[Key, int]]:
        """What was shown of them."""
        self.ids.discard(id)
        left = [((asset, id), self._shown.get((asset, id))) for asset in self._assets]
        self._shown.update((key, None) for key, _ in left)
        return [(key, shown) for key, shown in left if shown is not None]

    def _take_back(self, left: Dict[Key, int]) -> None:
        """That they left was not written: they leave later, or were never gone."""
        for key, shown in left.items():
            if key in self._pending:
                now, delta = self._pending[key]
                # They came back as somebody new would, with all that they have.
                self._pending[key] = (now, delta - shown)
            else:
                self._shown[key] = shown
                self.ids.add(key[1])
                self._leaving.add(key[1])

    def begin(self, store: List[Value], answer: Optional[str]) -> Tuple[int, int, int]:
        """Compares everything that the store shows with what is known of it. MassChange: nothing is noted from now on."""
        self.flush()
        self.settle()
        if self.disk.is_down:
            self.is_behind = True
            raise SidecarError("the sidecar cannot be used now")
        once = {(asset, id): value for asset, id, value in store}
        if len(once) < len(store):
            self._voice.once("twice", "twice", ids=", ".join(_twice(store)))
        store = [(asset, id, value) for (asset, id), value in once.items()]
        with self.disk.lock, self.lock:
            if self._pending:
                raise SidecarError("the sidecar cannot be written")
            try:
                done = self.disk.opened().begin(store, answer)
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
        return [] if self.asks else self.disk.ask(lambda sidecar: sidecar.due(_DUE_MAX), [])

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
        return self.disk.ask(lambda sidecar: sidecar.mark(), None)

    def durable(self, mark: Optional[int]) -> None:
        """The store keeps what was noted up to the mark. It is enough to write that down soon: `settle`."""
        self._mark = mark if mark else self._mark

    def durable_now(self) -> None:
        """The store keeps all that was noted, unless something is just being written into it."""
        with self.disk.lock:
            if not self._is_arriving:
                self.durable(self.mark())

    def settle(self) -> None:
        """Writes down how far the store is durable."""
        mark, self._mark = self._mark, None
        if mark:
            self.disk.ask(lambda sidecar: sidecar.durable(mark), None)

    def heard(self) -> bool:
        """Whether somebody else has written to the sidecar since this was asked last."""
        before, self._version = self._version, self.disk.ask(lambda sidecar: sidecar.version(), None)
        return before != self._version

    def _wrote(self, note: Callable[[Sidecar], None]) -> bool:
        """Whether the sidecar took it."""
        wrote = self.disk.write(note)
        self._has_noted |= wrote
        return wrote


def _twice(store: List[Value]) -> List[str]:
    count = Counter((asset, id) for asset, id, _ in store)
    return sorted({id for (_, id), times in count.items() if times > 1})
