"""Where a bot keeps its people: an attribute, or an entry of the dict that is one."""

from __future__ import annotations

from typing import Any, Callable, Collection, Dict, Iterator, Optional

from .held import swap

USERS = "users"
_LIKELY = ("data", "users", "db")


class Place:
    """`owner.attribute`, or `owner.attribute["users"]`."""

    def __init__(self, owner: Any, attribute: str, entry: Optional[str]) -> None:
        self._owner = owner
        self._attribute = attribute
        self._entry = entry

    def value(self) -> Optional[Dict[Any, Any]]:
        """The dict that is there now."""
        found = self._room().get(self._at()) if self._room() is not None else None
        return found if isinstance(found, dict) else None

    def replace(self, by: Callable[[Dict[Any, Any]], Any]) -> None:
        """Puts another dict there, if a plain one is there that nothing else refers to."""
        room = self._room()
        if type(room) is dict and type(room.get(self._at())) is dict:
            swap(room, self._at(), by)

    def _room(self) -> Any:
        names = vars(self._owner)  # Of a class it can only be read.
        if self._entry is None:
            return names
        found = names.get(self._attribute)
        return found if isinstance(found, dict) else None

    def _at(self) -> str:
        return self._attribute if self._entry is None else self._entry


def find(owner: Any, keys: Collection[Any]) -> Optional[Place]:
    """The first place with people in it."""
    for attribute, value in _attributes(owner):
        if not isinstance(value, dict) or "cache" in attribute.lower():
            continue
        users = value.get(USERS)
        if isinstance(users, dict) and all(isinstance(person, dict) for person in users.values()):
            return Place(owner, attribute, USERS)
        if any(isinstance(person, dict) and any(key in person for key in keys) for person in value.values()):
            return Place(owner, attribute, None)
        if attribute == USERS and not value:
            return Place(owner, attribute, None)
    return None


def _attributes(owner: Any) -> Iterator[Any]:
    names = getattr(owner, "__dict__", {})
    for attribute in sorted(names, key=lambda name: (name not in _LIKELY, name)):
        if not attribute.startswith("__"):
            yield attribute, names[attribute]
