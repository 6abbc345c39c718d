from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import kontor
import pytest
from conftest import wait_until

Db = kontor.Database[bytes]


def take(queue: kontor.Queue[bytes], timeout: float = 0) -> kontor.Message[bytes]:
    message = queue.take(timeout)
    assert message is not None
    return message


def test_put_and_take(db: Db) -> None:
    queue = db.queue("q")
    assert queue.take(timeout=0) is None
    before = int(time.time() * 1000)
    first, second = queue.put("a"), queue.put(b"b")
    assert first < second
    message = take(queue)
    assert (message.id, message.body, message.attempt, message.priority) == (first, b"a", 1, 0)
    assert before <= message.enqueued_at_unix_ms <= int(time.time() * 1000)
    assert before + 30_000 <= message.lease_until_unix_ms
    message.ack()
    assert take(queue).body == b"b"
    assert queue.take(0) is None
    assert "id=" in repr(message)


def test_priorities(db: Db) -> None:
    queue = db.queue("q")
    for priority in (0, 31, 5, 31, 5):
        queue.put(f"{priority}", priority=priority)
    taken = queue.take_many(10, timeout=0)
    assert [m.priority for m in taken] == [31, 31, 5, 5, 0]
    assert [m.id for m in taken] == [2, 4, 3, 5, 1]
    for wrong in (-1, 32, 1 << 31):
        with pytest.raises(kontor.OutOfRangeError):
            queue.put("x", priority=wrong)


def test_delay(db: Db) -> None:
    queue = db.queue("q")
    queue.put("later", delay_ms=60)
    assert queue.take(0) is None
    assert queue.figures().delayed == 1
    start = time.monotonic()
    assert take(queue, 5).body == b"later"
    assert 0.03 < time.monotonic() - start < 3
    with pytest.raises(kontor.OutOfRangeError):
        queue.put("x", delay_ms=-1)


def test_many(db: Db) -> None:
    queue = db.queue("q")
    ids = queue.put_many([b"a", "b", 3], priority=2)
    assert ids == sorted(ids) and len(ids) == 3
    assert [m.id for m in queue.take_many(2, timeout=0)] == ids[:2]
    assert [m.body for m in queue.take_many(4096, timeout=1)] == [b"3"]
    assert queue.take_many(5, timeout=0) == []
    assert queue.put_many([]) == []
    with pytest.raises(TypeError):
        queue.put_many(["x", None])  # type: ignore[list-item]
    assert len(queue) == 3 and queue.figures().ready == 0
    for wrong in (0, 4097):
        with pytest.raises(kontor.CommandError):
            queue.take_many(wrong, timeout=0)


def test_timeout(db: Db) -> None:
    queue = db.queue("q")
    start = time.monotonic()
    assert queue.take(timeout=0.05) is None
    assert 0.045 < time.monotonic() - start < 2
    for wrong in (-1, float("nan")):
        with pytest.raises(ValueError):
            queue.take(timeout=wrong)


def test_a_taker_is_woken(db: Db) -> None:
    queue = db.queue("q")
    got: list[bytes] = []
    thread = threading.Thread(target=lambda: got.append(take(queue, 10).body))
    thread.start()
    wait_until(lambda: queue.figures().waiting_consumers == 1)
    queue.put("x")
    thread.join(5)
    assert got == [b"x"]


def test_return(db: Db) -> None:
    queue = db.queue("q", retry_delay_ms=20)
    queue.put("a")
    queue.put("b")
    take(queue).nack(delay_ms=0)
    again = take(queue)
    assert (again.body, again.attempt) == (b"a", 2)
    again.nack()
    assert take(queue).body == b"b"
    assert queue.take(0) is None
    assert take(queue, 5).attempt == 3
    with pytest.raises(ValueError):
        again.nack(delay_ms=-1)


def test_a_lease_runs_out(db: Db) -> None:
    queue = db.queue("q", lease_ms=40)
    queue.put("x")
    first = take(queue)
    second = take(queue, 5)
    assert (second.id, second.attempt) == (first.id, 2)
    assert second.receipt != first.receipt
    for call in (first.ack, first.nack, first.bury, first.extend):
        with pytest.raises(kontor.StaleReceiptError) as caught:
            call()
        assert caught.value.code == -14
    second.ack()
    with pytest.raises(kontor.StaleReceiptError):
        second.ack()
    assert len(queue) == 0


