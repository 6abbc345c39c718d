from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import kontor
import pytest
from conftest import run_python, start_python


def test_reopening_keeps_everything(directory: Path) -> None:
    with kontor.open(directory) as db:
        db.set("k", "v")
        db.set("deadline", "v", ex=1000)
        db.hset("h", mapping={"a": 1, "b": 2})
        db.rpush("l", *range(1000))
        db.select(7).set("k", "seventh")
        queue = db.queue("q", max_deliveries=3)
        queue.put("second")
        queue.put("first", priority=9)
        queue.put("later", delay_ms=3_600_000)
    with kontor.open(directory) as db:
        assert db.get("k") == b"v"
        assert 990 < db.ttl("deadline") <= 1000
        assert db.hgetall("h") == {b"a": b"1", b"b": b"2"}
        assert db.lrange("l", 0, -1) == [str(i).encode() for i in range(1000)]
        assert db.select(7).get("k") == b"seventh"
        queue = db.queue("q")
        assert [m.body for m in queue.take_many(9, timeout=0)] == [b"first", b"second"]
        assert queue.figures().delayed == 1


@pytest.mark.parametrize("durability", ["async", "sync"])
@pytest.mark.parametrize("snapshot_at_close", [True, False])
def test_every_way_to_close(directory: Path, durability: Any, snapshot_at_close: bool) -> None:
    with kontor.open(directory, durability=durability, snapshot_at_close=snapshot_at_close) as db:
        db.set("k", "v")
    with kontor.open(directory) as db:
        assert db.get("k") == b"v"
        assert (db.figures().recovered_records > 0) is not snapshot_at_close


def test_two_opens_are_one_engine(directory: Path, tmp_path: Path) -> None:
    with kontor.open(directory) as one, kontor.open(str(directory)) as two:
        one.set("k", "v")
        assert two.get("k") == b"v"
        link = tmp_path / "link"
        link.symlink_to(directory)
        with kontor.open(os.fsencode(link)) as three:
            assert three.get("k") == b"v"
        one.close()
        assert two.get("k") == b"v"
    with kontor.open(name="n") as one, kontor.open(name=b"n") as two:
        one.set("k", "v")
        assert two.get("k") == b"v"
        with kontor.open(name="m") as other:
            assert other.get("k") is None
    with kontor.open(name="n") as later:
        assert later.get("k") is None
    with kontor.open() as one, kontor.open() as two:
        one.set("k", "v")
        assert two.get("k") is None


def test_a_second_process_is_locked_out(directory: Path) -> None:
    owner = start_python(
        """
        import kontor, sys
        db = kontor.open(sys.argv[1])
        print("ready", flush=True)
        sys.stdin.read()
        """,
        directory,
    )
    assert owner.stdout is not None and owner.stdout.readline() == "ready\n"
    with pytest.raises(kontor.LockedError, match=rf"\b{owner.pid}\b") as caught:
        kontor.open(directory)
    assert caught.value.retryable
    owner.communicate(timeout=10)
    with kontor.open(directory) as db:
        assert db.dbsize() == 0


def test_a_forked_child_is_told(directory: Path) -> None:
    out = run_python(
        """
        import kontor, os, sys
        db = kontor.open(sys.argv[1])
        db.set("k", "v")
        queue, mailbox, txn = db.queue("q"), db.mailbox(), db.transaction()
        pid = os.fork()
        if pid == 0:
            calls = (
                lambda: db.get("k"),
                lambda: db.set("k", "child"),
                lambda: db.execute("DEL", "k"),
                lambda: db.sync(),
                lambda: queue.put("x"),
                lambda: queue.take(0),
                lambda: mailbox.subscribe("ch"),
                lambda: db.transaction(),
            )
            told = 0
            for call in calls:
                try:
                    call()
                except kontor.ForkedError:
                    told += 1
            db.close()
            with kontor.open() as own:
                own.set("k", "own")
                told += own.get("k") == b"own"
            sys.exit(told)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), db.get("k").decode())
        db.set("after", "fork")
        db.close()
        with kontor.open(sys.argv[1]) as db:
            print(db.get("after").decode())
        """,
        directory,
    )
    assert out == "9 v\nfork\n"


