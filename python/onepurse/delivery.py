"""What has come in, on its way into the store."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Optional, Tuple

from .books import Books, Due, Key
from .steps import Steps
from .voice import Voice

# What a store has refused is tried again after this, then after twice of it, and so on.
_REST_FIRST_S, _REST_MAX_S = 1.0, 600.0


class Delivery:
    """One at a time; what a store refuses waits without holding up anything else."""

    def __init__(self, store: Any, books: Books, voice: Voice, name: str) -> None:
        self._store, self._books, self._voice, self._name = store, books, voice, name
        self._is_under_way = False
        self._again_at: Optional[float] = None
        # When a refused one is tried again, and how long it rests then.
        self._rests: Dict[Key, Tuple[float, float]] = {}

    def is_due(self) -> bool:
        """Whether something that could not be shown may be tried again."""
        now = time.monotonic()
        if self._again_at is not None and self._again_at <= now:
            return True
        return any(at <= now for at, _ in self._rests.values())

    def steps(self) -> Steps[None]:
        """Makes the store show what came in."""
        now = time.monotonic()
        due = [one for one in self._books.due() if self._rests.get(one[:2], (0.0, 0.0))[0] <= now]
        self._again_at = None
        if not due or self._is_under_way:
            return
        if not self._store.can_write:
            self._voice.once("unwritable", "unwritable", db=self._name)
            return
        self._is_under_way = True
        try:
            refused = yield from self._store.deliver(due)
        finally:
            self._is_under_way = False
        self._rest(due, refused)
        if any(one[:2] not in self._rests for one in self._books.due()):
            # The bot was faster, or who it is for could not be read.
            self._again_at = now + _REST_FIRST_S

    def _rest(self, due: List[Due], refused: List[Due]) -> None:
        still = {one[:2] for one in refused}
        for key in {one[:2] for one in due} - still:
            if self._rests.pop(key, None) is not None:
                self._voice.over(f"refused {key}")
        for asset, id, shows, to in refused:
            key = (asset, id)
            rest_s = min(self._rests.get(key, (0.0, _REST_FIRST_S / 2))[1] * 2, _REST_MAX_S)
            self._rests[key] = (time.monotonic() + rest_s, rest_s)
            self._voice.once(f"refused {key}", "refused", asset=asset, id=id, shows=shows, to=to)
