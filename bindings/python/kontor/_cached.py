"""Functions whose results are kept in a database: @db.cached(ttl=...)."""

from __future__ import annotations

import asyncio
import functools
import inspect
import json
import logging
import threading
from collections.abc import Coroutine
from types import CodeType
from typing import TYPE_CHECKING, Any, Callable, Generic, NamedTuple, Optional, TypeVar, overload

from . import _kontor
from ._cache_keys import Keys, Names, function_name
from ._errors import NoMemoryError, StaleReceiptError
from ._lease import Lease
from ._values import Value

R = TypeVar("R")
if TYPE_CHECKING:
    from typing_extensions import ParamSpec

    P = ParamSpec("P")
else:
    # At run time any variable does, and Python 3.9 has no ParamSpec.
    P = TypeVar("P")

Dumps = Callable[[Any], Value]
Loads = Callable[[bytes], Any]

_log = logging.getLogger("kontor")
_log.addHandler(logging.NullHandler())


class CacheOptions(NamedTuple):
    """What cached() was given."""

    ttl_ms: int
    stale_ms: int
    lease_ms: int
    key: Optional[Callable[..., Value]]
    prefix: str
    dumps: Dumps
    loads: Loads


class _Found(NamedTuple):
    """What a fetch found: a value, a lease, both (the value is stale), or nothing in time."""

    value: Optional[bytes]
    lease: Optional[Lease]


class _Store:
    """Keys, values and leases, as both kinds of functions use them."""

    def __init__(
        self, core: _kontor.Database, function: Callable[..., Any], options: CacheOptions
    ) -> None:
        # First of all: it copies the function's attributes, and may be given a function of ours.
        functools.update_wrapper(self, function)  # type: ignore[arg-type]
        self._core = core
        self._options = options
        self._keys = Keys(function, options.key, options.prefix)

    def _fetch(
        self, key: Value, timeout_ms: int, waiter: Optional[_kontor.Waiter] = None
    ) -> _Found:
        value, _, lease = self._core.fetch(
            key, self._options.stale_ms, self._options.lease_ms, timeout_ms, True, waiter
        )
        return _Found(value, None if lease is None else Lease(lease, key))

    def _read(self, value: Optional[bytes]) -> list[Any]:
        """The result that a value stands for; empty if there is none, or somebody else's."""
        if value is None:
            return []
        try:
            return [self._options.loads(value)]
        except Exception:
            return []

    def _stale_result(self, found: _Found) -> Any:
        """Called while an exception of the function is handled, which it raises if there is no
        stale result to return in its place (stale-if-error, RFC 5861).
        """
        stale = self._read(found.value)
        if not stale:
            raise
        key = None if found.lease is None else found.lease.key
        _log.warning("the stale result of %r is returned: computing failed", key, exc_info=True)
        return stale[0]

    def _fill(self, lease: Lease, data: Value) -> None:
        try:
            lease._core.fill(data, self._options.ttl_ms)
            lease._settled = True
        except (StaleReceiptError, NoMemoryError):
            # The key was deleted or written meanwhile, it took too long, or the engine is full: the
            # result answers this call, which began before, and no other.
            pass

    def _returned(self, data: Value) -> Any:
        """What a hit will return, so that a miss returns the same."""
        if isinstance(data, bytes):
            return self._options.loads(data)
        return self._options.loads(data.encode() if isinstance(data, str) else bytes(data))  # type: ignore[arg-type]


