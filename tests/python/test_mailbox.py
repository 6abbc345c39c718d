from __future__ import annotations

import asyncio
import select
import threading
import time

import kontor
import pytest

Db = kontor.Database[bytes]
Box = kontor.Mailbox[bytes]


def following(mailbox: Box, timeout: float = 1) -> kontor.Delivery[bytes]:
    delivery = mailbox.next(timeout)
    assert delivery is not None
    return delivery


def test_channel(db: Db) -> None:
    mailbox = db.mailbox()
    assert db.publish("ch", "nobody") == 0
    assert mailbox.subscribe("ch") is True
    assert mailbox.subscribe("ch") is False
    assert db.publish("ch", "hello") == 1
    assert db.publish("other", "x") == 0
    delivery = following(mailbox)
    assert delivery.kind == "message"
    assert (delivery.channel, delivery.pattern, delivery.body) == (b"ch", b"", b"hello")
    assert delivery.tags == [0] and delivery.lost == 0
    assert "message" in repr(delivery)
    assert mailbox.next(timeout=0) is None
    assert mailbox.unsubscribe("ch") is True
    assert mailbox.unsubscribe("ch") is False
    assert db.publish("ch", "gone") == 0


def test_pattern(db: Db) -> None:
    mailbox = db.mailbox()
    mailbox.psubscribe("news.*", tag=7)
    assert db.publish("news.sport", "1:0") == 1
    delivery = following(mailbox)
    assert delivery.kind == "pmessage"
    assert (delivery.channel, delivery.pattern) == (b"news.sport", b"news.*")
    assert (delivery.body, delivery.tags) == (b"1:0", [7])
    mailbox.subscribe("news.sport")
    assert db.publish("news.sport", "2:0") == 2
    assert {following(mailbox).kind, following(mailbox).kind} == {"message", "pmessage"}
    assert mailbox.punsubscribe("news.*", tag=1) is False
    assert mailbox.punsubscribe("news.*", tag=7) is True


def test_tags(db: Db) -> None:
    mailbox = db.mailbox()
    top = (1 << 64) - 1
    for tag in (1, 2, top):
        mailbox.subscribe("ch", tag=tag)
    mailbox.subscribe("other", tag=2)
    assert db.publish("ch", "x") == 3
    assert sorted(following(mailbox).tags) == [1, 2, top]
    assert mailbox.unsubscribe_tag(2) == 2
    assert mailbox.unsubscribe_tag(2) == 0
    assert db.publish("ch", "y") == 2
    assert sorted(following(mailbox).tags) == [1, top]
    for wrong in (-1, 1 << 64):
        with pytest.raises(kontor.OutOfRangeError):
            mailbox.subscribe("ch", tag=wrong)


def test_overflow_drops_the_oldest(db: Db) -> None:
    mailbox = db.mailbox(capacity=3)
    mailbox.subscribe("ch")
    for number in range(10):
        db.publish("ch", number)
    assert (mailbox.pending, mailbox.lost) == (3, 7)
    gap = following(mailbox)
    assert (gap.kind, gap.lost) == ("gap", 7)
    assert [following(mailbox).body for _ in range(3)] == [b"7", b"8", b"9"]
    assert mailbox.next(0) is None


def test_overflow_closes(db: Db) -> None:
    mailbox = db.mailbox(capacity=2, overflow="close")
    mailbox.subscribe("ch")
    for number in range(4):
        db.publish("ch", number)
    assert following(mailbox).body == b"0"
    assert following(mailbox).body == b"1"
    with pytest.raises(kontor.ClosedError):
        next(mailbox)
    with pytest.raises(kontor.ClosedError):
        mailbox.subscribe("other")
    mailbox.close()


def test_wrong_arguments(db: Db) -> None:
    for capacity in (0, (1 << 24) + 1):
        with pytest.raises(kontor.OutOfRangeError):
            db.mailbox(capacity=capacity)
    with pytest.raises(ValueError, match="drop-oldest, close, drop-newest, conflate, block"):
        db.mailbox(overflow="burn")  # type: ignore[arg-type]
    with pytest.raises(ValueError):
        db.mailbox().next(timeout=-1)


def test_timeout_and_wake(db: Db) -> None:
    mailbox = db.mailbox()
    mailbox.subscribe("ch")
    start = time.monotonic()
    assert mailbox.next(timeout=0.05) is None
    assert 0.045 < time.monotonic() - start < 2
    timer = threading.Timer(0.05, lambda: db.publish("ch", "x"))
    timer.start()
    assert following(mailbox, 5).body == b"x"
    timer.join()


def test_iteration_ends_with_close(db: Db) -> None:
    bodies: list[bytes] = []
    with db.mailbox() as mailbox:
        mailbox.subscribe("ch")
        db.publish("ch", "1")
        thread = threading.Thread(target=lambda: bodies.extend(d.body for d in mailbox))
        thread.start()
        db.publish("ch", "2")
        time.sleep(0.05)
        assert not mailbox.closed
    thread.join(5)
    assert mailbox.closed and not thread.is_alive()
    assert bodies == [b"1", b"2"]
    mailbox.close()
    with pytest.raises(kontor.ClosedError):
        mailbox.next(0)


def test_iteration_ends_when_the_database_is_closed() -> None:
    db = kontor.open()
    mailbox = db.mailbox()
    thread = threading.Thread(target=lambda: list(mailbox))
    thread.start()
    time.sleep(0.05)
    db.close()
    thread.join(5)
    assert not thread.is_alive()


