"""What can be told of a function before it is called."""

from __future__ import annotations

import inspect
import re
from typing import Any, Callable, Collection, Iterator, List, Tuple

from .tracked import Remembers

_PERSON = {
    "id", "user", "user_id", "userid", "uid", "member", "member_id", "author", "author_id", "player", "player_id",
    "from_id", "to_id", "from_user", "to_user", "from_user_id", "to_user_id", "sender", "sender_id", "receiver",
    "receiver_id", "recipient", "recipient_id", "target", "target_id", "telegram_id", "tg_id", "discord_id",
}  # fmt: skip
_SAVES = re.compile(
    r"_*(save|commit|flush|persist|dump|store|write)(_?(data|db|database|users?|all|json|(to_)?(file|disk)))?"
)
_MANY = 1_000


class Spec:
    """A function: whether it is awaited, whether it writes the store out, and which arguments speak of people."""

    def __init__(self, function: Callable[..., Any], is_method: bool) -> None:
        self.is_async = inspect.iscoroutinefunction(function)
        # What is no `async def` and has to be awaited all the same: motor says so, others show it by their first call.
        self.returns_awaitable = bool(getattr(function, "is_async_method", False))
        self._names: List[str] = []
        needed = 0
        try:
            parameters = list(inspect.signature(function).parameters.values())[is_method:]
        except (TypeError, ValueError):
            parameters = []
        for parameter in parameters:
            if parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD):
                self._names.append(parameter.name)
            needed += parameter.default is parameter.empty and parameter.kind not in (
                parameter.VAR_POSITIONAL,
                parameter.VAR_KEYWORD,
            )
        self.name = getattr(function, "__name__", "")
        is_personal = any(parameter.name in _PERSON for parameter in parameters)
        self.is_save = bool(_SAVES.fullmatch(self.name)) and not needed and not is_personal

    def people(self, args: Tuple[Any, ...], kwargs: Any, known: Collection[str]) -> Tuple[List[Any], List[Remembers]]:
        """Of whom the arguments speak: ids as they were given, and the dicts of people among them."""
        ids: List[Any] = []
        dicts: List[Remembers] = []
        for name, value in self._named(args, kwargs):
            if isinstance(value, (int, str)):
                _add(ids, value, name in _PERSON or str(value) in known)
            elif isinstance(value, Remembers):
                dicts.append(value)
            elif isinstance(value, dict):
                self._among(list(value.values())[:_MANY], known, ids, dicts)
            elif isinstance(value, (list, tuple, set, frozenset)):
                self._among(list(value)[:_MANY], known, ids, dicts)
            elif isinstance(getattr(value, "id", None), (int, str)):
                _add(ids, value.id, name in _PERSON or str(value.id) in known)
        return ids, dicts

    @staticmethod
    def _among(values: List[Any], known: Collection[str], ids: List[Any], dicts: List[Remembers]) -> None:
        for one in values:
            if isinstance(one, Remembers):
                dicts.append(one)
            elif isinstance(one, (int, str)):
                _add(ids, one, str(one) in known)

    def _named(self, args: Tuple[Any, ...], kwargs: Any) -> Iterator[Tuple[str, Any]]:
        names = self._names
        for at, value in enumerate(args):
            yield (names[at] if at < len(names) else ""), value
        yield from kwargs.items()


def _add(ids: List[Any], id: Any, is_person: bool) -> None:
    if is_person and not isinstance(id, bool) and 0 < len(str(id)) <= 64:
        ids.append(id)
