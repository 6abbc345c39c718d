"""Work queues."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, AnyStr, Generic, NamedTuple, Optional

from . import _kontor
from ._consumer import Consumer
from ._errors import ClosedError
from ._message import DeadLetter, Message, MessageState, MessageView
from ._values import (
    CHILDREN,
    DELAY_MS,
    INT64,
    LEASE_MS,
    PRIORITY,
    TAKE_BATCH,
    UINT64,
    Value,
    integer,
    timeout_ms,
)

if TYPE_CHECKING:
    from ._database import Database

_PAGE = 1024
_BATCH = 4096  # of what the library does in one call


class QueueFigures(NamedTuple):
    """All figures of a queue as of one moment. The totals count since the engine was opened; what
    ends in 1s, 10s and 60s counts the last so many whole seconds.
    """

    ready: int
    delayed: int
    leased: int
    dead: int
    waiting_consumers: int
    oldest_ready_age_ms: int
    enqueued_total: int
    delivered_total: int
    redelivered_total: int
    acknowledged_total: int
    dead_total: int
    dropped_total: int
    paused: int
    groups: int
    arrivals_1s: int
    arrivals_10s: int
    arrivals_60s: int
    acknowledgements_1s: int
    acknowledgements_10s: int
    acknowledgements_60s: int
    failures_1s: int
    failures_10s: int
    failures_60s: int
    done: int


@dataclass(frozen=True)
class Schedule(Generic[AnyStr]):
    """A message that is put into a queue again and again."""

    name: AnyStr
    next_run_unix_ms: Optional[int]  # None: never again
    cron: AnyStr  # empty: by every_ms
    time_zone: AnyStr
    every_ms: int
    each_missed: bool
    priority: int
    group: AnyStr
    body: AnyStr


class Queue(Generic[AnyStr]):
    """A work queue. Iterating, also with `async for`, waits for messages for ever and ends when the
    database handle is closed.

    Any thread may use it. It keeps its database handle open.
    """

    def __init__(self, core: _kontor.Queue, db: Database[AnyStr], name: Value) -> None:
        self._core = core
        self._db: Database[AnyStr] = db
        self.name = name

    def put(
        self,
        body: Value,
        priority: int = 0,
        delay_ms: int = 0,
        *,
        group: Optional[Value] = None,
        deduplication_id: Optional[Value] = None,
        children: int = 0,
        parent: Optional[tuple[Queue[AnyStr], int]] = None,
    ) -> int:
        """Adds a message and returns its id. `priority` 0 to 31, larger is more urgent; it is not
        ready before `delay_ms` have passed. Messages of one `group` are taken in their order, one
        at a time. Within the queue's deduplication_ms a second message of one `deduplication_id`
        is not added: the id is that of the first. FullError at the queue's maximum length.

        With `children` it waits until so many children of it are over (or for `delay_ms`, if that
        is given): messages with it as their `parent`, a queue and an id. InvalidError if that does
        not wait for children.
        """
        parent_queue, parent_id = (None, 0) if parent is None else (parent[0]._core, parent[1])
        return self._core.put(
            body,
            integer("priority", priority, PRIORITY),
            integer("delay_ms", delay_ms, DELAY_MS),
            group,
            deduplication_id,
            integer("children", children, CHILDREN),
            parent_queue,
            integer("parent", parent_id, UINT64),
            None,
        )

    def put_many(
        self,
        bodies: Iterable[Value],
        priority: int = 0,
        delay_ms: int = 0,
        *,
        group: Optional[Value] = None,
        parent: Optional[tuple[Queue[AnyStr], int]] = None,
    ) -> list[int]:
        """Adds all of them in one commit, or none; their ids. `group` and `parent` are those of all,
        as put() has them.
        """
        priority = integer("priority", priority, PRIORITY)
        delay_ms = integer("delay_ms", delay_ms, DELAY_MS)
        parent_queue, parent_id = (None, 0) if parent is None else (parent[0]._core, parent[1])
        parent_id = integer("parent", parent_id, UINT64)
        given = list(bodies)
        if 0 < len(given) <= _BATCH:
            return self._core.put_many(given, priority, delay_ms, group, parent_queue, parent_id)
        txn = self._db._core.transaction()
        for body in given:
            txn.enqueue(
                self._core, body, priority, delay_ms, group, None, 0, parent_queue, parent_id, None
            )
        ids: list[int] = txn.commit()
        return ids

    def take(self, timeout: Optional[float] = None, lease_ms: int = 0) -> Optional[Message[AnyStr]]:
        """The next message, under a lease of `lease_ms` (0: the queue's). Waits up to `timeout`
        **seconds** for one (None: for ever, 0: only looks) and then returns None. The longest
        waiting taker is served first.
        """
        messages = self.take_many(1, timeout, lease_ms)
        return messages[0] if messages else None

    def take_many(
        self, n: int, timeout: Optional[float] = None, lease_ms: int = 0
    ) -> list[Message[AnyStr]]:
        """Up to `n` (1 to 4096) messages; waits as take() does for the first of them, not for
        more.
        """
        taken = self._core.take(
            integer("n", n, TAKE_BATCH),
            integer("lease_ms", lease_ms, LEASE_MS),
            timeout_ms(timeout),
        )
        return [Message(core, self._core) for core in taken]

    def ack_many(self, messages: Iterable[Message[AnyStr]]) -> list[Message[AnyStr]]:
        """Done, but for those whose lease ran out, which are returned. Up to 4096 of a queue are one
        commit; those that were taken from other queues are acknowledged there.
        """
        stale = []
        by_queue: dict[_kontor.Queue, list[Message[AnyStr]]] = {}
        for message in messages:
            by_queue.setdefault(message._queue, []).append(message)
        for queue, taken in by_queue.items():
            for start in range(0, len(taken), _BATCH):
                batch = taken[start : start + _BATCH]
                done = queue.acknowledge_many([message.receipt for message in batch])
                for message, is_done in zip(batch, done):
                    if is_done:
                        message._settled = True
                    else:
                        stale.append(message)
        return stale

    async def take_async(
        self, timeout: Optional[float] = None, lease_ms: int = 0
    ) -> Optional[Message[AnyStr]]:
        """take() for asyncio: waits in the event loop, without a thread. A task that takes again and
        again does better with `async for`, or a consumer of its own.
        """
        return await Consumer(self._db, (self,)).take_async(timeout, lease_ms)

    def __aiter__(self) -> AsyncIterator[Message[AnyStr]]:
        return Consumer(self._db, (self,)).__aiter__()

    def __iter__(self) -> Queue[AnyStr]:
        return self

    def __next__(self) -> Message[AnyStr]:
        while True:
            try:
                message = self.take()
            except ClosedError:
                if self._db.closed:
                    raise StopIteration from None
                raise
            if message is not None:
                return message

    def schedule(
        self,
        name: Value,
        body: Value,
        *,
        cron: Optional[str] = None,
        time_zone: Optional[str] = None,
        every_ms: Optional[int] = None,
        first_unix_ms: Optional[int] = None,
        each_missed: bool = False,
        priority: int = 0,
        group: Optional[Value] = None,
    ) -> None:
        """Puts a message in again and again: by a cron expression, read by the clock of `time_zone`
        ("Europe/Berlin"; UTC without), or in an interval, first at `first_unix_ms` (without: one
        interval from now). One of the same name is replaced; one that is the same goes on as it
        was. `each_missed`: each run that nobody looked for in time has its message, instead of one
        for all of them.
        """
        numbers = [
            (1, 0 if every_ms is None else integer("every_ms", every_ms, DELAY_MS)),
            (2, 0 if first_unix_ms is None else integer("first_unix_ms", first_unix_ms, INT64)),
            (3, int(each_missed)),
            (4, integer("priority", priority, PRIORITY)),
        ]
        self._core.schedule(name, body, numbers, cron, time_zone, group)

    def unschedule(self, name: Value) -> bool:
        """Ends a schedule; what it put in stays. False if there is none of this name."""
        return self._core.unschedule(name)

    def schedules(self) -> list[Schedule[AnyStr]]:
        """All of them, by name."""
        return [
            Schedule(name, None if next_run < 0 else next_run, cron, zone, every, missed != 0, *rest)
            for name, next_run, cron, zone, every, missed, *rest in (
                told.values() for told in self._db.execute("Q.SCHEDULES", self.name)
            )
        ]

    def bind(self, channel: Value) -> None:
        """From now on gets what is published to the channel, in one commit with all others that do:
        a queue that is full and refuses messages has the publish refused, with FullError.
        """
        self._core.bind(0, channel)

    def bind_pattern(self, pattern: Value) -> None:
        """The same for the channels that match a glob: * ? [a-z]."""
        self._core.bind(1, pattern)

    def bind_tokens(self, pattern: Value) -> None:
        """The same for a pattern of tokens, as Mailbox.subscribe_tokens() has it."""
        self._core.bind(2, pattern)

    def unbind(self, channel: Value) -> bool:
        """What it got stays. False if it is not bound to the channel."""
        return self._core.unbind(0, channel)

    def unbind_pattern(self, pattern: Value) -> bool:
        """The same for a glob."""
        return self._core.unbind(1, pattern)

    def unbind_tokens(self, pattern: Value) -> bool:
        """The same for a pattern of tokens."""
        return self._core.unbind(2, pattern)

    def pause(self) -> None:
        """Lets nobody take from it until resume(), also after it was reopened."""
        self._core.pause()

    def resume(self) -> None:
        """Lets it go on."""
        self._core.resume()

    def options(self) -> dict[str, Any]:
        """Those it has now, as db.queue() takes them: to change one, open the queue with
        `**{**queue.options(), "lease_ms": 60_000}`.
        """
        return self._db._queue_options(*self._core.options())

    def figures(self) -> QueueFigures:
        """All figures as of one moment."""
        return QueueFigures(*self._core.figures())

    def peek(self, id: Optional[int] = None) -> Optional[MessageView[AnyStr]]:
        """A message as it is now, without taking it; without `id` the one that would be taken next.
        None if there is none.
        """
        core = self._core.peek(0 if id is None else integer("id", id, UINT64))
        return None if core is None else MessageView(core, self._core)

    def browse(self, *states: MessageState) -> Iterator[MessageView[AnyStr]]:
        """The messages in these states (without any: in all of them), in no order, without taking
        them. Those that are there all the time are told at least once.
        """
        bits = sum(1 << state for state in set(states or MessageState))
        cursor = 0
        while True:
            page, cursor = self._core.browse(bits, cursor, _PAGE)
            for core in page:
                yield MessageView(core, self._core)
            if cursor == 0:
                return

    def wait_for(
        self,
        id: int,
        timeout: Optional[float] = None,
        *,
        progress_seen: Optional[int] = None,
    ) -> Optional[MessageView[AnyStr]]:
        """The message once it is done (a queue with result_ms knows its result) or dead, or once
        its progress_count is another one than `progress_seen`. None if that did not come within
        `timeout` **seconds**, or the message is not known (any more).
        """
        seen = -1 if progress_seen is None else integer("progress_seen", progress_seen, (0, 65535))
        core = self._core.wait_for(integer("id", id, UINT64), seen, timeout_ms(timeout))
        return None if core is None else MessageView(core, self._core)

    def __len__(self) -> int:
        """The messages that are not dead: ready, delayed and leased."""
        figures = self.figures()
        return figures.ready + figures.delayed + figures.leased

    def __bool__(self) -> bool:
        """True also while it is empty."""
        return True

    def dead_letters(
        self, after_id: int = 0, limit: Optional[int] = None
    ) -> list[DeadLetter[AnyStr]]:
        """The dead letters with an id larger than `after_id`, by id: all of them, or up to
        `limit`.
        """
        after_id = integer("after_id", after_id, UINT64)
        if limit is not None:
            limit = integer("limit", limit, UINT64)
        letters: list[DeadLetter[AnyStr]] = []
        while limit is None or len(letters) < limit:
            wanted = _PAGE if limit is None else min(_PAGE, limit - len(letters))
            page = self._core.dead_letters(letters[-1].id if letters else after_id, wanted)
            letters += [DeadLetter(core, self._core) for core in page]
            if len(page) < wanted:
                break
        return letters

    def revive(self, id: int) -> bool:
        """Makes a dead letter ready again, its deliveries forgotten. False if there is none of this
        id.
        """
        return self._core.revive(integer("id", id, UINT64))

    def discard(self, id: int) -> bool:
        """Drops a dead letter. False if there is none of this id."""
        return self._core.discard(integer("id", id, UINT64))

    def purge(self) -> None:
        """Drops every message, leased and dead ones too."""
        self._core.purge()

    def __repr__(self) -> str:
        return f"<kontor.Queue {self.name!r}>"
