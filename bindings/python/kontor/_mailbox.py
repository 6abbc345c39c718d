"""Mailboxes: what one thread or event loop reads of the channels."""

from __future__ import annotations

from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, AnyStr, Generic, Literal, Optional

from . import _kontor
from ._errors import ClosedError, ForkedError
from ._readable import Readable, Remaining
from ._values import UINT64, Bounds, Value, integer, timeout_ms

if TYPE_CHECKING:
    from ._database import Database

_CHANNEL = 0
_PATTERN = 1
_TOKENS = 2
_MANY: Bounds = (1, 65536)

SubjectKind = Literal["channel", "pattern", "tokens"]
Kind = Literal[
    "message", "pmessage", "gap", "interest-gained", "interest-lost", "present", "joined", "left"
]


class Delivery(Generic[AnyStr]):
    """What a mailbox gives out.

    kind "message": a message of a subscribed channel; "pmessage": of a channel that matches a
    subscribed pattern; "gap": `lost` messages were dropped here; "interest-gained" and
    "interest-lost": see Mailbox.watch_interest(); "present", "joined" and "left": see
    Mailbox.watch_presence().
    """

    __slots__ = ("_core",)

    def __init__(self, core: _kontor.Delivery) -> None:
        self._core = core

    @property
    def kind(self) -> Kind:
        kind: Kind = self._core.kind
        return kind

    @property
    def channel(self) -> AnyStr:
        """The channel of a message or an event of presence; the channel or pattern of an interest
        event.
        """
        channel: AnyStr = self._core.channel
        return channel

    @property
    def pattern(self) -> AnyStr:
        """The pattern that matched; empty for others."""
        pattern: AnyStr = self._core.pattern
        return pattern

    @property
    def body(self) -> AnyStr:
        """The message; empty for others."""
        body: AnyStr = self._core.body
        return body

    @property
    def tags(self) -> list[int]:
        """The tags a message is for, or an event of presence is about."""
        return self._core.tags

    @property
    def reply_channel(self) -> AnyStr:
        """Where the publisher of a message waits for replies: publish() there. Empty: nowhere."""
        channel: AnyStr = self._core.reply_channel
        return channel

    @property
    def lost(self) -> int:
        """How many messages were dropped, of a gap; how many it replaced, of a message
        (overflow="conflate").
        """
        return self._core.lost

    @property
    def sequence(self) -> int:
        """The number of a message on a channel that keeps messages; 0 for others."""
        return self._core.sequence

    @property
    def subject_kind(self) -> SubjectKind:
        """What an interest event is about, or what kind of subscription a message came through."""
        kind: SubjectKind = self._core.subject_kind
        return kind

    def __repr__(self) -> str:
        about = f"channel={self.channel!r} tags={self.tags} lost={self.lost}"
        return f"<kontor.Delivery {self.kind} {about}>"


