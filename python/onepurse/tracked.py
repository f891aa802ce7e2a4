"""The dicts that a bot keeps its people in. To the bot, to json, pickle, copy and == they are dicts."""

from __future__ import annotations

import copy
from typing import Any, Dict, Mapping

from .amounts import units

_MISSING = object()


class Tracked(dict):
    """A dict about somebody. `_who` is their id."""

    # One layout for all: a dict handed out becomes a live one in place, when it is put into the store.
    __slots__ = ("_who", "_base", "_home")
    _who: str
    _base: Dict[Any, int]
    _home: Any

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (), None, None, iter(self.items())

    def __copy__(self) -> Tracked:
        return self.copy()

    def __deepcopy__(self, memo: Dict[int, Any]) -> Tracked:
        return self._another({copy.deepcopy(key, memo): copy.deepcopy(value, memo) for key, value in self.items()})

    def copy(self) -> Tracked:
        return self._another(self)

    def _another(self, content: Mapping[Any, Any]) -> Tracked:
        raise NotImplementedError


class Remembers(dict):
    """A dict that the bot was given. `_who` is whose, and `_base` what each balance was then: what its bot computes is computed
    from that.
    """

    __slots__ = ()
    _who: str
    _base: Dict[Any, int]


class Handed(Tracked, Remembers):
    """A copy that the bot was given."""

    __slots__ = ()

    def _another(self, content: Mapping[Any, Any]) -> Tracked:
        return handed(content, self._who, self._base)


class Live(Tracked):
    """What the store itself holds of somebody. `_home` is told of every balance read and written."""

    __slots__ = ()

    def _another(self, content: Mapping[Any, Any]) -> Tracked:
        return handed(content, self._who, base(self, self._home.keys))

    def __getitem__(self, key: Any) -> Any:
        value = dict.__getitem__(self, key)
        if key in self._home.keys:
            self._home.read(self, key, value)
        return value

    def get(self, key: Any, default: Any = None) -> Any:
        return self[key] if key in self else default

    def __iter__(self) -> Any:
        # With its own __iter__, dict(user) and {**user} ask for each value, and so are seen to read.
        return dict.__iter__(self)

    def __setitem__(self, key: Any, value: Any) -> None:
        if key in self._home.keys:
            self._home.write(self, key, value)
        else:
            dict.__setitem__(self, key, value)

    def setdefault(self, key: Any, default: Any = None) -> Any:
        if key not in self:
            self[key] = default
        return self[key]

    def update(self, *others: Any, **named: Any) -> None:
        for key, value in dict(*others, **named).items():
            self[key] = value

    def __ior__(self, other: Any) -> Live:  # type: ignore[misc]
        self.update(other)
        return self


class People(dict):
    """Everybody, by id. `_home` is told who comes and goes."""

    __slots__ = ("_home",)
    _home: Any

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (), None, None, iter(self.items())

    def __deepcopy__(self, memo: Dict[int, Any]) -> Dict[Any, Any]:
        return {copy.deepcopy(key, memo): copy.deepcopy(value, memo) for key, value in self.items()}

    def __setitem__(self, id: Any, person: Any) -> None:
        self._home.came(self, id, person)

    def __delitem__(self, id: Any) -> None:
        person = self[id]
        dict.__delitem__(self, id)
        self._home.left(id, person)

    def setdefault(self, id: Any, person: Any = None) -> Any:
        if id not in self:
            self[id] = person
        return self[id]

    def update(self, *others: Any, **named: Any) -> None:
        for id, person in dict(*others, **named).items():
            self[id] = person

    def __ior__(self, other: Any) -> People:  # type: ignore[misc]
        self.update(other)
        return self

    def pop(self, id: Any, default: Any = _MISSING) -> Any:
        if id not in self and default is not _MISSING:
            return default
        person = self[id]
        del self[id]
        return person

    def popitem(self) -> Any:
        id, person = dict.popitem(self)
        self._home.left(id, person)
        return id, person

    def clear(self) -> None:
        for id in list(self):
            del self[id]


def handed(content: Mapping[Any, Any], who: str, base: Dict[Any, int]) -> Handed:
    """A copy that remembers what it was handed out with."""
    copy = Handed(content)
    copy._who, copy._base, copy._home = who, dict(base), None
    return copy


def live(content: Mapping[Any, Any], who: str, home: Any) -> Live:
    """What a store holds of somebody."""
    # Filled before it has a home: this is nobody's doing.
    person = Live()
    dict.update(person, content)
    person._who, person._base, person._home = who, {}, home
    return person


def people(content: Mapping[Any, Any], home: Any) -> People:
    """Everybody in a store."""
    everybody = People()
    dict.update(everybody, content)
    everybody._home = home
    return everybody


def base(person: Mapping[Any, Any], keys: Mapping[Any, str]) -> Dict[Any, int]:
    """What each balance is, under its key."""
    found = {key: units(dict.get(person, key)) for key in keys}  # type: ignore[call-overload]
    return {key: value for key, value in found.items() if value is not None}
