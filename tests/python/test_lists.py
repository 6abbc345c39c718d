from __future__ import annotations

import threading
import time

import kontor
import pytest

Db = kontor.Database[bytes]


def test_push_and_pop(db: Db) -> None:
    assert db.rpush("l", "b") == 1
    assert db.rpush("l", "c", "d") == 3
    assert db.lpush("l", "a") == 4
    assert db.lpush("l", "y", "x") == 6
    assert db.lrange("l", 0, -1) == [b"x", b"y", b"a", b"b", b"c", b"d"]
    assert db.llen("l") == 6
    assert db.lpop("l") == b"x"
    assert db.rpop("l") == b"d"
    assert db.lpop("l", 2) == [b"y", b"a"]
    assert db.rpop("l", 9) == [b"c", b"b"]
    assert db.lpop("l") is None
    assert db.rpop("l", 1) is None
    assert db.exists("l") == 0
    assert db.llen("l") == 0


def test_push_if_there(db: Db) -> None:
    assert db.lpushx("l", "a") == 0
    assert db.rpushx("l", "a") == 0
    db.rpush("l", "m")
    assert db.lpushx("l", "a") == 2
    assert db.rpushx("l", "y", "z") == 4
    assert db.lrange("l", 0, -1) == [b"a", b"m", b"y", b"z"]


def test_positions(db: Db) -> None:
    db.rpush("l", "a", "b", "c", "b")
    assert db.lindex("l", 0) == b"a"
    assert db.lindex("l", -1) == b"b"
    assert db.lindex("l", 9) is None
    assert db.lset("l", 2, "C") is True
    assert db.lrange("l", 1, 2) == [b"b", b"C"]
    assert db.lpos("l", "b") == 1
    assert db.lpos("l", "b", rank=-1) == 3
    assert db.lpos("l", "b", count=0) == [1, 3]
    assert db.lpos("l", "b", rank=2, maxlen=2) is None
    assert db.lpos("l", "none") is None
    with pytest.raises(kontor.OutOfRangeError):
        db.lset("l", 99, "x")
    with pytest.raises(kontor.CommandError, match="no such key"):
        db.lset("none", 0, "x")


def test_insert_remove_trim(db: Db) -> None:
    db.rpush("l", "a", "c")
    assert db.linsert("l", "BEFORE", "c", "b") == 3
    assert db.linsert("l", "AFTER", "c", "d") == 4
    assert db.linsert("l", "AFTER", "none", "x") == -1
    assert db.linsert("none", "AFTER", "a", "x") == 0
    assert db.lrange("l", 0, -1) == [b"a", b"b", b"c", b"d"]
    db.rpush("l", "a", "b", "a")
    assert db.lrem("l", 1, "a") == 1
    assert db.lrem("l", 0, "a") == 2
    assert db.lrem("l", -1, "b") == 1
    assert db.lrange("l", 0, -1) == [b"b", b"c", b"d"]
    assert db.ltrim("l", 1, -1) is True
    assert db.lrange("l", 0, -1) == [b"c", b"d"]
    db.ltrim("l", 5, 9)
    assert db.exists("l") == 0


def test_move(db: Db) -> None:
    db.rpush("a", "1", "2", "3")
    assert db.lmove("a", "b") == b"1"
    assert db.lmove("a", "b", "RIGHT", "LEFT") == b"3"
    assert db.rpoplpush("b", "a") == b"1"
    assert db.lrange("a", 0, -1) == [b"1", b"2"]
    assert db.lrange("b", 0, -1) == [b"3"]
    assert db.lmove("none", "b") is None
    assert db.rpoplpush("none", "b") is None


def test_pop_of_many_lists(db: Db) -> None:
    assert db.lmpop(2, "a", "b", direction="LEFT") is None
    db.rpush("b", "1", "2", "3")
    assert db.lmpop(2, "a", "b", direction="LEFT") == [b"b", [b"1"]]
    assert db.lmpop(2, "a", "b", direction="RIGHT", count=5) == [b"b", [b"3", b"2"]]


def test_blocking_forms_that_need_not_wait(db: Db) -> None:
    db.rpush("l", "1", "2", "3", "4", "5", "6", "7")
    assert db.blpop("l") == (b"l", b"1")
    assert db.brpop(["none", "l"], timeout=1) == (b"l", b"7")
    assert db.brpoplpush("l", "m", timeout=1) == b"6"
    assert db.blmove("l", "m", 1, "LEFT", "RIGHT") == b"2"
    assert db.blmpop(1, 2, "none", "l", direction="LEFT", count=2) == [b"l", [b"3", b"4"]]
    assert db.lrange("m", 0, -1) == [b"6", b"2"]
    assert db.lrange("l", 0, -1) == [b"5"]


def test_blocking_forms_that_wait_in_vain(db: Db) -> None:
    for call in (
        lambda: db.blpop("l", timeout=0.03),
        lambda: db.brpop(["l", "m"], timeout=0.03),
        lambda: db.brpoplpush("l", "m", timeout=0.03),
        lambda: db.blmove("l", "m", 0.03),
        lambda: db.blmpop(0.03, 1, "l", direction="RIGHT"),
    ):
        start = time.monotonic()
        assert call() is None
        assert 0.025 < time.monotonic() - start < 2


def test_blocking_forms_are_woken(db: Db) -> None:
    got: list[object] = []
    calls = (
        lambda: db.blpop("a", timeout=10),
        lambda: db.brpop("b", timeout=None),
        lambda: db.blmove("c", "z", 10),
        lambda: db.brpoplpush("d", "z", 10),
        lambda: db.blmpop(10, 1, "e", direction="LEFT"),
    )
    threads = [threading.Thread(target=lambda c=call: got.append(c())) for call in calls]
    for thread in threads:
        thread.start()
    time.sleep(0.05)
    assert got == []
    for key in "abcde":
        db.rpush(key, key.upper())
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    assert len(got) == 5
    assert (b"a", b"A") in got and (b"b", b"B") in got and [b"e", [b"E"]] in got
    assert b"C" in got and b"D" in got


def test_blocking_takers_are_served_in_order(db: Db) -> None:
    got: dict[int, object] = {}
    threads = []
    for number in range(4):
        thread = threading.Thread(target=lambda n=number: got.update({n: db.blpop("l", 10)}))
        thread.start()
        threads.append(thread)
        time.sleep(0.05)
    db.rpush("l", *range(4))
    for thread in threads:
        thread.join(10)
    assert got == {n: (b"l", str(n).encode()) for n in range(4)}


def test_negative_timeout(db: Db) -> None:
    with pytest.raises(kontor.CommandError, match="timeout is negative"):
        db.blpop("l", timeout=-1)


def test_wrong_type(db: Db) -> None:
    db.set("s", "v")
    for call in (
        lambda: db.lpush("s", "x"),
        lambda: db.rpush("s", "x", "y"),
        lambda: db.lpop("s"),
        lambda: db.llen("s"),
        lambda: db.lrange("s", 0, -1),
        lambda: db.blpop("s", timeout=1),
        lambda: db.lmove("s", "l"),
    ):
        with pytest.raises(kontor.WrongTypeError):
            call()
    assert db.get("s") == b"v"
