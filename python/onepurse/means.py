"""How a store is read and written: by what its bot has for that, or by what it was told."""

from __future__ import annotations

import functools
import inspect
from typing import Any, Callable, List, Mapping, Optional

from .aborted import Connections
from .steps import Steps

_READERS = ("get_user", "get_player", "get_account", "get_profile", "find_user", "load_user")
_WRITERS = ("save_user", "set_user", "save_player", "save_account", "save_profile", "update_user")
_LISTS = ("get_all_users", "all_users", "get_users", "list_users")

Function = Callable[..., Any]
_EITHER = inspect.Parameter.POSITIONAL_OR_KEYWORD
_REST = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


class Means:
    """The bot's own functions, as they were before anything was wrapped."""

    def __init__(
        self,
        find: Callable[[str], Optional[Function]],
        keys: Mapping[Any, str],
        read: Optional[Function] = None,
        write: Optional[Function] = None,
        ids: Optional[Function] = None,
    ) -> None:
        self._keys = keys
        self._told_read: Any = read
        self._told_write: Any = write
        self._reader: Any = None if read else _first(find, _READERS)
        self.reader_name = getattr(self._reader, "__name__", None)
        self._writer: Any = None if write else _first(find, _WRITERS)
        self._list = ids or _first(lambda name: _if_untold(find(name)), _LISTS)
        self.list_name = getattr(self._list, "__name__", None)
        self.can_read = bool(self._told_read or self._reader)
        self.can_list = self._list is not None
        self.can_write = bool(self._told_write or self._writer)
        self._connections = Connections(self._reader, self._writer, self._list, read, write)

    def read(self, form: Any) -> Steps[Any]:
        """Somebody's row; None where there is nobody."""
        return self._connections.spared(self._read(form))

    def everybody(self) -> Steps[Any]:
        """Everybody's rows, or ids."""
        return self._connections.spared(_one(self._list or tuple))

    def write(self, form: Any, key: Any, asset: str, value: Any, row: Any) -> Steps[Any]:
        """Makes the store show the value."""
        return self._connections.spared(_one(lambda: self._write(form, key, asset, value, row)))

    def _read(self, form: Any) -> Steps[Any]:
        if self._reader is not None:
            row = yield lambda: self._reader(form)
            return row
        row = {}
        for key, asset in self._keys.items():
            value = yield functools.partial(self._told_read, form, asset)
            if value is not None:
                row[key] = value
        return row or None

    def _write(self, form: Any, key: Any, asset: str, value: Any, row: Any) -> Any:
        if self._told_write:
            return self._told_write(form, asset, value)
        kinds = _kinds(self._writer)
        positional = sum(kind in (inspect.Parameter.POSITIONAL_ONLY, _EITHER) for kind in kinds)
        if inspect.Parameter.VAR_KEYWORD in kinds and positional == 1:
            return self._writer(form, **{key: value})
        row[key] = value
        return self._writer(form, row) if positional > 1 else self._writer(row)


def _one(call: Function) -> Steps[Any]:
    found = yield call
    return found


def _first(find: Callable[[str], Optional[Function]], names: Any) -> Optional[Function]:
    return next((found for found in map(find, names) if found is not None), None)


def _if_untold(function: Optional[Function]) -> Optional[Function]:
    """Unless it has to be told something, such as which page."""
    needs = (parameter.default is parameter.empty for parameter in _parameters(function) if parameter.kind not in _REST)
    return None if function is None or any(needs) else function


def _kinds(function: Function) -> List[Any]:
    return [parameter.kind for parameter in _parameters(function)]


def _parameters(function: Optional[Function]) -> List[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values()) if function is not None else []
