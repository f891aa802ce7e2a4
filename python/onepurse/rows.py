"""A store that hands out copies: a database behind get_user(id), or whatever is told by read=, write= and ids=."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional

from .amounts import moved, units
from .books import Books, Due, Value
from .handing import hand_out, let_go
from .means import Means
from .row import rows_of, value_of
from .steps import Steps
from .tracked import Remembers


class RowStore:
    """Whom a call was about is read again after it. `keys` are the balances: key in a row → asset."""

    def __init__(self, means: Means, keys: Mapping[Any, str], books: Books) -> None:
        self.is_database = True
        self.keys = keys
        self._means = means
        self._books = books
        # Ids as the bot writes them: 456 or "456".
        self._forms: Dict[str, Any] = {}
        # Somebody was read who may not be there, or a call spoke of nobody: the next comparison tells.
        self.is_unsure = False

    @property
    def can_write(self) -> bool:
        """Whether there is a way to show what comes in."""
        return self._means.can_write

    def check(self) -> None:
        """Nothing can be seen without a call."""

    def before(self, call: Any) -> Steps[None]:
        """Before a call that may store dicts: what others have done to these people is theirs, before it is overwritten."""
        for person in call.dicts:
            if person._who in self._forms:
                yield from self._look(self._forms[person._who], [])

    def after(self, call: Any) -> Steps[None]:
        """After a call: looks at everybody it was about."""
        people = {str(id): id for id in call.people}
        for who, form in people.items():
            self._forms.setdefault(who, form)
        # Whom nobody has named yet cannot be asked for: with 456 in the place of "456" a bot may answer with a default.
        people.update({one._who: self._forms[one._who] for one in call.dicts if one._who in self._forms})
        self.is_unsure |= not people and not call.is_listing
        if call.is_reading and call.box and len(people) == 1:
            who, form = next(iter(people.items()))
            self._forms[who] = form
            self._read(who, call.box[0])
        else:
            for form in people.values():
                yield from self._look(form, call.dicts)
        yield from let_go(call)
        hand_out(call, self.keys, self._books, self._forms)

    def _look(self, form: Any, dicts: List[Remembers]) -> Steps[None]:
        who = str(form)
        row = yield from self._means.read(form)
        if row is None:
            self._books.left(who)
            return
        for key, asset in self.keys.items():
            now = units(value_of(row, key))
            if now is not None:
                self._books.saw((asset, who), now, self._meant(who, key, now, dicts))

    def _meant(self, who: str, key: Any, now: int, dicts: List[Remembers]) -> Optional[int]:
        """By how much a dict that was stored is meant to move what it was handed out with."""
        for person in dicts:
            if person._who == who and key in person._base and units(dict.get(person, key)) == now:
                shown, had = self._books.shown((self.keys[key], who)), person._base[key]
                if shown != now:
                    person._base[key] = now
                    return now - had
        return None

    def _read(self, who: str, row: Any) -> None:
        """The bot has read somebody by itself. It may have been told a default of one who is not there."""
        if row is None:
            self._books.left(who)
            return
        for key, asset in self.keys.items():
            now = units(value_of(row, key))
            if now or (now is not None and self._books.shown((asset, who)) is not None):
                self._books.saw((asset, who), now)
            else:
                self.is_unsure |= now is not None

    def all_values(self) -> Steps[Optional[List[Value]]]:
        """What it shows of everybody; None where it cannot be asked for everybody."""
        self.is_unsure = False
        if not self._means.can_list:
            return None
        try:
            found = yield from self._means.everybody()
        except Exception:
            # As where the bot has not connected yet.
            self.is_unsure = True
            raise
        rows = dict(rows_of(found))
        shown: List[Value] = []
        for form, row in rows.items():
            who = str(form)
            self._forms.setdefault(who, form)
            if not any(units(value_of(row, key)) is not None for key in self.keys):
                row = yield from self._means.read(form)
            for key, asset in self.keys.items():
                value = units(value_of(row, key))
                if value is not None:
                    shown.append((asset, who, value))
        return shown

    def deliver(self, due: List[Due]) -> Steps[List[Due]]:
        """Makes it show what came in. Returns what could not be shown, with what is shown instead."""
        fit = []
        for one in due:
            if one[1] not in self._forms:
                continue
            try:
                yield from self._look(self._forms[one[1]], [])
            except Exception:
                # Whom it cannot read must not stop others; it is tried again.
                continue
            if self._books.shown((one[0], one[1])) == one[2]:
                fit.append(one)
        self._books.flush()
        if not fit or not self._books.intend(fit):
            return []
        refused = []
        for one in fit:
            shows = yield from self._write(one)
            if shows != one[3]:
                refused.append((one[0], one[1], shows, one[3]))
        self._books.refuse(refused)
        self._books.arrived()
        self._books.durable_now()
        return refused

    def _write(self, due: Due) -> Steps[int]:
        """Writes one balance, and says what is shown then."""
        asset, who, shows, to = due
        key, form = next(key for key, name in self.keys.items() if name == asset), self._forms[who]
        try:
            row = yield from self._means.read(form)
            now = value_of(row, key)
            if units(now) != shows:
                return shows
            yield from self._means.write(form, key, asset, moved(now, to - shows), row)
        except Exception:
            # It may have been written all the same.
            pass
        try:
            row = yield from self._means.read(form)
        except Exception:
            return shows
        now = units(value_of(row, key))
        return shows if now is None else now
