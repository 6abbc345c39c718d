"""The GIL, signals, and handles shared by threads."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import kontor
import pytest
from conftest import start_python, wait_until

Db = kontor.Database[bytes]


@pytest.mark.parametrize(
    "wait",
    [
        "queue.take()",
        "next(queue)",
        "queue.take_many(5, timeout=60)",
        "mailbox.next()",
        "next(mailbox)",
        "db.blpop('l')",
        "db.brpop(['l', 'm'], timeout=60)",
        "db.blmove('l', 'm', 0)",
        "db.execute('BLMPOP', 0, 1, 'l', 'LEFT')",
    ],
)
def test_ctrl_c(wait: str) -> None:
    process = start_python(
        f"""
        import kontor, time
        db = kontor.open()
        queue, mailbox = db.queue("q"), db.mailbox()
        mailbox.subscribe("ch")
        print("ready", flush=True)
        try:
            {wait}
        except KeyboardInterrupt:
            print(time.monotonic())
            queue.put("still alive")
            print(queue.take(0).body.decode())
        """
    )
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    time.sleep(0.2)
    assert process.poll() is None
    sent = time.monotonic()
    process.send_signal(signal.SIGINT)
    try:
        out, err = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 0, err
    caught, alive = out.splitlines()
    assert float(caught) - sent < 1
    assert alive == "still alive"


@pytest.mark.parametrize(
    "wait",
    [
        lambda db: db.queue("q").take(timeout=0.4),
        lambda db: db.mailbox().next(timeout=0.4),
        lambda db: db.blpop("l", timeout=0.4),
        lambda db: db.blmpop(0.4, 1, "l", direction="LEFT"),
    ],
)
def test_other_signals_leave_the_wait_going_on(db: Db, wait: Callable[[Db], Any]) -> None:
    """The handler runs at once, and the timeout is what it was."""
    handled: list[float] = []

    def handle(*_: object) -> None:
        handled.append(time.monotonic())
        assert len(handled) < 100, "the timeout began anew with every signal"

    before = signal.signal(signal.SIGALRM, handle)
    start = time.monotonic()
    signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)
    try:
        assert wait(db) is None
        end = time.monotonic()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert 0.38 < end - start < 2
    assert len(handled) >= 4 and handled[0] - start < 0.3


def test_a_handler_may_use_the_library_during_a_wait(db: Db) -> None:
    queue = db.queue("q")
    before = signal.signal(signal.SIGALRM, lambda *_: db.queue("q").put("from the handler"))
    signal.setitimer(signal.ITIMER_REAL, 0.05)
    try:
        message = queue.take(timeout=10)
    finally:
        signal.signal(signal.SIGALRM, before)
    assert message is not None and message.body == b"from the handler"


@pytest.mark.parametrize(
    ("wait", "wake"),
    [
        (lambda db: db.queue("q").take(timeout=5), lambda db: db.queue("q").put("x")),
        (lambda db: db.blpop("l", timeout=5), lambda db: db.rpush("l", "x")),
        (lambda db: db.execute("BLPOP", "l", 5), lambda db: db.execute("RPUSH", "l", "x")),
    ],
)
def test_waiting_releases_the_gil(
    db: Db, wait: Callable[[Db], Any], wake: Callable[[Db], Any]
) -> None:
    """Otherwise the thread that ends the wait could not run before it ended by itself."""
    timer = threading.Timer(0.05, lambda: wake(db))
    timer.start()
    assert wait(db) is not None
    timer.join()


def test_close_wakes_everybody() -> None:
    db = kontor.open()
    queue, mailbox = db.queue("q"), db.mailbox()
    ended: list[str] = []

    def wait(name: str, call: Callable[[], Any]) -> None:
        try:
            call()
        except kontor.ClosedError:
            ended.append(name)

    waits = {"queue": queue.take, "mailbox": mailbox.next, "list": lambda: db.blpop("l")}
    threads = [threading.Thread(target=wait, args=item) for item in waits.items()]
    for thread in threads:
        thread.start()
    wait_until(lambda: queue.figures().waiting_consumers == 1)
    time.sleep(0.05)
    db.close()
    for thread in threads:
        thread.join(5)
        assert not thread.is_alive()
    assert sorted(ended) == ["list", "mailbox", "queue"]


def test_threads_share_a_handle(db: Db) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(200):
                db.incr("n")
                db.hincrby("h", f"t{number}")
                db.rpush("l", turn)
                with db.transaction() as txn:
                    txn.increment("a").increment("b", -1)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert failures == []
    assert db.get("n") == b"1600"
    assert db.hgetall("h") == {f"t{n}".encode(): b"200" for n in range(8)}
    assert db.llen("l") == 1600
    assert db.mget("a", "b") == [b"1600", b"-1600"]


def test_one_transaction_in_many_threads_breaks_nothing(db: Db) -> None:
    """It is for one thread at a time, but a mistake must not corrupt anything."""
    txn = db.transaction()

    def work() -> None:
        for _ in range(300):
            txn.increment("n")
            txn.commit()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    txn.commit()
    assert db.get("n") == b"1200"
