"""Functions whose results are kept in a database: @db.cached(ttl=...)."""

from __future__ import annotations

import asyncio
import enum
import functools
import inspect
import json
import threading
from collections.abc import Coroutine
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Callable, Generic, NamedTuple, Optional, TypeVar, overload
from uuid import UUID

from . import _kontor
from ._errors import StaleReceiptError
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

_PLAIN = (type(None), bool, int, float, str, bytes, Decimal, date, datetime, time, timedelta, UUID)


def stable_repr(value: object) -> str:
    """A repr that is the same in every process and for equal values in any order of insertion.
    TypeError for what has none: such a function needs key=.
    """
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if isinstance(value, enum.Enum):
        return f"{kind.__module__}.{kind.__qualname__}.{value.name}"
    if kind is tuple or kind is list:
        return f"{kind.__name__}({', '.join(map(stable_repr, value))})"  # type: ignore[call-overload]
    if kind is set or kind is frozenset:
        return f"{kind.__name__}({', '.join(sorted(map(stable_repr, value)))})"  # type: ignore[call-overload]
    if isinstance(value, dict) and kind is dict:
        items = sorted(f"{stable_repr(k)}: {stable_repr(v)}" for k, v in value.items())
        return f"dict({', '.join(items)})"
    raise TypeError(
        f"an argument of type {kind.__qualname__} has no repr that is the same in every process: "
        "make the key yourself with cached(key=...)"
    )


class CacheOptions(NamedTuple):
    """What cached() was given."""

    ttl_ms: int
    stale_ms: int
    lease_ms: int
    key: Optional[Callable[..., Value]]
    prefix: str
    dumps: Dumps
    loads: Loads


class _Keys:
    """The key of a call."""

    def __init__(self, function: Callable[..., Any], options: CacheOptions) -> None:
        self._own = options.key
        self._prefix = options.prefix
        self._name = f"{options.prefix}{function.__module__}.{function.__qualname__}"
        self._signature = inspect.signature(function)

    def of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Value:
        if self._own is None:
            bound = self._signature.bind(*args, **kwargs)
            bound.apply_defaults()
            values = (f"{name}={stable_repr(v)}" for name, v in bound.arguments.items())
            return f"{self._name}({', '.join(values)})"
        key = self._own(*args, **kwargs)
        if isinstance(key, (bytearray, memoryview)):
            key = bytes(key)
        if not self._prefix:
            return key
        if isinstance(key, bytes):
            return self._prefix.encode() + key
        return f"{self._prefix}{key}"


class _Store:
    """Keys, values and leases, as both kinds of functions use them."""

    def __init__(
        self, core: _kontor.Database, function: Callable[..., Any], options: CacheOptions
    ) -> None:
        self._core = core
        self._options = options
        self._keys = _Keys(function, options)

    def _fetch(self, key: Value, timeout_ms: int) -> tuple[Optional[bytes], Optional[Lease]]:
        value, _, lease = self._core.fetch(
            key, self._options.stale_ms, self._options.lease_ms, timeout_ms, True
        )
        return value, None if lease is None else Lease(lease, key)

    def _fill(self, lease: Lease, data: Value) -> None:
        try:
            lease._core.fill(data, self._options.ttl_ms)
            lease._settled = True
        except StaleReceiptError:
            # The key was deleted or written meanwhile, or it took too long: the result answers this
            # call, which began before, and no other.
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
        functools.update_wrapper(self, function)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        value, lease = self._fetch(self.key(*args, **kwargs), -1)
        if lease is None:
            assert value is not None  # what it waits for comes, or it raises
            result: R = self._options.loads(value)
            return result
        with lease:
            data = self._options.dumps(self.__wrapped__(*args, **kwargs))
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

    def __init__(
        self,
        core: _kontor.Database,
        function: Callable[P, Coroutine[Any, Any, R]],
        options: CacheOptions,
    ) -> None:
        super().__init__(core, function, options)
        self._waits: dict[tuple[asyncio.AbstractEventLoop, Value], _Wait] = {}
        functools.update_wrapper(self, function)

    async def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        key = self.key(*args, **kwargs)
        while True:
            value, lease = self._fetch(key, 0)
            if lease is None and value is None:
                lease = await self._wait(key)
            if lease is not None:
                return await self._compute(lease, *args, **kwargs)
            if value is not None:
                result: R = self._options.loads(value)
                return result

    async def _compute(self, lease: Lease, *args: P.args, **kwargs: P.kwargs) -> R:
        with lease:
            data = self._options.dumps(await self.__wrapped__(*args, **kwargs))
            result: R = self._returned(data)
            await asyncio.to_thread(self._fill, lease, data)
            return result

    async def _wait(self, key: Value) -> Optional[Lease]:
        """Returns when it is worthwhile to look again, or with a lease. One thread waits for all
        tasks of this loop that wait for the key; the first of them gets the lease. None uses the
        value that the thread saw: it may be older than the task's call.
        """
        place = (asyncio.get_running_loop(), key)
        wait = self._waits.get(place)
        if wait is None:
            wait = _Wait(functools.partial(self._fetch, key, -1))
            self._waits[place] = wait
            wait.ended.add_done_callback(functools.partial(self._forget, place))
        # The wait is others', too.
        await asyncio.shield(wait.ended)
        lease, wait.lease = wait.lease, None
        return lease

    def _forget(
        self, place: tuple[asyncio.AbstractEventLoop, Value], ended: asyncio.Future[None]
    ) -> None:
        del self._waits[place]
        ended.exception()  # is no news to anybody, if all tasks were cancelled

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

    def __init__(self, fetch: Callable[[], tuple[Optional[bytes], Optional[Lease]]]) -> None:
        self._loop = asyncio.get_running_loop()
        self._fetch = fetch
        self.ended: asyncio.Future[None] = self._loop.create_future()
        self.lease: Optional[Lease] = None
        threading.Thread(target=self._run, name="kontor-fetch", daemon=True).start()

    def _run(self) -> None:
        failure: Optional[BaseException] = None
        try:
            _, self.lease = self._fetch()
        except BaseException as raised:
            failure = raised
        try:
            self._loop.call_soon_threadsafe(self._end, failure)
        except RuntimeError:
            # The loop was closed: nobody waits any more.
            self.lease = None

    def _end(self, failure: Optional[BaseException]) -> None:
        if self.ended.done():
            return
        if failure is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(failure)


class Decorator:
    """What cached() returns."""

    def __init__(self, core: _kontor.Database, options: CacheOptions) -> None:
        self._core = core
        self._options = options

    @overload
    def __call__(  # type: ignore[overload-overlap]
        self, function: Callable[P, Coroutine[Any, Any, R]]
    ) -> AsyncCached[P, R]: ...
    @overload
    def __call__(self, function: Callable[P, R]) -> Cached[P, R]: ...
    def __call__(self, function: Callable[..., Any]) -> Any:
        kind: Any = AsyncCached if inspect.iscoroutinefunction(function) else Cached
        return kind(self._core, function, self._options)


def default_dumps(value: object) -> Value:
    return json.dumps(value, separators=(",", ":"))


def default_loads(data: bytes) -> Any:
    return json.loads(data)
