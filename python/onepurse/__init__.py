"""One coin balance across a Telegram bot, a Discord bot and a website, without changing a line of the bots."""

from ._onepurse import MassChange, NotASidecar, Sidecar, SidecarError, Worker
from .balance import BalanceSync, get_balance_sync
from .wrap import create_sync_wrapper

__all__ = [
    "BalanceSync",
    "MassChange",
    "NotASidecar",
    "Sidecar",
    "SidecarError",
    "Worker",
    "create_sync_wrapper",
    "get_balance_sync",
    "wrap_class",
    "wrap_module",
]

# A module of functions and a class of static methods are wrapped like an object; the names say what is meant.
wrap_module = create_sync_wrapper
wrap_class = create_sync_wrapper
