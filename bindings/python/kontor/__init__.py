"""Kontor: a storage-and-broker engine inside your process.

import kontor

with kontor.open("data") as db:
    db.set("greeting", "hello", ex=60)
    emails = db.queue("emails", max_deliveries=5)
    emails.put("to: you")
    for message in emails:
        with message, db.transaction() as txn:
            txn.increment("sent").publish("sent", message.body).acknowledge(message)
"""

from __future__ import annotations

from typing import NamedTuple

from . import _kontor
from ._cached import AsyncCached, Cached
from ._channels import ChannelFigures
from ._consumer import Consumer
from ._database import Database, DatabaseFigures, open
from ._errors import (
    ClosedError,
    CommandError,
    CorruptError,
    Error,
    ForkedError,
    FullError,
    InternalError,
    InvalidError,
    IoError,
    LockedError,
    NewerFormatError,
    NotFoundError,
    NoMemoryError,
    NotANumberError,
    OutOfRangeError,
    ReadOnlyError,
    StaleReceiptError,
    TooLargeError,
    UnsupportedError,
    WrongTypeError,
)
from ._lease import Fetched, Lease
from ._listener import Listener, ListenerFigures
from ._mailbox import Delivery, Mailbox
from ._message import DeadLetter, Message, MessageState, MessageView
from ._queue import Queue, QueueFigures, Schedule
from ._session import Session
from ._transaction import Transaction

__version__: str = _kontor.version()


class CommandInfo(NamedTuple):
    """A row of the command table."""

    name: str
    arity: int
    group: str
    summary: str
    syntax: str
    flags: list[str]


def command_table() -> list[CommandInfo]:
    """Every command that execute() knows."""
    return [CommandInfo(*row) for row in _kontor.command_table()]


__all__ = [
    "AsyncCached",
    "Cached",
    "ChannelFigures",
    "ClosedError",
    "CommandError",
    "CommandInfo",
    "Consumer",
    "CorruptError",
    "Database",
    "DatabaseFigures",
    "DeadLetter",
    "Delivery",
    "Error",
    "Fetched",
    "ForkedError",
    "FullError",
    "InternalError",
    "InvalidError",
    "IoError",
    "Lease",
    "Listener",
    "ListenerFigures",
    "LockedError",
    "Mailbox",
    "Message",
    "MessageState",
    "MessageView",
    "NewerFormatError",
    "NotFoundError",
    "NoMemoryError",
    "NotANumberError",
    "OutOfRangeError",
    "Queue",
    "QueueFigures",
    "ReadOnlyError",
    "Schedule",
    "Session",
    "StaleReceiptError",
    "TooLargeError",
    "Transaction",
    "UnsupportedError",
    "WrongTypeError",
    "__version__",
    "command_table",
    "open",
]
