"""Copies that a bot is given: they remember whose they are and what was in them."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, Dict, Mapping

from .books import Books
from .held import is_held, swap
from .marked import can_be_marked, mark
from .row import id_in
from .steps import Steps
from .tracked import base, handed

_MANY = 100_000
# Other tasks and threads get their turn; short, since a cache goes on holding it.
_PAUSES_S = (0.0, 0.0, 0.001)


def let_go(call: Any) -> Steps[None]:
    """The thread that made what an awaited call returns, as one of motor's, may hold it for a moment more. It would pass for a
    cache's.
    """
    for pause_s in _PAUSES_S:
        if not call.is_awaited or not call.box or not isinstance(call.box[0], dict) or not is_held(call.box, 0):
            break
        yield partial(asyncio.sleep, pause_s)


def hand_out(call: Any, keys: Mapping[Any, str], books: Books, forms: Dict[str, Any]) -> None:
    """Replaces fresh dicts about people in what a call returns. One that somebody else holds, such as a cache, stays. `forms`
    learns how the bot writes their ids.
    """
    box = call.box
    who = call.people[0] if len(call.people) == 1 else None
    if not box or not (type(box[0]) is list or _is_row(box[0])) or len(box[0]) > _MANY:
        return
    if type(box[0]) is list:
        for at in range(len(box[0])):
            if _is_row(box[0][at]):
                _replace(box[0], at, id_in(box[0][at]), keys, books, forms)
    elif any(key in box[0] for key in keys):
        _replace(box, 0, id_in(box[0]) if who is None else who, keys, books, forms)
    else:
        for id in box[0]:
            _replace(box[0], id, id, keys, books, forms)


def _replace(container: Any, at: Any, id: Any, keys: Mapping[Any, str], books: Books, forms: Dict[str, Any]) -> None:
    if id is None or not _is_row(container[at]):
        return
    who = str(id)
    had = base(container[at], keys)
    # What has the same key, but is no balance of theirs, is not about them.
    if had and all(books.shown((keys[key], who)) == value for key, value in had.items()):
        forms.setdefault(who, id)
        if type(container[at]) is dict:
            swap(container, at, lambda row: handed(row, who, had))
        elif not is_held(container, at):
            mark(container[at], who, had)


def _is_row(value: Any) -> bool:
    return type(value) is dict or can_be_marked(value)
