"""What a wrapper has to know, told by arguments, by the environment, or found."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

from ._onepurse import whose

Assets = Union[Sequence[str], Mapping[Any, str]]

_LIBRARIES = {
    "discord": "discord",
    "nextcord": "discord",
    "disnake": "discord",
    "telegram": "telegram",
    "aiogram": "telegram",
    "telebot": "telegram",
    "pyrogram": "telegram",
    "telethon": "telegram",
}


class Settings(NamedTuple):
    """All of it. `keys` are the balances: key in the store → asset; `ledger` is empty where none is known, `sidecar` a path or
    the URL of a database.
    """

    platform: str
    ledger: str
    sidecar: str
    keys: Mapping[Any, str]
    answer: Optional[str]


def platform_of(told: Optional[str], sidecar: Optional[str]) -> Tuple[Optional[str], Optional[str]]:
    """The platform, and the library that it was recognised by if nobody told it."""
    told = told or os.environ.get("ONEPURSE_PLATFORM")
    if told:
        return told.lower(), None
    if sidecar:
        known = whose(sidecar, os.environ.get("ONEPURSE_CONFIG") or "onepurse.toml")
        if known:
            return known, None
    imported = {_LIBRARIES[name]: name for name in _LIBRARIES if name in sys.modules}
    if len(imported) != 1:
        return None, None
    return next(iter(imported.items()))


def sidecar_of(told: Optional[str], db: Any, ledger: str) -> Optional[str]:
    """Where the sidecar is: in the ledger's database where the host's disk does not last; else beside the bot's own data, if
    the bot says where that is.
    """
    told = told or os.environ.get("ONEPURSE_SIDECAR")
    if told:
        return told if is_database(told) else os.path.abspath(told)
    if is_database(ledger) and not _disk_lasts():
        return ledger
    for value in getattr(db, "__dict__", {}).values():
        if isinstance(value, (str, Path)) and str(value).endswith(".json"):
            return os.path.abspath(f"{value}.onepurse")
    return None


def is_database(place: str) -> bool:
    """Whether it names a database on a server."""
    return place.startswith(("postgres://", "postgresql://"))


def _disk_lasts() -> bool:
    """Railway keeps only what is in a volume, and Heroku nothing, beyond the next deployment. The variables are theirs."""
    if "RAILWAY_ENVIRONMENT_NAME" in os.environ or "RAILWAY_ENVIRONMENT" in os.environ:
        return "RAILWAY_VOLUME_MOUNT_PATH" in os.environ
    return "DYNO" not in os.environ


def keys_of(assets: Optional[Assets]) -> Dict[Any, str]:
    """Key in the store → asset. Named only once, they are the same."""
    if isinstance(assets, Mapping):
        return dict(assets)
    return {asset: asset for asset in assets or ("coins",)}


def settle(
    db: Any,
    platform: Optional[str],
    ledger: Optional[str],
    sidecar: Optional[str],
    assets: Optional[Assets],
    answer: Optional[str],
) -> Tuple[Optional[Settings], Optional[str]]:
    """Everything about one wrapped object, unless nobody knows its platform; and the library that this was recognised by."""
    ledger = ledger or os.environ.get("DATABASE_URL") or ""
    place = sidecar_of(sidecar, db, ledger)
    name, library = platform_of(platform, place)
    if name is None:
        return None, None
    settings = Settings(
        platform=name,
        ledger=ledger,
        sidecar=place or os.path.abspath(f"onepurse-{name}.onepurse"),
        keys=keys_of(assets),
        answer=answer_of(answer),
    )
    return settings, library


def answer_of(told: Optional[str]) -> Optional[str]:
    """What is right after a mass change. ValueError: it is no answer."""
    answer = (told or os.environ.get("ONEPURSE_ANSWER") or "").strip().lower()
    if answer not in ("", "ledger", "count"):
        raise ValueError(f"ONEPURSE_ANSWER is ledger or count, not {answer}")
    return answer or None
