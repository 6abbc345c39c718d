"""Hashes, with the names and signatures of redis-py."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import AnyStr, Optional, Union

from ._base import Commands
from ._values import Value, Values, as_list


class Hashes(Commands[AnyStr]):
    def hset(
        self,
        name: Value,
        key: Optional[Value] = None,
        value: Optional[Value] = None,
        mapping: Optional[Mapping[Value, Value]] = None,
        items: Optional[Sequence[Value]] = None,
    ) -> int:
        """Sets one field, those of a mapping, and those of `items` (field, value, field, ...); how
        many are new.
        """
        pairs: list[Value] = []
        if key is not None:
            if value is None:
                raise ValueError("hset with a field and no value")
            if not mapping and not items:
                return int(self._core.hash_set(name, key, value))
            pairs += [key, value]
        if mapping:
            pairs += [item for pair in mapping.items() for item in pair]
        if items:
            pairs += items
        if not pairs:
            raise ValueError("hset without any field: give key and value, mapping or items")
        return self._integer("HSET", name, *pairs)

    def hget(self, name: Value, key: Value) -> Optional[AnyStr]:
        """The value of a field, or None."""
        value: Optional[AnyStr] = self._core.hash_get(name, key)
        return value

    def hdel(self, name: Value, *keys: Value) -> int:
        """Deletes fields; how many there were."""
        return self._integer("HDEL", name, *keys)

    def hmget(self, name: Value, keys: Values, *args: Value) -> list[Optional[AnyStr]]:
        """The values of many fields; None for those that are absent."""
        return self._gaps("HMGET", name, *as_list(keys), *args)

    def hgetall(self, name: Value) -> dict[AnyStr, AnyStr]:
        """The whole hash, empty where there is no such key."""
        fields: dict[AnyStr, AnyStr] = self._core.execute("HGETALL", name)
        return fields

    def hkeys(self, name: Value) -> list[AnyStr]:
        """The fields."""
        return self._values("HKEYS", name)

    def hvals(self, name: Value) -> list[AnyStr]:
        """The values."""
        return self._values("HVALS", name)

    def hlen(self, name: Value) -> int:
        """How many fields there are."""
        return self._core.hash_length(name)

    def hexists(self, name: Value, key: Value) -> bool:
        """Whether there is such a field."""
        return self._flag("HEXISTS", name, key)

    def hsetnx(self, name: Value, key: Value, value: Value) -> bool:
        """Sets a field if there is none of this name."""
        return self._flag("HSETNX", name, key, value)

    def hincrby(self, name: Value, key: Value, amount: int = 1) -> int:
        """Adds to an integer (absent: 0); the number after."""
        return self._integer("HINCRBY", name, key, amount)

    def hincrbyfloat(self, name: Value, key: Value, amount: float = 1.0) -> float:
        """Adds to a float (absent: 0); the number after."""
        return self._float("HINCRBYFLOAT", name, key, amount)

    def hstrlen(self, name: Value, key: Value) -> int:
        """The length of a value in bytes, 0 where there is none."""
        return self._integer("HSTRLEN", name, key)

    def hrandfield(
        self, key: Value, count: Optional[int] = None, withvalues: bool = False
    ) -> Union[AnyStr, list[AnyStr], None]:
        """A field chosen at random; with `count` a list of that many different ones (negative: they
        may repeat), with `withvalues` each followed by its value.
        """
        if count is None:
            if withvalues:
                raise ValueError("hrandfield with values needs a count")
            return self._value("HRANDFIELD", key)
        if withvalues:
            return self._values("HRANDFIELD", key, count, "WITHVALUES")
        return self._values("HRANDFIELD", key, count)

    def hscan(
        self,
        name: Value,
        cursor: int = 0,
        match: Optional[Value] = None,
        count: Optional[int] = None,
    ) -> tuple[int, dict[AnyStr, AnyStr]]:
        """A part of a hash and the cursor of the next one, 0 at the end."""
        options: list[Value] = []
        if match is not None:
            options += ["MATCH", match]
        if count is not None:
            options += ["COUNT", count]
        next_cursor, flat = self._core.execute("HSCAN", name, cursor, *options)
        return int(next_cursor), dict(zip(flat[::2], flat[1::2]))

    def hscan_iter(
        self, name: Value, match: Optional[Value] = None, count: Optional[int] = None
    ) -> Iterator[tuple[AnyStr, AnyStr]]:
        """Walks a hash in parts. A field that is there throughout is never missed; one may come
        twice.
        """
        cursor = -1
        while cursor != 0:
            cursor, fields = self.hscan(name, max(cursor, 0), match, count)
            yield from fields.items()