def test_nothing_is_lost_when_a_program_just_ends(directory: Path) -> None:
    run_python(
        """
        import kontor, sys
        db = kontor.open(sys.argv[1])
        db.set("k", "v")
        """,
        directory,
    )
    with kontor.open(directory) as db:
        assert db.get("k") == b"v"
        assert db.figures().recovered_records == 0  # a snapshot was written at the end


def test_what_was_synced_survives_a_kill(directory: Path) -> None:
    process = start_python(
        """
        import kontor, os, signal, sys
        db = kontor.open(sys.argv[1])
        db.set("synced", "v")
        db.sync()
        with db.transaction(durability="sync") as txn:
            txn.set("committed", "v")
        os.kill(os.getpid(), signal.SIGKILL)
        """,
        directory,
    )
    assert process.wait(30) == -9
    process.communicate()
    with kontor.open(directory) as db:
        assert db.mget("synced", "committed") == [b"v", b"v"]
        assert db.figures().recovered_records > 0


def test_dropping_the_handle_closes_it(directory: Path) -> None:
    db = kontor.open(directory)
    db.set("k", "v")
    del db
    assert (
        run_python(
            """
        import kontor, sys
        with kontor.open(sys.argv[1]) as db:
            print(db.get("k").decode())
        """,
            directory,
        )
        == "v\n"
    )


def test_children_keep_their_database(directory: Path) -> None:
    queue = kontor.open(directory).queue("q")
    mailbox = kontor.open(directory).mailbox()
    session = kontor.open(directory).session()
    queue.put("x")
    mailbox.subscribe("ch")
    session.write(b"PUBLISH ch hello\r\n")
    delivery = mailbox.next(1)
    assert delivery is not None and delivery.body == b"hello"
    message = queue.take(0)
    assert message is not None and message.body == b"x"


def test_closed_handles(directory: Path) -> None:
    db = kontor.open(directory)
    queue, mailbox, txn, session = db.queue("q"), db.mailbox(), db.transaction(), db.session()
    queue.put("x")
    message = queue.take(0)
    assert message is not None
    txn.set("k", "v")
    assert not db.closed
    db.close()
    assert db.closed
    for call in (
        lambda: db.get("k"),
        lambda: db.set("k", "v"),
        lambda: db.execute("GET", "k"),
        lambda: db.select(1),
        lambda: db.sync(),
        lambda: db.snapshot(),
        lambda: db.figures(),
        lambda: db.queue("q"),
        lambda: db.mailbox(),
        lambda: db.transaction(),
        lambda: db.session(),
        lambda: db.publish("ch", "x"),
        lambda: queue.put("x"),
        lambda: queue.take(0),
        lambda: queue.figures(),
        lambda: message.ack(),
        lambda: mailbox.subscribe("ch"),
        lambda: mailbox.next(0),
        lambda: txn.set("k", "v"),
        lambda: txn.commit(),
        lambda: session.write(b"PING\r\n"),
    ):
        with pytest.raises(kontor.ClosedError):
            call()
    assert message.body == b"x"
    db.close()


def test_a_directory_that_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"precious")
    with pytest.raises(kontor.InvalidError, match="file"):
        kontor.open(path)
    assert path.read_bytes() == b"precious"


