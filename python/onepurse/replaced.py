"""Modules of functions and classes of static methods: their functions are replaced where they are."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any, Callable, Dict

from .inplace import WRAPPER, is_wrapped
from .wrapper import Wrapper


def functions_of(db: Any) -> Dict[str, Callable[..., Any]]:
    """Its functions as they are before anything is wrapped, ready to be called."""
    found = {}
    for name in dir(db):
        if name.startswith("__"):
            continue
        attribute = inspect.getattr_static(db, name, None)
        if inspect.isfunction(attribute) or isinstance(attribute, (staticmethod, classmethod)):
            found[name] = getattr(db, name)
    return found


def replace_functions(db: Any, wrapper: Wrapper) -> None:
    """Puts wrapped functions in the place of its own, and before those that a class inherits."""
    make: Any
    for name in dir(db):
        attribute, make = inspect.getattr_static(db, name, None), _same
        if isinstance(attribute, staticmethod):
            function, make, is_method = attribute.__func__, staticmethod, False
        elif isinstance(attribute, classmethod):
            function, make, is_method = attribute.__func__, classmethod, True
        else:
            # `self` may be a person, as where rows are objects.
            function, is_method = attribute, False
        # What a module has imported from elsewhere is not its own.
        is_own = not isinstance(db, ModuleType) or getattr(function, "__module__", None) == db.__name__
        if is_own and is_wrapped(name, function):
            setattr(db, name, make(wrapper.around(function, is_method)))
    setattr(db, WRAPPER, wrapper)


def _same(function: Callable[..., Any]) -> Callable[..., Any]:
    return function
