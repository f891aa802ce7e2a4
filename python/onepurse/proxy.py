"""Standing in for an object that cannot be wrapped in place."""

from __future__ import annotations

import inspect
from typing import Any

from .inplace import WRAPPER, is_wrapped
from .wrapper import Wrapper

_ASKED = (
    "__len__ __iter__ __contains__ __getitem__ __setitem__ __delitem__ __call__ __enter__ __exit__ __bool__ __hash__ "
    "__eq__ __repr__ __str__ __aenter__ __aexit__ __next__"
).split()


def proxy(db: Any, wrapper: Wrapper) -> Any:
    """Answers as the object does, and passes its calls through the wrapper."""
    space = {name: _passed(name) for name in _ASKED if hasattr(type(db), name)}
    space["__class__"] = property(lambda self: type(db))
    made: Any = type("Proxy", (_Proxy,), space)()
    object.__setattr__(made, "_inner", db)
    object.__setattr__(made, WRAPPER, wrapper)
    object.__setattr__(made, "_made", {})
    return made


class _Proxy:
    def __getattr__(self, name: str) -> Any:
        inner = object.__getattribute__(self, "_inner")
        made = object.__getattribute__(self, "_made")
        if name in made:
            return made[name]
        value = getattr(inner, name)
        if inspect.ismethod(value) and is_wrapped(name, value.__func__):
            value = made[name] = getattr(self, WRAPPER).around(value, False)
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(object.__getattribute__(self, "_inner"), name, value)

    def __delattr__(self, name: str) -> None:
        delattr(object.__getattribute__(self, "_inner"), name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return object.__getattribute__(self, "_inner").__reduce_ex__(protocol)


def _passed(name: str) -> Any:
    def passed(self: Any, *args: Any) -> Any:
        return getattr(object.__getattribute__(self, "_inner"), name)(*args)

    return passed
