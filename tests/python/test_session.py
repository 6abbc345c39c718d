from __future__ import annotations

import select

import kontor
import pytest

Db = kontor.Database[bytes]


def test_requests_and_replies(db: Db) -> None:
    with db.session() as session:
        assert session.read() == b""
        session.write(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n")
        assert session.read() == b"+OK\r\n"
        session.write(bytearray(b"GET k\r\nGET no"))
        assert session.read() == b"$1\r\nv\r\n"
        session.write(memoryview(b"ne\r\n"))
        assert session.read() == b"$-1\r\n"
        session.write(b"NOSUCH\r\n")
        assert session.read().startswith(b"-ERR unknown command")
    assert db.get("k") == b"v"


def test_reading_in_parts(db: Db) -> None:
    db.set("k", "0123456789")
    session = db.session()
    session.write(b"GET k\r\n")
    parts = b""
    while part := session.read(4):
        assert len(part) <= 4
        parts += part
    assert parts == b"$10\r\n0123456789\r\n"
    with pytest.raises(ValueError):
        session.read(0)


def test_many_requests_at_once(db: Db) -> None:
    session = db.session()
    session.write(b"INCR n\r\n" * 1000)
    assert session.read(1 << 20) == b"".join(b":%d\r\n" % n for n in range(1, 1001))


def test_a_blocked_command_goes_on(db: Db) -> None:
    session = db.session()
    session.write(b"BLPOP l 0\r\n")
    assert session.read() == b""
    assert select.select([session], [], [], 0)[0] == []
    db.rpush("l", "x")
    assert select.select([session], [], [], 5)[0] == [session]
    assert session.read() == b"*2\r\n$1\r\nl\r\n$1\r\nx\r\n"


def test_pushed_messages(db: Db) -> None:
    session = db.session()
    session.write(b"SUBSCRIBE ch\r\n")
    assert session.read() == b"*3\r\n$9\r\nsubscribe\r\n$2\r\nch\r\n:1\r\n"
    assert db.publish("ch", "hello") == 1
    assert select.select([session], [], [], 5)[0] == [session]
    assert session.read() == b"*3\r\n$7\r\nmessage\r\n$2\r\nch\r\n$5\r\nhello\r\n"


def test_protocol_error(db: Db) -> None:
    session = db.session()
    with pytest.raises(kontor.ClosedError):
        session.write(b"*1\r\n!bad\r\n")
        session.write(b"PING\r\n")
    assert session.read().startswith(b"-ERR Protocol error")
    with pytest.raises(kontor.ClosedError):
        session.read()


def test_closed(db: Db) -> None:
    session = db.session()
    session.close()
    session.close()
    for call in (lambda: session.write(b"PING\r\n"), session.read, session.fileno):
        with pytest.raises(kontor.ClosedError, match="session"):
            call()


def test_it_begins_where_its_handle_is(db: Db) -> None:
    db.select(3).set("k", "three")
    with db.select(3).session() as session:
        session.write(b"GET k\r\n")
        assert session.read() == b"$5\r\nthree\r\n"


def test_text_is_no_request(db: Db) -> None:
    with pytest.raises(TypeError):
        db.session().write("PING\r\n")  # type: ignore[arg-type]
