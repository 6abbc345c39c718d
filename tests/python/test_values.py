from __future__ import annotations

import array
import enum
import threading
from typing import Any

import kontor
import pytest

Db = kontor.Database[bytes]
HUGE = (512 << 20) + 1


class Number(enum.IntEnum):
    SEVEN = 7


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        (b"bytes", b"bytes"),
        (bytearray(b"array"), b"array"),
        (memoryview(b"view"), b"view"),
        (memoryview(b"a-b-c-")[::2], b"abc"),
        (memoryview(bytearray(b"writable")), b"writable"),
        (array.array("B", [1, 2, 3]), b"\1\2\3"),
        ("text", b"text"),
        ("Käse \N{SNOWMAN}", "Käse \N{SNOWMAN}".encode()),
        ("", b""),
        (0, b"0"),
        (-12345678901234567890, b"-12345678901234567890"),
        (1.5, b"1.5"),
        (float("inf"), b"inf"),
        (Number.SEVEN, b"7"),
        (b"\0 nul \0", b"\0 nul \0"),
        (bytes(range(256)), bytes(range(256))),
    ],
)
def test_what_goes_in(db: Db, given: Any, stored: bytes) -> None:
    db.set("k", given)
    assert db.get("k") == stored
    db.execute("SET", given, "value")
    assert db.get(stored) == b"value"
    db.hset("h", given, given)
    assert db.hgetall("h") == {stored: stored}


@pytest.mark.parametrize("given", [None, True, [1], {"a": 1}, object(), 1j])
def test_what_does_not_go_in(db: Db, given: Any) -> None:
    with pytest.raises(TypeError):
        db.set("k", given)
    with pytest.raises(TypeError):
        db.execute("SET", "k", given)
    with pytest.raises(TypeError):
        db.get(given)
    with pytest.raises(TypeError):
        db.queue("q").put(given)
    assert db.dbsize() == 0


def test_text_that_cannot_be_encoded(db: Db) -> None:
    with pytest.raises(UnicodeEncodeError):
        db.set("k", "\ud800")
    assert db.dbsize() == 0


def test_keys_with_nul_bytes_are_different(db: Db) -> None:
    db.set(b"a", 1)
    db.set(b"a\0", 2)
    db.set(b"a\0b", 3)
    db.set(b"", 4)
    assert db.mget(b"a", b"a\0", b"a\0b", b"") == [b"1", b"2", b"3", b"4"]


def test_huge_values_are_refused(db: Db) -> None:
    huge = bytes(HUGE)
    db.set("k", "v")
    for call in (
        lambda: db.set("k", huge),
        lambda: db.get(huge),
        lambda: db.append("k", huge),
        lambda: db.hset("h", "f", huge),
        lambda: db.rpush("l", huge),
        lambda: db.queue("q").put(huge),
        lambda: db.publish("ch", huge),
        lambda: db.transaction().set("k", huge),
    ):
        with pytest.raises(kontor.TooLargeError):
            call()
    with pytest.raises(kontor.CommandError):
        db.execute("SET", "k", huge)
    with pytest.raises(kontor.CommandError):
        db.setrange("k", (512 << 20) - 1, "xy")
    with pytest.raises(kontor.CommandError):
        db.queue("q" * 256)
    assert db.get("k") == b"v"
    assert db.dbsize() == 1


def test_decoding(text_db: kontor.Database[str]) -> None:
    db = text_db
    db.set("k", "Käse")
    assert db.get("k") == "Käse"
    assert db["k"] == "Käse"
    assert db.execute("SET", "k", "v") == "OK"
    db.hset("h", "f", "v")
    assert db.hgetall("h") == {"f": "v"}
    assert db.hget("h", "f") == "v"
    db.rpush("l", "a", "b")
    assert db.lrange("l", 0, -1) == ["a", "b"]
    assert db.blpop("l") == ("l", "a")
    assert sorted(db.scan_iter()) == ["h", "k", "l"]
    assert db.type("h") == "hash"
    with db.select(1) as other:
        other.set("k", "v")
        assert other.get("k") == "v"


def test_decoding_what_is_not_text(text_db: kontor.Database[str]) -> None:
    text_db.set("k", b"\xff\xfe")
    with pytest.raises(UnicodeDecodeError):
        text_db.get("k")
    with kontor.open(decode_responses=True, encoding_errors="replace") as lenient:
        lenient.set("k", b"\xff!")
        assert lenient.get("k") == "\N{REPLACEMENT CHARACTER}!"


def test_other_encodings() -> None:
    with kontor.open(name="shared", encoding="latin-1", decode_responses=True) as latin:
        latin.set("k", "é")
        assert latin.get("k") == "é"
        with kontor.open(name="shared") as raw:
            assert raw.get("k") == b"\xe9"
    with kontor.open(encoding_errors="surrogateescape", decode_responses=True) as escaping:
        escaping.set("k", "\udcff")
        assert escaping.get("k") == "\udcff"
    with pytest.raises(LookupError):
        kontor.open(encoding="no-such-encoding")


def test_a_buffer_may_change_meanwhile(db: Db) -> None:
    """Writable arguments are copied before the GIL is released: one state of them is stored."""
    buffer = bytearray(b"a" * 4096)
    stop = threading.Event()

    def scribble() -> None:
        while not stop.is_set():
            buffer[:] = b"b" * 4096
            buffer[:] = b"a" * 4096

    thread = threading.Thread(target=scribble)
    thread.start()
    try:
        for _ in range(300):
            db.set("k", buffer)
            assert db.get("k") in (b"a" * 4096, b"b" * 4096)
    finally:
        stop.set()
        thread.join()
