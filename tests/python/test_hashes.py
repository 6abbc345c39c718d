from __future__ import annotations

import kontor
import pytest

Db = kontor.Database[bytes]


def test_set_and_get(db: Db) -> None:
    assert db.hset("h", "f", "v") == 1
    assert db.hset("h", "f", "w") == 0
    assert db.hget("h", "f") == b"w"
    assert db.hget("h", "none") is None
    assert db.hget("none", "f") is None
    assert db.hset("h", "empty", "") == 1
    assert db.hget("h", "empty") == b""


def test_set_many(db: Db) -> None:
    assert db.hset("h", "a", 1, mapping={"b": 2, "c": 3}, items=["d", 4]) == 4
    assert db.hset("h", mapping={"c": 30, "e": 5}) == 1
    assert db.hgetall("h") == {b"a": b"1", b"b": b"2", b"c": b"30", b"d": b"4", b"e": b"5"}
    assert db.hmget("h", "a", "none", "c") == [b"1", None, b"30"]
    assert db.hmget("h", ["a", "e"]) == [b"1", b"5"]


def test_set_nothing(db: Db) -> None:
    with pytest.raises(ValueError):
        db.hset("h")
    with pytest.raises(ValueError):
        db.hset("h", "f")
    with pytest.raises(ValueError):
        db.hset("h", mapping={})
    assert db.exists("h") == 0


def test_whole(db: Db) -> None:
    assert db.hgetall("none") == {}
    assert db.hkeys("none") == []
    assert db.hlen("none") == 0
    db.hset("h", mapping={"a": 1, "b": 2})
    assert sorted(db.hkeys("h")) == [b"a", b"b"]
    assert sorted(db.hvals("h")) == [b"1", b"2"]
    assert db.hlen("h") == 2
    assert db.hexists("h", "a") is True
    assert db.hexists("h", "c") is False
    assert db.hstrlen("h", "a") == 1
    assert db.hstrlen("h", "c") == 0


def test_delete(db: Db) -> None:
    db.hset("h", mapping={"a": 1, "b": 2, "c": 3})
    assert db.hdel("h", "a", "none", "b") == 2
    assert db.hdel("h", "c") == 1
    assert db.exists("h") == 0


def test_set_if_absent(db: Db) -> None:
    assert db.hsetnx("h", "f", "1") is True
    assert db.hsetnx("h", "f", "2") is False
    assert db.hget("h", "f") == b"1"


def test_numbers(db: Db) -> None:
    assert db.hincrby("h", "n") == 1
    assert db.hincrby("h", "n", 9) == 10
    assert db.hincrbyfloat("h", "n", 0.5) == 10.5
    assert db.hincrbyfloat("h", "f") == 1.0
    db.hset("h", "text", "abc")
    with pytest.raises(kontor.NotANumberError):
        db.hincrby("h", "text")
    with pytest.raises(kontor.NotANumberError):
        db.hincrbyfloat("h", "text")
    db.hset("h", "max", (1 << 63) - 1)
    with pytest.raises(kontor.OutOfRangeError):
        db.hincrby("h", "max")
    assert db.hget("h", "max") == b"9223372036854775807"


def test_random_fields(db: Db) -> None:
    assert db.hrandfield("none") is None
    assert db.hrandfield("none", 2) == []
    fields = {b"a": b"1", b"b": b"2", b"c": b"3"}
    db.hset("h", mapping=fields)
    assert db.hrandfield("h") in fields
    distinct = db.hrandfield("h", 5)
    assert isinstance(distinct, list) and sorted(distinct) == sorted(fields)
    repeated = db.hrandfield("h", -20)
    assert isinstance(repeated, list) and len(repeated) == 20 and set(repeated) <= set(fields)
    flat = db.hrandfield("h", -5, withvalues=True)
    assert isinstance(flat, list) and len(flat) == 10
    assert all(fields[field] == value for field, value in zip(flat[::2], flat[1::2]))
    with pytest.raises(ValueError):
        db.hrandfield("h", withvalues=True)


def test_scan(db: Db) -> None:
    fields = {f"field:{i}".encode(): str(i).encode() for i in range(1000)}
    db.hset("h", mapping=fields)
    assert dict(db.hscan_iter("h", count=10)) == fields
    assert dict(db.hscan_iter("h", match="field:99*")) == {
        field: value for field, value in fields.items() if field.startswith(b"field:99")
    }
    assert dict(db.hscan_iter("none")) == {}
    db.hset("small", "f", "v")
    assert db.hscan("small") == (0, {b"f": b"v"})


def test_wrong_type(db: Db) -> None:
    db.set("s", "v")
    for call in (
        lambda: db.hset("s", "f", "v"),
        lambda: db.hset("s", mapping={"f": "v", "g": "w"}),
        lambda: db.hget("s", "f"),
        lambda: db.hgetall("s"),
        lambda: db.hlen("s"),
        lambda: db.hincrby("s", "f"),
        lambda: db.hdel("s", "f"),
    ):
        with pytest.raises(kontor.WrongTypeError):
            call()
    assert db.get("s") == b"v"
