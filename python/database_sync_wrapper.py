"""The founding name of the wrapper."""

from onepurse import create_sync_wrapper

__all__ = ["create_sync_wrapper"]