def test_extend(db: Db) -> None:
    queue = db.queue("q")
    queue.put("x")
    message = queue.take(0, lease_ms=50)
    assert message is not None
    until = message.extend(60_000)
    assert until > time.time() * 1000 + 50_000
    time.sleep(0.1)
    assert queue.take(0) is None
    assert message.extend() <= time.time() * 1000 + 30_000
    message.ack()


def test_context_manager(db: Db) -> None:
    queue = db.queue("q")
    queue.put("x")
    with pytest.raises(ZeroDivisionError), take(queue):
        1 / 0
    with take(queue) as message:
        assert message.attempt == 2
    assert len(queue) == 0
    queue.put("y")
    with take(queue) as message:
        message.bury("no good")
    assert queue.figures().dead == 1
    queue.put("z")
    with take(queue) as message:
        message.nack()
    assert take(queue).body == b"z"


def test_context_manager_with_a_stale_lease(db: Db) -> None:
    queue = db.queue("q", lease_ms=20)
    queue.put("x")
    with pytest.raises(kontor.StaleReceiptError), take(queue):
        take(queue, 5)
    with pytest.raises(ZeroDivisionError), take(queue, 5):
        take(queue, 5)
        1 / 0


def test_iteration(db: Db) -> None:
    queue = db.queue("q")
    queue.put_many(range(5))
    bodies = []
    for message in queue:
        with message:
            bodies.append(int(message.body))
        if len(bodies) == 5:
            break
    assert bodies == [0, 1, 2, 3, 4]


def test_iteration_ends_when_the_database_is_closed() -> None:
    db = kontor.open()
    queue = db.queue("q")
    queue.put("x")
    bodies: list[bytes] = []
    thread = threading.Thread(target=lambda: bodies.extend(m.body for m in queue))
    thread.start()
    wait_until(lambda: queue.figures().waiting_consumers == 1)
    db.close()
    thread.join(5)
    assert not thread.is_alive() and bodies == [b"x"]


def test_iteration_over_a_deleted_queue(db: Db) -> None:
    queue = db.queue("q")
    assert db.delete_queue("q") is True
    assert db.delete_queue("q") is False
    with pytest.raises(kontor.ClosedError):
        next(queue)


def test_dead_letters(db: Db) -> None:
    queue = db.queue("q", max_deliveries=2)
    for number in range(3):
        queue.put(f"bad {number}", priority=number)
    for _ in range(2):
        for message in queue.take_many(3, timeout=0):
            message.nack()
    queue.put("worse")
    take(queue).bury("unreadable")
    letters = queue.dead_letters()
    assert [letter.body for letter in letters] == [b"bad 0", b"bad 1", b"bad 2", b"worse"]
    assert letters[3].reason == b"unreadable" and letters[3].attempt == 1
    assert letters[0].attempt == 2 and letters[2].priority == 2
    assert letters[0].enqueued_at_unix_ms <= letters[0].died_at_unix_ms <= time.time() * 1000
    assert "unreadable" in repr(letters[3])
    assert [x.id for x in queue.dead_letters(limit=2)] == [1, 2]
    assert [x.id for x in queue.dead_letters(after_id=2)] == [3, 4]
    assert letters[0].revive() is True
    assert letters[0].revive() is False
    assert queue.revive(99) is False
    revived = take(queue)
    assert (revived.body, revived.attempt) == (b"bad 0", 1)
    assert letters[1].discard() is True
    assert queue.discard(letters[1].id) is False
    assert queue.figures().dead == 2
    assert len(queue) == 1


def test_many_dead_letters(db: Db) -> None:
    queue = db.queue("q")
    queue.put_many(range(2500))
    while messages := queue.take_many(1000, timeout=0):
        for message in messages:
            message.bury()
    assert [int(x.body) for x in queue.dead_letters()] == list(range(2500))
    assert len(queue.dead_letters(limit=1500)) == 1500


def test_figures(db: Db) -> None:
    queue = db.queue("q")
    queue.put_many(range(4))
    queue.put("later", delay_ms=60_000)
    first, second, third = queue.take_many(3, timeout=0)
    first.ack()
    second.bury("why not")
    third.nack()
    again = take(queue)
    assert again.attempt == 2
    time.sleep(0.01)
    figures = queue.figures()
    assert (figures.ready, figures.delayed, figures.leased, figures.dead) == (1, 1, 1, 1)
    assert figures.waiting_consumers == 0
    assert figures.oldest_ready_age_ms >= 10
    assert (figures.enqueued_total, figures.delivered_total) == (5, 4)
    assert (figures.redelivered_total, figures.acknowledged_total, figures.dead_total) == (1, 1, 1)
    assert len(queue) == 3 and bool(db.queue("empty"))
    queue.purge()
    assert queue.figures()[:4] == (0, 0, 0, 0)
    with pytest.raises(kontor.StaleReceiptError):
        again.ack()


