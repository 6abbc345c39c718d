"""Keys of any type, their deadlines, and the logical databases, with the names and signatures of
redis-py.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import AnyStr, Optional

from ._base import Commands
from ._values import (
    Milliseconds,
    Seconds,
    UnixMilliseconds,
    UnixSeconds,
    Value,
    milliseconds,
    seconds,
    unix_milliseconds,
    unix_seconds,
)


def _conditions(nx: bool, xx: bool, gt: bool, lt: bool) -> list[Value]:
    return [word for word, wanted in (("NX", nx), ("XX", xx), ("GT", gt), ("LT", lt)) if wanted]


class Keys(Commands[AnyStr]):
    def delete(self, *names: Value) -> int:
        """Deletes keys; how many there were."""
        if len(names) == 1:
            return int(self._core.delete(names[0]))
        return self._integer("DEL", *names)

    def unlink(self, *names: Value) -> int:
        """Deletes keys; how many there were."""
        return self._integer("UNLINK", *names)

    def exists(self, *names: Value) -> int:
        """How many of the keys exist; one that is named twice counts twice."""
        if len(names) == 1:
            return int(self._core.exists(names[0]))
        return self._integer("EXISTS", *names)

    def type(self, name: Value) -> AnyStr:
        """What the key holds: string, hash, list, or none."""
        return self._text("TYPE", name)

    def expire(
        self,
        name: Value,
        time: Seconds,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> bool:
        """Lets a key live for `time` seconds; `nx`: if it has no deadline, `xx`: if it has one,
        `gt`, `lt`: if the new one is later, earlier. False where there is no such key or the
        condition is not met.
        """
        return self._flag("EXPIRE", name, seconds(time), *_conditions(nx, xx, gt, lt))

    def pexpire(
        self,
        name: Value,
        time: Milliseconds,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> bool:
        """expire in milliseconds."""
        return self._flag("PEXPIRE", name, milliseconds(time), *_conditions(nx, xx, gt, lt))

    def expireat(
        self,
        name: Value,
        when: UnixSeconds,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> bool:
        """expire at a moment, in Unix seconds."""
        return self._flag("EXPIREAT", name, unix_seconds(when), *_conditions(nx, xx, gt, lt))

    def pexpireat(
        self,
        name: Value,
        when: UnixMilliseconds,
        nx: bool = False,
        xx: bool = False,
        gt: bool = False,
        lt: bool = False,
    ) -> bool:
        """expire at a moment, in Unix milliseconds."""
        return self._flag("PEXPIREAT", name, unix_milliseconds(when), *_conditions(nx, xx, gt, lt))

    def ttl(self, name: Value) -> int:
        """Seconds left to live; -1 without a deadline, -2 where there is no such key."""
        return self._integer("TTL", name)

    def pttl(self, name: Value) -> int:
        """Milliseconds left to live; -1 without a deadline, -2 where there is no such key."""
        return self._integer("PTTL", name)

    def expiretime(self, key: Value) -> int:
        """The deadline in Unix seconds; -1 without one, -2 where there is no such key."""
        return self._integer("EXPIRETIME", key)

    def pexpiretime(self, key: Value) -> int:
        """The deadline in Unix milliseconds; -1 without one, -2 where there is no such key."""
        return self._integer("PEXPIRETIME", key)

    def persist(self, name: Value) -> bool:
        """Removes the deadline; False where there is none."""
        return self._flag("PERSIST", name)

    def rename(self, src: Value, dst: Value) -> bool:
        """Gives a key another name, replacing what has it."""
        return self._done("RENAME", src, dst)

    def renamenx(self, src: Value, dst: Value) -> bool:
        """Gives a key another name; False where that exists."""
        return self._flag("RENAMENX", src, dst)

    def copy(
        self,
        source: Value,
        destination: Value,
        destination_db: Optional[int] = None,
        replace: bool = False,
    ) -> bool:
        """Copies a key; False where there is no such key or the other exists."""
        options: list[Value] = []
        if destination_db is not None:
            options += ["DB", destination_db]
        if replace:
            options.append("REPLACE")
        return self._flag("COPY", source, destination, *options)

    def keys(self, pattern: Value = "*") -> list[AnyStr]:
        """All keys that match. Stops everybody else meanwhile: scan_iter does not."""
        return self._values("KEYS", pattern)

    def scan(
        self,
        cursor: int = 0,
        match: Optional[Value] = None,
        count: Optional[int] = None,
        _type: Optional[str] = None,
    ) -> tuple[int, list[AnyStr]]:
        """Some keys and the cursor of the next ones, 0 at the end."""
        options: list[Value] = []
        if match is not None:
            options += ["MATCH", match]
        if count is not None:
            options += ["COUNT", count]
        if _type is not None:
            options += ["TYPE", _type]
        next_cursor, keys = self._core.execute("SCAN", cursor, *options)
        return int(next_cursor), keys

    def scan_iter(
        self,
        match: Optional[Value] = None,
        count: Optional[int] = None,
        _type: Optional[str] = None,
    ) -> Iterator[AnyStr]:
        """Walks the keys in parts. One that is there throughout is never missed; one may come
        twice.
        """
        cursor = -1
        while cursor != 0:
            cursor, keys = self.scan(max(cursor, 0), match, count, _type)
            yield from keys

    def randomkey(self) -> Optional[AnyStr]:
        """A key chosen at random, None where there is none."""
        return self._value("RANDOMKEY")

    def touch(self, *args: Value) -> int:
        """How many of the keys exist; they count as used."""
        return self._integer("TOUCH", *args)

    def dbsize(self) -> int:
        """How many keys this logical database has."""
        return self._integer("DBSIZE")

    def flushdb(self, asynchronous: bool = False) -> bool:
        """Deletes all keys of this logical database."""
        return self._done("FLUSHDB", *(["ASYNC"] if asynchronous else []))

    def flushall(self, asynchronous: bool = False) -> bool:
        """Deletes all keys of all logical databases. Queues stay."""
        return self._done("FLUSHALL", *(["ASYNC"] if asynchronous else []))

    def swapdb(self, first: int, second: int) -> bool:
        """Exchanges two logical databases."""
        return self._done("SWAPDB", first, second)

    def move(self, name: Value, db: int) -> bool:
        """Moves a key into another logical database; False where there is no such key or it exists
        there.
        """
        return self._flag("MOVE", name, db)

    def __contains__(self, name: Value) -> bool:
        return self._core.exists(name)

    def __delitem__(self, name: Value) -> None:
        if not self._core.delete(name):
            raise KeyError(name)
