"""Rows that are dicts of a class of their own, as psycopg2's RealDictRow. They become instances of a subclass, in place, that
remembers as a dict that was handed out does.
"""

from __future__ import annotations

from typing import Any, Dict

from .tracked import Remembers, Tracked, handed

_HEAP_TYPE = 1 << 9
_OURS = ("_who", "_base")
# The row's class → the subclass of it that remembers.
_MARKED: Dict[Any, Any] = {}


def can_be_marked(row: Any) -> bool:
    """Whether it is such a row. What has no room for attributes, or whose class is built in, is not."""
    kind = type(row)
    is_dict = isinstance(row, dict) and not isinstance(row, (Tracked, Remembers))
    return is_dict and bool(kind.__flags__ & _HEAP_TYPE) and kind.__dictoffset__ != 0


def mark(row: Any, who: str, base: Dict[Any, int]) -> None:
    """From now on it remembers whose it is and what was in it."""
    row.__dict__.update(_who=who, _base=dict(base))
    if not isinstance(row, Remembers):
        object.__dict__["__class__"].__set__(row, _MARKED.get(type(row)) or _marked(type(row)))


def _marked(original: Any) -> Any:
    def reduce_ex(self: Any, protocol: Any) -> Any:
        """What is pickled is the library's own."""
        make, args, state, *rest = original.__reduce_ex__(self, protocol)
        if isinstance(state, dict):
            state = {name: value for name, value in state.items() if name not in _OURS} or None
        return (original if make is marked else make, tuple(original if one is marked else one for one in args), state, *rest)

    def copy(self: Any) -> Any:
        """A copy remembers the same."""
        found = original.copy(self)
        if type(found) is dict:
            return handed(found, self._who, self._base)
        if type(found) in (original, marked):
            mark(found, self._who, self._base)
        return found

    space: Dict[str, Any] = {"__slots__": (), "__reduce_ex__": reduce_ex, "__copy__": copy, "copy": copy}
    space.update({name: getattr(original, name) for name in ("__module__", "__qualname__", "__doc__")})
    # Whoever asks for its class gets the one they know.
    space["__class__"] = property(lambda self: original)
    marked = type.__new__(type(original), original.__name__, (original, Remembers), space)
    _MARKED[original] = marked
    return marked
