"""Work that is written once, for bots that wait and for bots that await.

Such work is a generator. It yields what to call of the bot's own, and is sent what came of it.
"""

from __future__ import annotations

import inspect
from typing import Any, Callable, Generator, TypeVar

T = TypeVar("T")
Steps = Generator[Callable[[], Any], Any, T]


class NeedsLoop(RuntimeError):
    """Something has to be awaited, and there is no event loop to do it on."""


def take(steps: Steps[T]) -> T:
    """Takes the steps one after the other."""
    try:
        call = next(steps)
        while True:
            try:
                value = call()
                if inspect.isawaitable(value):
                    if inspect.iscoroutine(value):
                        value.close()
                    raise NeedsLoop()
            except BaseException as error:
                call = steps.throw(error)
            else:
                call = steps.send(value)
    except StopIteration as stop:
        return stop.value


async def take_async(steps: Steps[T]) -> T:
    """Takes the steps one after the other, and awaits what is awaitable."""
    try:
        call = next(steps)
        while True:
            try:
                value = call()
                if inspect.isawaitable(value):
                    value = await value
            except BaseException as error:
                call = steps.throw(error)
            else:
                call = steps.send(value)
    except StopIteration as stop:
        return stop.value
