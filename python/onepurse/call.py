"""One call of a bot."""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Tuple

from .tracked import Remembers


class Call:
    """What is called, of whom it speaks, and what it returned (in `box`)."""

    __slots__ = (
        "function",
        "args",
        "kwargs",
        "people",
        "dicts",
        "box",
        "is_reading",
        "is_listing",
        "is_save",
        "is_later",
        "is_awaited",
        "is_over",
    )

    def __init__(self, function: Callable[..., Any], args: Tuple[Any, ...], kwargs: Dict[str, Any]) -> None:
        self.function, self.args, self.kwargs = function, args, kwargs
        self.people: List[Any] = []
        self.dicts: List[Remembers] = []
        self.box: List[Any] = []
        self.is_reading = self.is_listing = self.is_save = self.is_later = self.is_awaited = self.is_over = False

    def perform(self) -> None:
        """Does it. What is returned goes into the box at once: whether anybody else holds it can be told there."""
        self.box = [self.function(*self.args, **self.kwargs)]

    async def perform_async(self) -> None:
        """Does it, where it has to be awaited."""
        self.is_awaited = True
        self.box = [await self.function(*self.args, **self.kwargs)]


def ours() -> Call:
    """Stands for what is done to a store by this package itself: calls within it are not the bot's."""
    return Call(ours, (), {})
