"""The keys and the names of cached functions."""

from __future__ import annotations

import enum
import importlib
import io
import sys
from datetime import date, datetime, timedelta, timezone, tzinfo
from datetime import time as time_of_day
from decimal import Decimal
from pathlib import Path
from typing import Any, Optional
from uuid import UUID
from zoneinfo import ZoneInfo

import kontor
import pytest
from conftest import run_python

Db = kontor.Database[bytes]


class Colour(enum.Enum):
    RED = 1


class Right(enum.IntFlag):
    READ = 1
    WRITE = 2


class Side(enum.Flag):
    LEFT = 1
    RIGHT = 2


class Zone(tzinfo):
    def __init__(self, hours: int) -> None:
        self.hours = hours

    def utcoffset(self, _: Optional[datetime]) -> timedelta:
        return timedelta(hours=self.hours)

    def dst(self, _: Optional[datetime]) -> Optional[timedelta]:
        return None

    def tzname(self, _: Optional[datetime]) -> Optional[str]:
        return None


def test_keys(db: Db) -> None:
    @db.cached(prefix="app:")
    def f(a: object, *rest: object, b: object = 1, **more: object) -> int:
        return 1

    name = f"app:{__name__}.test_keys.<locals>.f"
    assert f.key(1) == f"{name}(a=1, rest=tuple(), b=1, more=dict())"
    assert f.key(1, b=1) == f.key(a=1)
    assert len({f.key(value) for value in (1, 1.0, True, "1", b"1", None, Decimal(1))}) == 7
    assert f.key({"y": 1, "x": 2}) == f.key({"x": 2, "y": 1})
    assert f.key({"b", "a"}) == f.key({"a", "b"}) != f.key(["a", "b"])
    assert f.key((1, 2)) != f.key(1, 2) != f.key([1, 2])
    assert f.key(0, x=1, y=2) == f.key(0, y=2, x=1)
    assert f.key(Colour.RED) == f"{name}(a={__name__}.Colour.RED, rest=tuple(), b=1, more=dict())"
    assert f.key(date(2026, 1, 2), UUID(int=1)) == f.key(date(2026, 1, 2), UUID(int=1))
    for strange in (object(), [object()], {"k": object()}, lambda: 1):
        with pytest.raises(TypeError, match="key="):
            f.key(strange)
        with pytest.raises(TypeError, match="key="):
            f(strange)
    with pytest.raises(TypeError):
        f()  # type: ignore[call-arg]


def test_keys_of_flags(db: Db) -> None:
    """Combinations have no name, or one that depends on the version of Python."""

    @db.cached()
    def f(flags: enum.Flag) -> int:
        return 1

    name = f"{__name__}.test_keys_of_flags.<locals>.f(flags={__name__}"
    rights = [Right(8), Right(16), Right(9), Right(0), Right.READ | Right.WRITE, Right.READ]
    assert [f.key(r) for r in rights] == [f"{name}.Right({n}))" for n in (8, 16, 9, 0, 3, 1)]
    assert f.key(Side.LEFT | Side.RIGHT) == f"{name}.Side(3))"
    assert f.key(Side(0)) == f"{name}.Side(0))"


def test_keys_of_times_with_a_zone(db: Db) -> None:
    """A repr of a tzinfo may be an address, which is another object's tomorrow."""

    @db.cached()
    def f(when: object) -> int:
        return 1

    utc, east = timezone.utc, timezone(timedelta(hours=1))
    day = datetime(2026, 1, 2)
    # One kind of local time, UTC, from the start of time on.
    file = b"TZif" + bytes(32) + b"\0\0\0\1" + b"\0\0\0\4" + bytes(6) + b"UTC\0"
    named = [ZoneInfo.from_file(io.BytesIO(file), key=key) for key in ("North", "South")]
    keyless = ZoneInfo.from_file(io.BytesIO(file))
    zones = [None, utc, east, *named]
    assert len({f.key(day.replace(tzinfo=zone)) for zone in zones}) == len(zones)
    assert len({f.key(day.replace(fold=fold)) for fold in (0, 1)}) == 2
    assert "datetime.timezone.utc" in str(f.key(time_of_day(1, tzinfo=utc)))
    assert "North" in str(f.key(day.replace(tzinfo=named[0])))
    for zone in (Zone(1), keyless):
        for when in (day.replace(tzinfo=zone), time_of_day(1, tzinfo=zone)):
            with pytest.raises(TypeError, match="key="):
                f.key(when)