class Cached(_Store, Generic[P, R]):
    """A function whose results are kept. Of all who call it with the same arguments while there is
    no result one computes, and the others wait for it. Any thread may call it.
    """

    __wrapped__: Callable[P, R]

    def __init__(
        self, core: _kontor.Database, function: Callable[P, R], options: CacheOptions
    ) -> None:
        super().__init__(core, function, options)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        key = self.key(*args, **kwargs)
        result: R
        while True:
            try:
                found = self._fetch(key, -1)
            except NoMemoryError:
                # Not even a lease finds room.
                result = self._returned(self._options.dumps(self.__wrapped__(*args, **kwargs)))
                return result
            if found.lease is not None:
                return self._compute(found, found.lease, *args, **kwargs)
            read = self._read(found.value)
            if read:
                result = read[0]
                return result
            # What is there is none of our results: it is computed anew.
            self._core.delete(key)

    def _compute(self, found: _Found, lease: Lease, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R
        with lease:
            try:
                computed = self.__wrapped__(*args, **kwargs)
            except Exception:
                result = self._stale_result(found)
                return result
            data = self._options.dumps(computed)
            result = self._returned(data)
            self._fill(lease, data)
            return result

    def key(self, *args: P.args, **kwargs: P.kwargs) -> Value:
        """The key under which the result of this call is kept."""
        return self._keys.of(args, kwargs)

    def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Forgets the result of these arguments, also one that is being computed; whether there was
        one. Call it after the database was changed: nothing older is returned from then on.
        """
        return self._core.delete(self.key(*args, **kwargs))

    def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Forgets the result and computes it anew."""
        self.invalidate(*args, **kwargs)
        return self(*args, **kwargs)


class AsyncCached(_Store, Generic[P, R]):
    """The same for an `async def` function: who waits for a result does not block the event
    loop.
    """

    __wrapped__: Callable[P, Coroutine[Any, Any, R]]
    # With these it counts as a function, and `iscoroutinefunction` looks into the code.
    __code__: CodeType
    __defaults__: None = None
    __kwdefaults__: None = None

    def __init__(
        self,
        core: _kontor.Database,
        function: Callable[P, Coroutine[Any, Any, R]],
        options: CacheOptions,
    ) -> None:
        super().__init__(core, function, options)
        self.__code__ = AsyncCached.__call__.__code__
        self.__annotations__ = getattr(function, "__annotations__", {})
        self._waits: dict[asyncio.AbstractEventLoop, dict[Value, _Wait]] = {}

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        key = self.key(*args, **kwargs)
        result: R
        while True:
            try:
                found = self._fetch(key, 0)
                if found == (None, None):
                    found = await self._wait(key)
            except NoMemoryError:
                # Not even a lease finds room.
                computed = await self.__wrapped__(*args, **kwargs)
                result = self._returned(self._options.dumps(computed))
                return result
            if found.lease is not None:
                return await self._compute(found, found.lease, *args, **kwargs)
            read = self._read(found.value)
            if read:
                result = read[0]
                return result
            if found.value is not None:
                # What is there is none of our results: it is computed anew.
                await asyncio.to_thread(self._core.delete, key)

    async def _compute(self, found: _Found, lease: Lease, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R
        with lease:
            try:
                computed = await self.__wrapped__(*args, **kwargs)
            except Exception:
                result = self._stale_result(found)
                return result
            data = self._options.dumps(computed)
            result = self._returned(data)
            await asyncio.to_thread(self._fill, lease, data)
            return result

    async def _wait(self, key: Value) -> _Found:
        """Returns when it is worthwhile to look again, or with a lease. One thread waits for all
        tasks of this loop that wait for the key, and no longer than one of them does; the first
        gets the lease. None gets a value without one: it may be older than the task's call.
        """
        waits = self._waits_of_loop()
        wait = waits.get(key)
        if wait is None:
            wait = waits[key] = _Wait(functools.partial(self._fetch, key, -1))
        wait.tasks += 1
        try:
            # The wait is others', too.
            await asyncio.shield(wait.ended)
        finally:
            wait.tasks -= 1
            if wait.tasks == 0:
                wait.interrupt()
            if wait.tasks == 0 or wait.ended.done():
                self._forget(wait, key)
        return wait.take()

    def _waits_of_loop(self) -> dict[Value, _Wait]:
        loop = asyncio.get_running_loop()
        if loop not in self._waits:
            # Those of a loop that was closed while its tasks waited have nobody to end them.
            for closed in [other for other in list(self._waits) if other.is_closed()]:
                for wait in self._waits.pop(closed, {}).values():
                    wait.interrupt()
        return self._waits.setdefault(loop, {})

    def _forget(self, wait: _Wait, key: Value) -> None:
        waits = self._waits.get(wait.loop, {})
        if waits.get(key) is wait:
            del waits[key]
        if not waits:
            self._waits.pop(wait.loop, None)

    def key(self, *args: P.args, **kwargs: P.kwargs) -> Value:
        """The key under which the result of this call is kept."""
        return self._keys.of(args, kwargs)

    async def invalidate(self, *args: P.args, **kwargs: P.kwargs) -> bool:
        """Forgets the result of these arguments, also one that is being computed; whether there was
        one. Call it after the database was changed: nothing older is returned from then on.
        """
        return await asyncio.to_thread(self._core.delete, self.key(*args, **kwargs))

    async def refresh(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Forgets the result and computes it anew."""
        await self.invalidate(*args, **kwargs)
        return await self(*args, **kwargs)


class _Wait:
    """A fetch that waits in a thread of its own, and tells the event loop of its end. Not in the
    loop's executor: those who wait could take all its threads, and the one they wait for may need
    one.
    """

    def __init__(self, fetch: Callable[[_kontor.Waiter], _Found]) -> None:
        self.loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[None] = self.loop.create_future()
        self.tasks = 0
        self._fetch = fetch
        self._waiter = _kontor.Waiter()
        self._found = _Found(None, None)
        threading.Thread(target=self._run, name="kontor-fetch", daemon=True).start()

    def interrupt(self) -> None:
        """Ends the thread. Any thread may call it, also after the end."""
        self._waiter.interrupt()

    def take(self) -> _Found:
        """What was found, once, if there is a lease."""
        found, self._found = self._found, _Found(None, None)
        return found if found.lease is not None else self._found

    def _run(self) -> None:
        failure: Optional[BaseException] = None
        try:
            self._found = self._fetch(self._waiter)
        except BaseException as raised:
            failure = raised
        try:
            self.loop.call_soon_threadsafe(self._end, failure)
        except RuntimeError:
            # The loop was closed: nobody waits any more.
            self.take()

    def _end(self, failure: Optional[BaseException]) -> None:
        if self.tasks == 0:
            # All who waited were cancelled: the lease is the next one's.
            self.take()
        elif failure is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(failure)


class Decorator:
    """What cached() returns."""

    def __init__(self, core: _kontor.Database, options: CacheOptions, names: Names) -> None:
        self._core = core
        self._options = options
        self._names = names

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, function: Callable[P, Coroutine[Any, Any, R]]
    ) -> AsyncCached[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, R]) -> Cached[P, R]: ...
    def __call__(self, function: Callable[..., Any]) -> Any:
        if self._options.key is None:
            self._names.take(self._options.prefix + function_name(function), function)
        kind: Any = AsyncCached if inspect.iscoroutinefunction(function) else Cached
        return kind(self._core, function, self._options)


def default_dumps(value: object) -> Value:
    return json.dumps(value, separators=(",", ":"))


def default_loads(data: bytes) -> Any:
    return json.loads(data)
