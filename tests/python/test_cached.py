"""Functions whose results are kept: cached()."""

from __future__ import annotations

import asyncio
import enum
import pickle
import threading
import time
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, Optional
from uuid import UUID

import kontor
import pytest
from conftest import run_python

Db = kontor.Database[bytes]


class Colour(enum.Enum):
    RED = 1


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


@pytest.mark.parametrize(
    "options", [{"ttl": 0}, {"ttl": -1}, {"stale": -1}, {"lease": 0}, {"lease": 13 * 3600}]
)
def test_out_of_range(db: Db, options: dict[str, int]) -> None:
    with pytest.raises(kontor.OutOfRangeError):
        db.cached(**options)  # type: ignore[arg-type]


def test_async_computes_once_and_does_not_block_the_loop(db: Db) -> None:
    calls: list[int] = []

    @db.cached(ttl=60)
    async def slow(n: int) -> int:
        calls.append(n)
        await asyncio.sleep(0.1)  # only a loop that runs gets over this
        return n

    async def main() -> None:
        assert await asyncio.gather(*(slow(n % 2) for n in range(200))) == [0, 1] * 100
        assert await slow(0) == 0
        assert await slow.invalidate(0) is True
        assert await slow.refresh(1) == 1

    asyncio.run(asyncio.wait_for(main(), 20))
    assert sorted(calls) == [0, 1, 1]


def test_async_waits_for_another_thread(db: Db) -> None:
    computing, may_end = threading.Event(), threading.Event()

    def key() -> str:
        return "k"

    @db.cached(key=key)
    def blocking() -> int:
        computing.set()
        assert may_end.wait(10)
        return 1

    @db.cached(key=key)
    async def waiting() -> int:
        return 2

    async def main() -> None:
        tasks = [asyncio.create_task(waiting()) for _ in range(8)]
        await asyncio.sleep(0.05)
        tasks[0].cancel()  # the others do not mind
        await asyncio.sleep(0)
        may_end.set()
        assert await asyncio.gather(*tasks[1:]) == [1] * 7

    thread = threading.Thread(target=blocking)
    thread.start()
    assert computing.wait(10)
    asyncio.run(asyncio.wait_for(main(), 20))
    thread.join(10)


def test_async_exceptions_and_cancels_pass_the_lease_on(db: Db) -> None:
    calls: list[Any] = []  # the tasks that compute

    @db.cached(lease=3600)
    async def third_time_lucky() -> int:
        calls.append(asyncio.current_task())
        await asyncio.sleep(0.05)
        if len(calls) == 1:
            raise LookupError
        if len(calls) == 2:
            await asyncio.sleep(3600)
        return len(calls)

    async def main() -> None:
        tasks = [asyncio.create_task(third_time_lucky()) for _ in range(5)]
        with pytest.raises(LookupError):
            await tasks[0]
        while len(calls) < 2:
            await asyncio.sleep(0.01)
        calls[1].cancel()
        done = await asyncio.gather(*tasks[1:], return_exceptions=True)
        assert [r for r in done if not isinstance(r, asyncio.CancelledError)] == [3] * 3

    asyncio.run(asyncio.wait_for(main(), 20))


def test_nested_async_functions_do_not_starve(db: Db) -> None:
    """Many wait for a function that itself must wait for another one in a thread."""

    @db.cached()
    async def inner(n: int) -> int:
        await asyncio.sleep(0.01)
        return await asyncio.to_thread(lambda: n)

    @db.cached()
    async def outer(n: int) -> int:
        return await inner(n) + await inner(n // 2)

    async def main() -> None:
        results = await asyncio.gather(*(outer(n % 60) for n in range(300)))
        assert results == [n % 60 + n % 60 // 2 for n in range(300)]

    asyncio.run(asyncio.wait_for(main(), 20))
