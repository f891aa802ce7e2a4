"""What rows say, however they look: dicts, database rows, objects."""

from __future__ import annotations

from typing import Any, List, Mapping, Tuple

_IDS = ("user_id", "id", "telegram_id", "discord_id", "tg_id", "uid", "userid", "_id")


def value_of(row: Any, key: Any) -> Any:
    """What is under a key or in an attribute; None where there is neither."""
    try:
        return row[key]
    except Exception:
        return getattr(row, key, None) if isinstance(key, str) else None


def id_in(row: Any) -> Any:
    """Whose row this is by its own words, as it has it; None where it does not say."""
    for field in _IDS:
        value = value_of(row, field)
        if isinstance(value, (int, str)) and not isinstance(value, bool) and value != "":
            return value
    return None


def rows_of(found: Any) -> List[Tuple[Any, Any]]:
    """Everybody's id and row: from a dict by id, a list of rows, or a list of ids."""
    if isinstance(found, Mapping):
        return list(found.items())
    rows = []
    for row in found or ():
        id = row if isinstance(row, (int, str)) else id_in(row)
        if id is not None:
            rows.append((id, None if id is row else row))
    return rows
