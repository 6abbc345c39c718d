"""Lists, with the names and signatures of redis-py."""

from __future__ import annotations

from typing import Any, AnyStr, Literal, Optional, Union, overload

from ._base import Commands
from ._values import Value, Values, as_list

Side = Literal["LEFT", "RIGHT"]

_FRONT = 0
_BACK = 1


def _pair(reply: Any) -> Any:
    return None if reply is None else tuple(reply)


class Lists(Commands[AnyStr]):
    def lpush(self, name: Value, *values: Value) -> int:
        """Puts values in front, one after the other; the length after."""
        if len(values) == 1:
            return self._core.list_push(name, _FRONT, values[0])
        return self._integer("LPUSH", name, *values)

    def rpush(self, name: Value, *values: Value) -> int:
        """Puts values at the end; the length after."""
        if len(values) == 1:
            return self._core.list_push(name, _BACK, values[0])
        return self._integer("RPUSH", name, *values)

    def lpushx(self, name: Value, *values: Value) -> int:
        """lpush if there is such a list; the length after, 0 if there is none."""
        return self._integer("LPUSHX", name, *values)

    def rpushx(self, name: Value, *values: Value) -> int:
        """rpush if there is such a list; the length after, 0 if there is none."""
        return self._integer("RPUSHX", name, *values)

    @overload
    def lpop(self, name: Value, count: None = None) -> Optional[AnyStr]: ...
    @overload
    def lpop(self, name: Value, count: int) -> Optional[list[AnyStr]]: ...
    def lpop(self, name: Value, count: Optional[int] = None) -> Union[AnyStr, list[AnyStr], None]:
        """Takes the first element; with `count` a list of up to so many. None where there is no
        such list.
        """
        if count is None:
            return self._value("LPOP", name)
        return self._values("LPOP", name, count)

    @overload
    def rpop(self, name: Value, count: None = None) -> Optional[AnyStr]: ...
    @overload
    def rpop(self, name: Value, count: int) -> Optional[list[AnyStr]]: ...
    def rpop(self, name: Value, count: Optional[int] = None) -> Union[AnyStr, list[AnyStr], None]:
        """Takes the last element; with `count` a list of up to so many. None where there is no such
        list.
        """
        if count is None:
            return self._value("RPOP", name)
        return self._values("RPOP", name, count)

    def llen(self, name: Value) -> int:
        """The length, 0 where there is no such key."""
        return self._core.list_length(name)

    def lrange(self, name: Value, start: int, end: int) -> list[AnyStr]:
        """A part, `end` included; negative positions count from the end."""
        return self._values("LRANGE", name, start, end)

    def lindex(self, name: Value, index: int) -> Optional[AnyStr]:
        """The element at a position, or None."""
        return self._value("LINDEX", name, index)

    def lset(self, name: Value, index: int, value: Value) -> bool:
        """Replaces the element at a position."""
        return self._done("LSET", name, index, value)

    def linsert(
        self, name: Value, where: Literal["BEFORE", "AFTER"], refvalue: Value, value: Value
    ) -> int:
        """Inserts beside the first element that equals `refvalue`; the length after, -1 if there is
        none.
        """
        return self._integer("LINSERT", name, where, refvalue, value)

    def lrem(self, name: Value, count: int, value: Value) -> int:
        """Removes equal elements: `count` from the front, -`count` from the end, 0 all; how
        many.
        """
        return self._integer("LREM", name, count, value)

    def ltrim(self, name: Value, start: int, end: int) -> bool:
        """Keeps a part, `end` included, and drops the rest."""
        return self._done("LTRIM", name, start, end)

    def lpos(
        self,
        name: Value,
        value: Value,
        rank: Optional[int] = None,
        count: Optional[int] = None,
        maxlen: Optional[int] = None,
    ) -> Union[int, list[int], None]:
        """Where an element is: the `rank`-th match; with `count` a list of up to so many (0:
        all).
        """
        options: list[Value] = []
        if rank is not None:
            options += ["RANK", rank]
        if count is not None:
            options += ["COUNT", count]
        if maxlen is not None:
            options += ["MAXLEN", maxlen]
        reply: Union[int, list[int], None] = self._core.execute("LPOS", name, value, *options)
        return reply

    def lmove(
        self, first_list: Value, second_list: Value, src: Side = "LEFT", dest: Side = "RIGHT"
    ) -> Optional[AnyStr]:
        """Moves an element from one list's end to another's; the element, or None."""
        return self._value("LMOVE", first_list, second_list, src, dest)

    def rpoplpush(self, src: Value, dst: Value) -> Optional[AnyStr]:
        """Moves the last element of one list to the front of another; the element, or None."""
        return self._value("RPOPLPUSH", src, dst)

    def lmpop(
        self, num_keys: int, *args: Value, direction: Side, count: Optional[int] = 1
    ) -> Optional[list[Any]]:
        """Takes up to `count` elements of the first list that has some: [key, [elements]], or
        None.
        """
        reply: Optional[list[Any]] = self._core.execute(
            "LMPOP", num_keys, *args, direction, "COUNT", 1 if count is None else count
        )
        return reply

    def blpop(self, keys: Values, timeout: Optional[float] = 0) -> Optional[tuple[AnyStr, AnyStr]]:
        """Takes the first element of the first list that has one: (key, element). Waits up to
        `timeout` seconds for it and then returns None; 0 or None, as in Redis, wait for ever.
        """
        pair: Optional[tuple[AnyStr, AnyStr]] = _pair(
            self._core.execute("BLPOP", *as_list(keys), timeout or 0)
        )
        return pair

    def brpop(self, keys: Values, timeout: Optional[float] = 0) -> Optional[tuple[AnyStr, AnyStr]]:
        """blpop from the other end."""
        pair: Optional[tuple[AnyStr, AnyStr]] = _pair(
            self._core.execute("BRPOP", *as_list(keys), timeout or 0)
        )
        return pair

    def brpoplpush(self, src: Value, dst: Value, timeout: Optional[float] = 0) -> Optional[AnyStr]:
        """rpoplpush that waits up to `timeout` seconds; 0 or None wait for ever."""
        return self._value("BRPOPLPUSH", src, dst, timeout or 0)

    def blmove(
        self,
        first_list: Value,
        second_list: Value,
        timeout: Optional[float],
        src: Side = "LEFT",
        dest: Side = "RIGHT",
    ) -> Optional[AnyStr]:
        """lmove that waits up to `timeout` seconds; 0 or None wait for ever."""
        return self._value("BLMOVE", first_list, second_list, src, dest, timeout or 0)

    def blmpop(
        self,
        timeout: Optional[float],
        numkeys: int,
        *args: Value,
        direction: Side,
        count: Optional[int] = 1,
    ) -> Optional[list[Any]]:
        """lmpop that waits up to `timeout` seconds; 0 or None wait for ever."""
        reply: Optional[list[Any]] = self._core.execute(
            "BLMPOP",
            timeout or 0,
            numkeys,
            *args,
            direction,
            "COUNT",
            1 if count is None else count,
        )
        return reply