def test_maximum_length(db: Db) -> None:
    queue = db.queue("q", max_length=2)
    queue.put("a")
    queue.put("b")
    with pytest.raises(kontor.FullError) as caught:
        queue.put("c")
    assert caught.value.retryable
    take(queue).ack()
    queue.put("c")
    with pytest.raises(kontor.FullError):
        queue.put_many(["d"])
    assert len(queue) == 2


def test_options_and_names(db: Db) -> None:
    queue = db.queue("q", lease_ms=40)
    queue.put("x")
    db.queue("q")  # leaves the options alone
    take(queue)
    assert take(queue, 5).attempt == 2
    with pytest.raises(kontor.InvalidError):
        db.queue("q", durable=False)
    with pytest.raises(kontor.OutOfRangeError):
        db.queue("q", lease_ms=0)
    with pytest.raises(kontor.CommandError):
        db.queue("")
    assert db.queue(b"\0\xff").name == b"\0\xff"
    with db.select(3) as third:
        assert len(third.queue("q")) == 1  # queues are the engine's, not a logical database's


def test_memory_only_queues_do_not_survive(directory: Path) -> None:
    with kontor.open(directory) as db:
        db.queue("lasting").put("x")
        db.queue("fleeting", durable=False).put("x")
    with kontor.open(directory) as db:
        assert len(db.queue("lasting")) == 1
        assert len(db.queue("fleeting", durable=False)) == 0


def test_a_restart_counts_as_a_lost_attempt(directory: Path) -> None:
    with kontor.open(directory) as db:
        db.queue("q").put("x")
        first = take(db.queue("q"))
        receipt = first.receipt
    with kontor.open(directory) as db:
        again = take(db.queue("q"))
        assert (again.id, again.attempt) == (first.id, 2)
        assert again.receipt != receipt


def test_decoding(text_db: kontor.Database[str]) -> None:
    queue = text_db.queue("q")
    queue.put("Käse")
    queue.put(b"\xff")
    message = queue.take(0)
    assert message is not None and message.body == "Käse"
    broken = queue.take(0)
    assert broken is not None
    with pytest.raises(UnicodeDecodeError):
        _ = broken.body
    broken.bury("kein Text")
    assert queue.dead_letters()[0].reason == "kein Text"


def test_workers_share_the_work(db: Db) -> None:
    queue = db.queue("q")
    done: list[int] = []

    def work() -> None:
        while True:
            with take(queue, 10) as message:
                number = int(message.body)
                if number < 0:
                    return
                done.append(number)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(500):
        queue.put(number)
    queue.put_many([-1] * 4)
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()
    assert sorted(done) == list(range(500))
    assert len(queue) == 0


def test_groups_are_worked_off_in_order_and_one_at_a_time(db: Db) -> None:
    queue = db.queue("q")
    for body in (b"a1", b"a2"):
        queue.put(body, group="a")
    queue.put_many([b"b1", b"b2"], group="b")
    first, second = queue.take_many(10, timeout=0)
    assert (first.body, second.body) == (b"a1", b"b1")
    assert queue.take(timeout=0) is None
    first.ack()
    third = take(queue)
    assert third.body == b"a2"


def test_a_second_message_of_one_id_is_the_first(db: Db) -> None:
    queue = db.queue("q", deduplication_ms=60_000)
    id = queue.put("order", deduplication_id="7")
    assert queue.put("order", deduplication_id="7") == id
    with db.transaction() as txn:
        txn.enqueue(queue, "order", deduplication_id="7")
        txn.enqueue(queue, "other", deduplication_id="8", group="g")
    assert queue.figures().ready == 2


def test_options_of_retries_age_and_rate(db: Db) -> None:
    queue = db.queue("q", backoff="exponential", retry_delay_ms=10, retry_jitter_percent=50)
    queue.put("x")
    message = take(queue)
    message.nack()
    assert queue.figures().delayed == 1
    db.queue("r", retry_delays_ms=[1, 2, 3])
    short = db.queue("s", max_length=1, overflow="drop-oldest")
    short.put("1")
    short.put("2")
    assert short.figures().dropped_total == 1
    limited = db.queue("t", rate_count=1, rate_window_ms=60_000)
    limited.put_many(["1", "2"])
    assert len(limited.take_many(10, timeout=0)) == 1
    with pytest.raises(ValueError, match="overflow is 'burn'"):
        db.queue("u", overflow="burn")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="backoff"):
        db.queue("u", backoff="linear")  # type: ignore[arg-type]