def test_what_is_in_a_closed_mailbox_can_be_read(db: Db) -> None:
    mailbox = db.mailbox()
    mailbox.subscribe("ch")
    db.publish("ch", "x")
    mailbox.close()
    assert db.publish("ch", "y") == 0
    assert [d.body for d in mailbox] == [b"x"]


def test_interest(db: Db) -> None:
    early = db.mailbox()
    early.subscribe("early")
    watcher = db.mailbox()
    watcher.watch_interest()
    other = db.mailbox()
    other.subscribe("ch")
    other.subscribe("ch", tag=1)
    other.psubscribe("p*")
    other.unsubscribe("ch")
    other.unsubscribe("ch", tag=1)
    other.close()
    events = []
    while (delivery := watcher.next(0)) is not None:
        events.append((delivery.kind, delivery.subject_kind, delivery.channel))
    assert events == [
        ("interest-gained", "channel", b"early"),
        ("interest-gained", "channel", b"ch"),
        ("interest-gained", "pattern", b"p*"),
        ("interest-lost", "channel", b"ch"),
        ("interest-lost", "pattern", b"p*"),
    ]


def test_descriptor(db: Db) -> None:
    mailbox = db.mailbox()
    mailbox.subscribe("ch")
    assert select.select([mailbox], [], [], 0)[0] == []
    db.publish("ch", "1")
    db.publish("ch", "2")
    assert select.select([mailbox], [], [], 1)[0] == [mailbox]
    assert following(mailbox).body == b"1"
    assert select.select([mailbox], [], [], 0)[0] == [mailbox]
    assert following(mailbox).body == b"2"
    assert mailbox.next(0) is None
    assert select.select([mailbox], [], [], 0)[0] == []
    mailbox.close()
    assert select.select([mailbox], [], [], 1)[0] == [mailbox]


def test_asyncio(db: Db) -> None:
    async def read(count: int) -> list[bytes]:
        mailbox = db.mailbox()
        mailbox.subscribe("ch")
        bodies: list[bytes] = []
        done = asyncio.Event()

        def drain() -> None:
            while (delivery := mailbox.next(0)) is not None:
                bodies.append(delivery.body)
            if len(bodies) == count:
                done.set()

        loop = asyncio.get_running_loop()
        loop.add_reader(mailbox.fileno(), drain)
        publisher = threading.Thread(target=lambda: [db.publish("ch", n) for n in range(count)])
        publisher.start()
        await asyncio.wait_for(done.wait(), 10)
        loop.remove_reader(mailbox.fileno())
        publisher.join()
        return bodies

    assert asyncio.run(read(100)) == [str(n).encode() for n in range(100)]


def test_decoding(text_db: kontor.Database[str]) -> None:
    mailbox = text_db.mailbox()
    mailbox.psubscribe("k*")
    text_db.publish("käse", "Käse")
    delivery = mailbox.next(1)
    assert delivery is not None
    assert (delivery.channel, delivery.pattern, delivery.body) == ("käse", "k*", "Käse")


def test_channels_are_shared_by_all_logical_databases(db: Db) -> None:
    mailbox = db.select(3).mailbox()
    mailbox.subscribe("ch")
    assert db.publish("ch", b"\0\xff") == 1
    assert following(mailbox).body == b"\0\xff"


def test_tokens(db: Db) -> None:
    mailbox = db.mailbox()
    assert mailbox.subscribe_tokens("prices.*.usd", tag=3) is True
    assert mailbox.subscribe_tokens("prices.*.usd", tag=3) is False
    assert db.publish("prices.eu.usd", "1") == 1
    assert db.publish("prices.usd", "2") == 0
    delivery = following(mailbox)
    assert (delivery.kind, delivery.subject_kind) == ("pmessage", "tokens")
    assert (delivery.pattern, delivery.tags) == (b"prices.*.usd", [3])
    with pytest.raises(kontor.InvalidError, match="may only be the last"):
        mailbox.subscribe_tokens("a.>.b")
    assert mailbox.unsubscribe_tokens("prices.*.usd", tag=3) is True
    assert mailbox.unsubscribe_tokens("prices.*.usd", tag=3) is False


def test_many_at_once(db: Db) -> None:
    mailbox = db.mailbox()
    mailbox.subscribe("ch")
    for n in range(10):
        db.publish("ch", str(n))
    first = mailbox.next_many(7)
    assert [delivery.body for delivery in first] == [str(n).encode() for n in range(7)]
    assert len(mailbox.next_many(7)) == 3
    assert mailbox.next_many(7, timeout=0) == []
    assert first[6].body == b"6"  # they stay as long as they are used
    with pytest.raises(kontor.OutOfRangeError):
        mailbox.next_many(0)


def test_overflow_policies(db: Db) -> None:
    newest = db.mailbox(1, "drop-newest")
    last = db.mailbox(10, "conflate")
    waits = db.mailbox(1, "block", block_ms=10)
    small = db.mailbox(capacity_bytes=4)
    for mailbox in (newest, last, waits, small):
        mailbox.subscribe("ch")
    assert db.publish("ch", "1") == 4
    assert db.publish("ch", "2") == 2
    assert (following(newest).body, following(newest).kind) == (b"1", "gap")
    conflated = following(last)
    assert (conflated.body, conflated.lost) == (b"2", 1)
    assert (following(waits).body, following(waits).lost) == (b"1", 1)
    assert (following(small).lost, following(small).body) == (1, b"2")
    assert [mailbox.lost for mailbox in (newest, last, waits, small)] == [1, 1, 1, 1]
