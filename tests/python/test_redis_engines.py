"""Which engine a kontor.redis.Redis is for, and how that ends."""

from __future__ import annotations

import gc
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kontor
import kontor.redis
import pytest
from conftest import run_python
from drop_in import Call, announcing_waits
from kontor.redis._socket import SessionSocket
from redis.exceptions import ConnectionError, ResponseError

Db = kontor.Database[bytes]


def connect(*args: Any, **options: Any) -> kontor.redis.Redis:
    return kontor.redis.Redis(*args, protocol=2, socket_timeout=None, **options)


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    with announcing_waits(monkeypatch) as semaphore:
        yield semaphore


def test_a_path_keeps_its_data(directory: Path) -> None:
    with connect(directory) as r:
        r.set("k", "v")
        r.hset("h", "f", 1)
    with kontor.open(directory) as db:
        assert db.get("k") == b"v"
    with connect(str(directory), decode_responses=True) as r:
        assert (r.get("k"), r.hgetall("h")) == ("v", {"f": "1"})


def test_a_path_is_shared_in_a_process(directory: Path) -> None:
    with connect(directory) as one, connect(directory) as other:
        one.set("k", "v")
        one.close()
        assert other.get("k") == b"v"


def test_no_path_is_an_engine_of_its_own() -> None:
    with connect() as one, connect() as other:
        one.set("k", "v")
        assert other.get("k") is None


def test_an_engine_that_is_open(db: Db) -> None:
    with connect(db=db) as r:
        r.set("k", "v")
    assert db.get("k") == b"v"
    with db.select(3) as three, connect(db=three) as r:
        r.set("k", "three")
        assert three.get("k") == b"three"
    assert db.get("k") == b"v"
    with pytest.raises(ValueError, match="path"):
        connect("data", db=db)


def test_a_number_is_a_logical_database(directory: Path) -> None:
    with connect(directory, db=5) as r, kontor.open(directory) as db:
        r.set("k", "five")
        assert db.get("k") is None and db.select(5).get("k") == b"five"
    with connect(db=16) as r, pytest.raises(ResponseError, match="out of range"):
        r.ping()


def test_urls(directory: Path) -> None:
    url = f"kontor://{directory}?db=2&decode_responses=yes"
    with kontor.redis.Redis.from_url(url, db=1, protocol=2) as r, kontor.open(directory) as db:
        r.set("k", "v")
        assert r.get("k") == "v" and db.select(2).get("k") == b"v"
    with kontor.redis.Redis.from_url("kontor://?protocol=2") as r:
        assert r.get("k") is None
    for wrong in ("redis://localhost", "kontor://host/path", "/path", "kontor:path"):
        with pytest.raises(ValueError, match="kontor:///"):
            kontor.redis.Redis.from_url(wrong)
    with pytest.raises(ValueError, match="db"):
        kontor.redis.Redis.from_url("kontor:///data?db=one")


def test_a_wrong_option_is_told_at_once() -> None:
    with pytest.raises(TypeError, match="port"):
        connect(port=6379)


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(kontor.Error):
        connect(tmp_path / "file")


def test_a_closed_engine(db: Db) -> None:
    r = connect(db=db)
    assert r.ping()
    inbox = r.pubsub()
    inbox.subscribe("ch")
    db.close()
    for _ in range(2):
        with pytest.raises(ConnectionError, match="closed"):
            r.get("k")
    with pytest.raises(ConnectionError, match="closed"):
        inbox.subscribe("other")


def test_a_closed_client_closes_its_engine(directory: Path) -> None:
    r = connect(directory)
    r.set("k", "v")
    r.close()
    r.close()
    with pytest.raises(ConnectionError, match="closed"):
        r.get("k")
    # Another process can open it.
    assert run_python(
        "import kontor, sys; print(kontor.open(sys.argv[1]).get('k'))", directory
    ) == ("b'v'\n")


def test_closing_ends_waits(waits: threading.Semaphore) -> None:
    with connect() as r:
        popping, inbox = Call(lambda: r.blpop("l", 0)), r.pubsub()
        inbox.subscribe("ch")
        assert inbox.get_message(timeout=5)
        listening = Call(lambda: next(inbox.listen()))
        for _ in range(2):
            assert waits.acquire(timeout=10)
    # ValueError: redis-py's parser takes its buffer away from the thread that reads.
    for call in (popping, listening):
        with pytest.raises((ConnectionError, ValueError)):
            call.end()


