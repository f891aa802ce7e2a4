"""Around a bot's calls: what was before, what is after, and what came in."""

from __future__ import annotations

import asyncio
import functools
import time
from contextvars import ContextVar
from typing import Any, Callable, Optional

from ._onepurse import MassChange, SidecarError
from .books import Books
from .call import Call, ours
from .delivery import Delivery
from .spec import Spec
from .steps import NeedsLoop, Steps, T, take, take_async
from .turn import Turns
from .voice import Voice, log

# A bot that cannot list its people yet is asked again around each call, or, where it takes longer than this to say so, later.
_QUICK_S, _REST_S = 0.05, 1.0


class Wrapper:
    """Everything that is done for one wrapped object. `store` is how its balances are seen and set."""

    def __init__(self, store: Any, books: Books, voice: Voice, answer: Optional[str], name: str) -> None:
        self.store, self.books, self.voice = store, books, voice
        self.turns = Turns()
        self.loop: Any = asyncio._get_running_loop()
        self.is_off = False
        # What the bot calls its own way to read somebody, and everybody.
        self.reader_name: Optional[str] = None
        self.list_name: Optional[str] = None
        self.delivery = Delivery(store, books, voice, name)
        self._answer = answer
        self._inside: ContextVar[Optional[Call]] = ContextVar("onepurse_call", default=None)
        self._has_begun = False
        self._begins_at = 0.0

    # The bot's calls.

    def around(self, function: Callable[..., Any], is_method: bool) -> Callable[..., Any]:
        """The function, with everything around it."""
        spec = Spec(function, is_method)
        call_of = functools.partial(self._call, function, spec, is_method)
        # Of a live dict nothing has to be asked after calls within calls.
        tells_all = not self.store.is_database

        if spec.is_async:

            @functools.wraps(function)
            async def wrapped_async(*args: Any, **kwargs: Any) -> Any:
                call = call_of(args, kwargs)
                outer = self._inside.get()
                if self.is_off:
                    await call.perform_async()
                elif outer is not None and not outer.is_over:
                    self._joins(call, outer)
                    await take_async(self._performed(call, call.perform_async))
                else:
                    await self._in_turn(call)
                return call.box[0]

            return wrapped_async

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            outer = self._inside.get()
            is_inner = outer is not None and not outer.is_over
            if self.is_off or (is_inner and tells_all and not spec.is_save):
                return function(*args, **kwargs)
            call = call_of(args, kwargs)
            if is_inner and outer is not None:
                self._joins(call, outer)
                take(self._performed(call, call.perform))
                return call.box[0]
            if spec.returns_awaitable and asyncio._get_running_loop() is not None:
                return asyncio.ensure_future(self._in_turn(call))
            self.loop = asyncio._get_running_loop() or self.loop
            try:
                with self.turns.take():
                    take(self._whole(call, call.perform))
            finally:
                self.books.flush()
            spec.returns_awaitable |= call.is_later
            return asyncio.ensure_future(self._later(call)) if call.is_later else call.box[0]

        return wrapped

    async def _in_turn(self, call: Call) -> Any:
        """All of a call that is awaited."""
        self.loop = asyncio.get_running_loop()
        try:
            async with self.turns.take_async():
                await take_async(self._whole(call, call.perform_async))
        finally:
            self.books.flush()
        return call.box[0]

    async def _later(self, call: Call) -> Any:
        """The rest of the first call of a function that nobody knew to return something to await."""
        call.box = [await call.box[0]]
        try:
            async with self.turns.take_async():
                await take_async(self.quietly(self._after(call)))
        finally:
            self.books.flush()
        return call.box[0]

    def _call(self, function: Any, spec: Spec, is_method: bool, args: Any, kwargs: Any) -> Call:
        call = Call(function, args, kwargs)
        try:
            call.people, call.dicts = spec.people(args[is_method:], kwargs, self.books.ids)
        except Exception as error:
            self.trouble(error)
        call.is_save = spec.is_save and not self.store.is_database
        call.is_reading, call.is_listing = spec.name == self.reader_name, spec.name == self.list_name
        return call

    def _joins(self, call: Call, outer: Call) -> None:
        """A call within a call: whom it speaks of, the outer one may have changed."""
        outer.people += call.people
        outer.dicts += call.dicts

    def _whole(self, call: Call, perform: Callable[[], Any]) -> Steps[None]:
        inside = self._inside.set(call)
        try:
            yield from self._calm(self._before(call))
            try:
                yield from self._performed(call, perform)
            finally:
                call.is_later = self.loop is not None and bool(call.box) and _is_to_come(call.box[0])
                if not call.is_later:
                    yield from self._calm(self._after(call))
        finally:
            call.is_over = True
            self._inside.reset(inside)

    def _before(self, call: Call) -> Steps[None]:
        if not self._has_begun:
            yield from self.begin()
        yield from self.store.before(call)

    def _after(self, call: Call) -> Steps[None]:
        if not self._has_begun:
            yield from self.begin()
        yield from self.store.after(call)
        if self.store.is_database or self.books.corrects:
            if self.books.flush() and self.store.is_database:
                self.books.durable_now()
        if self.books.corrects:
            yield from self.delivery.steps()

    def _performed(self, call: Call, perform: Callable[[], Any]) -> Steps[None]:
        """The call itself. One that writes a live store out makes durable what was noted before it began."""
        mark = self._marked() if call.is_save else None
        yield perform
        if mark is not None:
            self.books.durable(mark)

    def _marked(self) -> Optional[int]:
        try:
            self.store.check()
            return self.books.mark()
        except Exception as error:
            self.trouble(error)
            return None

    # Between calls.

    def begin(self) -> Steps[None]:
        """Compares everything with what is known, for the first time. Until that has come about nothing is noted: of whoever
        is looked at alone, where all are gone, it would seem that they have spent what they had.
        """
        began_at = time.monotonic()
        if began_at < self._begins_at:
            return
        self._has_begun = True
        try:
            yield from self.compare()
        except NeedsLoop:
            raise
        except SidecarError:
            self.books.asks = True
            raise
        except Exception as error:
            self._has_begun, self.books.asks = False, True
            if time.monotonic() - began_at > _QUICK_S:
                self._begins_at = time.monotonic() + _REST_S
            # Whoever looks after it compares soon, and says so if it is still so then.
            log.debug("everybody cannot be listed: %r", error)

    def compare(self) -> Steps[bool]:
        """Compares everything with what is known, and notes what differs. Whether anything does."""
        values = yield from self.store.all_values()
        if values is None or self.books.is_complete and not self.books.asks and not self.books.differs(values):
            return False
        new, counted, taken_back = self.books.begin(values, self._answer)
        # What was answered is meant for the first comparison that comes about.
        self._answer = None
        if counted or taken_back:
            self.voice.info("compared", new=new, counted=counted, taken_back=taken_back)
        return True

    def deliver(self) -> Steps[None]:
        """Makes the store show what came in."""
        self.books.flush()
        yield from self.delivery.steps()

    def quietly(self, steps: Steps[Any]) -> Steps[None]:
        """Our own dealings with the store: they are not the bot's, and trouble in them is not either."""
        call = ours()
        inside = self._inside.set(call)
        try:
            yield from self._calm(steps)
        finally:
            call.is_over = True
            self._inside.reset(inside)

    def now(self, steps: Steps[Any]) -> None:
        """Takes the steps on this thread, in their turn."""
        with self.turns.take():
            take(self.quietly(steps))

    async def soon(self, steps: Steps[Any]) -> None:
        """Takes the steps on the bot's event loop, in their turn."""
        async with self.turns.take_async():
            with self.turns.take():
                await take_async(self.quietly(steps))

    # Trouble.

    def _calm(self, steps: Steps[T]) -> Steps[Optional[T]]:
        try:
            done = yield from steps
            return done
        except Exception as error:
            self.trouble(error)
            return None

    def trouble(self, error: Exception) -> None:
        """Says what is wrong, to people."""
        if isinstance(error, MassChange):
            self.voice.once("asks", "asks", changed=error.changed, gone=error.gone, of=error.of)
        elif isinstance(error, SidecarError):
            # Said already; it is compared again.
            log.debug("%s", error)
        elif isinstance(error, NeedsLoop):
            # Where everything is awaited, the first call of the bot begins it.
            self._has_begun = self.books.is_complete
        else:
            self.voice.once(f"internal {type(error)}", "internal" if self._has_begun else "unlisted", error=error)

    def after_fork(self) -> None:
        """In the child of a fork."""
        self.turns.anew()
        self.books.anew()
        self.loop = None


def _is_to_come(value: Any) -> bool:
    return asyncio.iscoroutine(value) or asyncio.isfuture(value)
