from __future__ import annotations

from collections.abc import Callable, Iterator

import kontor
import pytest
from kontor import _kontor

Db = kontor.Database[bytes]
LONGEST_LEASE_MS = 12 * 60 * 60 * 1000
LONGEST_DELAY_MS = 10 * 366 * 24 * 60 * 60 * 1000
TOP = (1 << 64) - 1

# What is called with a number, the name its error gives it, and its bounds.
Case = tuple[Callable[[int], object], str, int, int]


def queue_cases(db: Db) -> Iterator[Case]:
    queue = db.queue("q")
    txn = db.transaction()
    yield lambda n: queue.put("x", priority=n), "priority", 0, 31
    yield lambda n: queue.put("x", delay_ms=n), "delay_ms", 0, LONGEST_DELAY_MS
    yield lambda n: queue.put_many(["x"], priority=n), "priority", 0, 31
    yield lambda n: queue.put_many(["x"], delay_ms=n), "delay_ms", 0, LONGEST_DELAY_MS
    yield lambda n: txn.enqueue(queue, "x", priority=n), "priority", 0, 31
    yield lambda n: txn.enqueue(queue, "x", delay_ms=n), "delay_ms", 0, LONGEST_DELAY_MS
    yield lambda n: queue.take_many(n, 0), "n", 1, 4096
    yield lambda n: queue.take(0, lease_ms=n), "lease_ms", 0, LONGEST_LEASE_MS
    yield lambda n: queue.dead_letters(after_id=n), "after_id", 0, TOP
    yield lambda n: queue.dead_letters(limit=n), "limit", 0, TOP
    yield lambda n: queue.revive(n), "id", 0, TOP
    yield lambda n: queue.discard(n), "id", 0, TOP
    leased = db.queue("leased")

    def take() -> kontor.Message[bytes]:
        leased.put("x")
        message = leased.take(0)
        assert message is not None
        return message

    yield lambda n: take().nack(delay_ms=n), "delay_ms", 0, LONGEST_DELAY_MS
    yield lambda n: take().extend(lease_ms=n), "lease_ms", 0, LONGEST_LEASE_MS
    yield lambda n: db.queue("a", lease_ms=n), "lease_ms", 1, LONGEST_LEASE_MS
    yield lambda n: db.queue("b", max_deliveries=n), "max_deliveries", 0, 65535
    yield lambda n: db.queue("c", retry_delay_ms=n), "retry_delay_ms", 0, LONGEST_DELAY_MS
    yield lambda n: db.queue("d", max_length=n), "max_length", 0, (1 << 63) - 1


def other_cases(db: Db) -> Iterator[Case]:
    mailbox = db.mailbox()
    txn = db.transaction()
    yield lambda n: db.mailbox(capacity=n), "capacity", 1, 1 << 24
    yield lambda n: mailbox.subscribe("c", tag=n), "tag", 0, TOP
    yield lambda n: mailbox.psubscribe("c", tag=n), "tag", 0, TOP
    yield lambda n: mailbox.unsubscribe("c", tag=n), "tag", 0, TOP
    yield lambda n: mailbox.punsubscribe("c", tag=n), "tag", 0, TOP
    yield lambda n: mailbox.unsubscribe_tag(n), "tag", 0, TOP
    yield lambda n: db.select(n), "index", 0, 15
    yield lambda n: db.session().read(n), "capacity", 1, 1 << 30
    yield lambda n: txn.increment("n", n), "amount", -(1 << 63), (1 << 63) - 1
    yield lambda n: txn.hincrby("h", "n", n), "amount", -(1 << 63), (1 << 63) - 1
    yield lambda n: txn.set("k", "v", px=n), "the time to live in milliseconds", 1, LONGEST_DELAY_MS
    least, most, _ = _kontor.option_bounds(3)
    yield lambda n: kontor.open(sync_interval_ms=n).close(), "sync_interval_ms", least, most


@pytest.mark.parametrize("cases", [queue_cases, other_cases])
def test_a_number_out_of_its_bounds_is_named(
    db: Db, cases: Callable[[Db], Iterator[Case]]
) -> None:
    for call, name, least, most in cases(db):
        for wrong in (least - 1, most + 1, -(1 << 70), 1 << 70, 1 << 20000):
            with pytest.raises(kontor.OutOfRangeError) as caught:
                call(wrong)
            assert str(caught.value).startswith(f"{name} is {least} to {most}, not "), wrong


@pytest.mark.parametrize("cases", [queue_cases, other_cases])
def test_the_bounds_are_the_librarys(db: Db, cases: Callable[[Db], Iterator[Case]]) -> None:
    for call, _, least, most in cases(db):
        call(least)
        call(most)


def test_what_is_no_int_is_a_type_error(db: Db) -> None:
    queue = db.queue("q")
    for wrong in (None, "1", 1.5):
        with pytest.raises(TypeError):
            queue.put("x", priority=wrong)  # type: ignore[arg-type]
        with pytest.raises(TypeError):
            queue.take_many(wrong, 0)  # type: ignore[arg-type]
