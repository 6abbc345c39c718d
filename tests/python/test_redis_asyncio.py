"""kontor.redis.asyncio.Redis, with both of redis-py's parsers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import kontor
import kontor.redis.asyncio
import pytest
from conftest import run_python
from drop_in import PROTOCOLS
from redis._parsers import _AsyncHiredisParser, _AsyncRESP2Parser
from redis.exceptions import ConnectionError, LockNotOwnedError, ResponseError, TimeoutError

Client = kontor.redis.asyncio.Redis
Job = Callable[[Client], Awaitable[None]]
Run = Callable[..., None]


@pytest.fixture(params=PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=[_AsyncRESP2Parser, _AsyncHiredisParser])
def run(request: pytest.FixtureRequest, protocol: int, db: kontor.Database[bytes]) -> Run:
    """Runs a job with a client, in a loop of its own."""

    def run_job(job: Job, **options: Any) -> None:
        async def main() -> None:
            options.setdefault("decode_responses", True)
            options.setdefault("db", db)
            options.setdefault("socket_timeout", None)
            options.setdefault("parser_class", request.param)
            async with Client(protocol=protocol, **options) as r:
                await asyncio.wait_for(job(r), 20)

        asyncio.run(main())

    return run_job


async def others_had_their_turn(r: Client) -> None:
    for _ in range(50):
        assert await r.ping()


def test_commands(run: Run, db: kontor.Database[bytes]) -> None:
    async def job(r: Client) -> None:
        assert await r.set("k", "v", ex=60) is True
        assert await r.get("k") == "v" and db.get("k") == b"v"
        async with r.pipeline(transaction=False) as pipe:
            for _ in range(2000):
                pipe.incr("n")
            assert await pipe.execute() == list(range(1, 2001))
        with pytest.raises(ResponseError, match="WRONGTYPE"):
            await r.lpush("k", "x")
        await r.mset({f"key:{n}": n for n in range(300)})
        assert len([key async for key in r.scan_iter(match="key:*")]) == 300
        assert sum(await asyncio.gather(*(r.incr("m") for _ in range(50)))) == 1275

    run(job)


def test_a_large_value(run: Run) -> None:
    value = bytes(range(256)) * 20000

    async def job(r: Client) -> None:
        await r.set("large", value)
        assert await r.mget("large", "none", "large") == [value, None, value]

    run(job, decode_responses=False)


def test_others_run_while_one_waits(run: Run) -> None:
    async def job(r: Client) -> None:
        popping = asyncio.create_task(r.blmove("in", "out", 0))
        await others_had_their_turn(r)
        assert not popping.done()
        await r.rpush("in", "x")
        assert await popping == "x"
        assert await r.blpop("in", timeout=0.02) is None

    run(job)


def test_waits_that_time_out(run: Run) -> None:
    async def job(r: Client) -> None:
        with pytest.raises(TimeoutError):
            await r.blpop("l", timeout=0)
        # The connection was given up, and its place in line with it.
        assert await r.rpush("l", "x") == 1
        assert await r.lrange("l", 0, -1) == ["x"]

    run(job, socket_timeout=0.02)


def test_connecting_anew(run: Run) -> None:
    async def job(r: Client) -> None:
        for _ in range(3):
            popping = asyncio.create_task(r.blpop("l", 0))
            await others_had_their_turn(r)
            assert not popping.done()
            await r.rpush("l", "x")
            assert list(await popping) == ["l", "x"]
            await r.connection_pool.disconnect()

    run(job)


def test_publish_and_subscribe(run: Run) -> None:
    async def job(r: Client) -> None:
        async with r.pubsub(ignore_subscribe_messages=True) as inbox:
            await inbox.subscribe("ch")
            assert await inbox.get_message(timeout=0.01) is None
            listening = asyncio.create_task(inbox.listen().__anext__())
            await others_had_their_turn(r)
            assert await r.publish("ch", "one") == 1
            assert (await listening)["data"] == "one"
        assert await r.publish("ch", "nobody") == 0

    run(job)


def test_who_asks_again_and_again_lets_others_run(run: Run) -> None:
    async def job(r: Client) -> None:
        setting = asyncio.create_task(r.set("flag", 1))
        asked = 0
        while await r.get("flag") is None and asked < 100:
            asked += 1
        assert asked < 100
        await setting

    run(job)


def test_a_closed_transport_holds_nothing(db: kontor.Database[bytes]) -> None:
    async def main() -> None:
        reader = asyncio.StreamReader()
        transport = kontor.redis.asyncio.SessionTransport(
            asyncio.get_running_loop(), db.session(), asyncio.StreamReaderProtocol(reader)
        )
        transport.write(b"SUBSCRIBE ch\r\n")
        assert await reader.readline() == b"*3\r\n"
        assert db.publish("ch", "x") == 1
        transport.close()
        transport.write(b"SUBSCRIBE ch\r\n")
        assert db.publish("ch", "x") == 0
        await reader.read()  # to its end

    asyncio.run(asyncio.wait_for(main(), 20))


def test_a_closed_engine(run: Run, db: kontor.Database[bytes]) -> None:
    async def job(r: Client) -> None:
        popping = asyncio.create_task(r.blpop("l", 0))
        await others_had_their_turn(r)
        db.close()
        with pytest.raises(ConnectionError):
            await popping
        with pytest.raises(ConnectionError, match="closed"):
            await r.ping()

    run(job)


def test_a_path_keeps_its_data(directory: Path) -> None:
    async def main() -> None:
        async with Client.from_url(f"kontor://{directory}?db=2&protocol=2") as r:
            await r.set("k", "v")

    asyncio.run(main())
    # Closed by now: another process can open it.
    script = "import kontor, sys; print(kontor.open(sys.argv[1]).select(2).get('k'))"
    assert run_python(script, directory) == "b'v'\n"


def test_transactions_and_locks(run: Run) -> None:
    async def job(r: Client) -> None:
        async with r.pipeline() as pipe:
            assert await pipe.set("k", 1).incr("k").execute() == [True, 2]
        async with r.lock("l", timeout=60) as lock:
            await lock.extend(60)
            assert 60 < await r.ttl("l") <= 120
            await lock.reacquire()
            assert await r.ttl("l") <= 60
        assert await r.get("l") is None
        await lock.acquire()
        await r.set("l", "somebody")
        with pytest.raises(LockNotOwnedError):
            await lock.release()

    run(job)
