"""kontor.redis.Redis at the jobs redis-py is used for, with both of redis-py's parsers."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import kontor
import kontor.redis
import pytest
import redis
from conftest import wait_until
from drop_in import PROTOCOLS, Call, announcing_waits
from redis._parsers import _HiredisParser, _RESP2Parser
from redis.exceptions import (
    ConnectionError,
    LockError,
    LockNotOwnedError,
    ResponseError,
    TimeoutError,
    WatchError,
)

Client = kontor.redis.Redis
Make = Callable[..., Client]


@pytest.fixture(params=PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture(params=[_RESP2Parser, _HiredisParser])
def parser(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def make(protocol: int, parser: Any) -> Iterator[Make]:
    made: list[Client] = []

    def make_client(*args: Any, **options: Any) -> Client:
        options = {"decode_responses": True, "socket_timeout": None, **options}
        made.append(Client(*args, protocol=protocol, parser_class=parser, **options))
        return made[-1]

    yield make_client
    for client in made:
        client.close()


@pytest.fixture
def r(make: Make, db: kontor.Database[bytes]) -> Client:
    return make(db=db)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    with announcing_waits(monkeypatch) as semaphore:
        yield semaphore


def test_cache_aside(r: Client) -> None:
    computed: list[int] = []

    def price(article: int) -> str:
        if (found := r.get(f"price:{article}")) is not None:
            return found
        computed.append(article)
        r.set(f"price:{article}", f"{article}.50", ex=60)
        return f"{article}.50"

    assert [price(7), price(7), price(8), price(7)] == ["7.50", "7.50", "8.50", "7.50"]
    assert computed == [7, 8]
    assert 0 < r.ttl("price:7") <= 60
    assert r.delete("price:7", "price:none") == 1
    assert price(7) == "7.50" and computed == [7, 8, 7]


def test_counters_in_a_pipeline(r: Client) -> None:
    with r.pipeline(transaction=False) as pipe:
        for n in range(5000):
            pipe.incr("visits").hincrby("pages", f"page:{n % 10}", 2)
        pipe.get("visits").hget("pages", "page:3")
        replies = pipe.execute()
    assert replies[0:10000:2] == list(range(1, 5001))
    assert replies[-2:] == ["5000", "1000"]


def test_a_large_value(make: Make, db: kontor.Database[bytes]) -> None:
    value = bytes(range(256)) * 20000
    raw = make(db=db, decode_responses=False)
    raw.set("large", memoryview(value))
    assert raw.mget("large", "none", "large") == [value, None, value]


def test_a_queue_and_a_blocking_consumer(r: Client) -> None:
    def consume() -> list[str]:
        taken: list[str] = []
        while (job := r.blpop("jobs", timeout=0)[1]) != "end":
            taken.append(job)
        return taken

    consumer = Call(consume)
    for n in range(200):
        r.rpush("jobs", f"job {n}")
    r.rpush("jobs", "end")
    assert consumer.end() == [f"job {n}" for n in range(200)]


def test_others_run_while_one_waits(r: Client, waits: threading.Semaphore) -> None:
    consumer = Call(lambda: r.blmove("in", "out", 0))
    assert waits.acquire(timeout=10)
    assert r.ping() is True
    r.rpush("in", "x")
    assert consumer.end() == "x"
    assert r.lrange("out", 0, -1) == ["x"]


def test_publish_and_subscribe(r: Client, make: Make, db: kontor.Database[bytes]) -> None:
    handled: list[str] = []
    with make(db=db).pubsub() as inbox:
        inbox.subscribe("news", weather=lambda message: handled.append(message["data"]))
        inbox.psubscribe("user:*")
        assert {inbox.get_message(timeout=5)["channel"] for _ in range(3)} == {
            "news",
            "weather",
            "user:*",
        }
        assert inbox.get_message() is None
        assert inbox.get_message(timeout=0.01) is None
        assert r.publish("news", "one") == 1
        assert r.publish("weather", "rain") == 1
        assert r.publish("user:7", "two") == 1
        assert inbox.get_message(timeout=5)["data"] == "one"
        assert inbox.get_message(timeout=5) is None and handled == ["rain"]
        assert inbox.get_message(timeout=5) == {
            "type": "pmessage",
            "pattern": "user:*",
            "channel": "user:7",
            "data": "two",
        }
        inbox.unsubscribe("news")
        assert inbox.get_message(timeout=5)["type"] == "unsubscribe"
        assert r.publish("news", "nobody") == 0
    assert r.pubsub_numpat() == 0


def test_a_large_message(r: Client) -> None:
    with r.pubsub(ignore_subscribe_messages=True) as inbox:
        inbox.subscribe("ch")
        assert inbox.get_message(timeout=5) is None
        body = "0123456789" * 50000
        r.publish("ch", body)
        r.publish("ch", "small")
        assert inbox.get_message(timeout=5)["data"] == body
        assert inbox.get_message(timeout=5)["data"] == "small"


def test_listening(r: Client, waits: threading.Semaphore) -> None:
    inbox = r.pubsub(ignore_subscribe_messages=True)
    inbox.subscribe("ch")

    def listen() -> list[str]:
        heard: list[str] = []
        for message in inbox.listen():
            heard.append(message["data"])
            if message["data"] == "end":
                inbox.unsubscribe()
        return heard

    listener = Call(listen)
    for data in ("a", "b", "end"):
        assert waits.acquire(timeout=10)
        assert r.publish("ch", data) == 1
    assert listener.end() == ["a", "b", "end"]
    inbox.close()


def test_a_thread_that_runs_handlers(r: Client) -> None:
    heard: list[str] = []
    inbox = r.pubsub()
    inbox.subscribe(ch=lambda message: heard.append(message["data"]))
    worker = inbox.run_in_thread(sleep_time=0.01, daemon=True)
    r.publish("ch", "x")
    wait_until(lambda: heard == ["x"])
    worker.stop()
    worker.join(10)
    assert not worker.is_alive()


def test_a_hash_as_an_object(r: Client) -> None:
    user = {"name": "Ada", "mail": "ada@example.org", "age": "36"}
    assert r.hset("user:7", mapping=user) == 3
    assert r.hgetall("user:7") == user
    assert r.hincrby("user:7", "age") == 37
    assert r.hincrbyfloat("user:7", "score", 1.5) == 1.5
    assert r.hmget("user:7", "name", "none") == ["Ada", None]
    assert r.hdel("user:7", "mail", "score") == 2
    assert r.hexists("user:7", "mail") is False
    assert r.hgetall("nobody") == {}


def test_sets(r: Client) -> None:
    assert r.sadd("a", "x", "y", "z") == 3 and r.sadd("b", "y", "z", "w") == 3
    assert r.smembers("a") == {"x", "y", "z"}
    assert r.sinter("a", "b") == {"y", "z"}
    assert not r.sismember("a", "w")
    assert r.smismember("a", ["x", "w"]) == [1, 0]
    assert r.sunionstore("c", "a", "b") == 4 and r.scard("c") == 4


def test_scanning(r: Client) -> None:
    r.mset({f"key:{n}": n for n in range(1000)} | {"other": 1})
    r.hset("hash", mapping={f"f{n}": n for n in range(1000)})
    r.sadd("set", *range(1000))
    assert sorted(r.scan_iter(match="key:*", count=50)) == sorted(f"key:{n}" for n in range(1000))
    assert dict(r.hscan_iter("hash")) == {f"f{n}": str(n) for n in range(1000)}
    assert set(r.sscan_iter("set")) == {str(n) for n in range(1000)}
    assert list(r.scan_iter(_type="SET")) == ["set"]


def test_errors(r: Client) -> None:
    r.set("text", "abc")
    with pytest.raises(ResponseError, match="WRONGTYPE"):
        r.lpush("text", "x")
    with pytest.raises(ResponseError, match="not an integer"):
        r.incr("text")
    with pytest.raises(ResponseError, match="unknown command"):
        r.execute_command("NOSUCH")
    with r.pipeline(transaction=False) as pipe:
        replies = pipe.set("k", 1).lpush("k", 2).incr("k").execute(raise_on_error=False)
    assert replies[0] is True and isinstance(replies[1], ResponseError) and replies[2] == 2
    assert r.get("k") == "2"


def test_bytes_and_text(make: Make, r: Client, db: kontor.Database[bytes]) -> None:
    raw = make(db=db, decode_responses=False)
    raw.set(b"\xff\x00", b"\r\n$5\r\n\xfe")
    assert raw.get(b"\xff\x00") == b"\r\n$5\r\n\xfe"
    r.set("städte", "Zürich")
    assert r.get("städte") == "Zürich"
    assert raw.get("städte") == "Zürich".encode()
    with pytest.raises(UnicodeDecodeError):
        r.get(b"\xff\x00")
    assert make(db=db, encoding="latin-1").get("k") is None


def test_threads_share_a_client(r: Client) -> None:
    def work(name: int) -> None:
        for n in range(200):
            r.incr("total")
            assert r.echo(f"{name}:{n}") == f"{name}:{n}"

    for call in [Call(lambda name=name: work(name)) for name in range(8)]:
        call.end()
    assert r.get("total") == "1600"


def test_a_pool_has_an_end(
    make: Make, db: kontor.Database[bytes], waits: threading.Semaphore
) -> None:
    r = make(db=db, max_connections=1)
    waiting = Call(lambda: r.blpop("l", 0))
    assert waits.acquire(timeout=10)
    with pytest.raises(ConnectionError, match="Too many connections"):
        r.ping()
    r.close()
    # ValueError: redis-py's parser takes its buffer away from the thread that reads.
    with pytest.raises((ConnectionError, ValueError)):
        waiting.end()


def test_other_pools_of_redis_py(db: kontor.Database[bytes]) -> None:
    pool = redis.BlockingConnectionPool(
        connection_class=kontor.redis.Connection, database=db, max_connections=2, protocol=2
    )
    r = redis.Redis(connection_pool=pool)
    for call in [Call(lambda: [r.incr("n") for _ in range(100)]) for _ in range(6)]:
        call.end()
    assert db.get("n") == b"600"
    pool.disconnect()


def test_waits_that_time_out(r: Client, make: Make, db: kontor.Database[bytes]) -> None:
    assert r.blpop(["l", "m"], timeout=0.02) is None
    hasty = make(db=db, socket_timeout=0.02)
    with pytest.raises(TimeoutError):
        hasty.blpop("l", timeout=0)
    # The connection was given up, and its place in line with it.
    assert r.rpush("l", "x") == 1 and r.lrange("l", 0, -1) == ["x"]
    assert list(hasty.blpop("l", timeout=0)) == ["l", "x"]


def test_signal_handlers_run_while_one_waits(r: Client, waits: threading.Semaphore) -> None:
    class Handled(Exception):
        pass

    def handle(number: int, frame: Any) -> None:
        raise Handled

    def send() -> None:
        assert waits.acquire(timeout=10)
        signal.pthread_kill(threading.main_thread().ident, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, handle)
    try:
        sender = Call(send)
        with pytest.raises(Handled):
            r.blpop("l", 0)
        sender.end()
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert r.rpush("l", "x") == 1 and r.lpop("l") == "x"


def test_one_client_that_is_one_connection(make: Make, db: kontor.Database[bytes]) -> None:
    r = make(db=db, single_connection_client=True)
    r.execute_command("SELECT", 3)
    r.set("k", "three")
    assert db.get("k") is None and db.select(3).get("k") == b"three"
    with r.client() as other:
        assert other.get("k") is None
    assert r.get("k") == "three"  # what is shared stays open


def test_a_transaction(r: Client) -> None:
    with r.pipeline() as pipe:
        replies = pipe.set("k", 1).incr("k").hset("h", "f", "v").hgetall("h").execute()
    assert replies == [True, 2, 1, {"f": "v"}]
    with r.pipeline() as pipe, pytest.raises(ResponseError, match="WRONGTYPE"):
        pipe.incr("k").lpush("k", "x").incr("k").execute()
    assert r.get("k") == "4"
    with r.pipeline() as pipe, pytest.raises(ResponseError):
        pipe.incr("k").execute_command("NOSUCH").execute()
    assert r.get("k") == "4"


def test_optimistic_locking(r: Client, make: Make, db: kontor.Database[bytes]) -> None:
    other = make(db=db)
    r.set("stock", 5)
    with r.pipeline() as pipe:
        pipe.watch("stock")
        left = int(pipe.get("stock"))
        other.decr("stock")
        pipe.multi()
        pipe.set("stock", left - 1)
        with pytest.raises(WatchError):
            pipe.execute()
    assert r.get("stock") == "4"


def test_a_transaction_that_is_tried_again(r: Client) -> None:
    r.set("n", 0)

    def add(pipe: Any) -> None:
        n = int(pipe.get("n"))
        pipe.multi()
        pipe.set("n", n + 1)

    def work() -> None:
        for _ in range(50):
            r.transaction(add, "n")

    for call in [Call(work) for _ in range(4)]:
        call.end()
    assert r.get("n") == "200"


def test_a_lock_is_taken_by_one(r: Client) -> None:
    assert r.lock("l", timeout=60).acquire(blocking=False)
    assert not r.lock("l", timeout=60).acquire(blocking=False)
    assert not r.lock("l").acquire(blocking_timeout=0.05)


def test_locks(r: Client) -> None:
    with r.lock("l", timeout=60) as lock:
        assert lock.owned() and not r.lock("l").acquire(blocking=False)
        lock.extend(60)
        assert 60 < r.ttl("l") <= 120
        lock.extend(30, replace_ttl=True)
        assert r.ttl("l") <= 30
        lock.reacquire()
        assert 30 < r.ttl("l") <= 60
    assert r.get("l") is None
    lock.acquire()
    r.set("l", "somebody")
    for change in (lock.reacquire, lambda: lock.extend(5), lock.release):
        with pytest.raises(LockNotOwnedError):
            change()
    assert r.get("l") == "somebody"
    with pytest.raises(LockError):
        lock.release()
    assert isinstance(r.lock("l"), kontor.redis.Lock)
    assert type(r.lock("l", lock_class=redis.lock.Lock)) is redis.lock.Lock


def test_a_client_has_a_name(make: Make) -> None:
    assert make(client_name="worker").client_getname() == "worker"
