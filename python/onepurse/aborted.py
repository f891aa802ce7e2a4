"""Connections to PostgreSQL that a statement of ours has spoiled.

After one that fails, PostgreSQL refuses every later one of the transaction. A bot that keeps one connection would be refused from
then on for something that it has not done.
"""

from __future__ import annotations

import sys
from typing import Any, Callable, Dict, List

from .steps import Steps, T

_DRIVERS = ("psycopg2", "psycopg")
# As libpq counts: PQTRANS_INERROR.
_IN_ERROR = 3


class Connections:
    """Those which these functions of the bot find in their object or module."""

    def __init__(self, *functions: Any) -> None:
        self._rooms: List[Dict[str, Any]] = []
        for function in filter(None, functions):
            owner = getattr(function, "__self__", None)
            room = getattr(owner, "__dict__", None) or getattr(function, "__globals__", None)
            if room is not None and not any(room is one for one in self._rooms):
                self._rooms.append(room)

    def spared(self, steps: Steps[T]) -> Steps[T]:
        """Steps of ours. Where they fail, and it is by them that a transaction is aborted, that is taken back."""
        before = self._aborted()
        try:
            done = yield from steps
            return done
        except Exception:
            for connection in self._aborted():
                if connection not in before:
                    yield connection.rollback
            raise

    def _aborted(self) -> List[Any]:
        if not any(driver in sys.modules for driver in _DRIVERS):
            return []
        values = [value for room in self._rooms for value in list(room.values())]
        return [value for value in values if type(value).__module__.split(".")[0] in _DRIVERS and _is_aborted(value)]


def _is_aborted(connection: Any) -> bool:
    try:
        ask: Callable[[], Any] = getattr(connection, "get_transaction_status", None) or (
            lambda: connection.info.transaction_status
        )
        return bool(ask() == _IN_ERROR)
    except Exception:
        return False
