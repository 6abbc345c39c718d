from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import kontor
import pytest

Db = kontor.Database[bytes]


def test_set_and_get(db: Db) -> None:
    assert db.get("k") is None
    assert db.set("k", "v") is True
    assert db.get("k") == b"v"
    assert db.set("k", "") is True
    assert db.get("k") == b""


def test_get_of_every_size_around_the_buffer(db: Db) -> None:
    for size in (0, 1, 1023, 1024, 1025, 100_000):
        value = bytes(i % 251 for i in range(size))
        db.set("k", value)
        assert db.get("k") == value


def test_set_conditions(db: Db) -> None:
    assert db.set("k", "1", xx=True) is None
    assert db.set("k", "1", nx=True) is True
    assert db.set("k", "2", nx=True) is None
    assert db.get("k") == b"1"
    assert db.set("k", "2", xx=True) is True
    assert db.get("k") == b"2"
    with pytest.raises(kontor.CommandError, match="syntax error"):
        db.set("k", "3", nx=True, xx=True)
    assert db.get("k") == b"2"


def test_set_with_get(db: Db) -> None:
    assert db.set("k", "1", get=True) is None
    assert db.set("k", "2", get=True) == b"1"
    assert db.set("k", "3", nx=True, get=True) == b"2"
    assert db.get("k") == b"2"
    db.rpush("l", "x")
    with pytest.raises(kontor.WrongTypeError):
        db.set("l", "v", get=True)
    assert db.lrange("l", 0, -1) == [b"x"]


def test_set_deadlines(db: Db) -> None:
    db.set("k", "v", ex=100)
    assert 99 <= db.ttl("k") <= 100
    db.set("k", "v", ex=timedelta(minutes=5))
    assert 299 <= db.ttl("k") <= 300
    db.set("k", "v", px=5000)
    assert 4000 < db.pttl("k") <= 5000
    db.set("k", "v", px=timedelta(milliseconds=7500))
    assert 6500 < db.pttl("k") <= 7500
    when = datetime.now(timezone.utc) + timedelta(hours=1)
    db.set("k", "v", exat=when)
    assert 3590 < db.ttl("k") <= 3600
    db.set("k", "v", pxat=when)
    assert abs(db.pexpiretime("k") - when.timestamp() * 1000) <= 1
    db.set("k", "w", keepttl=True)
    assert db.ttl("k") > 0
    db.set("k", "w")
    assert db.ttl("k") == -1
    with pytest.raises(kontor.CommandError, match="invalid expire time"):
        db.set("k", "v", ex=0)
    with pytest.raises(kontor.CommandError, match="syntax error"):
        db.set("k", "v", ex=1, px=1)


def test_a_deadline_passes(db: Db) -> None:
    db.set("k", "v", px=20)
    assert db.get("k") == b"v"
    time.sleep(0.04)
    assert db.get("k") is None
    assert db.exists("k") == 0


def test_many_at_once(db: Db) -> None:
    assert db.mset({"a": 1, b"b": 2.5}) is True
    db.rpush("list", "x")
    assert db.mget("a", "b", "none", "list") == [b"1", b"2.5", None, None]
    assert db.mget(["a", b"b"], "none") == [b"1", b"2.5", None]
    assert db.msetnx({"c": "3", "a": "9"}) is False
    assert db.get("c") is None
    assert db.msetnx({"c": "3", "d": "4"}) is True
    assert db.mget(iter(["c", "d"])) == [b"3", b"4"]
    large = {f"k{i}": "v" * (i * 37) for i in range(300)}
    assert db.mset(large) is True
    assert db.mget(list(large)) == [text.encode() for text in large.values()]
    assert db.mget([]) == []
    with pytest.raises(TypeError, match="cannot be stored"):
        db.mset({"a": "changed", "b": None})  # type: ignore[dict-item]
    assert db.get("a") == b"1"
    with pytest.raises(kontor.CommandError, match="wrong number of arguments"):
        db.mset({})


def test_get_and_change(db: Db) -> None:
    assert db.getset("k", "1") is None
    assert db.getset("k", "2") == b"1"
    assert db.getdel("k") == b"2"
    assert db.getdel("k") is None


