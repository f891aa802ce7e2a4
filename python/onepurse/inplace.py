"""Wrapping an object in place: it becomes an instance of a subclass of its class, so that whoever has a reference to it, or
asks whose instance it is, goes on as before.
"""

from __future__ import annotations

import inspect
from typing import Any, Callable, Dict, Optional

from .wrapper import Wrapper

WRAPPER = "__onepurse__"


def wrapper_of(db: Any) -> Optional[Wrapper]:
    """Whether, and by what, it is wrapped."""
    found = getattr(type(db), "__dict__", {}).get(WRAPPER)
    if found is None and isinstance(getattr(db, "__dict__", None), dict):
        found = db.__dict__.get(WRAPPER)
    return found if isinstance(found, Wrapper) else None


def wrap_in_place(db: Any, wrapper: Wrapper) -> None:
    """Its methods are wrapped from now on. TypeError: its class cannot be replaced."""
    original = type(db)
    names = {"__slots__": (), "__module__": original.__module__, "__qualname__": original.__qualname__}
    space: Dict[str, Any] = {**names, WRAPPER: wrapper, "__doc__": original.__doc__, **_functions(original, wrapper)}
    # What asks an object for its class, to compare it or to change what its instances share, gets the class it knows.
    space["__class__"] = property(lambda self: original)

    def reduce_ex(self: Any, protocol: Any) -> Any:
        reduced = super(wrapped, self).__reduce_ex__(protocol)
        return _with_original(reduced, wrapped, original)

    space["__reduce_ex__"] = reduce_ex
    wrapped = type.__new__(type(original), original.__name__, (original,), space)
    object.__dict__["__class__"].__set__(db, wrapped)


def _functions(original: type, wrapper: Wrapper) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for name in dir(original):
        make: Any
        attribute = inspect.getattr_static(original, name)
        if isinstance(attribute, staticmethod):
            function, make, is_method = attribute.__func__, staticmethod, False
        elif isinstance(attribute, classmethod):
            function, make, is_method = attribute.__func__, classmethod, True
        else:
            function, make, is_method = attribute, _same, True
        if is_wrapped(name, function):
            found[name] = make(wrapper.around(function, is_method))
    return found


def is_wrapped(name: str, function: Any) -> bool:
    """Public functions are, and private ones that write the store out. What yields is not: nobody can tell when it is over."""
    if not inspect.isfunction(function) or name.startswith("__"):
        return False
    if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
        return False
    return not name.startswith("_") or "save" in name or "commit" in name or "flush" in name


def _same(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def _with_original(reduced: Any, wrapped: type, original: type) -> Any:
    """What is pickled or copied is the bot's own."""
    if not isinstance(reduced, tuple):
        return reduced
    make, args, *rest = reduced
    make = original if make is wrapped else make
    return (make, tuple(original if one is wrapped else one for one in args), *rest)