def test_one_name_is_one_function(db: Db) -> None:
    """Of two functions with the same keys each would return what the other one computed."""

    def make(n: int, prefix: str = "") -> kontor.Cached[[], int]:
        @db.cached(prefix=prefix)
        def captures() -> int:
            return n

        return captures

    first = make(1)
    for wrong in (lambda: make(2), lambda: make(1), lambda: db.cached()(make(1, "p:"))):
        with pytest.raises(ValueError, match="prefix="):
            wrong()
    assert first() == 1 and make(3, "three:")() == 3
    one = db.cached()(lambda x: x + 1)
    with pytest.raises(ValueError, match="<lambda>"):
        db.cached()(lambda x: x * 100)
    other = db.cached(key=lambda x: f"other:{x}")(lambda x: x * 100)
    assert (one(2), other(2)) == (3, 200)


def test_one_function_may_be_cached_again(db: Db) -> None:
    def plain(n: int) -> int:
        return n

    def local() -> kontor.Cached[[int], int]:
        @db.cached()
        def without_captures(n: int) -> int:
            return n

        return without_captures

    assert db.cached(ttl=1)(plain)(1) == db.cached(ttl=2)(plain)(1) == 1
    assert local()(2) == local()(2) == 2
    with kontor.open() as another:
        assert another.cached()(plain)(3) == 3


def test_functions_may_be_defined_anew(
    db: Db, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a reload of their module, and at a prompt."""
    source = """
def make(n):
    def inner(): return n
    return inner
make = [cached()(make(1)), cached()(lambda: 2)]
@cached()
def plain(): return 3
"""
    (tmp_path / "reloaded.py").write_text("from builtins import cached\n" + source)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr("builtins.cached", db.cached, raising=False)
    module = importlib.import_module("reloaded")
    monkeypatch.delitem(sys.modules, "reloaded", raising=False)
    sys.modules["reloaded"] = module
    importlib.reload(module)
    prompt: dict[str, Any] = {"__name__": "__main__", "cached": db.cached}
    for line in (source, "@cached()\ndef plain(): return 4"):
        exec(compile(line, "<stdin>", "exec"), prompt)
    assert prompt["plain"]() == 4


def test_what_has_no_name(db: Db) -> None:
    class Adder:
        def __call__(self, n: int) -> int:
            return n + 1

    with pytest.raises(TypeError, match="key="):
        db.cached()(Adder())
    assert db.cached(key=lambda n: f"adder:{n}")(Adder())(1) == 2


def test_two_levels(db: Db) -> None:
    """A cached function may be cached in another database."""
    calls: list[int] = []
    with kontor.open() as far:

        @db.cached(ttl=1)
        @far.cached(ttl=60)
        def f() -> int:
            calls.append(1)
            return len(calls)

        assert f() == 1
        assert f.invalidate() is True and far.exists(f.key()) == 1
        assert f() == 1


def test_keys_are_the_same_in_every_process() -> None:
    script = """
        import kontor
        @kontor.open().cached()
        def f(*args): return 1
        print(f.key({"a", "b", "c"}, {"x": frozenset("pq")}, 1.5, None))
    """
    assert run_python(script) == run_python(script)


def test_own_keys(db: Db) -> None:
    class Shop:
        def __init__(self, name: str) -> None:
            self.name = name

    @db.cached(key=lambda shop, n: f"{shop.name}:{n}", prefix="shop:")
    def price(shop: Shop, n: int) -> int:
        return n * 100

    assert price(Shop("north"), 2) == 200
    assert db.get("shop:north:2") == b"200"

    @db.cached(key=lambda n: bytes([n]), prefix="b:")
    def other(n: int) -> int:
        return n

    assert other(255) == 255 and db.get(b"b:\xff") == b"255"

    @db.cached(key=lambda n: n)
    def plain(n: int) -> int:
        return n

    assert plain(5) == 5 and db.get("5") == b"5"
