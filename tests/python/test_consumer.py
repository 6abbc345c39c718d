from __future__ import annotations

import asyncio
import collections
import threading
import time

import kontor
import pytest

Db = kontor.Database[bytes]


def test_by_order(db: Db) -> None:
    premium, free = db.queue("premium"), db.queue("free")
    consumer = db.consumer(premium, free)
    assert consumer.take(0) is None
    free.put("f1")
    premium.put("p1")
    premium.put("p2")
    taken = consumer.take_many(10, 0)
    assert [message.body for message in taken] == [b"p1", b"p2", b"f1"]
    for message in taken:
        message.ack()
    assert premium.figures().acknowledged_total == 2
    assert free.figures().acknowledged_total == 1


def test_by_weight(db: Db) -> None:
    queues = [db.queue(name) for name in ("a", "b", "c")]
    consumer = db.consumer(weights=dict(zip(queues, (5, 3, 1))))
    for queue in queues:
        queue.put_many([queue.name] * 900)
    counts = collections.Counter(message.body for message in consumer.take_many(900, 0))
    assert counts == {b"a": 500, b"b": 300, b"c": 100}
    # Who has nothing is owed nothing.
    assert queues[0].figures().ready == 400
    counts = collections.Counter(message.body for message in consumer.take_many(4096, 0))
    assert counts == {b"a": 400, b"b": 600, b"c": 800}


def test_waits_for_all_of_them(db: Db) -> None:
    queues = [db.queue(f"{i}") for i in range(3)]
    consumer = db.consumer(*queues)
    for queue in queues:
        threading.Timer(0.02, queue.put, ("x",)).start()
        message = consumer.take(timeout=10)
        assert message is not None
        message.ack()
    begin = time.monotonic()
    assert consumer.take(timeout=0.05) is None
    assert time.monotonic() - begin >= 0.05


def test_who_finds_nothing_keeps_nothing_from_others(db: Db) -> None:
    queue = db.queue("q")
    consumer = db.consumer(queue)
    assert asyncio.run(consumer.take_async(0.01)) is None
    assert consumer.take(0) is None
    queue.put("for anybody")
    other = queue.take(0)
    assert other is not None
    other.ack()


def test_who_watches_the_descriptor_stands_in_line_until_it_leaves(db: Db) -> None:
    queue = db.queue("q")
    consumer = db.consumer(queue)
    assert consumer.fileno() >= 0
    assert consumer.take(0) is None
    queue.put("for the consumer")
    assert queue.take(0) is None
    consumer.leave()
    message = queue.take(0)
    assert message is not None
    assert consumer.take(0) is None
    message.nack()
    message = queue.take(0)
    assert message is not None
    message.ack()


def test_wrong_arguments(db: Db) -> None:
    queue = db.queue("q")
    with pytest.raises(ValueError, match="wants queues"):
        db.consumer()
    with pytest.raises(ValueError, match="wants queues"):
        db.consumer(queue, weights={queue: 1})
    with pytest.raises(ValueError, match="weight"):
        db.consumer(weights={queue: 0})


def test_another_thread_is_refused(db: Db) -> None:
    consumer = db.consumer(db.queue("q"))
    thread = threading.Thread(target=consumer.take, args=(0.5,))
    thread.start()
    time.sleep(0.1)
    with pytest.raises(RuntimeError, match="another thread"):
        consumer.take(0)
    thread.join()


def run(main: object) -> None:
    asyncio.run(asyncio.wait_for(main, 20))  # type: ignore[arg-type]


def test_a_second_task_is_refused_and_harms_nobody(db: Db) -> None:
    queue = db.queue("q")
    consumer = db.consumer(queue)

    async def work() -> None:
        first = asyncio.create_task(consumer.take_async())
        await asyncio.sleep(0.05)
        with pytest.raises(RuntimeError, match="another task"):
            await consumer.take_async()
        queue.put("m")
        message = await asyncio.wait_for(first, 10)
        assert message is not None and message.body == b"m"

    asyncio.run(work())


def test_a_deleted_queue_is_told_once(db: Db) -> None:
    first, second = db.queue("first"), db.queue("second")
    consumer = db.consumer(first, second)
    second.put("m")
    db.delete_queue("first")
    with pytest.raises(kontor.ClosedError, match="first.*goes on without it"):
        consumer.take(timeout=0)
    message = consumer.take(timeout=0)
    assert message is not None and message.body == b"m"
    db.delete_queue("second")
    for _ in range(2):
        with pytest.raises(kontor.ClosedError):
            consumer.take(timeout=0)


def test_async_for_over_queues(db: Db) -> None:
    queue = db.queue("q")

    async def work(done: list[bytes]) -> None:
        async for message in queue:
            done.append(message.body)
            message.ack()

    async def main() -> None:
        threads = threading.active_count()
        done: list[list[bytes]] = [[] for _ in range(20)]
        tasks = [asyncio.create_task(work(each)) for each in done]
        await asyncio.sleep(0.05)
        assert queue.figures().waiting_consumers == 20
        for i in range(200):
            queue.put(f"{i}")
            if i % 10 == 0:
                await asyncio.sleep(0)
        while len(queue) > 0:
            await asyncio.sleep(0.01)
        assert sorted(int(body) for each in done for body in each) == list(range(200))
        assert all(done)  # each had its turn
        assert threading.active_count() == threads
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert queue.figures().waiting_consumers == 0

    run(main())


def test_take_async_waits_and_times_out(db: Db) -> None:
    queue = db.queue("q")

    async def main() -> None:
        assert await queue.take_async(timeout=0.02) is None
        queue.put("later", delay_ms=30)
        message = await queue.take_async(timeout=10)
        assert message is not None and message.body == b"later"
        asyncio.get_running_loop().call_later(0.02, queue.put, "next")
        message = await queue.take_async()
        assert message is not None and message.body == b"next"

    run(main())


def test_async_for_over_a_mailbox(db: Db) -> None:
    mailbox = db.mailbox()
    mailbox.subscribe("c", tag=7)

    async def main() -> None:
        asyncio.get_running_loop().call_later(0.02, db.publish, "c", "1")
        asyncio.get_running_loop().call_later(0.04, db.publish, "c", "2")
        asyncio.get_running_loop().call_later(0.06, mailbox.close)
        assert [delivery.body async for delivery in mailbox] == [b"1", b"2"]

    run(main())


def test_async_for_ends_with_the_database() -> None:
    db = kontor.open()
    queue, mailbox = db.queue("q"), db.mailbox()

    async def main() -> None:
        asyncio.get_running_loop().call_later(0.02, db.close)
        assert [message async for message in queue] == []
        assert [delivery async for delivery in mailbox] == []

    run(main())


def test_two_tasks_need_two_consumers(db: Db) -> None:
    consumer = db.consumer(db.queue("q"))

    async def main() -> None:
        first = asyncio.create_task(consumer.take_async())
        await asyncio.sleep(0.01)
        with pytest.raises(RuntimeError, match="another task"):
            await consumer.take_async()
        first.cancel()

    run(main())