class Mailbox(Generic[AnyStr]):
    """Holds any number of subscriptions, each with a 64-bit tag of the host's choice (a user, a
    socket).

    Iterating waits for deliveries for ever and ends when the mailbox or its database handle is
    closed. Any thread may use it. It keeps its database handle open.
    """

    def __init__(self, core: _kontor.Mailbox, db: Database[AnyStr]) -> None:
        self._core = core
        self._db: Database[AnyStr] = db
        self._closed = False
        self._readable = Readable()

    def subscribe(self, channel: Value, tag: int = 0) -> bool:
        """Subscribes to an exact name. False if the tag is subscribed to it already."""
        return self._core.subscribe(_CHANNEL, channel, integer("tag", tag, UINT64))

    def join(
        self,
        channel: Value,
        tag: int = 0,
        *,
        last: Optional[int] = None,
        sequence: Optional[int] = None,
    ) -> bool:
        """Subscribes to a channel that keeps messages (Database.declare_channel()): the tag gets
        the `last` so many of them, or all from `sequence` on, and then what is published, without
        a gap and nothing twice. What was kept no more is delivered first, as a gap for this tag.
        False if the tag is subscribed to it already.
        """
        if last is not None and sequence is not None:
            raise ValueError("either last or sequence can be given")
        how, value = (0, 0) if last is None else (1, integer("last", last, UINT64))
        if sequence is not None:
            how, value = 2, integer("sequence", sequence, UINT64)
        return self._core.join(channel, integer("tag", tag, UINT64), how, value)

    def psubscribe(self, pattern: Value, tag: int = 0) -> bool:
        """Subscribes to a glob pattern: * ? [a-z] and backslash. False if the tag is subscribed to
        it already.
        """
        return self._core.subscribe(_PATTERN, pattern, integer("tag", tag, UINT64))

    def subscribe_tokens(self, pattern: Value, tag: int = 0) -> bool:
        """Subscribes to a pattern of tokens between dots: "*" is any one of them, ">" at the end
        one or more ("prices.*.usd", "logs.>"). False if the tag is subscribed to it already.
        """
        return self._core.subscribe(_TOKENS, pattern, integer("tag", tag, UINT64))

    def unsubscribe(self, channel: Value, tag: int = 0) -> bool:
        """False if there is no such subscription."""
        return self._core.unsubscribe(_CHANNEL, channel, integer("tag", tag, UINT64))

    def punsubscribe(self, pattern: Value, tag: int = 0) -> bool:
        """False if there is no such subscription."""
        return self._core.unsubscribe(_PATTERN, pattern, integer("tag", tag, UINT64))

    def unsubscribe_tokens(self, pattern: Value, tag: int = 0) -> bool:
        """False if there is no such subscription."""
        return self._core.unsubscribe(_TOKENS, pattern, integer("tag", tag, UINT64))

    def unsubscribe_tag(self, tag: int) -> int:
        """Ends every subscription of a tag; how many there were."""
        return self._core.unsubscribe_tag(integer("tag", tag, UINT64))

    def watch_interest(self) -> None:
        """From now on also delivers when a channel or pattern gets its first subscription in the
        engine and when it loses its last, beginning with those that have some.
        """
        self._core.watch_interest()

    def watch_presence(self, channel: Value) -> None:
        """From now on also delivers who comes into a channel and leaves it: "joined" and "left",
        beginning with one "present" of all who are in; `tags` tells who. A tag is in a channel
        while it is subscribed to it by name, in whatever mailbox. After a gap call it again, and
        begin anew with the "present" that follows.
        """
        self._core.watch_presence(channel)

    def unwatch_presence(self, channel: Value) -> bool:
        """What waits already is still delivered. False if this was not watched."""
        return self._core.unwatch_presence(channel)

    def next(self, timeout: Optional[float] = None) -> Optional[Delivery[AnyStr]]:
        """The oldest delivery. Waits up to `timeout` seconds for one (None: for ever, 0: only
        looks) and then returns None. ClosedError once it is closed and empty.
        """
        core = self._core.next(timeout_ms(timeout))
        return None if core is None else Delivery(core)

    def next_many(self, maximum: int, timeout: Optional[float] = None) -> list[Delivery[AnyStr]]:
        """Up to `maximum` deliveries at once, in order. Waits for the first as next() does; none if
        it did not come in time.
        """
        most = integer("maximum", maximum, _MANY)
        return [Delivery(core) for core in self._core.next_many(most, timeout_ms(timeout))]

    async def next_async(self, timeout: Optional[float] = None) -> Optional[Delivery[AnyStr]]:
        """next() for asyncio: waits in the event loop, without a thread. One task at a time."""
        remaining = Remaining(timeout)
        while True:
            delivery = self.next(0)
            if delivery is not None:
                return delivery
            if not await self._readable.wait(self.fileno(), remaining()):
                return None

    async def __aiter__(self) -> AsyncIterator[Delivery[AnyStr]]:
        while True:
            try:
                delivery = await self.next_async()
            except ClosedError:
                # One that overflowed and closed itself lost messages: that is no ordinary end.
                if self.closed or self._db.closed:
                    return
                raise
            if delivery is not None:
                yield delivery

    def __iter__(self) -> Mailbox[AnyStr]:
        return self

    def __next__(self) -> Delivery[AnyStr]:
        while True:
            try:
                delivery = self.next()
            except ClosedError:
                # One that overflowed and closed itself lost messages: that is no ordinary end.
                if self.closed or self._db.closed:
                    raise StopIteration from None
                raise
            if delivery is not None:
                return delivery

    def fileno(self) -> int:
        """A descriptor that is readable while there is something to read, for select, selectors and
        asyncio's add_reader. Read until next(0) returns None. The mailbox owns it.
        """
        return self._core.descriptor()

    @property
    def pending(self) -> int:
        """Unread messages."""
        return self._core.counts()[0]

    @property
    def lost(self) -> int:
        """Messages lost to overflow since the beginning."""
        return self._core.counts()[1]

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def close(self) -> None:
        """Ends all subscriptions and wakes the readers. What is in it can still be read. Again:
        does nothing.
        """
        if self._closed:
            return
        self._closed = True
        try:
            self._core.close()
        except (ClosedError, ForkedError):
            # It closed itself, the database did, or it belongs to the parent process.
            pass

    def __enter__(self) -> Mailbox[AnyStr]:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()
