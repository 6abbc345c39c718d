"""A cache in front of a database: fetch() and leases."""

from __future__ import annotations

import gc
import signal
import threading
import time
from datetime import timedelta

import kontor
import pytest
from conftest import run_python, start_python

Db = kontor.Database[bytes]


def test_miss_fill_hit(db: Db) -> None:
    missed = db.fetch("k", timeout=0)
    assert missed.value is None and not missed.stale and missed.lease is not None
    assert db.fetch("k", timeout=0) == kontor.Fetched(None, False, None)
    assert db.fetch("k", timeout=0.02) == kontor.Fetched(None, False, None)
    missed.lease.fill("value", ttl=60)
    assert db.fetch("k") == kontor.Fetched(b"value", False, None)
    assert 59000 < db.pttl("k") <= 60000
    with pytest.raises(kontor.StaleReceiptError):
        missed.lease.fill("again")


def test_text(text_db: kontor.Database[str]) -> None:
    missed = text_db.fetch("k")
    assert missed.lease is not None
    missed.lease.fill("größer")
    assert text_db.fetch("k").value == "größer"


def test_stale(db: Db) -> None:
    db.set("k", "old", ex=50)
    first, second = db.fetch("k", stale=60), db.fetch("k", stale=timedelta(minutes=1))
    assert first.value == second.value == b"old"
    assert first.stale and second.stale
    assert first.lease is not None and second.lease is None
    first.lease.fill("new", ttl=timedelta(seconds=100))
    assert db.fetch("k", stale=60) == kontor.Fetched(b"new", False, None)
    assert 159000 < db.pttl("k") <= 160000


def test_a_delete_revokes(db: Db) -> None:
    lease = db.fetch("k").lease
    assert lease is not None
    assert db.delete("k") == 0
    with pytest.raises(kontor.StaleReceiptError, match="revoked"):
        lease.fill("old")
    assert db.get("k") is None


def test_with_gives_up(db: Db) -> None:
    lease = db.fetch("k").lease
    assert lease is not None
    with pytest.raises(ZeroDivisionError), lease:
        raise ZeroDivisionError
    again = db.fetch("k", timeout=0).lease
    assert again is not None
    with again:
        again.fill("v")
    assert db.get("k") == b"v"


def test_a_lost_lease_is_given_up(db: Db) -> None:
    lease = db.fetch("k").lease
    assert lease is not None
    del lease
    gc.collect()
    assert db.fetch("k", timeout=0).lease is not None


def test_waiting_releases_the_gil(db: Db) -> None:
    lease = db.fetch("k").lease
    assert lease is not None
    timer = threading.Timer(0.05, lambda: lease.fill("v"))
    timer.start()
    assert db.fetch("k").value == b"v"
    timer.join()


def test_ctrl_c() -> None:
    process = start_python(
        """
        import kontor
        db = kontor.open()
        lease = db.fetch("k").lease
        print("ready", flush=True)
        try:
            db.fetch("k")
        except KeyboardInterrupt:
            lease.fill("still alive")
            print(db.fetch("k").value.decode())
        """
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert (process.returncode, out) == (0, "still alive\n"), err


def test_close_ends_the_wait() -> None:
    db = kontor.open()
    lease = db.fetch("k").lease
    threading.Timer(0.05, db.close).start()
    with pytest.raises(kontor.ClosedError):
        db.fetch("k")
    with pytest.raises(kontor.ClosedError):
        lease.fill("v")  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("stale", -1),
        ("stale", 367 * 24 * 3600),
        ("stale", float("inf")),
        ("lease", 0),
        ("lease", 13 * 3600),
        ("lease", float("nan")),
        ("timeout", -1),
    ],
)
def test_out_of_range(db: Db, argument: str, value: float) -> None:
    with pytest.raises(kontor.OutOfRangeError):
        db.fetch("k", **{argument: value})  # type: ignore[arg-type]
    lease = db.fetch("k", timeout=0).lease
    assert lease is not None
    with pytest.raises(kontor.OutOfRangeError):
        lease.fill("v", ttl=0)


def test_wrong_type(db: Db) -> None:
    db.rpush("l", "e")
    with pytest.raises(kontor.WrongTypeError):
        db.fetch("l")


def test_daemon_threads_survive_the_end_of_the_interpreter() -> None:
    """Threads that come back from a wait while the interpreter ends do not bring the process
    down.
    """
    script = """
        import atexit, sys, threading, time, kontor
        atexit.unregister(kontor._database._close_all)  # which would wake them earlier
        db = kontor.open()
        lease = db.fetch("k").lease
        queue, mailbox = db.queue("q"), db.mailbox()
        for wait in (
            lambda: db.fetch("k", timeout=0.6),
            lambda: queue.take(timeout=0.6),
            lambda: mailbox.next(timeout=0.6),
            lambda: db.blpop("l", timeout=0.6),
        ):
            threading.Thread(target=wait, daemon=True).start()
        time.sleep(0.2)
        class Slow:
            closed = False
            def flush(self): time.sleep(1.0 if sys.is_finalizing() else 0)
        sys.stdout = Slow()  # is flushed in the middle of the end
        """
    run_python(script)


def test_daemon_threads_that_are_closed_at_exit() -> None:
    """They come back with ClosedError, at about the time at which the interpreter ends."""
    script = """
        import threading, time, kontor
        db = kontor.open()
        lease = db.fetch("k").lease
        for _ in range(20):
            threading.Thread(target=db.fetch, args=("k",), daemon=True).start()
        time.sleep(0.05)
        """
    processes = [start_python(script) for _ in range(10)]
    for process in processes:
        out, err = process.communicate(timeout=30)
        assert process.returncode == 0 and "terminate" not in err, err