def test_a_renewed_lease_goes_on_by_itself(db: Db) -> None:
    queue = db.queue("q", lease_ms=20)
    queue.put("x")
    message = take(queue)
    message.renew()
    time.sleep(0.1)
    message.ack()
    queue.put("y")
    message = take(queue)
    message.renew(for_ms=1)
    time.sleep(0.1)
    with pytest.raises(kontor.StaleReceiptError):
        message.ack()


def test_a_paused_queue_gives_nothing(db: Db) -> None:
    queue = db.queue("q")
    queue.put("x")
    queue.pause()
    assert queue.take(timeout=0) is None
    assert queue.figures().paused == 1
    queue.resume()
    assert queue.take(timeout=0) is not None


def test_results_and_progress(db: Db) -> None:
    queue = db.queue("q", result_ms=60_000)
    id = queue.put("sum")
    assert queue.wait_for(id, timeout=0) is None
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(queue.wait_for, id)
        message = take(queue)
        message.tell_progress("half")
        view = queue.wait_for(id, progress_seen=0)
        assert view is not None
        assert (view.state, view.note) == (kontor.MessageState.LEASED, b"half")
        assert view.progress_count == 1
        message.ack(result="42")
        done = waiting.result()
    assert done is not None
    assert (done.state, done.note, done.body) == (kontor.MessageState.DONE, b"42", b"")
    assert queue.figures().done == 1
    assert queue.wait_for(id + 1) is None
    second = queue.put("b")
    txn = db.transaction()
    txn.acknowledge(take(queue), result="in a commit")
    txn.commit()
    done = queue.peek(second)
    assert done is not None and done.note == b"in a commit"
    plain = db.queue("plain")
    plain.put("x")
    with pytest.raises(kontor.InvalidError, match="result_ms"):
        take(plain).ack(result="42")


def test_browse_and_peek(db: Db) -> None:
    queue = db.queue("q")
    assert queue.peek() is None
    ids = {queue.put(f"{i}", group="g") for i in range(3000)}
    later = queue.put("later", delay_ms=60_000)
    first = queue.peek()
    assert first is not None and (first.body, first.group) == (b"0", b"g")
    assert {view.id for view in queue.browse(kontor.MessageState.READY)} == ids
    assert {view.id for view in queue.browse()} == ids | {later}
    assert [view.id for view in queue.browse(kontor.MessageState.DELAYED)] == [later]
    assert list(queue.browse(kontor.MessageState.DEAD)) == []


def test_bindings(db: Db) -> None:
    every, eu, tokens = db.queue("every"), db.queue("eu"), db.queue("tokens")
    every.bind_pattern("orders*")
    eu.bind("orders.eu")
    tokens.bind_tokens("orders.>")
    assert db.publish("orders.eu", "a") == 0
    db.publish("orders", "b")
    with db.transaction() as txn:
        txn.publish("orders.eu", "c").set("k", "v")
    assert [(m.channel, m.body) for m in every.take_many(9, timeout=0)] == [
        (b"orders.eu", b"a"),
        (b"orders", b"b"),
        (b"orders.eu", b"c"),
    ]
    assert [m.body for m in eu.take_many(9, timeout=0)] == [b"a", b"c"]
    assert tokens.peek() is not None and tokens.peek().channel == b"orders.eu"
    assert eu.unbind("orders.eu") and not eu.unbind("orders.eu")
    assert every.unbind_pattern("orders*") and not every.unbind_pattern("orders*")
    assert tokens.unbind_tokens("orders.>") and not tokens.unbind_tokens("orders.>")
    db.publish("orders.eu", "d")
    assert every.take(timeout=0) is None
    eu.put("own")
    assert take(eu).channel == b""
    small = db.queue("small", max_length=1)
    small.bind("orders.eu")
    db.publish("orders.eu", "e")
    with pytest.raises(kontor.FullError, match="small"):
        db.publish("orders.eu", "f")
    with pytest.raises(kontor.InvalidError):
        small.bind_tokens("a..b")


