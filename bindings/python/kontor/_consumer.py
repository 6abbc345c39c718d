"""Taking from several work queues."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, AnyStr, Generic, Optional, Union

from . import _kontor
from ._errors import ClosedError
from ._message import Message
from ._readable import Readable, Remaining
from ._values import LEASE_MS, TAKE_BATCH, Bounds, integer, timeout_ms

if TYPE_CHECKING:
    from ._database import Database
    from ._queue import Queue

_WEIGHT: Bounds = (1, 1_000_000)


class Consumer(Generic[AnyStr]):
    """Takes from several queues, and waits for all of them at once. Made by Database.consumer(). One
    thread, or task, at a time may use it.
    """

    def __init__(
        self,
        db: Database[AnyStr],
        queues: Union[tuple[Queue[AnyStr], ...], Mapping[Queue[AnyStr], int]],
    ) -> None:
        weights = queues if isinstance(queues, Mapping) else dict.fromkeys(queues, 1)
        self._db: Database[AnyStr] = db
        self._core: _kontor.Consumer = db._core.consumer(isinstance(queues, Mapping))
        self._watched: bool = False  # by fileno()
        self._queues: list[Queue[AnyStr]] = list(weights)
        self._readable: Readable = Readable()
        for queue, weight in weights.items():
            self._core.add(queue._core, integer("weight", weight, _WEIGHT))

    def take(self, timeout: Optional[float] = None, lease_ms: int = 0) -> Optional[Message[AnyStr]]:
        """As Queue.take()."""
        messages = self.take_many(1, timeout, lease_ms)
        return messages[0] if messages else None

    def take_many(
        self, n: int, timeout: Optional[float] = None, lease_ms: int = 0
    ) -> list[Message[AnyStr]]:
        """As Queue.take_many()."""
        messages = self._take_many(n, timeout, lease_ms)
        if not messages and not self._watched:
            self._core.leave()
        return messages

    def _take_many(
        self, n: int, timeout: Optional[float], lease_ms: int
    ) -> list[Message[AnyStr]]:
        taken = self._core.take(
            integer("n", n, TAKE_BATCH),
            integer("lease_ms", lease_ms, LEASE_MS),
            timeout_ms(timeout),
        )
        return [Message(core, self._queues[source]._core) for source, core in taken]

    async def take_async(
        self, timeout: Optional[float] = None, lease_ms: int = 0
    ) -> Optional[Message[AnyStr]]:
        """take() for asyncio: waits in the event loop, without a thread."""
        self._readable.check_free()
        remaining = Remaining(timeout)
        descriptor = self._core.descriptor()
        messages = self._take_many(1, 0, lease_ms)
        try:
            while not messages and await self._readable.wait(descriptor, remaining()):
                messages = self._take_many(1, 0, lease_ms)
        finally:
            # Also if the task was cancelled: who stands in line and does not take keeps it from others.
            if not messages:
                self._core.leave()
        return messages[0] if messages else None

    async def __aiter__(self) -> AsyncIterator[Message[AnyStr]]:
        while True:
            try:
                message = await self.take_async()
            except ClosedError:
                if self._db.closed:
                    return
                raise
            if message is not None:
                yield message

    def fileno(self) -> int:
        """A descriptor that is readable once it is worthwhile to take again, for select, selectors
        and asyncio's add_reader. Take with timeout 0 until None comes: then the consumer stands in
        line, and what comes is kept for it until it takes again, or leaves. The consumer owns the
        descriptor.
        """
        self._watched = True
        return self._core.descriptor()

    def leave(self) -> None:
        """Stands in line no more, until the next take: for who stops watching its descriptor."""
        self._watched = False
        self._core.leave()
