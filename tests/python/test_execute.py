from __future__ import annotations

import kontor
import pytest

Db = kontor.Database[bytes]


def test_replies(db: Db) -> None:
    assert db.execute("SET", "k", "v") == b"OK"
    assert db.execute("get", "k") == b"v"
    assert db.execute(b"GET", b"none") is None
    assert db.execute("STRLEN", "k") == 1
    assert db.execute("RPUSH", "l", 1, 2.5, b"x") == 3
    assert db.execute("LRANGE", "l", 0, -1) == [b"1", b"2.5", b"x"]
    assert db.execute("HSET", "h", "f", "v") == 1
    assert db.execute("HGETALL", "h") == {b"f": b"v"}
    assert db.execute("LPOP", "none", 1) is None
    assert db.execute("LMPOP", 1, "l", "LEFT", "COUNT", 2) == [b"l", [b"1", b"2.5"]]


def test_errors(db: Db) -> None:
    with pytest.raises(kontor.CommandError, match="unknown command") as unknown:
        db.execute("NOSUCH", "x")
    assert unknown.value.prefix == "ERR"
    with pytest.raises(kontor.CommandError, match="wrong number of arguments for 'get' command"):
        db.execute("GET")
    db.rpush("l", "x")
    with pytest.raises(kontor.WrongTypeError) as wrong:
        db.execute("GET", "l")
    assert wrong.value.prefix == "WRONGTYPE"
    db.set("k", "abc")
    with pytest.raises(kontor.NotANumberError):
        db.execute("INCR", "k")
    with pytest.raises(kontor.CommandError):
        db.execute("SUBSCRIBE", "ch")
    with pytest.raises(kontor.CommandError):
        db.execute()


def test_select_changes_this_handle(db: Db) -> None:
    db.execute("SELECT", 5)
    db.set("k", "v")
    with db.select(5) as other:
        assert other.get("k") == b"v"
    db.execute("SELECT", 0)
    assert db.get("k") is None


def test_blocking_command(db: Db) -> None:
    assert db.execute("BLPOP", "l", "0.02") is None
    db.rpush("l", "x")
    assert db.execute("BLPOP", "l", 0) == [b"l", b"x"]


def test_command_table() -> None:
    table = {row.name.upper(): row for row in kontor.command_table()}
    assert table["GET"].arity == 2
    assert table["SET"].arity == -3
    for name in ("HSET", "BLPOP", "SCAN", "PUBLISH", "EXPIRE"):
        row = table[name]
        assert row.group and row.summary and isinstance(row.flags, list)
