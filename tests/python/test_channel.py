from __future__ import annotations

import kontor
import pytest

Db = kontor.Database[bytes]


def bodies(deliveries: list[kontor.Delivery[bytes]]) -> list[tuple[int, bytes]]:
    return [(each.sequence, each.body) for each in deliveries]


def test_keeps_and_reads(db: Db) -> None:
    db.declare_channel("c", last_count=2, durable=False)
    for body in ("one", "two", "three"):
        db.publish("c", body)
    gap, *kept = db.read_channel("c")
    assert (gap.kind, gap.lost, gap.channel) == ("gap", 1, b"c")
    assert bodies(kept) == [(2, b"two"), (3, b"three")]
    assert bodies(db.read_channel("c", 3, 1)) == [(3, b"three")]
    assert db.read_channel("c", 4) == []
    assert db.channel_figures("c") == kontor.ChannelFigures(2, 3, 2, 8)
    assert db.delete_channel("c") is True
    assert db.delete_channel("c") is False


def test_join(db: Db) -> None:
    db.declare_channel("c", last_count=3)
    for i in range(5):
        db.publish("c", str(i))
    mailbox = db.mailbox()
    assert mailbox.join("c", 1, last=2) is True
    assert mailbox.join("c", 1, last=2) is False
    assert mailbox.join("c", 2, sequence=1) is True
    assert mailbox.join("c", 3) is True
    db.publish("c", "new")
    told = mailbox.next_many(100, 0)
    assert bodies(told[:2]) == [(4, b"3"), (5, b"4")]
    assert all(each.tags == [1] for each in told[:2])
    assert (told[2].kind, told[2].lost, told[2].tags) == ("gap", 2, [2])
    assert bodies(told[3:6]) == [(3, b"2"), (4, b"3"), (5, b"4")]
    assert (told[6].sequence, sorted(told[6].tags)) == (6, [1, 2, 3])
    assert len(told) == 7


def test_no_sequence_elsewhere(db: Db) -> None:
    mailbox = db.mailbox()
    mailbox.subscribe("plain")
    db.publish("plain", "x")
    (delivery,) = mailbox.next_many(1, 0)
    assert delivery.sequence == 0


def test_what_is_wrong(db: Db) -> None:
    mailbox = db.mailbox()
    with pytest.raises(kontor.InvalidError, match="keeps no messages"):
        mailbox.join("c", last=1)
    with pytest.raises(kontor.InvalidError, match="keeps no messages"):
        db.read_channel("c")
    with pytest.raises(kontor.InvalidError, match="keeps no messages"):
        db.channel_figures("c")
    db.declare_channel("c")
    with pytest.raises(ValueError, match="either"):
        mailbox.join("c", last=1, sequence=1)
    with pytest.raises(kontor.OutOfRangeError):
        mailbox.join("c", sequence=2)
    with pytest.raises(kontor.InvalidError):
        db.declare_channel("c", durable=False)
    with pytest.raises(ValueError):
        db.declare_channel("d", last_count=-1)