def test_ack_many(db: Db) -> None:
    queue = db.queue("q")
    ids = queue.put_many([str(i) for i in range(5000)], priority=3)
    assert ids == list(range(ids[0], ids[0] + 5000))
    assert queue.put_many([]) == []
    messages = queue.take_many(4096, timeout=0) + queue.take_many(4096, timeout=0)
    assert [int(m.body) for m in messages] == list(range(5000))
    messages[7].nack()
    messages[4999].ack()
    assert queue.ack_many(messages) == [messages[7], messages[4999]]
    assert queue.ack_many([]) == []
    assert queue.figures().leased == 0
    assert take(queue).body == b"7"
    with pytest.raises(TypeError):
        queue.put_many(["a", None])  # type: ignore[list-item]
    assert queue.take(timeout=0) is None


def test_ack_many_of_several_queues(db: Db) -> None:
    one, other = db.queue("one"), db.queue("other")
    for queue in (one, other):
        queue.put_many(["a", "b"])
    messages = one.take_many(2, timeout=0) + other.take_many(2, timeout=0)
    assert one.ack_many(messages[1:]) == []
    assert one.figures().leased == 1
    assert other.figures().leased == 0
    assert other.ack_many(messages) == messages[1:]
    assert one.figures().leased == 0


def test_options(db: Db) -> None:
    queue = db.queue("q", overflow="drop-oldest", retry_delays_ms=[1, 20], durable=False)
    options = queue.options()
    assert (options["overflow"], options["retry_delays_ms"]) == ("drop-oldest", [1, 20])
    assert (options["durable"], options["lease_ms"]) == (False, 30_000)
    db.queue("q", **{**options, "lease_ms": 5000})
    assert queue.options() == {**options, "lease_ms": 5000}


def test_compressed(db: Db) -> None:
    queue = db.queue("q", compress_bytes=1000)
    body = b"to be compressed " * 1000
    queue.put_many([body, b"small"])
    assert [take(queue).body, take(queue).body] == [body, b"small"]


def test_parents(db: Db) -> None:
    parents, children = db.queue("parents"), db.queue("children")
    parent = parents.put("whole", children=2)
    for body in ("left", "right"):
        children.put(body, parent=(parents, parent))
    for left in (2, 1):
        view = parents.peek(parent)
        assert view is not None and view.children == left
        assert parents.take(timeout=0) is None
        take(children).ack()
    assert take(parents).body == b"whole"
    with pytest.raises(kontor.InvalidError, match="waits for children"):
        children.put("late", parent=(parents, parent))
    with db.transaction() as txn:
        txn.set("k", "v").enqueue(parents, "whole", children=1).enqueue(children, "part", parent=1)
    assert parents.take(timeout=0) is None
    take(children).ack()
    assert take(parents, timeout=5).body == b"whole"
    with pytest.raises(kontor.InvalidError, match="parent_step 7"), db.transaction() as txn:
        txn.enqueue(children, "part", parent=7)
    parent = parents.put("many", children=5000)
    children.put_many(range(4000), parent=(parents, parent))
    children.put_many(range(1000), parent=(parents, parent))
    assert children.ack_many(children.take_many(4096, timeout=0)) == []
    view = parents.peek(parent)
    assert view is not None and view.children == 904
    with pytest.raises(kontor.OutOfRangeError, match="children"):
        parents.put("x", children=1_000_001)


def test_schedules(db: Db) -> None:
    queue = db.queue("q")
    queue.schedule("tick", "tock", every_ms=20, priority=3, group="g")
    message = take(queue, timeout=5)
    assert (message.body, message.priority) == (b"tock", 3)
    queue.schedule("nightly", "clean up", cron="30 2 * * *", time_zone="Europe/Berlin")
    nightly, tick = queue.schedules()
    assert (nightly.name, nightly.cron, nightly.time_zone) == (
        b"nightly",
        b"30 2 * * *",
        b"Europe/Berlin",
    )
    assert nightly.next_run_unix_ms is not None
    assert 0 < nightly.next_run_unix_ms - time.time() * 1000 < 25 * 60 * 60 * 1000
    assert (tick.every_ms, tick.group, tick.body, tick.each_missed) == (20, b"g", b"tock", False)
    assert queue.unschedule("tick")
    assert not queue.unschedule("tick")
    with pytest.raises(kontor.InvalidError, match="minute"):
        queue.schedule("x", "x", cron="61 * * * *")
    with pytest.raises(kontor.InvalidError, match="zone database"):
        queue.schedule("x", "x", cron="@daily", time_zone="Europe/Lubeck")
    with pytest.raises(kontor.InvalidError, match="one of the two"):
        queue.schedule("x", "x")
