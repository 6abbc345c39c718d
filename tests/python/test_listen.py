"""Database.listen(): Redis clients at sockets of this process."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kontor
import pytest
import redis
from conftest import run_python, wait_until

Db = kontor.Database[bytes]


@pytest.fixture
def short_path(tmp_path: Path) -> Iterator[Path]:
    """A place for a Unix socket: its path has room for 107 bytes only."""
    yield Path(os.path.relpath(tmp_path)) / "s"


def client(listener: kontor.Listener, **options: Any) -> Any:
    options = {"socket_timeout": 10, "retry": None, **options}
    if listener.unix is not None and not listener.port:
        return redis.Redis(unix_socket_path=listener.unix, **options)
    return redis.Redis(port=listener.port, **options)


@pytest.mark.parametrize("protocol", [2, 3])
def test_a_redis_client_and_the_program_share_the_engine(db: Db, protocol: int) -> None:
    db.set("k", "v")
    with db.listen(port=0) as listener, client(listener, protocol=protocol) as r:
        assert listener.port > 0 and listener.host == "127.0.0.1" and listener.unix is None
        assert r.get("k") == b"v"
        r.hset("h", mapping={"a": 1})
        assert db.hgetall("h") == {b"a": b"1"}
        with r.pipeline() as pipe:
            assert pipe.incr("n").incr("n").execute() == [1, 2]
        mailbox = db.mailbox()
        mailbox.subscribe("news")
        assert r.publish("news", "hello") == 1
        delivery = mailbox.next(0)
        assert delivery is not None and delivery.body == b"hello"


def test_a_blocked_client_is_woken_by_the_program(db: Db) -> None:
    with db.listen(port=0) as listener, client(listener) as r:
        popped: list[Any] = []
        popping = threading.Thread(target=lambda: popped.append(r.blpop("l", 10)))
        popping.start()
        wait_until(lambda: b"cmd=blpop" in b"".join(clients(listener)))
        db.rpush("l", "x")
        popping.join(10)
        assert popped == [(b"l", b"x")]


def clients(listener: kontor.Listener) -> list[bytes]:
    with client(listener) as r:
        return [info["cmd"].encode().join([b"cmd=", b""]) for info in r.client_list()]


def test_a_unix_socket_is_for_its_owner(db: Db, short_path: Path) -> None:
    with db.listen(unix=short_path) as listener:
        assert (listener.port, listener.host, listener.unix) == (0, None, str(short_path))
        assert short_path.stat().st_mode & 0o777 == 0o600
        with client(listener) as r:
            r.set("k", "v")
        assert db.get("k") == b"v"
    assert not short_path.exists()
    with db.listen(unix=os.fsencode(short_path), unix_permissions=0o660) as listener:
        assert listener.unix == str(short_path)
        assert short_path.stat().st_mode & 0o777 == 0o660


def test_clients_begin_on_the_handle_s_database(db: Db) -> None:
    with db.select(3) as three, three.listen(port=0) as listener, client(listener) as r:
        r.set("k", "v")  # redis-py selects only what is not 0
        assert (db.get("k"), three.get("k")) == (None, b"v")


def test_a_password(db: Db) -> None:
    with db.listen(port=0, password="s\u00e9same") as listener:
        with pytest.raises(redis.AuthenticationError):
            client(listener).get("k")
        with pytest.raises(redis.AuthenticationError):
            client(listener, password="wrong").get("k")
        assert client(listener, password="s\u00e9same").ping()
    with pytest.raises(ValueError, match="password is empty"):
        db.listen(port=0, password="")


def test_closing_disconnects_who_is_connected(db: Db, short_path: Path) -> None:
    listener = db.listen(port=0, unix=short_path, io_threads=2)
    ends: list[BaseException] = []

    def pop() -> None:
        try:
            with client(listener) as r:
                r.blpop("l", 0)
        except redis.ConnectionError as error:
            ends.append(error)

    popping = [threading.Thread(target=pop) for _ in range(4)]
    for thread in popping:
        thread.start()
    wait_until(lambda: listener.figures().clients == 4)
    listener.close()
    for thread in popping:
        thread.join(10)
    assert len(ends) == 4
    assert listener.closed and listener.figures().clients == 0
    assert not short_path.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", listener.port))
    listener.close()
    db.set("k", "the engine is still open")


def test_it_serves_though_nobody_keeps_it(db: Db) -> None:
    port = db.listen(port=0).port
    assert redis.Redis(port=port).ping()
    db.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_closing_a_handle_closes_its_listeners_only(db: Db) -> None:
    with db.select(1) as one:
        listeners = [db.listen(port=0), one.listen(port=0), one.listen(port=0)]
        assert len({listener.port for listener in listeners}) == 3
        assert all(client(listener).ping() for listener in listeners)
    assert [listener.closed for listener in listeners] == [False, True, True]
    assert client(listeners[0]).ping()


def test_a_port_that_is_taken(db: Db) -> None:
    with db.listen(port=0) as listener:
        with pytest.raises(kontor.LockedError, match=f"port {listener.port}") as caught:
            db.listen(port=listener.port)
        assert (caught.value.code, caught.value.retryable) == (-8, True)
        with db.listen(port=listener.port, host="127.0.0.2") as other:
            assert other.port == listener.port
    with db.listen(port=listener.port):  # at once, though connections of the first may linger
        pass


def test_a_path_that_is_taken(db: Db, short_path: Path) -> None:
    with db.listen(unix=short_path), pytest.raises(kontor.LockedError, match="somebody listens"):
        db.listen(unix=short_path)
    short_path.write_text("precious")
    with pytest.raises(kontor.Error, match="is no socket") as caught:
        db.listen(unix=short_path)
    assert caught.value.code == 2
    assert short_path.read_text() == "precious"


@pytest.mark.parametrize(
    "settings, kind, message",
    [
        ({}, kontor.InvalidError, "neither"),
        ({"port": 0, "host": "localhost"}, kontor.InvalidError, "'localhost' is no numeric"),
        ({"port": 0, "host": ""}, kontor.InvalidError, "no address"),
        ({"port": 0, "host": "192.0.2.1"}, kontor.IoError, "192.0.2.1"),
        ({"unix": "x" * 200}, kontor.InvalidError, "107 bytes"),
        ({"unix": "/nosuch/folder/s"}, kontor.IoError, "/nosuch/folder"),
        ({"port": 65536}, kontor.OutOfRangeError, "port is -1 to 65535, not 65536"),
        ({"port": 0, "io_threads": 0}, kontor.OutOfRangeError, "io_threads is 1 to 64"),
        ({"port": 0, "idle_timeout": -1}, kontor.OutOfRangeError, "idle_timeout in milliseconds"),
        ({"port": 0, "password": "x" * 2000}, kontor.TooLargeError, "1024"),
        ({"port": "6379"}, TypeError, "integer"),
    ],
)
def test_what_is_refused(db: Db, settings: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        db.listen(**settings)


def test_a_closed_handle_does_not_listen(db: Db) -> None:
    db.close()
    with pytest.raises(kontor.ClosedError):
        db.listen(port=0)


def test_limits(db: Db) -> None:
    with db.listen(port=0, clients=1, max_argument_bytes=1024) as listener:
        with client(listener, single_connection_client=True) as r:
            assert r.set("k", "x" * 1024)
            with pytest.raises(redis.ConnectionError, match="max number of clients"):
                client(listener).ping()
            with pytest.raises(redis.RedisError):
                r.set("k", "x" * 1025)
        figures = listener.figures()
        assert (figures.accepted, figures.refused) == (1, 1)
    with db.listen(port=0, idle_timeout=0.05) as listener:
        with socket.create_connection(("127.0.0.1", listener.port), 10) as idle:
            assert idle.recv(1) == b""


def test_repr(db: Db, short_path: Path) -> None:
    listener = db.listen(port=0, unix=short_path)
    assert repr(listener) == (
        f"<kontor.Listener host='127.0.0.1' port={listener.port} unix={str(short_path)!r}>"
    )
    listener.close()
    assert repr(listener) == "<kontor.Listener closed>"


def test_a_forked_child_leaves_it_alone(tmp_path: Path) -> None:
    out = run_python(
        """
        import kontor, os, redis, sys
        os.chdir(sys.argv[1])
        db = kontor.open()
        listener = db.listen(port=0, unix="s")
        redis.Redis(port=listener.port).set("k", "v")
        pid = os.fork()
        if pid == 0:
            listener.close()
            try:
                db.listen(port=0)
            except kontor.ForkedError as error:
                print(error.code, flush=True)
            sys.exit(0)
        print(os.waitpid(pid, 0)[1])
        print(redis.Redis(port=listener.port).get("k").decode(), os.path.exists("s"))
        """,
        tmp_path,
    )
    assert out == "-9\n0\nv True\n"


def test_closing_holds_though_a_forked_child_has_the_sockets(tmp_path: Path) -> None:
    out = run_python(
        """
        import kontor, os, redis, socket, sys
        os.chdir(sys.argv[1])
        db = kontor.open()
        listener = db.listen(port=0, unix="s")
        place = ("127.0.0.1", listener.port)
        client = socket.create_connection(place, 10)
        client.sendall(b"PING" + bytes([13, 10]))
        client.recv(7)
        held, hold = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(hold)
            os.read(held, 1)
            os._exit(0)
        listener.close()
        print(client.recv(1))
        try:
            socket.create_connection(place, 10)
        except ConnectionRefusedError:
            print("refused")
        with db.listen(port=listener.port, unix="s") as again:
            print(redis.Redis(port=again.port).ping())
        os.close(hold)
        print(os.waitpid(pid, 0)[1])
        """,
        tmp_path,
    )
    assert out == "b''\nrefused\nTrue\n0\n"


def test_a_program_that_just_ends_is_served_to_the_end(tmp_path: Path) -> None:
    out = run_python(
        """
        import kontor, os, redis, sys
        os.chdir(sys.argv[1])
        listener = kontor.open("data").listen(unix="s")
        r = redis.Redis(unix_socket_path="s")
        r.set("k", "v")
        print("set")
        """,
        tmp_path,
    )
    assert out == "set\n"
    assert not (tmp_path / "s").exists()
    with kontor.open(tmp_path / "data") as db:
        assert db.get("k") == b"v"


def test_the_library_of_sockets_is_loaded_by_the_first_listener() -> None:
    out = run_python(
        """
        import kontor
        loaded = lambda: "libkontor_wire" in open("/proc/self/maps").read()
        db = kontor.open()
        print(loaded())
        db.listen(port=0)
        print(loaded())
        """
    )
    assert out == "False\nTrue\n"


def test_a_build_without_listener_says_so() -> None:
    out = run_python(
        """
        import sys
        sys.modules["kontor._kontor_wire"] = None
        import kontor
        try:
            kontor.open().listen(port=0)
        except kontor.UnsupportedError as error:
            print(error)
        """
    )
    assert "built without a listener" in out
