"""redis-py's commands: kontor.redis.Redis answers what redis.Redis does at a redis-server."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kontor
import kontor.redis
import pytest
import redis
from conftest import wait_until
from drop_in import PROTOCOLS


@pytest.fixture(scope="session")
def redis_socket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("redis")
    path = folder / "s"
    server = subprocess.Popen(
        ["redis-server", "--port", "0", "--unixsocket", "s", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
        cwd=folder,
    )
    try:
        wait_until(path.is_socket)
        yield path
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(params=PROTOCOLS)
def both(
    request: pytest.FixtureRequest, redis_socket: Path, db: kontor.Database[bytes]
) -> Iterator[list[Any]]:
    """A drop-in client, and one at a redis-server that is empty."""
    options: dict[str, Any] = {"protocol": request.param, "decode_responses": True}
    ours = kontor.redis.Redis(db=db, **options)
    theirs: Any = redis.Redis(unix_socket_path=str(redis_socket), **options)
    theirs.flushall()
    with ours, theirs:
        yield [ours, theirs]


def sorted_sets(r: Any) -> Iterator[Any]:
    yield r.zadd("z", {"a": 1, "b": 2.5, "c": -3, "d": float("inf"), "e": 1e6, "f": 0.5})
    yield r.zadd("z", {"a": 2, "new": 7}, nx=True)
    yield r.zadd("z", {"a": 2, "none": 7}, xx=True, ch=True)
    yield r.zadd("z", {"a": 1}, gt=True, ch=True)
    yield r.zadd("z", {"a": 1}, lt=True, ch=True)
    yield r.zadd("z", {"a": 4.25}, incr=True)
    yield r.zadd("z", {"a": 4}, incr=True, nx=True)
    yield r.zrange("z", 0, -1, withscores=True)
    yield r.zrange("z", 0, -1, desc=True, withscores=True, score_cast_func=str)
    yield r.zrange("z", "-inf", "(10", byscore=True, offset=1, num=3)
    yield r.zrange("z", 100, 0, byscore=True, desc=True)
    yield r.zrangebyscore("z", 0, 10, start=0, num=2, withscores=True)
    yield r.zrevrangebyscore("z", 10, 0)
    yield r.zrangestore("stored", "z", 1, 3)
    yield r.zscore("z", "b"), r.zscore("z", "none"), r.zmscore("z", ["a", "none", "d"])
    yield r.zrank("z", "a"), r.zrevrank("z", "a"), r.zrank("z", "none")
    yield r.zcard("z"), r.zcount("z", 0, 5), r.zincrby("z", 0.25, "f")
    yield r.zadd("lex", dict.fromkeys("abcdefg", 0))
    yield r.zrangebylex("lex", "[b", "(e"), r.zlexcount("lex", "-", "+")
    yield r.zrange("lex", "[f", "[b", bylex=True, desc=True, offset=0, num=2)
    yield r.zunion(["z", "stored"], withscores=True), r.zinter(["z", "stored"])
    yield r.zdiff(["z", "stored"], withscores=True), r.zintercard(2, ["z", "stored"], limit=1)
    yield r.zunionstore("u", {"z": 2, "stored": 0.5}, aggregate="MAX")
    yield r.zrange("u", 0, -1, withscores=True)
    yield r.zinterstore("i", ["z", "stored"]), r.zdiffstore("d", ["z", "stored"])
    yield r.zpopmin("z"), r.zpopmax("z", 2), r.zpopmin("none")
    yield r.zmpop(2, ["none", "z"], min=True, count=2)
    yield r.zremrangebyrank("lex", 0, 1), r.zremrangebylex("lex", "[d", "[d")
    yield r.zremrangebyscore("u", 0, 3), r.zrem("lex", "e", "nosuch")
    yield r.zscan("lex"), sorted(r.zscan_iter("lex")), r.zrandmember("none", 2)
    yield r.bzpopmin(["none", "lex"], timeout=1), r.bzpopmax("lex", timeout=1)
    yield r.bzmpop(1, 1, ["z"], max=True), r.bzpopmin("none", timeout=0.01)


def streams(r: Any) -> Iterator[Any]:
    for i in range(1, 6):
        yield r.xadd("s", {"n": i, "twice": 2 * i}, id=f"{i}-1")
    yield r.xlen("s"), r.xrange("s"), r.xrevrange("s", "4-1", "(2-1", count=1)
    yield r.xadd("s", {"n": 6}, id="6-*", maxlen=5, approximate=False)
    yield r.xadd("none", {"n": 6}, nomkstream=True)
    yield r.xtrim("s", minid="3-0", approximate=False), r.xdel("s", "3-1", "99-1")
    yield r.xread({"s": "4-1", "none": 0}), r.xread({"s": "$"}, block=1)
    yield r.xgroup_create("s", "g", id=0), r.xgroup_create("new", "g", mkstream=True)
    yield r.xgroup_createconsumer("s", "g", "idle")
    yield r.xreadgroup("g", "ada", {"s": ">"}, count=2)
    yield r.xreadgroup("g", "bob", {"s": ">"}), r.xreadgroup("g", "bob", {"s": ">"}, block=1)
    yield r.xreadgroup("g", "ada", {"s": "0"}), r.xpending("s", "g")
    yield strip(r.xpending_range("s", "g", "-", "+", 10), "time_since_delivered")
    yield r.xclaim("s", "g", "bob", 0, ["4-1"]), r.xclaim("s", "g", "eve", 0, ["5-1"], justid=True)
    yield r.xautoclaim("s", "g", "eve", 0, count=2)
    yield r.xack("s", "g", "4-1", "99-1"), r.xpending("s", "g")["pending"]
    yield r.xgroup_delconsumer("s", "g", "bob"), r.xgroup_setid("s", "g", "5-1")
    yield strip(r.xinfo_groups("s")), strip(r.xinfo_consumers("s", "g"), "idle", "inactive")
    info = r.xinfo_stream("s")
    yield {name: info[name] for name in ("length", "last-generated-id", "groups", "first-entry")}
    yield r.xgroup_destroy("s", "g"), r.xgroup_destroy("s", "g")


def strip(rows: list[dict[str, Any]], *names: str) -> list[dict[str, Any]]:
    """Without what the clock says."""
    return [{name: row[name] for name in row if name not in names} for row in rows]


def places(r: Any) -> Iterator[Any]:
    sicily = (13.361389, 38.115556, "Palermo", 15.087269, 37.502669, "Catania")
    yield r.geoadd("g", sicily), r.geoadd("g", (12.5, 41.9, "Roma"), nx=True, ch=True)
    yield r.geopos("g", "Roma", "none"), r.geohash("g", "Palermo", "none")
    yield r.geodist("g", "Palermo", "Catania"), r.geodist("g", "Palermo", "Roma", unit="km")
    yield r.geodist("g", "Palermo", "none")
    yield r.geosearch("g", longitude=15, latitude=37, radius=200, unit="km", sort="ASC")
    everything = {"withcoord": True, "withdist": True, "withhash": True, "sort": "DESC"}
    yield r.geosearch("g", member="Roma", radius=500, unit="km", **everything)
    yield r.geosearch("g", member="Roma", width=900, height=900, unit="km", count=1, sort="ASC")
    yield r.geosearchstore("near", "g", longitude=15, latitude=37, radius=200, unit="km")
    yield r.georadius("g", 15, 37, 200, unit="km", withdist=True, sort="ASC")
    yield r.georadiusbymember("g", "Roma", 1000, unit="km", sort="ASC")
    yield r.zrange("near", 0, -1, withscores=True)


def bits(r: Any) -> Iterator[Any]:
    yield r.setbit("b", 7, 1), r.setbit("b", 100, 1), r.getbit("b", 100), r.getbit("b", 1000)
    yield r.bitcount("b"), r.bitcount("b", 0, 0), r.bitcount("b", 5, 100, "BIT")
    yield r.bitpos("b", 1), r.bitpos("b", 0), r.bitpos("b", 1, 1), r.bitpos("b", 1, 8, 90, "BIT")
    field = r.bitfield("f", default_overflow="SAT")
    yield field.set("u8", 0, 200).incrby("u8", 0, 100).get("u4", 0).execute()
    yield r.bitfield("f").incrby("i5", 100, 1).overflow("FAIL").incrby("u2", 102, 3).execute()
    yield r.bitfield("f").overflow("WRAP").incrby("u8", "#1", 300).execute()
    yield r.bitfield_ro("f", "u8", "#0", items=[("i8", 4)])
    yield r.bitop("XOR", "x", "b", "f"), r.bitop("NOT", "n", "b"), r.strlen("x"), r.bitcount("n")


def sketches(r: Any) -> Iterator[Any]:
    yield r.pfadd("a", *range(1000)), r.pfadd("a", 5), r.pfadd("b", *range(500, 2000))
    yield r.pfcount("a"), r.pfcount("a", "b"), r.pfcount("none")
    yield r.pfmerge("all", "a", "b"), r.pfcount("all")


def sorting(r: Any) -> Iterator[Any]:
    yield r.rpush("l", 3, 1, 10, 2)
    yield r.mset({f"w{i}": -i for i in (1, 2, 3, 10)}), r.mset({f"o{i}": f"obj{i}" for i in (1, 2)})
    yield r.hset("h1", mapping={"f": "x"}), r.sadd("s", "b", "a", "c")
    yield r.sort("l"), r.sort("l", desc=True), r.sort("l", alpha=True), r.sort("l", start=1, num=2)
    yield r.sort("l", by="w*"), r.sort("l", by="nosort", get=["#", "o*", "h*->f"])
    yield r.sort("l", get=["#", "o*"], groups=True), r.sort("s", alpha=True)
    yield r.sort("l", by="w*", store="sorted"), r.lrange("sorted", 0, -1)
    yield r.sort_ro("l", desc=True)


def objects(r: Any) -> Iterator[Any]:
    r.set("int", 7), r.set("short", "x"), r.set("long", "x" * 100)
    r.rpush("l", *range(10)), r.sadd("ints", 1, 2), r.hset("h", "f", "v"), r.zadd("z", {"m": 1})
    r.hset("big", mapping={f"f{i}": i for i in range(1000)}), r.sadd("words", "a")
    for key in ("int", "short", "long", "ints", "h", "z", "big"):
        yield r.object("encoding", key), r.object("refcount", "short"), r.type(key)
    yield r.object("idletime", "h"), r.object("idletime", "none")
    yield r.touch("h", "none"), r.exists("h", "h", "none")
    yield r.copy("h", "copied"), r.hgetall("copied")
    yield r.copy("h", "z"), r.copy("h", "z", replace=True), r.type("z")
    yield r.rename("z", "y"), r.renamenx("y", "h"), r.unlink("y", "none"), r.randomkey() is not None
    yield r.expire("h", 100), r.expire("h", 50, gt=True), r.expire("h", 50, lt=True), r.ttl("h")
    yield r.expireat("h", 33177117420, nx=True), r.expireat("h", 33177117420), r.expiretime("h")
    yield r.persist("h"), r.ttl("h"), r.ttl("none"), r.pexpiretime("h"), r.dbsize()


def iterators(r: Any) -> Iterator[Any]:
    r.mset({f"key:{i}": i for i in range(300)})
    r.hset("h", mapping={f"f{i}": i for i in range(300)})
    r.sadd("s", *range(300)), r.zadd("z", {f"m{i}": i for i in range(300)})
    yield sorted(r.scan_iter("key:1*", count=7)), sorted(r.scan_iter(_type="hash"))
    yield sorted(r.hscan_iter("h", match="f?")), dict(r.hscan_iter("h", count=20))
    yield sorted(r.sscan_iter("s", match="1?")), len(set(r.sscan_iter("s")))
    yield sorted(r.zscan_iter("z", match="m1?")), dict(r.zscan_iter("z", score_cast_func=int))


def strings_and_lists(r: Any) -> Iterator[Any]:
    yield r.set("k", "v", ex=100, get=True), r.set("k", "w", keepttl=True, get=True), r.ttl("k")
    yield r.set("k", "x", nx=True), r.set("k", "x", xx=True)
    yield r.getex("k", persist=True), r.ttl("k")
    yield r.getdel("k"), r.get("k"), r.setrange("k", 3, "x"), r.getrange("k", -1, -1)
    yield r.append("k", "y"), r.incrbyfloat("f", 0.1), r.incrbyfloat("f", 2e3)
    yield r.decrby("n", 5), r.msetnx({"n": 1, "m": 1})
    yield r.set("a", "ohmytext"), r.set("b", "mynewtext")
    yield r.lcs("a", "b"), r.lcs("a", "b", len=True)
    yield r.rpush("l", *"abcabc"), r.lpos("l", "c")
    yield r.lpos("l", "a", rank=-1), r.lpos("l", "b", count=0)
    yield r.linsert("l", "BEFORE", "b", "x"), r.lset("l", 0, "y")
    yield r.lrem("l", -1, "c"), r.ltrim("l", 1, 3)
    yield r.lmove("l", "m", "LEFT", "RIGHT")
    yield r.lmpop(2, "none", "l", direction="RIGHT", count=2)
    yield r.blmove("m", "l", 1), r.brpoplpush("l", "m", 1), r.blmpop(1, 1, "m", direction="LEFT")
    yield r.blpop(["none", "l"], 0.01), r.lpop("none", 2), r.rpoplpush("none", "l")
    yield r.sadd("s", *"abc"), r.smismember("s", ["a", "x"]), r.sintercard(2, ["s", "s"])
    yield r.smove("s", "t", "a")
    yield sorted(r.sunion("s", "t")), sorted(r.sdiff("s", "t")), r.sinterstore("u", "s", "t")
    yield r.hset("h", mapping={"a": 1, "b": 2}), r.hincrbyfloat("h", "a", 1.5)
    yield r.hmget("h", "a", "none")
    yield r.hstrlen("h", "a"), r.hsetnx("h", "a", 1), r.hrandfield("none", 2), sorted(r.hkeys("h"))


SCENARIOS = [
    sorted_sets,
    streams,
    places,
    bits,
    sketches,
    sorting,
    objects,
    iterators,
    strings_and_lists,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_it_answers_as_at_a_server(
    both: list[Any], scenario: Callable[[Any], Iterator[Any]]
) -> None:
    ours, theirs = both
    for step, (mine, other) in enumerate(zip(scenario(ours), scenario(theirs))):
        assert mine == other, f"step {step} of {scenario.__name__}"


def test_dump_and_restore_go_both_ways(both: list[Any]) -> None:
    ours, theirs = both
    for r in both:
        r.set("s", "x" * 1000), r.rpush("l", *range(500)), r.sadd("set", *"abc")
        r.hset("h", mapping={"a": 1}), r.zadd("z", {"m": 1.5})
    look = {
        "s": lambda r, key: r.get(key),
        "l": lambda r, key: r.lrange(key, 0, -1),
        "set": lambda r, key: set(r.smembers(key)),
        "h": lambda r, key: r.hgetall(key),
        "z": lambda r, key: r.zrange(key, 0, -1, withscores=True),
    }
    for source, target in ((ours, theirs), (theirs, ours), (ours, ours)):
        for key, content in look.items():
            dumped = dump(source, key)
            assert target.restore("restored", 100_000, dumped, replace=True)
            assert 99_000 < target.pttl("restored") <= 100_000
            assert content(target, "restored") == content(source, key)
        with pytest.raises(redis.ResponseError, match="BUSYKEY"):
            target.restore("restored", 0, dumped)
        with pytest.raises(redis.ResponseError, match="checksum"):
            target.restore("fresh", 0, dumped[:-1] + bytes([dumped[-1] ^ 1]))


def dump(r: Any, key: str) -> bytes:
    """A payload is no text, whatever the client decodes."""
    return bytes(r.execute_command("DUMP", key, NEVER_DECODE=True))
