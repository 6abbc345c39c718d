from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import kontor
import pytest

Db = kontor.Database[bytes]


def test_delete_and_exists(db: Db) -> None:
    db.mset({"a": 1, "b": 2, "c": 3, "d": 4})
    assert db.exists("a") == 1
    assert db.exists("a", "a", "none", "b") == 3
    assert db.delete("a") == 1
    assert db.delete("a") == 0
    assert db.delete("b", "none", "c") == 2
    assert db.unlink("d", "none") == 1
    assert db.dbsize() == 0


def test_type(db: Db) -> None:
    db.set("s", "v")
    db.hset("h", "f", "v")
    db.rpush("l", "v")
    assert [db.type(key) for key in ("s", "h", "l", "none")] == [
        b"string",
        b"hash",
        b"list",
        b"none",
    ]


def test_expire(db: Db) -> None:
    assert db.expire("k", 10) is False
    db.set("k", "v")
    assert db.ttl("k") == -1 and db.ttl("none") == -2
    assert db.pttl("k") == -1 and db.pttl("none") == -2
    assert db.expiretime("k") == -1 and db.expiretime("none") == -2
    assert db.pexpiretime("k") == -1 and db.pexpiretime("none") == -2
    assert db.expire("k", timedelta(minutes=2)) is True
    assert 119 <= db.ttl("k") <= 120
    assert db.pexpire("k", 5000) is True
    assert 4000 < db.pttl("k") <= 5000
    when = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(hours=1)
    assert db.expireat("k", when) is True
    assert db.expiretime("k") == int(when.timestamp())
    assert db.pexpireat("k", int(when.timestamp() * 1000) + 7) is True
    assert db.pexpiretime("k") == int(when.timestamp() * 1000) + 7
    assert db.persist("k") is True
    assert db.persist("k") is False
    assert db.expire("k", -1) is True
    assert db.exists("k") == 0


def test_expire_conditions(db: Db) -> None:
    db.set("k", "v")
    assert db.expire("k", 100, xx=True) is False
    assert db.expire("k", 100, gt=True) is False
    assert db.expire("k", 100, nx=True) is True
    assert db.expire("k", 200, nx=True) is False
    assert db.expire("k", 50, gt=True) is False
    assert db.expire("k", 200, gt=True) is True
    assert db.pexpire("k", 300_000, lt=True) is False
    assert db.pexpire("k", 100_000, lt=True) is True
    assert db.expireat("k", int(time.time()) + 500, xx=True) is True
    assert db.pexpireat("k", 1, gt=True) is False
    with pytest.raises(kontor.CommandError, match="not compatible"):
        db.expire("k", 1, nx=True, xx=True)


def test_rename_and_copy(db: Db) -> None:
    db.set("a", "1")
    assert db.rename("a", "b") is True
    assert db.get("a") is None and db.get("b") == b"1"
    db.set("c", "2")
    assert db.renamenx("b", "c") is False
    assert db.renamenx("b", "d") is True
    assert db.copy("d", "c") is False
    assert db.copy("d", "c", replace=True) is True
    assert db.get("c") == b"1"
    assert db.copy("d", "d", destination_db=3) is True
    with db.select(3) as third:
        assert third.get("d") == b"1"
    assert db.copy("none", "x") is False
    with pytest.raises(kontor.CommandError, match="no such key"):
        db.rename("none", "x")


def test_keys_and_scan(db: Db) -> None:
    assert db.keys() == []
    assert db.randomkey() is None
    assert db.scan() == (0, [])
    names = {f"user:{i}".encode() for i in range(1000)}
    db.mset({name: 1 for name in names})
    db.hset("hash", "f", "v")
    assert set(db.keys()) == names | {b"hash"}
    assert set(db.keys("user:99?")) == {f"user:99{i}".encode() for i in range(10)}
    assert set(db.scan_iter()) == names | {b"hash"}
    assert set(db.scan_iter("user:1*", count=50)) == {n for n in names if n[5:6] == b"1"}
    assert list(db.scan_iter(_type="hash")) == [b"hash"]
    cursor, part = db.scan(count=10)
    assert cursor != 0 and 0 < len(part) < 1000
    assert db.randomkey() in names | {b"hash"}
    assert db.touch("hash", "none") == 1
    assert db.dbsize() == 1001


def test_scan_misses_nothing_while_others_come_and_go(db: Db) -> None:
    stay = {f"stay:{i}".encode() for i in range(500)}
    db.mset({name: 1 for name in stay})
    seen = set()
    for number, key in enumerate(db.scan_iter(count=5)):
        seen.add(key)
        db.set(f"new:{number}", 1)
        db.delete(f"new:{number // 2}")
        if number > 20_000:
            break
    assert stay <= seen


def test_flush(db: Db) -> None:
    second = db.select(1)
    db.set("k", "0")
    second.set("k", "1")
    assert db.flushdb() is True
    assert db.get("k") is None and second.get("k") == b"1"
    db.set("k", "0")
    assert db.flushall(asynchronous=True) is True
    assert db.dbsize() == 0 and second.dbsize() == 0
    assert db.flushdb(asynchronous=True) is True


def test_logical_databases(db: Db) -> None:
    first, last = db.select(1), db.select(15)
    db.set("k", "0")
    first.set("k", "1")
    assert last.get("k") is None
    assert db.move("k", 1) is False
    assert db.move("k", 15) is True
    assert db.get("k") is None and last.get("k") == b"0"
    assert db.swapdb(1, 15) is True
    assert first.get("k") == b"0" and last.get("k") == b"1"
    for index in (16, -1, 1 << 31):
        with pytest.raises(ValueError):
            db.select(index)
    with pytest.raises(kontor.CommandError):
        db.move("k", 16)


def test_closing_a_selected_handle_leaves_the_other_open(db: Db) -> None:
    other = db.select(2)
    other.set("k", "v")
    other.close()
    with pytest.raises(kontor.ClosedError):
        other.get("k")
    with db.select(2) as again:
        assert again.get("k") == b"v"


def test_expired_keys_go_by_themselves(db: Db) -> None:
    db.mset({f"k{i}": i for i in range(100)})
    for i in range(100):
        db.pexpire(f"k{i}", 10)
    end = time.monotonic() + 10
    while db.figures().expired_keys < 100:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert db.figures().keys == 0
