"""What a work queue gives out."""

from __future__ import annotations

from enum import IntEnum
from types import TracebackType
from typing import Generic, Optional, TypeVar

from . import _kontor
from ._errors import ClosedError, ForkedError, StaleReceiptError
from ._values import DELAY_MS, INT64, LEASE_MS, Value, integer

Body = TypeVar("Body", bytes, str)


class _Taken(Generic[Body]):
    """What Message and DeadLetter tell alike."""

    __slots__ = ("_core", "_queue")

    def __init__(self, core: _kontor.Message, queue: _kontor.Queue) -> None:
        self._core = core
        self._queue = queue

    @property
    def body(self) -> Body:
        """What was put in. Decoding happens here and may raise UnicodeDecodeError."""
        body: Body = self._core.body
        return body

    @property
    def id(self) -> int:
        """What put() returned."""
        return self._core.id

    @property
    def attempt(self) -> int:
        """How often it was delivered; 1 for the first time."""
        return self._core.attempt

    @property
    def priority(self) -> int:
        """0 to 31, larger is more urgent."""
        return self._core.priority

    @property
    def enqueued_at_unix_ms(self) -> int:
        """When it was put in."""
        return self._core.enqueued_at_unix_ms

    @property
    def channel(self) -> Body:
        """To which it was published (Queue.bind()); empty if it was put into the queue itself."""
        channel: Body = self._core.channel
        return channel


class Message(_Taken[Body]):
    """A message under a lease. With `with` it is acknowledged at the end, or given back if the
    block raised.

    Every way to settle it raises StaleReceiptError once the lease ran out.
    """

    __slots__ = ("_settled",)

    def __init__(self, core: _kontor.Message, queue: _kontor.Queue) -> None:
        super().__init__(core, queue)
        self._settled = False

    @property
    def receipt(self) -> int:
        """The proof of this lease."""
        return self._core.receipt

    @property
    def lease_until_unix_ms(self) -> int:
        """When the lease ended as of the take; extend() returns the new end."""
        return self._core.lease_until_unix_ms

    def ack(self, result: Optional[Value] = None) -> None:
        """Done: the message is gone. A result, for those who wait for it, wants a queue that keeps
        them (result_ms).
        """
        self._queue.acknowledge(self.receipt, result)
        self._settled = True

    def tell_progress(self, progress: Value) -> None:
        """Tells those who wait for it how far it is, in up to 4096 bytes; known until it is
        delivered again.
        """
        self._queue.tell_progress(self.receipt, progress)

    def renew(self, for_ms: Optional[int] = None) -> None:
        """Lets the lease go on by itself for so long (None: as long as this process lives),
        whatever this process is busy with, until the message is settled.
        """
        bounds = (0, INT64[1])
        self._queue.renew(
            self.receipt, -1 if for_ms is None else integer("for_ms", for_ms, bounds)
        )

    def nack(self, delay_ms: Optional[int] = None) -> None:
        """Gives it back, to be delivered again after `delay_ms` (None: the queue's retry delay),
        ahead of fresh ones; or to become a dead letter if it was delivered often enough.
        """
        rest_ms = -1 if delay_ms is None else integer("delay_ms", delay_ms, DELAY_MS)
        self._queue.give_back(self.receipt, rest_ms)
        self._settled = True

    def bury(self, reason: Value = b"") -> None:
        """Puts it among the dead letters at once."""
        self._queue.bury(self.receipt, reason)
        self._settled = True

    def extend(self, lease_ms: int = 0) -> int:
        """Lets the lease end `lease_ms` from now (0: the queue's lease). Returns when, in Unix
        milliseconds.
        """
        return self._queue.extend(self.receipt, integer("lease_ms", lease_ms, LEASE_MS))

    def __enter__(self) -> Message[Body]:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self._settled:
            return
        if kind is None:
            self.ack()
            return
        try:
            self.nack()
        except (StaleReceiptError, ClosedError, ForkedError):
            # It is no longer ours to give back: what the block raised is the news.
            pass

    def __repr__(self) -> str:
        return f"<kontor.Message id={self.id} attempt={self.attempt} priority={self.priority}>"


class MessageState(IntEnum):
    """Where a message stands."""

    DELAYED = 0
    READY = 1
    LEASED = 2
    DEAD = 3
    DONE = 4


class MessageView(_Taken[Body]):
    """A message as it was when somebody looked, without taking it."""

    __slots__ = ()

    @property
    def state(self) -> MessageState:
        """Where it stood."""
        return MessageState(self._core.state)

    @property
    def group(self) -> Body:
        """The key of its group; empty for none."""
        group: Body = self._core.group
        return group

    @property
    def children(self) -> int:
        """For how many children it waits."""
        return self._core.children

    @property
    def note(self) -> Body:
        """Of one that is leased its progress, dead the reason, done the result; else empty."""
        note: Body = self._core.note
        return note

    @property
    def progress_count(self) -> int:
        """How often its progress was told, modulo 65536."""
        return self._core.progress_count

    @property
    def time_unix_ms(self) -> int:
        """Delayed: until when; ready: since when; leased: until when; dead: since when; done: until
        when that is known.
        """
        return self._core.lease_until_unix_ms

    def __repr__(self) -> str:
        return f"<kontor.MessageView id={self.id} {self.state.name} attempt={self.attempt}>"


class DeadLetter(_Taken[Body]):
    """A message that was buried, or delivered too often."""

    __slots__ = ()

    @property
    def reason(self) -> Body:
        """Why it is dead."""
        reason: Body = self._core.note
        return reason

    @property
    def died_at_unix_ms(self) -> int:
        """When it was given up."""
        return self._core.lease_until_unix_ms

    def revive(self) -> bool:
        """Makes it ready again, its deliveries forgotten. False if it is no longer among the dead
        letters.
        """
        return self._queue.revive(self.id)

    def discard(self) -> bool:
        """Drops it. False if it is no longer among the dead letters."""
        return self._queue.discard(self.id)

    def __repr__(self) -> str:
        return f"<kontor.DeadLetter id={self.id} attempt={self.attempt} reason={self.reason!r}>"
