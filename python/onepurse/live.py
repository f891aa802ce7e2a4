"""A store that is one live dict: people by id, written out as a whole by its own save method."""

from __future__ import annotations

import functools
from typing import Any, Callable, Dict, List, Mapping, Optional, Set

from .amounts import moved, units
from .books import Books, Due, Value
from .handing import hand_out
from .held import swap
from .place import Place
from .steps import Steps
from .tracked import Handed, Live, People, base, live, people


class LiveStore:
    """Everything that happens to a balance in it is noted as it happens. `keys` are the balances: key in the dict → asset."""

    def __init__(self, place: Place, keys: Mapping[Any, str], books: Books, save: Optional[Callable[[], Any]]) -> None:
        self.keys = keys
        self.is_database = False
        self.can_write = True
        self.is_unsure = False
        self._place = place
        self._books = books
        self._save = save
        self._people: Optional[Dict[Any, Any]] = None
        # Whom somebody else may hold a plain dict of: they are looked at, again and again.
        self._loose: Set[Any] = set()
        with books.lock:
            self._adopt()

    # What the dicts tell.

    def read(self, person: Live, key: Any, value: Any) -> None:
        """The bot reads a balance."""
        now = units(value)
        if now is not None:
            at = (self.keys[key], person._who)
            self._books.readings.note(at, now, self._books.arrivals[at])

    def write(self, person: Live, key: Any, value: Any) -> None:
        """The bot writes a balance. Computed from what it had read before something came in, it is that much more or less."""
        books = self._books
        with books.lock:
            at = (self.keys[key], person._who)
            value = _meant(value, books.readings.outdated(at, books.arrivals[at]), dict.get(person, key))
            dict.__setitem__(person, key, value)
            self._note(at, value)

    def came(self, everybody: People, id: Any, person: Any) -> None:
        """The bot puts somebody there, or somebody else's dict."""
        with self._books.lock:
            before = dict.get(everybody, id)
            dict.__setitem__(everybody, id, person)
            if everybody is self._people and isinstance(person, dict):
                self._settle_in(id, person, before if isinstance(before, dict) else {})

    def left(self, id: Any, person: Any) -> None:
        """The bot has taken somebody out."""
        with self._books.lock:
            self._loose.discard(id)
            _part(person)
            self._books.left(str(id))

    def _settle_in(self, id: Any, person: Dict[Any, Any], before: Dict[Any, Any]) -> None:
        who, had = str(id), {}
        if before is not person:
            _part(before)
        if type(person) is Handed and person._who == who:
            had = person._base
            self._enliven(person)
        elif type(person) is not Live or person._home is not self or person._who != who:
            self._loose.add(id)
        books = self._books
        for key, asset in self.keys.items():
            if key in person:
                at = (asset, who)
                read = had.get(key, books.readings.outdated(at, books.arrivals[at]))
                dict.__setitem__(person, key, _meant(dict.get(person, key), read, dict.get(before, key)))
                self._note(at, dict.get(person, key))

    def _enliven(self, person: Any) -> None:
        person.__class__, person._home, person._base = Live, self, {}

    def _note(self, at: Any, value: Any) -> None:
        now = units(value)
        if now is not None:
            self._books.saw(at, now)
            self._books.readings.note(at, now, self._books.arrivals[at])

    # What is looked at.

    def check(self) -> None:
        """Finds what was put in the place of everything, and what happened to plain dicts."""
        books = self._books
        with books.lock:
            anew = self._place.value() is not self._people
            if anew:
                self._adopt()
            elif self._people is not None and type(self._people) is not People:
                self._look_at_all()
            elif self._loose:
                self._look_at(list(self._loose))
        if anew and self._people is not None and not books.asks and books.differs(self.values()):
            books.begin(self.values(), None)

    def _adopt(self) -> None:
        for person in (self._people or {}).values():
            _part(person)
        self._people, self._loose = None, set()
        self._place.replace(lambda found: people(found, self))
        self._people = self._place.value()
        if self._people is not None:
            self._promote(list(self._people))

    def _promote(self, ids: List[Any]) -> None:
        """Plain dicts become live ones where nobody else holds them."""
        everybody: Any = self._people
        for id in ids:
            if type(everybody[id]) is dict and swap(everybody, id, functools.partial(live, who=str(id), home=self)):
                self._loose.discard(id)
            elif type(everybody[id]) is Handed and everybody[id]._who == str(id):
                self._enliven(everybody[id])
            elif isinstance(everybody[id], dict) and type(everybody[id]) is not Live:
                self._loose.add(id)

    def _look_at_all(self) -> None:
        everybody: Any = self._people
        known = {str(id) for id in everybody}
        for who in self._books.ids - known:
            self._books.left(who)
        self._look_at(list(everybody))

    def _look_at(self, ids: List[Any]) -> None:
        everybody: Any = self._people
        for id in ids:
            for key, asset in self.keys.items():
                now = units(dict.get(everybody[id], key)) if isinstance(everybody[id], dict) else None
                if now is not None:
                    self._books.saw((asset, str(id)), now)
        self._promote(ids)

    def values(self) -> List[Value]:
        """What it shows of everybody."""
        with self._books.lock:
            shown = []
            for id, person in (self._people or {}).items():
                if isinstance(person, dict) and str(id):
                    shown += [(self.keys[key], str(id), value) for key, value in base(person, self.keys).items()]
            return shown

    # Around calls, and when something came in.

    def before(self, call: Any) -> Steps[None]:
        """Before a call of the bot."""
        self.check()
        return
        yield

    def after(self, call: Any) -> Steps[None]:
        """After it."""
        self.check()
        hand_out(call, self.keys, self._books, {})
        return
        yield

    def all_values(self) -> Steps[Optional[List[Value]]]:
        """What it shows of everybody, as it is now."""
        self.check()
        return self.values()
        yield

    def deliver(self, due: List[Due]) -> Steps[List[Due]]:
        """Makes it show what came in, and writes it out. Returns what could not be shown."""
        self.check()
        books = self._books
        with books.still():
            books.flush()
            fit = [one for one in due if self._shows(one)]
            if not fit or not books.intend(fit):
                return []
            for asset, who, shows, to in fit:
                person = self._of(who)
                key = self._key(asset)
                dict.__setitem__(person, key, moved(dict.__getitem__(person, key), to - shows))
        if self._save is not None:
            mark = books.mark()
            yield self._save
            books.durable(mark)
            books.settle()
        return []

    def _shows(self, due: Due) -> bool:
        asset, who, shows, _ = due
        person = self._of(who)
        return isinstance(person, dict) and units(dict.get(person, self._key(asset))) == shows

    def _of(self, who: str) -> Any:
        everybody = self._people or {}
        if who in everybody:
            return dict.get(everybody, who)
        return dict.get(everybody, int(who)) if who.lstrip("-").isdigit() else None

    def _key(self, asset: str) -> Any:
        return next(key for key, name in self.keys.items() if name == asset)


def _meant(value: Any, read: Optional[int], shows: Any) -> Any:
    """What the value has to be, written by one who had read `read` where the store shows something else by now."""
    now = units(shows)
    if read is None or now is None or read == now or units(value) is None:
        return value
    return moved(value, now - read)


def _part(person: Any) -> None:
    """The store has it no more: from now on it is a copy that somebody may put back."""
    if type(person) is Live:
        person._base = base(person, person._home.keys)
        person.__class__, person._home = Handed, None  # type: ignore[assignment]
