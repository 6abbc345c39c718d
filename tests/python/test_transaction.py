from __future__ import annotations

from pathlib import Path

import kontor
import pytest

Db = kontor.Database[bytes]


def test_every_step(db: Db) -> None:
    queue, mailbox = db.queue("q"), db.mailbox()
    mailbox.subscribe("ch")
    queue.put("job")
    message = queue.take(0)
    assert message is not None
    db.set("old", "x")
    with db.transaction() as txn:
        assert txn.set("k", "v", ex=100) is txn
        txn.delete("old", "none")
        txn.increment("n").increment("n", 4)
        txn.hset("h", "f", "v").hset("h", mapping={"g": 1}).hincrby("h", "g", 2)
        txn.rpush("l", "b", "c").lpush("l", "a")
        txn.execute("SETRANGE", "k", 1, "w")
        txn.enqueue(queue, "next", priority=3)
        txn.acknowledge(message)
        txn.publish("ch", "done")
        assert len(txn) == 15 and txn
        assert db.get("k") is None and mailbox.next(0) is None
    assert len(txn.replies) == 15
    assert txn.replies[1:6] == [1, 0, 1, 5, 1]
    assert db.get("k") == b"vw" and 99 <= db.ttl("k") <= 100
    assert db.get("old") is None and db.get("n") == b"5"
    assert db.hgetall("h") == {b"f": b"v", b"g": b"3"}
    assert db.lrange("l", 0, -1) == [b"a", b"b", b"c"]
    delivery = mailbox.next(1)
    assert delivery is not None and delivery.body == b"done"
    following = queue.take(0)
    assert following is not None
    assert (following.body, following.priority) == (b"next", 3)
    assert following.id in txn.replies
    assert queue.figures().acknowledged_total == 1


def test_an_exception_forgets_the_steps(db: Db) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction() as txn:
        txn.set("k", "v")
        1 / 0
    assert len(txn) == 0
    assert txn.commit() == []
    assert db.get("k") is None


def test_commit_and_rollback_by_hand(db: Db) -> None:
    txn = db.transaction()
    txn.set("a", 1)
    txn.rollback()
    assert txn.set("b", 2).commit() == txn.replies
    assert len(txn.replies) == 1
    assert txn.increment("b").commit() == [3]
    assert db.mget("a", "b") == [None, b"3"]
    with db.transaction() as empty:
        pass
    assert empty.replies == []


def test_a_failing_step_fails_all(db: Db) -> None:
    queue, mailbox = db.queue("q"), db.mailbox()
    mailbox.subscribe("ch")
    db.rpush("list", "x")
    db.set("text", "abc")
    for kind, fail in (
        (kontor.WrongTypeError, lambda txn: txn.hset("list", "f", "v")),
        (kontor.NotANumberError, lambda txn: txn.increment("text")),
        (kontor.WrongTypeError, lambda txn: txn.execute("INCR", "list")),
    ):
        txn = db.transaction()
        txn.set("k", "v").enqueue(queue, "x").publish("ch", "x")
        fail(txn)
        txn.set("later", "v")
        with pytest.raises(kind):
            txn.commit()
        assert len(txn) == 0
        assert db.get("k") is None and db.get("later") is None
        assert len(queue) == 0 and mailbox.next(0) is None
    txn.set("k", "anew").commit()
    assert db.get("k") == b"anew"


def test_a_stale_receipt_fails_all(db: Db) -> None:
    queue = db.queue("q", lease_ms=30)
    queue.put("x")
    late = queue.take(0)
    other = queue.take(5)
    assert late is not None and other is not None
    with pytest.raises(kontor.StaleReceiptError), late, db.transaction() as txn:
        txn.set("result", "late").acknowledge(late)
    assert db.get("result") is None
    other.extend(10_000)
    with other, db.transaction() as txn:
        txn.set("result", "in time").acknowledge(other)
    assert db.get("result") == b"in time"
    assert len(queue) == 0


def test_a_full_queue_fails_all(db: Db) -> None:
    queue = db.queue("q", max_length=1)
    queue.put("x")
    with pytest.raises(kontor.FullError), db.transaction() as txn:
        txn.set("k", "v").enqueue(queue, "y")
    assert db.get("k") is None


def test_steps_that_can_never_succeed(db: Db) -> None:
    queue = db.queue("q")
    txn = db.transaction()
    for call in (
        lambda: txn.execute("NOSUCH"),
        lambda: txn.execute("GET"),
        lambda: txn.execute("SUBSCRIBE", "ch"),
        lambda: txn.enqueue(queue, "x", priority=32),
        lambda: txn.enqueue(queue, "x", delay_ms=-1),
        lambda: txn.hset("h"),
        lambda: txn.hset("h", "f"),
        lambda: txn.set("k", "v", ex=1, px=1),
        lambda: txn.set("k", "v", ex=0),
        lambda: txn.set("k", "v", px=-5),
    ):
        with pytest.raises((kontor.CommandError, ValueError)):
            call()
    with pytest.raises(TypeError):
        txn.set("k", None)  # type: ignore[arg-type]
    assert len(txn) == 0
    with kontor.open() as stranger, pytest.raises(kontor.Error):
        txn.enqueue(stranger.queue("q"), "x")
        txn.commit()


def test_blocking_commands_do_not_block(db: Db) -> None:
    with db.transaction() as txn:
        txn.execute("BLPOP", "none", 0)
    assert txn.replies == [None]


def test_durability(directory: Path, db: Db) -> None:
    with kontor.open(directory) as disk:
        with disk.transaction(durability="sync") as txn:
            txn.set("a", 1)
        txn.set("b", 2).commit()
        assert disk.mget("a", "b") == [b"1", b"2"]
    with pytest.raises(kontor.UnsupportedError):
        db.transaction(durability="sync")
    with pytest.raises(ValueError, match="memory, async, sync"):
        db.transaction(durability="always")  # type: ignore[arg-type]


def test_closing_the_database_inside(directory: Path) -> None:
    db = kontor.open(directory)
    with pytest.raises(kontor.ClosedError), db.transaction() as txn:
        txn.set("k", "v")
        db.close()
    db = kontor.open(directory)
    with pytest.raises(ZeroDivisionError), db.transaction() as txn:
        txn.set("k", "v")
        db.close()
        1 / 0
    with kontor.open(directory) as db:
        assert db.get("k") is None


def test_logical_databases(db: Db) -> None:
    with db.select(4) as fourth, fourth.transaction() as txn:
        txn.set("k", "v")
    assert db.get("k") is None
    with db.select(4) as fourth:
        assert fourth.get("k") == b"v"


def test_decoding(text_db: kontor.Database[str]) -> None:
    text_db.set("k", "v")
    with text_db.transaction() as txn:
        txn.execute("GET", "k").execute("LRANGE", "l", 0, -1).rpush("l", "x")
    assert txn.replies == ["v", [], 1]
