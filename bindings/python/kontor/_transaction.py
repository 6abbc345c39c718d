"""Transactions: one atomic commit over keys, queues and channels."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, AnyStr, Generic, Optional, Union

from . import _kontor
from ._errors import ClosedError, ForkedError
from ._message import Message
from ._queue import Queue
from ._values import (
    CHILDREN,
    DELAY_MS,
    INT64,
    PRIORITY,
    UINT64,
    Bounds,
    Milliseconds,
    Seconds,
    Value,
    integer,
    milliseconds,
    seconds,
)

if TYPE_CHECKING:
    from ._database import Database

_FRONT = 0
_BACK = 1
_STEP: Bounds = (0, (1 << 20) - 1)
_TTL_MS: Bounds = (1, DELAY_MS[1])


class Transaction(Generic[AnyStr]):
    """Collects steps and makes them one commit and one journal record: all of it happens, or
    nothing.

    Nothing is visible, read or locked before the commit. With `with` it is committed at the end, or
    forgotten if the block raised. Every step returns the transaction. For one thread at a time.
    """

    def __init__(
        self, core: _kontor.Transaction, db: Database[AnyStr], durability: Optional[int]
    ) -> None:
        self._core = core
        self._db: Database[AnyStr] = db
        self._durability = durability
        self._ask_for_durability()
        self._steps = 0
        self._acknowledged: list[Message[AnyStr]] = []
        self.replies: list[Any] = []

    def set(
        self,
        name: Value,
        value: Value,
        ex: Optional[Seconds] = None,
        px: Optional[Milliseconds] = None,
    ) -> Transaction[AnyStr]:
        """Sets a string, that lives for `ex` seconds or `px` milliseconds if given."""
        if ex is not None and px is not None:
            raise ValueError("ex and px contradict each other")
        ttl_ms = 0
        if ex is not None:
            ttl_ms = seconds(ex) * 1000
        if px is not None:
            ttl_ms = milliseconds(px)
        if ex is not None or px is not None:
            ttl_ms = integer("the time to live in milliseconds", ttl_ms, _TTL_MS)
        self._core.set(name, value, ttl_ms)
        return self._step()

    def delete(self, *names: Value) -> Transaction[AnyStr]:
        """Deletes keys, one step for each."""
        for name in names:
            self._core.delete(name)
            self._step()
        return self

    def increment(self, name: Value, amount: int = 1) -> Transaction[AnyStr]:
        """Adds to an integer (absent: 0)."""
        self._core.increment(name, integer("amount", amount, INT64))
        return self._step()

    def hset(
        self,
        name: Value,
        key: Optional[Value] = None,
        value: Optional[Value] = None,
        mapping: Optional[Mapping[Value, Value]] = None,
    ) -> Transaction[AnyStr]:
        """Sets a field, and those of a mapping: one step for each."""
        if (key is None) != (value is None):
            raise ValueError("hset with a field and no value, or the reverse")
        if key is None and not mapping:
            raise ValueError("hset without any field: give key and value, or mapping")
        if key is not None and value is not None:
            self._core.hash_set(name, key, value)
            self._step()
        for field, content in (mapping or {}).items():
            self._core.hash_set(name, field, content)
            self._step()
        return self

    def hincrby(self, name: Value, key: Value, amount: int = 1) -> Transaction[AnyStr]:
        """Adds to an integer in a hash (absent: 0)."""
        self._core.hash_increment(name, key, integer("amount", amount, INT64))
        return self._step()

    def lpush(self, name: Value, *values: Value) -> Transaction[AnyStr]:
        """Puts values in front of a list, one step for each."""
        return self._push(name, _FRONT, values)

    def rpush(self, name: Value, *values: Value) -> Transaction[AnyStr]:
        """Puts values at the end of a list, one step for each."""
        return self._push(name, _BACK, values)

    def execute(self, *arguments: Value) -> Transaction[AnyStr]:
        """Any command that reads or writes keys; its blocking form does not block."""
        self._core.execute(*arguments)
        return self._step()

    def enqueue(
        self,
        queue: Queue[AnyStr],
        body: Value,
        priority: int = 0,
        delay_ms: int = 0,
        *,
        group: Optional[Value] = None,
        deduplication_id: Optional[Value] = None,
        children: int = 0,
        parent: Union[tuple[Queue[AnyStr], int], int, None] = None,
    ) -> Transaction[AnyStr]:
        """Adds a message to a queue, as Queue.put() does; the reply is its id. `parent` may also be
        the number of the step of this transaction that adds the parent: len(txn) before it does.
        """
        parent_queue, parent_id = parent if isinstance(parent, tuple) else (None, 0)
        parent_step = parent if isinstance(parent, int) else None
        self._core.enqueue(
            queue._core,
            body,
            integer("priority", priority, PRIORITY),
            integer("delay_ms", delay_ms, DELAY_MS),
            group,
            deduplication_id,
            integer("children", children, CHILDREN),
            None if parent_queue is None else parent_queue._core,
            integer("parent", parent_id, UINT64),
            None if parent_step is None else integer("parent", parent_step, _STEP),
        )
        return self._step()

    def acknowledge(
        self, message: Message[AnyStr], result: Optional[Value] = None
    ) -> Transaction[AnyStr]:
        """The message is done when this commits, with a result for those who wait for it. The
        commit fails as a whole, with StaleReceiptError, if the lease ran out before.
        """
        self._core.acknowledge(message._queue, message.receipt, result)
        self._acknowledged.append(message)
        return self._step()

    def publish(self, channel: Value, message: Value) -> Transaction[AnyStr]:
        """Publishes when this commits."""
        self._core.publish(channel, message)
        return self._step()

    def commit(self) -> list[Any]:
        """Commits and returns one reply per step, also kept in `replies`. On failure nothing
        happened and the message names the step; only an IoError says that the change is visible but
        may not survive. The transaction is then empty and can be used anew.
        """
        acknowledged, self._acknowledged, self._steps = self._acknowledged, [], 0
        self.replies = []
        self._ask_for_durability()
        self.replies = self._core.commit()
        for message in acknowledged:
            message._settled = True
        return self.replies

    def rollback(self) -> None:
        """Forgets the steps."""
        self._acknowledged, self._steps = [], 0
        self._core = self._db._core.transaction()

    def __len__(self) -> int:
        """How many steps it has."""
        return self._steps

    def __bool__(self) -> bool:
        """True also while it is empty."""
        return True

    def __enter__(self) -> Transaction[AnyStr]:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if kind is not None:
            try:
                self.rollback()
            except (ClosedError, ForkedError):
                # Nothing can be committed any more: what the block raised is the news.
                pass
        elif self._steps:
            self.commit()

    def _ask_for_durability(self) -> None:
        if self._durability is not None:
            self._core.set_durability(self._durability)

    def _push(self, name: Value, side: int, values: tuple[Value, ...]) -> Transaction[AnyStr]:
        for value in values:
            self._core.list_push(name, side, value)
            self._step()
        return self

    def _step(self) -> Transaction[AnyStr]:
        self._steps += 1
        return self
