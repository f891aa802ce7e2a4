"""The extension, written in Rust. Everything here releases the interpreter while it works."""

from typing import List, Optional, Sequence, Tuple

class SidecarError(Exception):
    """The sidecar could not do what was asked; nothing was changed."""

class NotASidecar(SidecarError):
    """Something else is where the sidecar should be; or it is another platform's, or of a newer version."""

class MassChange(SidecarError):
    """More differs than a bot does outside its own ways; nothing was noted."""

    changed: int
    gone: int
    of: int

class Sidecar:
    """What onepurse knows of a store, in a small SQLite file or in a schema of a PostgreSQL database."""

    def __init__(self, place: str, platform: str, assets: List[str]) -> None: ...
    @staticmethod
    def named(place: str) -> str: ...
    def begin(self, values: Sequence[Tuple[str, str, int]], answer: Optional[str] = None) -> Tuple[int, int, int]: ...
    def shown(self, asset: str, id: str) -> Optional[int]: ...
    def note(self, done: Sequence[Tuple[str, str, int, int]], gone: Sequence[str]) -> None: ...
    def due(self, limit: int) -> List[Tuple[str, str, int, int]]: ...
    def intend(self, due: Sequence[Tuple[str, str, int, int]]) -> None: ...
    def refuse(self, due: Sequence[Tuple[str, str, int, int]]) -> None: ...
    def mark(self) -> int: ...
    def durable(self, mark: int) -> None: ...
    def version(self) -> int: ...

class Worker:
    """The engine between a sidecar and the ledger, on threads of its own."""

    def __init__(self, sidecar: str, platform: str, assets: List[str], ledger: str, language: str) -> None: ...
    @staticmethod
    def lines(timeout_ms: int) -> List[Tuple[str, str]]: ...
    def is_in_step(self) -> bool: ...
    def stop(self) -> None: ...

def each_named(text: str) -> List[str]:
    """The names of several sidecars in one text, one by one."""

def named(text: str) -> List[Tuple[str, str, List[str]]]:
    """The sidecars of one name: where, whose, and what is counted."""

def all_there(folder: str, ledger: str) -> List[Tuple[str, str, List[str]]]:
    """All sidecars below a folder, and in the ledger's database."""

def whose(sidecar: str, config: str) -> Optional[str]:
    """Whose sidecar is at a place, as a configuration or the sidecar itself says."""
