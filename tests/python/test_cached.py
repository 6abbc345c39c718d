"""Functions whose results are kept: cached()."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Optional

import kontor
import pytest

Db = kontor.Database[bytes]


@pytest.fixture
def full_db() -> Iterator[Db]:
    """Without room for a single key more."""
    with kontor.open(memory_limit=1 << 20, eviction="noeviction") as database:
        for size in (10_000, 100, 1):
            with pytest.raises(kontor.NoMemoryError):
                for n in range(1 << 20):
                    database.set(f"{size}:{n}", b"x" * size)
        yield database


def run_threads(count: int, body: Callable[[], Any]) -> list[Any]:
    results: list[Any] = []
    threads = [threading.Thread(target=lambda: results.append(body())) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
        assert not thread.is_alive()
    return results


def test_computes_once(db: Db) -> None:
    calls: list[int] = []

    @db.cached(ttl=60)
    def square(n: int) -> dict[str, int]:
        """Multiplies."""
        calls.append(n)
        return {"square": n * n}

    assert square(3) == square(3) == square(n=3) == {"square": 9}
    assert square(4) == {"square": 16}
    assert calls == [3, 4]
    assert square.__doc__ == "Multiplies." and square.__name__ == "square"
    key = square.key(3)
    assert isinstance(key, str) and key.endswith("square(n=3)")
    assert db.get(key) == b'{"square":9}'
    assert 59000 < db.pttl(key) <= 60000


def test_none_is_a_result(db: Db) -> None:
    calls: list[int] = []

    @db.cached()
    def nothing() -> Optional[str]:
        calls.append(1)
        return None

    assert nothing() is None and nothing() is None
    assert calls == [1]
    assert db.ttl(nothing.key()) == -1


def test_a_stampede_computes_once(db: Db) -> None:
    calls: list[int] = []

    @db.cached(ttl=60)
    def slow() -> int:
        calls.append(1)
        time.sleep(0.2)
        return 42

    assert run_threads(16, slow) == [42] * 16
    assert calls == [1]


def test_stale_results_keep_nobody_waiting(db: Db) -> None:
    """While one computes the next result the others get the old one at once."""
    computing, may_end = threading.Event(), threading.Event()
    version = 1

    @db.cached(ttl=60, stale=60)
    def current() -> int:
        if version == 2:
            computing.set()
            assert may_end.wait(10)
        return version

    assert current() == 1
    db.pexpire(current.key(), 50_000)  # of which 60 s are the stale window
    version = 2
    renewed: list[int] = []
    thread = threading.Thread(target=lambda: renewed.append(current()))
    thread.start()
    assert computing.wait(10)
    assert current() == 1
    may_end.set()
    thread.join(10)
    assert renewed == [2]
    assert current() == 2


def test_exceptions_propagate_and_give_the_lease_up(db: Db) -> None:
    calls: list[int] = []

    @db.cached(lease=3600)
    def fails_first() -> int:
        calls.append(1)
        if len(calls) == 1:
            raise LookupError("no such row")
        return len(calls)

    with pytest.raises(LookupError, match="no such row"):
        fails_first()
    assert fails_first() == 2 and fails_first() == 2


def test_one_who_waits_computes_after_an_exception(db: Db) -> None:
    started = threading.Event()
    calls: list[int] = []

    @db.cached(lease=3600)
    def fails_first() -> int:
        calls.append(1)
        if len(calls) == 1:
            started.set()
            time.sleep(0.1)
            raise LookupError
        return 7

    def first() -> None:
        with pytest.raises(LookupError):
            fails_first()

    thread = threading.Thread(target=first)
    thread.start()
    assert started.wait(10)
    assert run_threads(4, fails_first) == [7] * 4
    thread.join(10)
    assert calls == [1, 1]


def test_a_result_that_cannot_be_kept(db: Db) -> None:
    @db.cached(lease=3600)
    def no_json() -> object:
        return object()

    for _ in range(2):
        with pytest.raises(TypeError, match="JSON"):
            no_json()


def test_a_stale_result_stands_in_for_an_exception(
    db: Db, caplog: pytest.LogCaptureFixture
) -> None:
    calls: list[int] = []

    def fails_later() -> str:
        calls.append(1)
        if len(calls) > 1:
            raise LookupError("the database is down")
        return "old"

    async def fails() -> str:
        raise LookupError("the database is down")

    f = db.cached(ttl=60, stale=60, lease=3600, key=lambda: "k")(fails_later)
    g = db.cached(ttl=60, stale=60, lease=3600, key=lambda: "k")(fails)
    assert f() == "old"
    db.pexpire("k", 50_000)  # of which 60 s are the stale window
    with caplog.at_level(logging.WARNING, logger="kontor"):
        assert f() == f() == asyncio.run(g()) == "old"  # and each of them was given the lease
    assert len(calls) == 3
    assert len(caplog.records) == 3 and "the database is down" in caplog.text
    db.set("k", "not json", px=50_000)
    for failing in (f, lambda: asyncio.run(g()), f.refresh):
        with pytest.raises(LookupError):
            failing()


def test_what_is_no_result_is_computed_anew(db: Db) -> None:
    @db.cached(ttl=60)
    def f() -> int:
        return 1

    @db.cached(ttl=60)
    async def g() -> int:
        return 2

    for key in (f.key(), g.key()):
        db.set(key, b"\xff by another program")
    assert f() == 1 and db.get(f.key()) == b"1"
    assert asyncio.run(g()) == 2 and db.get(g.key()) == b"2"
    db.delete(f.key())
    db.rpush(f.key(), "nothing that a cache wrote")
    with pytest.raises(kontor.WrongTypeError):
        f()


def test_a_full_engine_returns_what_it_cannot_keep(full_db: Db) -> None:
    calls: list[int] = []

    @full_db.cached(ttl=60)
    def f() -> tuple[str, int]:
        calls.append(1)
        return ("v" * 20_000, 1)

    @full_db.cached(ttl=60)
    async def g() -> str:
        calls.append(2)
        return "v" * 20_000

    for _ in range(2):
        assert f() == ["v" * 20_000, 1]
        assert asyncio.run(g()) == "v" * 20_000
    assert calls == [1, 2, 1, 2]


def test_invalidate_and_refresh(db: Db) -> None:
    database = {"row": 1}

    @db.cached(ttl=60)
    def read(name: str) -> int:
        return database[name]

    assert read("row") == 1
    database["row"] = 2
    assert read("row") == 1
    assert read.invalidate("row") is True
    assert read.invalidate("row") is False
    assert read("row") == 2
    database["row"] = 3
    assert read.refresh("row") == 3 and read("row") == 3


def test_what_was_computed_before_an_invalidate_is_not_kept(db: Db) -> None:
    database = {"row": 1}
    was_read, may_go_on = threading.Event(), threading.Event()

    @db.cached()
    def read() -> int:
        value = database["row"]
        if value == 1:
            was_read.set()
            assert may_go_on.wait(10)
        return value

    first: list[int] = []
    thread = threading.Thread(target=lambda: first.append(read()))
    thread.start()
    assert was_read.wait(10)
    database["row"] = 2
    assert read.invalidate() is False  # nothing is kept yet
    assert read() == 2
    may_go_on.set()
    thread.join(10)
    assert first == [1]  # its call began before
    assert read() == 2


def test_a_miss_returns_what_a_hit_does(db: Db) -> None:
    @db.cached()
    def pair() -> Any:
        return (1, {2: 3})

    assert pair() == [1, {"2": 3}] and pair() == [1, {"2": 3}]


def test_dumps_and_loads(text_db: kontor.Database[str]) -> None:
    """Bytes that are no text, on a handle that decodes."""

    @text_db.cached(dumps=pickle.dumps, loads=pickle.loads)
    def pair() -> tuple[int, bytes]:
        return (1, b"\xff")

    assert pair() == (1, b"\xff") and pair() == (1, b"\xff")


@pytest.mark.parametrize(
    "options", [{"ttl": 0}, {"ttl": -1}, {"stale": -1}, {"lease": 0}, {"lease": 13 * 3600}]
)
def test_out_of_range(db: Db, options: dict[str, int]) -> None:
    with pytest.raises(kontor.OutOfRangeError):
        db.cached(**options)  # type: ignore[arg-type]
