"""Functions whose results are kept: cached() of an `async def`."""

from __future__ import annotations

import asyncio
import inspect
import threading
from typing import Any

import kontor
import pytest
from conftest import start_python, wait_until

Db = kontor.Database[bytes]


def fetch_threads() -> int:
    return sum(thread.name == "kontor-fetch" for thread in threading.enumerate())


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


def test_async_functions_look_like_it(db: Db) -> None:
    @db.cached()
    async def f(n: int) -> int:
        return n

    @db.cached()
    def g(n: int) -> int:
        return n

    assert asyncio.iscoroutinefunction(f) and inspect.iscoroutinefunction(f)
    assert not asyncio.iscoroutinefunction(g) and not inspect.iscoroutinefunction(g)
    assert str(inspect.signature(f)) == "(n: 'int') -> 'int'"
    with kontor.open() as another:
        assert isinstance(another.cached()(f), kontor.AsyncCached)


def test_cancelled_waits_end(db: Db) -> None:
    """Nothing is left of tasks that waited, not even while the lease goes on."""

    @db.cached()
    async def f(n: int) -> int:
        return n

    lease = db.fetch(f.key(1), lease=3600).lease
    assert lease is not None

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(f(1), 0.01)

    for _ in range(3):
        asyncio.run(main())
        wait_until(lambda: fetch_threads() == 0)
    assert not f._waits
    lease.give_up()
    assert asyncio.run(f(1)) == 1  # no wait that ended took the lease along


def test_waits_of_a_closed_loop_end(db: Db) -> None:
    @db.cached()
    async def f(n: int) -> int:
        return n

    lease = db.fetch(f.key(1), lease=3600).lease
    assert lease is not None
    loop = asyncio.new_event_loop()
    task = loop.create_task(f(1))
    loop.run_until_complete(asyncio.sleep(0.01))
    assert fetch_threads() == 1
    loop.close()  # while the task waits

    async def main() -> None:
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(f(1), 0.01)

    asyncio.run(main())
    wait_until(lambda: fetch_threads() == 0)
    assert not f._waits and not task.done()
    task._log_destroy_pending = False  # type: ignore[attr-defined]


def test_waiting_for_another_program_does_not_keep_one_from_ending() -> None:
    script = """
        import asyncio, kontor
        db = kontor.open()
        @db.cached(ttl=5)
        async def f(n): return n
        leases = [db.fetch(f.key(n), lease=60, timeout=0).lease for n in range(20)]
        async def main():
            await asyncio.wait([asyncio.create_task(f(n)) for n in range(20)], timeout=0.05)
        asyncio.run(main())
        """
    processes = [start_python(script) for _ in range(10)]
    for process in processes:
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0 and "terminate" not in err, err