def test_closing_the_engine_ends_waits(db: Db, waits: threading.Semaphore) -> None:
    r = connect(db=db)
    popping, inbox = Call(lambda: r.blpop("l", 0)), r.pubsub()
    inbox.subscribe("ch")
    assert inbox.get_message(timeout=5)
    listening = Call(lambda: next(inbox.listen()))
    for _ in range(2):
        assert waits.acquire(timeout=10)
    db.close()
    for call in (popping, listening):
        with pytest.raises(ConnectionError, match="closed"):
            call.end()


def test_a_connection_is_a_session(db: Db) -> None:
    r = connect(db=db)
    inbox = r.pubsub()
    inbox.subscribe("ch")
    assert db.publish("ch", "x") == 1
    inbox.close()
    assert db.publish("ch", "x") == 0
    inbox = r.pubsub()
    inbox.subscribe("ch")
    r.close()
    assert db.publish("ch", "x") == 0


def test_connections_give_back_their_descriptors(db: Db) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    r = connect(db=db)
    before = descriptors()
    for _ in range(20):
        assert r.blpop("l", 0.001) is None
        r.connection_pool.disconnect()
    gc.collect()
    assert descriptors() <= before


def test_what_a_client_made_outlives_it(directory: Path) -> None:
    pipe = connect(directory).pipeline(transaction=False)
    gc.collect()
    assert pipe.set("k", "v").get("k").execute() == [True, b"v"]
    del pipe
    gc.collect()
    assert run_python(
        "import kontor, sys; print(kontor.open(sys.argv[1]).get('k'))", directory
    ) == ("b'v'\n")


def test_a_session_that_ended_is_replaced(db: Db) -> None:
    r = connect(db=db)
    assert r.quit() is True
    assert r.ping() is True


def test_a_forked_child_is_told(directory: Path) -> None:
    out = run_python(
        """
        import os, sys, threading
        import kontor.redis, redis
        r = kontor.redis.Redis(sys.argv[1], protocol=2, socket_timeout=None)
        r.set("k", "v")
        popping = threading.Thread(target=r.blpop, args=("l", 0))
        popping.start()
        pid = os.fork()
        if pid == 0:
            try:
                r.get("k")
            except redis.ConnectionError as error:
                print("forked" in str(error), flush=True)
            r.close()
            del r
            os._exit(0)
        os.waitpid(pid, 0)
        print(r.get("k"))
        r.rpush("l", "x")
        popping.join()
        r.close()
        """,
        directory,
    )
    assert out == "True\nb'v'\n"


def test_a_forked_child_waits_for_no_thread_of_its_parent() -> None:
    run_python(
        """
        import os
        import kontor
        from kontor.redis._socket import SessionSocket
        socket = SessionSocket(kontor.open().session(), None)
        with socket._lock:
            pid = os.fork()
            if pid == 0:
                socket.close()
                os._exit(0)
        os.waitpid(pid, 0)
        """
    )


def test_a_look_takes_nothing_and_does_not_wait(db: Db) -> None:
    end = SessionSocket(db.session(), None)
    with pytest.raises(BlockingIOError):
        end.recv(1, socket.MSG_PEEK)
    end.sendall(b"PING\r\n")
    assert end.recv(100, socket.MSG_PEEK) == b"+PONG\r\n"
    assert [end.recv(2) for _ in range(4)] == [b"+P", b"ON", b"G\r", b"\n"]
    assert end.pending() == 0
    end.sendall(b"PING\r\n")
    assert end.pending() == 7
    buffer = bytearray(4)
    assert (end.recv_into(buffer), end.recv(100)) == (4, b"G\r\n") and buffer == b"+PON"


def test_redis_py_is_asked_for() -> None:
    script = """
    import sys, types
    sys.modules["redis"] = {}
    try:
        import kontor.redis
    except ImportError as error:
        print(error)
    """
    assert "pip install redis" in run_python(script.format("None"))
    old = "types.SimpleNamespace(VERSION=(4, 6, 0), __version__='4.6.0')"
    assert "4.6.0: pip install --upgrade redis" in run_python(script.format(old))
