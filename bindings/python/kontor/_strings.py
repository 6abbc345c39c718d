"""Strings, with the names and signatures of redis-py."""

from __future__ import annotations

from collections.abc import Mapping
from typing import AnyStr, Optional, Union

from ._base import Commands
from ._values import (
    Milliseconds,
    Seconds,
    UnixMilliseconds,
    UnixSeconds,
    Value,
    Values,
    as_list,
    milliseconds,
    seconds,
    unix_milliseconds,
    unix_seconds,
)


def _expiry(
    ex: Optional[Seconds],
    px: Optional[Milliseconds],
    exat: Optional[UnixSeconds],
    pxat: Optional[UnixMilliseconds],
) -> list[Value]:
    options: list[Value] = []
    if ex is not None:
        options += ["EX", seconds(ex)]
    if px is not None:
        options += ["PX", milliseconds(px)]
    if exat is not None:
        options += ["EXAT", unix_seconds(exat)]
    if pxat is not None:
        options += ["PXAT", unix_milliseconds(pxat)]
    return options


def _pairs(mapping: Mapping[Value, Value]) -> list[Value]:
    return [item for pair in mapping.items() for item in pair]


class Strings(Commands[AnyStr]):
    def set(
        self,
        name: Value,
        value: Value,
        ex: Optional[Seconds] = None,
        px: Optional[Milliseconds] = None,
        nx: bool = False,
        xx: bool = False,
        keepttl: bool = False,
        get: bool = False,
        exat: Optional[UnixSeconds] = None,
        pxat: Optional[UnixMilliseconds] = None,
    ) -> Union[bool, AnyStr, None]:
        """Sets a string. True, or None where `nx` or `xx` forbade it; with `get` the value before,
        or None.
        """
        options = _expiry(ex, px, exat, pxat)
        options += [
            word
            for word, wanted in (("NX", nx), ("XX", xx), ("KEEPTTL", keepttl), ("GET", get))
            if wanted
        ]
        if not options:
            self._core.set(name, value)
            return True
        reply = self._value("SET", name, value, *options)
        if get:
            return reply
        return None if reply is None else True

    def get(self, name: Value) -> Optional[AnyStr]:
        """The string, or None."""
        value: Optional[AnyStr] = self._core.get(name)
        return value

    def mget(self, keys: Values, *args: Value) -> list[Optional[AnyStr]]:
        """The strings of many keys; None for those that are absent or no strings."""
        values: list[Optional[AnyStr]] = self._core.get_many([*as_list(keys), *args])
        return values

    def mset(self, mapping: Mapping[Value, Value]) -> bool:
        """Sets many at once: all of them or none."""
        if not mapping:
            return self._done("MSET")
        self._core.set_many(dict(mapping))
        return True

    def msetnx(self, mapping: Mapping[Value, Value]) -> bool:
        """Sets many at once if none of them exists, else nothing."""
        return self._flag("MSETNX", *_pairs(mapping))

    def getset(self, name: Value, value: Value) -> Optional[AnyStr]:
        """Sets a string and returns the one before."""
        return self._value("GETSET", name, value)

    def getdel(self, name: Value) -> Optional[AnyStr]:
        """Reads a string and deletes it."""
        return self._value("GETDEL", name)

    def getex(
        self,
        name: Value,
        ex: Optional[Seconds] = None,
        px: Optional[Milliseconds] = None,
        exat: Optional[UnixSeconds] = None,
        pxat: Optional[UnixMilliseconds] = None,
        persist: bool = False,
    ) -> Optional[AnyStr]:
        """Reads a string and sets, or with `persist` removes, its deadline."""
        options = _expiry(ex, px, exat, pxat)
        if persist:
            options.append("PERSIST")
        return self._value("GETEX", name, *options)

    def setnx(self, name: Value, value: Value) -> bool:
        """Sets a string if there is no such key."""
        return self._flag("SETNX", name, value)

    def setex(self, name: Value, time: Seconds, value: Value) -> bool:
        """Sets a string that lives for `time` seconds."""
        return self._done("SETEX", name, seconds(time), value)

    def psetex(self, name: Value, time_ms: Milliseconds, value: Value) -> bool:
        """Sets a string that lives for `time_ms` milliseconds."""
        return self._done("PSETEX", name, milliseconds(time_ms), value)

    def append(self, key: Value, value: Value) -> int:
        """Appends; the length after."""
        return self._core.append(key, value)

    def strlen(self, name: Value) -> int:
        """The length in bytes, 0 where there is no such key."""
        return self._integer("STRLEN", name)

    def getrange(self, key: Value, start: int, end: int) -> AnyStr:
        """A part of a string, `end` included; negative positions count from the end."""
        return self._text("GETRANGE", key, start, end)

    def setrange(self, name: Value, offset: int, value: Value) -> int:
        """Overwrites a part, filling up with zero bytes; the length after."""
        return self._integer("SETRANGE", name, offset, value)

    def incr(self, name: Value, amount: int = 1) -> int:
        """Adds to an integer (absent: 0); the number after."""
        return self.incrby(name, amount)

    def incrby(self, name: Value, amount: int = 1) -> int:
        """Adds to an integer (absent: 0); the number after."""
        if -(1 << 63) <= amount < 1 << 63:
            return self._core.increment(name, amount)
        return self._integer("INCRBY", name, amount)

    def decr(self, name: Value, amount: int = 1) -> int:
        """Subtracts from an integer (absent: 0); the number after."""
        return self.decrby(name, amount)

    def decrby(self, name: Value, amount: int = 1) -> int:
        """Subtracts from an integer (absent: 0); the number after."""
        return self._integer("DECRBY", name, amount)

    def incrbyfloat(self, name: Value, amount: float = 1.0) -> float:
        """Adds to a float (absent: 0); the number after."""
        return self._float("INCRBYFLOAT", name, amount)

    def __getitem__(self, name: Value) -> AnyStr:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __setitem__(self, name: Value, value: Value) -> None:
        self._core.set(name, value)