def test_a_damaged_directory_is_refused_and_left_alone(directory: Path) -> None:
    with kontor.open(directory) as db:
        db.mset({f"k{i}": "v" * 100 for i in range(1000)})
    (snapshot,) = directory.glob("snapshot-*")
    content = bytearray(snapshot.read_bytes())
    content[len(content) // 2] ^= 0x40
    snapshot.write_bytes(content)
    before = {path.name: path.read_bytes() for path in directory.iterdir()}
    with pytest.raises(kontor.CorruptError, match=snapshot.name):
        kontor.open(directory)
    after = {path.name: path.read_bytes() for path in directory.iterdir()}
    before.pop("LOCK", None)
    after.pop("LOCK", None)
    assert before == after


def test_a_directory_that_cannot_be_written() -> None:
    """Root ignores permissions, so a child stops being root first."""
    with tempfile.TemporaryDirectory() as parent:
        closed = Path(parent) / "closed"
        closed.mkdir()
        Path(parent).chmod(0o755)
        closed.chmod(0o555)
        out = run_python(
            """
            import kontor, os, sys
            if os.geteuid() == 0:
                os.setuid(65534)
            try:
                kontor.open(os.path.join(sys.argv[1], "data"))
            except (kontor.IoError, kontor.ReadOnlyError) as error:
                print(type(error).__name__, error)
            """,
            closed,
        )
        assert list(closed.iterdir()) == []
    assert "closed" in out and out.startswith(("IoError", "ReadOnlyError"))


def test_options(directory: Path) -> None:
    with pytest.raises(ValueError, match="memory, async, sync"):
        kontor.open(durability="often")  # type: ignore[call-overload]
    with pytest.raises(ValueError, match="directory is empty"):
        kontor.open("")
    with pytest.raises(kontor.OutOfRangeError):
        kontor.open(shards=-1)
    with pytest.raises(kontor.OutOfRangeError):
        kontor.open(sync_interval_ms=0)
    for durability in ("async", "sync"):
        with pytest.raises(ValueError, match="needs a directory"):
            kontor.open(name="in memory", durability=durability)  # type: ignore[call-overload]
    with kontor.open(
        directory,
        durability="memory",
        shards=8,
        sync_interval_ms=50,
        snapshot_min_journal_bytes=1 << 20,
        snapshot_growth_percent=200,
        snapshot_at_close=False,
    ) as db:
        db.set("k", "v")


def test_sync_snapshot_and_figures(directory: Path) -> None:
    with kontor.open(directory) as db:
        db.mset({"a": 1, "b": 2})
        db.sync()
        figures = db.figures()
        assert figures.keys == 2
        assert figures.journal_bytes > 0
        assert (figures.hits, figures.misses) == (0, 0)
        assert db.mget("a", "absent", "b") == [b"1", None, b"2"]
        assert (db.figures().hits, db.figures().misses) == (2, 1)
        assert figures.memory_bytes >= figures.memory_keys_bytes > 0
        assert figures.snapshots == 0
        db.snapshot()
        assert db.figures().snapshots == 1
        assert db.figures().journal_bytes < figures.journal_bytes
    with kontor.open() as memory:
        memory.sync()
        with pytest.raises(kontor.UnsupportedError):
            memory.snapshot()


def test_version() -> None:
    assert kontor.__version__ == "0.1.0"


def test_memory_limit() -> None:
    with kontor.open(memory_limit=8 << 20) as db:
        with pytest.raises(kontor.NoMemoryError, match="maxmemory"):
            for i in range(50_000):
                db.set(f"key{i}", b"v" * 1000)
        figures = db.figures()
        assert figures.memory_limit_bytes == 8 << 20
        assert 4000 < figures.keys and figures.memory_bytes < figures.memory_limit_bytes * 1.05
        assert figures.evicted_keys == 0
        db.set_memory_limit(eviction="allkeys-lru")
        for i in range(20_000):
            db.set(f"other{i}", b"v" * 1000)
        assert db.figures().evicted_keys > 10_000
        db.set_memory_limit(0, "noeviction")
        assert db.figures().memory_limit_bytes == 0
    with kontor.open(memory_limit=8 << 20, eviction="volatile-ttl") as db:
        for i in range(20_000):
            db.set(f"key{i}", b"v" * 1000, ex=100 + i)
        assert db.figures().evicted_keys > 10_000
        with pytest.raises(ValueError, match="allkeys-lru"):
            db.set_memory_limit(eviction="lru")  # type: ignore[arg-type]
        with pytest.raises(ValueError):
            db.set_memory_limit(-1)
