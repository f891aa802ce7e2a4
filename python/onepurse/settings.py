"""What a wrapper has to know, told by arguments, by the environment, or found."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any, Dict, Mapping, NamedTuple, Optional, Sequence, Tuple, Union

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
    """All of it. `keys` are the balances: key in the store → asset; `ledger` is empty where none is known."""

    platform: str
    ledger: str
    sidecar: str
    keys: Mapping[Any, str]
    answer: Optional[str]


def platform_of(told: Optional[str]) -> Tuple[Optional[str], Optional[str]]:
    """The platform, and the library that it was recognised by if nobody told it."""
    told = told or os.environ.get("ONEPURSE_PLATFORM")
    if told:
        return told.lower(), None
    imported = {_LIBRARIES[name]: name for name in _LIBRARIES if name in sys.modules}
    if len(imported) != 1:
        return None, None
    return next(iter(imported.items()))


def sidecar_of(told: Optional[str], db: Any, platform: str) -> str:
    """Where the sidecar is: beside the bot's own data, if the bot says where that is."""
    told = told or os.environ.get("ONEPURSE_SIDECAR")
    if told:
        return os.path.abspath(told)
    for value in getattr(db, "__dict__", {}).values():
        if isinstance(value, (str, Path)) and str(value).endswith(".json"):
            return os.path.abspath(f"{value}.onepurse")
    return os.path.abspath(f"onepurse-{platform}.onepurse")


def keys_of(assets: Optional[Assets]) -> Dict[Any, str]:
    """Key in the store → asset. Named only once, they are the same."""
    if isinstance(assets, Mapping):
        return dict(assets)
    return {asset: asset for asset in assets or ("coins",)}


def settle(
    db: Any,
    platform: str,
    ledger: Optional[str],
    sidecar: Optional[str],
    assets: Optional[Assets],
    answer: Optional[str],
) -> Settings:
    """Everything about one wrapped object."""
    return Settings(
        platform=platform,
        ledger=ledger or os.environ.get("DATABASE_URL") or "",
        sidecar=sidecar_of(sidecar, db, platform),
        keys=keys_of(assets),
        answer=answer or os.environ.get("ONEPURSE_ANSWER") or None,
    )