def test_getex(db: Db) -> None:
    assert db.getex("k", ex=10) is None
    db.set("k", "v")
    assert db.getex("k") == b"v"
    assert db.ttl("k") == -1
    assert db.getex("k", ex=timedelta(seconds=100)) == b"v"
    assert 99 <= db.ttl("k") <= 100
    assert db.getex("k", persist=True) == b"v"
    assert db.ttl("k") == -1
    assert db.getex("k", px=5000) == b"v"
    assert db.pttl("k") <= 5000
    assert db.getex("k", pxat=int(time.time() * 1000) + 60_000) == b"v"
    assert 50_000 < db.pttl("k") <= 60_000
    assert db.getex("k", exat=1) == b"v"
    assert db.get("k") is None


def test_set_the_older_ways(db: Db) -> None:
    assert db.setnx("k", "1") is True
    assert db.setnx("k", "2") is False
    assert db.setex("k", 100, "3") is True
    assert 99 <= db.ttl("k") <= 100
    assert db.psetex("k", timedelta(seconds=5), "4") is True
    assert 4000 < db.pttl("k") <= 5000
    with pytest.raises(kontor.CommandError, match="invalid expire time"):
        db.setex("k", -1, "5")
    assert db.get("k") == b"4"


def test_parts(db: Db) -> None:
    assert db.append("k", "hello") == 5
    assert db.append("k", b" world") == 11
    assert db.strlen("k") == 11
    assert db.strlen("none") == 0
    assert db.getrange("k", 0, 4) == b"hello"
    assert db.getrange("k", -5, -1) == b"world"
    assert db.getrange("k", 5, 1) == b""
    assert db.setrange("k", 6, "there") == 11
    assert db.get("k") == b"hello there"
    assert db.setrange("gap", 3, "x") == 4
    assert db.get("gap") == b"\0\0\0x"
    with pytest.raises(kontor.OutOfRangeError):
        db.setrange("k", -1, "x")


def test_numbers(db: Db) -> None:
    assert db.incr("n") == 1
    assert db.incr("n", 41) == 42
    assert db.incrby("n", -2) == 40
    assert db.decr("n") == 39
    assert db.decrby("n", 9) == 30
    assert db.get("n") == b"30"
    assert db.incrbyfloat("n", 0.5) == 30.5
    assert db.incrbyfloat("f") == 1.0
    assert db.get("n") == b"30.5"


def test_numbers_that_are_none(db: Db) -> None:
    db.set("k", "abc")
    with pytest.raises(kontor.NotANumberError):
        db.incr("k")
    with pytest.raises(kontor.NotANumberError):
        db.decr("k")
    with pytest.raises(kontor.NotANumberError):
        db.incrbyfloat("k", 1.0)
    assert db.get("k") == b"abc"


def test_numbers_overflow(db: Db) -> None:
    db.set("n", (1 << 63) - 1)
    with pytest.raises(kontor.OutOfRangeError):
        db.incr("n")
    with pytest.raises(kontor.CommandError):
        db.incrby("n", 1 << 63)
    db.set("m", -(1 << 63))
    with pytest.raises(kontor.OutOfRangeError):
        db.decr("m")
    assert db.mget("n", "m") == [b"9223372036854775807", b"-9223372036854775808"]


def test_wrong_type(db: Db) -> None:
    db.hset("h", "f", "v")
    for call in (
        lambda: db.get("h"),
        lambda: db.append("h", "x"),
        lambda: db.incr("h"),
        lambda: db.strlen("h"),
        lambda: db.getrange("h", 0, -1),
        lambda: db.setrange("h", 0, "x"),
        lambda: db.getset("h", "x"),
        lambda: db.getdel("h"),
    ):
        with pytest.raises(kontor.WrongTypeError) as caught:
            call()
        assert caught.value.code == -2
        assert not caught.value.retryable
    assert db.hgetall("h") == {b"f": b"v"}


def test_as_a_mapping(db: Db) -> None:
    db["k"] = "v"
    assert db["k"] == b"v"
    assert "k" in db
    del db["k"]
    assert "k" not in db
    with pytest.raises(KeyError):
        db["k"]
    with pytest.raises(KeyError):
        del db["k"]
