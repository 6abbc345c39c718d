"""redis-py inside the program (a session), and at a listener of it (a socket)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import kontor
import kontor.redis
import pytest
import redis
import redis.lock
from conftest import wait_until
from drop_in import PROTOCOLS, Call
from redis.exceptions import ConnectionError, LockError, ResponseError, WatchError

Make = Callable[..., Any]


@pytest.fixture(params=[(way, n) for way in ("session", "socket") for n in PROTOCOLS], ids=str)
def make(request: pytest.FixtureRequest, db: kontor.Database[bytes]) -> Iterator[Make]:
    way, protocol = request.param
    made: list[Any] = []
    listener = db.listen(port=0) if way == "socket" else None

    def make_client(**options: Any) -> Any:
        defaults = {"protocol": protocol, "decode_responses": True, "socket_timeout": None}
        options = {**defaults, "retry": None, **options}
        made.append(
            kontor.redis.Redis(db=db, **options)
            if listener is None
            else redis.Redis(port=listener.port, **options)
        )
        return made[-1]

    yield make_client
    for client in made:
        client.close()


@pytest.fixture
def r(make: Make) -> Any:
    return make()


def wait_for(r: Any, command: str) -> None:
    """Until a client is blocked in it."""

    def is_blocked(client: dict[str, str]) -> bool:
        return client["cmd"] == command and "b" in client["flags"]

    wait_until(lambda: any(is_blocked(client) for client in r.client_list()))


WAITS: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any], Any]] = {
    "blpop": (lambda r: r.blpop(["none", "l"], 10), lambda r: r.rpush("l", "x"), ["l", "x"]),
    "brpop": (lambda r: r.brpop("l", 0), lambda r: r.rpush("l", "x"), ["l", "x"]),
    "blmpop": (
        lambda r: r.blmpop(10, 2, "none", "l", direction="RIGHT", count=2),
        lambda r: r.rpush("l", "x", "y"),
        ["l", ["y", "x"]],
    ),
    "bzpopmin": (
        lambda r: r.bzpopmin(["none", "z"], 10),
        lambda r: r.zadd("z", {"a": 2, "b": 1.5}),
        ["z", "b", 1.5],
    ),
    "bzpopmax": (lambda r: r.bzpopmax("z"), lambda r: r.zadd("z", {"a": 2}), ["z", "a", 2.0]),
    "bzmpop": (
        lambda r: float(r.bzmpop(10, 1, ["z"], min=True, count=5)[1][0][1]),  # text in RESP2
        lambda r: r.zadd("z", {"a": 2}),
        2.0,
    ),
    "xread": (
        lambda r: r.xread({"s": "$"}, block=10_000),
        lambda r: r.xadd("s", {"f": "v"}, id="5-5"),
        {"s": [["5-5", {"f": "v"}]]},
    ),
    "xreadgroup": (
        lambda r: r.xreadgroup("g", "me", {"s": ">"}, block=10_000),
        lambda r: r.xadd("s", {"f": "v"}, id="5-5"),
        {"s": [["5-5", {"f": "v"}]]},
    ),
}


def plain(value: Any) -> Any:
    """Tuples as lists; what was read of streams in the form of RESP2."""
    if isinstance(value, dict):
        return {key: plain(inner[0] if is_nested(inner) else inner) for key, inner in value.items()}
    return [plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def is_nested(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1 and isinstance(value[0][0], (list, tuple))


@pytest.mark.parametrize("command", WAITS)
def test_who_waits_is_woken(make: Make, r: Any, command: str) -> None:
    wait, wake, expected = WAITS[command]
    r.xgroup_create("s", "g", mkstream=True)
    waiting = Call(lambda: wait(make()))
    wait_for(r, command)
    wake(r)
    got = waiting.end()
    assert plain(dict(got) if command.startswith("xread") else got) == expected


def test_who_waits_is_unblocked_by_another(make: Make, r: Any) -> None:
    other = make(single_connection_client=True)
    waiting = Call(lambda: other.blpop("l", 0))
    wait_for(r, "blpop")
    (number,) = (client["id"] for client in r.client_list() if client["cmd"] == "blpop")
    assert r.client_unblock(int(number))
    assert waiting.end() is None
    waiting = Call(lambda: other.blpop("l", 0))
    wait_for(r, "blpop")
    assert r.client_unblock(int(number), error=True)
    with pytest.raises(ResponseError, match="UNBLOCKED"):
        waiting.end()


def test_sharded_channels(make: Make, r: Any) -> None:
    with make().pubsub() as inbox:
        inbox.ssubscribe("orders", **{"mail": lambda message: heard.append(message["data"])})
        heard: list[str] = []
        for _ in range(2):
            assert inbox.get_message(timeout=5)["type"] == "ssubscribe"
        assert r.pubsub_shardchannels("o*") == ["orders"]
        assert dict(r.pubsub_shardnumsub("orders")) == {"orders": 1}
        assert r.publish("orders", "not that one") == 0
        assert r.spublish("orders", "one") == 1
        message = inbox.get_message(timeout=5)
        assert (message["type"], message["data"]) == ("smessage", "one")
        assert r.spublish("mail", "two") == 1
        assert inbox.get_message(timeout=5) is None and heard == ["two"]
        inbox.sunsubscribe("orders")
        assert inbox.get_message(timeout=5)["type"] == "sunsubscribe"
        assert r.spublish("orders", "nobody") == 0


def test_a_watched_pipeline(make: Make, r: Any) -> None:
    other = make()
    r.zadd("z", {"a": 1})
    with r.pipeline() as pipe:
        for writes in (lambda: other.zadd("z", {"b": 2}), lambda: other.expire("z", 100)):
            pipe.watch("z", "none")
            assert pipe.zcard("z") > 0
            writes()
            pipe.multi()
            pipe.zpopmin("z")
            with pytest.raises(WatchError):
                pipe.execute()
        pipe.watch("z")
        other.zadd("another", {"b": 2})
        pipe.multi()
        replies = pipe.zpopmin("z", 1).xadd("s", {"f": "v"}, id="1-1").pfadd("h", 1).execute()
        assert plain(replies) == [[["a", 1.0]], "1-1", 1]
        pipe.watch("z")
        other.delete("z")
        pipe.unwatch()
        assert pipe.set("k", "v").execute() == [True]
    with r.pipeline(transaction=False) as pipe:
        replies = pipe.set("k", 1).lpush("k", 1).incr("k").execute(raise_on_error=False)
        assert isinstance(replies[1], ResponseError)
        assert (replies[0], replies[2]) == (True, 2)


def test_what_is_known_of_a_client(make: Make, r: Any) -> None:
    worker = make(client_name="worker", single_connection_client=True)
    number = worker.client_id()
    (listed,) = (client for client in r.client_list() if client["name"] == "worker")
    assert int(listed["id"]) == number
    info = worker.client_info()
    assert (int(info["id"]), info["name"], info["cmd"]) == (number, "worker", "client|info")
    assert info["lib-name"].startswith("redis-py") and int(info["db"]) == 0
    assert worker.client_setname("other") and worker.client_getname() == "other"
    assert [client["name"] for client in r.client_list(client_id=[str(number)])] == ["other"]
    assert r.client_kill_filter(_id=str(number)) == 1
    with pytest.raises(ConnectionError):
        worker.ping()


# redis-py's own lock runs Lua, which no Kontor has; kontor.redis.Lock does not.
def test_a_lock_by_lua_is_refused(r: Any) -> None:
    lock = redis.lock.Lock(r, "l", timeout=60)
    assert lock.acquire(blocking=False)
    with pytest.raises(ResponseError, match="unknown command"):
        lock.release()
    with pytest.raises(LockError):
        redis.lock.Lock(r, "l").release()
    assert r.exists("l")


def test_a_lock_without_lua_works_at_both(r: Any) -> None:
    with kontor.redis.Lock(r, "l", timeout=60) as lock:
        assert lock.owned() and not kontor.redis.Lock(r, "l").acquire(blocking=False)
        lock.extend(60)
        assert 60 < r.ttl("l") <= 120
    assert not r.exists("l")
