"""`create_sync_wrapper`: the way in."""

from __future__ import annotations

import atexit
import gc
import os
import sys
import weakref
from types import FrameType, ModuleType
from typing import Any, Callable, Dict, Optional, Tuple

from ._onepurse import NotASidecar, Sidecar, SidecarError
from .books import Books
from .inplace import wrap_in_place, wrapper_of
from .live import LiveStore
from .means import Means
from .place import find
from .proxy import proxy
from .replaced import functions_of, replace_functions
from .rows import RowStore
from .settings import Assets, Settings, is_database, settle
from .voice import Voice, language, log
from .watch import Watch
from .worker import WORKERS
from .wrapper import Wrapper

_SAVES = ("save_data", "save", "_save", "save_all", "save_db", "save_users", "_save_data", "commit", "flush")

# By sidecar and platform: what is wrapped with it, by what, and who looks after it.
_ALL: Dict[Tuple[str, str], Any] = {}


def create_sync_wrapper(
    db: Any,
    *,
    platform: Optional[str] = None,
    ledger: Optional[str] = None,
    sidecar: Optional[str] = None,
    assets: Optional[Assets] = None,
    ids: Optional[Callable[[], Any]] = None,
    read: Optional[Callable[[Any, str], Any]] = None,
    write: Optional[Callable[[Any, str, Any], Any]] = None,
    answer: Optional[str] = None,
) -> Any:
    """Keeps the balances in `db` in step with the ledger, and returns it. It never raises: on trouble it logs a warning that
    says what to do, and the bot goes on with `db` as it was.

    `db` is an object, a module with functions, or a class with static methods. `ids()`, `read(id, asset)` and
    `write(id, asset, value)` tell how a store is used that has neither a dict of people nor `get_user(id)`. `assets` are the
    balances, `["coins"]` unless told, or a dict of the store's names for them: `{"balance": "coins"}`.
    `answer` says what is right after a mass change: "ledger" or "count".
    """
    voice = Voice(language())
    try:
        if wrapper_of(db) is not None:
            return db
        settings, library = settle(db, platform, ledger, sidecar, assets, answer)
        if settings is None:
            voice.warn("no_platform")
            return db
        voice = Voice(voice.language, settings.platform)
        if library is not None:
            voice.info("recognised", library=library)
        return _wrap(db, _site(sys._getframe(1)), settings, voice, read, write, ids)
    except NotASidecar as error:
        voice.warn("no_sidecar", error=error)
        return db
    except Exception as error:
        voice.warn("failed", error=error)
        log.debug("more about it", exc_info=True)
        return db


def _wrap(db: Any, site: str, settings: Settings, voice: Voice, read: Any, write: Any, ids: Any) -> Any:
    called = _name(db)
    key, shown = (settings.sidecar, settings.platform), Sidecar.named(settings.sidecar)
    if key in _ALL and not _makes_room(key, (called, site)):
        # Two stores in one sidecar would each take the other's people for gone, or their coins for its own.
        voice.warn("taken", db=called, sidecar=shown)
        return db
    books = _books(settings, voice)
    store, means = _store(db, settings, books, read, write, ids)
    if store is None:
        voice.warn("no_store", assets=", ".join(map(str, settings.keys)), db=called)
        return db
    wrapper = Wrapper(store, books, voice, settings.answer, called)
    if means is not None:
        wrapper.reader_name, wrapper.list_name = means.reader_name, means.list_name
    wrapped = _become(db, wrapper)
    wrapper.now(wrapper.begin())
    _ALL[key] = ((called, site), wrapper, Watch(wrapper))
    voice.info("on")
    if settings.ledger:
        WORKERS.start(settings.sidecar, settings.platform, list(settings.keys.values()), settings.ledger, voice)
    else:
        voice.warn("no_ledger", sidecar=shown)
    return wrapped


def _books(settings: Settings, voice: Voice) -> Books:
    assets = list(settings.keys.values())
    if is_database(settings.sidecar):
        voice.info("in_database", sidecar=Sidecar.named(settings.sidecar))
    else:
        os.makedirs(os.path.dirname(settings.sidecar), exist_ok=True)
    books = Books(lambda: Sidecar(settings.sidecar, settings.platform, assets), assets, voice)
    try:
        books.disk.opened()
    except NotASidecar:
        raise
    except SidecarError as error:
        # It may come back.
        books.disk.fell_silent(error)
    return books


def _store(db: Any, settings: Settings, books: Books, read: Any, write: Any, ids: Any) -> Any:
    functions = functions_of(db)
    place = None if read or write else find(db, settings.keys)
    if place is not None:
        save = next((functions[name] for name in _SAVES if name in functions), None)
        return LiveStore(place, settings.keys, books, save), None
    means = Means(functions.get, settings.keys, read, write, ids)
    return (RowStore(means, settings.keys, books), means) if means.can_read else (None, None)


def _become(db: Any, wrapper: Wrapper) -> Any:
    if isinstance(db, (ModuleType, type)):
        replace_functions(db, wrapper)
        return db
    try:
        wrap_in_place(db, wrapper)
        return db
    except TypeError as error:
        log.debug("%s", wrapper.voice.text("proxy", db=_name(db), error=error))
        return proxy(db, wrapper)


def _name(db: Any) -> str:
    """What to call it: the same after a reload."""
    if isinstance(db, ModuleType):
        return db.__name__
    kind = db if isinstance(db, type) else type(db)
    return f"{kind.__module__}.{kind.__qualname__}"


def _site(frame: FrameType) -> str:
    """Which line of the bot wraps it: two lines wrap two objects, one line the same one again."""
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _makes_room(key: Tuple[str, str], name: Tuple[str, str]) -> bool:
    """Whether what had this sidecar is the same that comes anew, as after a reload, or is nobody's any more."""
    before, wrapper, _ = _ALL[key]
    watched = weakref.ref(wrapper)
    _retire(key)
    if before == name:
        return True
    del wrapper, _
    gc.collect()
    wrapper = watched()
    if wrapper is None:
        return True
    wrapper.is_off = False
    _ALL[key] = (before, wrapper, Watch(wrapper))
    return False


def _retire(key: Tuple[str, str]) -> None:
    _, wrapper, watch = _ALL.pop(key)
    watch.stop()
    wrapper.books.flush()
    wrapper.books.settle()
    wrapper.is_off = True


@atexit.register
def _leave() -> None:
    """Everything is noted, and nothing runs on."""
    for key, (_, wrapper, watch) in list(_ALL.items()):
        watch.stop()
        try:
            wrapper.now(wrapper.compare())
            _retire(key)
        except (Exception, KeyboardInterrupt):
            log.debug("at exit", exc_info=True)
    WORKERS.stop()


def _after_fork() -> None:
    WORKERS.after_fork()
    for _, wrapper, _ in _ALL.values():
        wrapper.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
