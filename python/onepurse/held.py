"""Replacing an object where nobody else holds it. Where somebody does, their reference would miss what happens in the other."""

from __future__ import annotations

import sys
from typing import Any, Callable

_count = getattr(sys, "getrefcount", None)


def is_held(container: Any, at: Any) -> bool:
    """Whether anything else refers to an entry of a dict or list, or that cannot be told. Callers keep no name for it."""
    kind = list if isinstance(container, list) else dict
    return _count is None or _count(kind.__getitem__(container, at)) > _ALONE


def swap(container: Any, at: Any, make: Callable[[Any], Any]) -> bool:
    """Puts what is made of an entry of a dict or list in its place, unless it is held."""
    kind = list if isinstance(container, list) else dict
    if is_held(container, at):
        return False
    entry = kind.__getitem__(container, at)
    kind.__setitem__(container, at, make(entry))
    if _count is None or _count(entry) > _NAMED:
        # Another thread has got hold of it between the two.
        kind.__setitem__(container, at, entry)
        return False
    return True


def _alone() -> int:
    nobodys = {0: {}}  # type: ignore[var-annotated]
    return _count(dict.__getitem__(nobodys, 0)) if _count is not None else 0


def _named() -> int:
    entry = {}  # type: ignore[var-annotated]
    return _count(entry) if _count is not None else 0


_ALONE, _NAMED = _alone(), _named()
