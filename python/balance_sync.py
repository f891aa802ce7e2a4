"""The founding name of the worker."""

from onepurse import BalanceSync, get_balance_sync

__all__ = ["BalanceSync", "get_balance_sync"]
