"""The keys under which the results of cached functions are kept."""

from __future__ import annotations

import enum
import inspect
import weakref
from datetime import date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from types import CodeType
from typing import Any, Callable, NamedTuple, Optional
from uuid import UUID
from zoneinfo import ZoneInfo

from ._values import Value

# Their repr is made of nothing but their value.
_PLAIN = (type(None), bool, int, float, str, bytes, Decimal, date, timedelta, UUID)


def stable_repr(value: object) -> str:
    """A repr that is the same in every process and for equal values in any order of insertion.
    TypeError for what has none: such a function needs key=.
    """
    kind = type(value)
    if kind in _PLAIN:
        return repr(value)
    if isinstance(value, (datetime, time)) and kind in (datetime, time):
        _check_zone(value.tzinfo)
        return repr(value)
    if isinstance(value, enum.Enum):
        return _enum_repr(value)
    if kind is tuple or kind is list:
        return f"{kind.__name__}({', '.join(map(stable_repr, value))})"  # type: ignore[call-overload]
    if kind is set or kind is frozenset:
        return f"{kind.__name__}({', '.join(sorted(map(stable_repr, value)))})"  # type: ignore[call-overload]
    if isinstance(value, dict) and kind is dict:
        items = sorted(f"{stable_repr(k)}: {stable_repr(v)}" for k, v in value.items())
        return f"dict({', '.join(items)})"
    raise _no_stable_repr(kind)


def _no_stable_repr(kind: type) -> TypeError:
    return TypeError(
        f"an argument of type {kind.__qualname__} has no repr that is the same in every process: "
        "make the key yourself with cached(key=...)"
    )


def _check_zone(zone: Optional[tzinfo]) -> None:
    """A ZoneInfo without a key shows the address of its file, and others need not show theirs."""
    if zone is None or type(zone) is timezone:
        return
    if not (type(zone) is ZoneInfo and type(zone.key) is str):
        raise _no_stable_repr(type(zone))


def _enum_repr(value: enum.Enum) -> str:
    kind = type(value)
    name = f"{kind.__module__}.{kind.__qualname__}"
    if isinstance(value, enum.Flag):
        # A combination has no name, or one that depends on the version of Python.
        return f"{name}({value.value!r})"
    if kind.__members__.get(value.name) is value:
        return f"{name}.{value.name}"
    raise _no_stable_repr(kind)


class Keys:
    """The key of a call of a function."""

    def __init__(
        self, function: Callable[..., Any], own: Optional[Callable[..., Value]], prefix: str
    ) -> None:
        self._own = own
        self._prefix = prefix
        if own is None:
            self._name = prefix + function_name(function)
            self._signature = inspect.signature(function)

    def of(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Value:
        if self._own is None:
            bound = self._signature.bind(*args, **kwargs)
            bound.apply_defaults()
            values = (f"{name}={stable_repr(v)}" for name, v in bound.arguments.items())
            return f"{self._name}({', '.join(values)})"
        key = self._own(*args, **kwargs)
        if isinstance(key, (bytearray, memoryview)):
            key = bytes(key)
        if not self._prefix:
            return key
        if isinstance(key, bytes):
            return self._prefix.encode() + key
        return f"{self._prefix}{key}"


def function_name(function: Callable[..., Any]) -> str:
    try:
        return f"{function.__module__}.{function.__qualname__}"
    except AttributeError:
        raise TypeError(
            f"{function!r} has no name to make keys of: make them yourself with cached(key=...)"
        ) from None


class _Definition(NamedTuple):
    """Where a function comes from."""

    function: weakref.ref[Any]
    code: CodeType
    # Its module's names, and the import that filled them: a reload brings another.
    names: dict[str, Any]
    spec: object
    # Whether calls with equal arguments may differ from those of another function of this code.
    captures: bool

    @classmethod
    def of(cls, function: Callable[..., Any]) -> Optional[_Definition]:
        """None for what is not written in Python."""
        inner: Any = inspect.unwrap(function)
        captures = inspect.ismethod(inner) or bool(getattr(inner, "__closure__", None))
        try:
            names = inner.__globals__
            code = inner.__code__
        except AttributeError:
            return None
        return cls(weakref.ref(inner), code, names, names.get("__spec__"), captures)

    def is_another(self, new: _Definition) -> bool:
        """Whether both are meant to be there at once, and may have different results."""
        if self.function() is new.function():
            return False
        if self.names is not new.names or self.spec is not new.spec:
            return False  # The module was reloaded.
        if self.code is new.code:
            return new.captures  # Two closures of one factory; without captures they are the same.
        return "__file__" in new.names  # At a prompt or in a notebook it is defined anew.


class Names:
    """Which function has a name: two would return each other's results. For one handle."""

    def __init__(self) -> None:
        self._definitions: dict[str, _Definition] = {}

    def take(self, name: str, function: Callable[..., Any]) -> None:
        """ValueError if another function has it."""
        new = _Definition.of(function)
        if new is None:
            return
        earlier = self._definitions.get(name)
        if earlier is not None and earlier.is_another(new):
            raise ValueError(
                f"another function is cached as {name} in this database, and they would return "
                "each other's results: give them different prefixes, cached(prefix=...), or make "
                "the key yourself with cached(key=...)"
            )
        self._definitions[name] = new
