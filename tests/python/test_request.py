from __future__ import annotations

import asyncio
import threading

import kontor
import pytest

Db = kontor.Database[bytes]


def reply_to_all(db: Db, mailbox: kontor.Mailbox[bytes]) -> threading.Thread:
    def run() -> None:
        for request in mailbox:
            db.publish(request.reply_channel, request.body + b"!")
            db.publish(request.reply_channel, b"too late")

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_the_first_reply_is_the_answer(db: Db) -> None:
    mailbox = db.mailbox()
    mailbox.subscribe("service")
    thread = reply_to_all(db, mailbox)
    for body in (b"a", b"b", b""):
        reply = db.request("service", body, timeout=10)
        assert reply is not None
        assert reply.body == body + b"!"
        assert reply.reply_channel == b""
    mailbox.close()
    thread.join()


def test_nobody_and_nothing(db: Db) -> None:
    with pytest.raises(kontor.NotFoundError, match="nobody is there to reply"):
        db.request("service", "x", timeout=10)
    with db.mailbox() as mailbox:
        mailbox.subscribe("service")
        assert db.request("service", "x", timeout=0.01) is None
        request = mailbox.next(0)
        assert request is not None and request.reply_channel.startswith(b"__reply__:")
        assert db.publish(request.reply_channel, "nobody waits any more") == 0
        with pytest.raises(ValueError):
            db.request("service", "x", timeout=float("nan"))
        assert mailbox.next(0) is None


def test_replies_on_a_channel_of_ones_own(db: Db) -> None:
    with db.mailbox() as service, db.mailbox() as replies:
        service.subscribe("service", 1)
        service.subscribe("service", 2)
        replies.subscribe("mine", 7)
        assert db.publish("service", "who is there?", reply_channel="mine") == 2
        request = service.next(0)
        assert request is not None
        for tag in request.tags:
            db.publish(request.reply_channel, str(tag))
        assert sorted(each.body for each in replies.next_many(10, 0)) == [b"1", b"2"]


def test_asyncio(db: Db) -> None:
    async def serve(mailbox: kontor.Mailbox[bytes]) -> None:
        async for request in mailbox:
            db.publish(request.reply_channel, b"<" + request.body + b">")

    async def run() -> None:
        mailbox = db.mailbox()
        mailbox.subscribe("service")
        server = asyncio.create_task(serve(mailbox))
        replies = await asyncio.gather(
            *(db.request_async("service", str(i), timeout=10) for i in range(20))
        )
        assert [reply.body for reply in replies if reply is not None] == [
            b"<%d>" % i for i in range(20)
        ]
        mailbox.close()
        await server
        with pytest.raises(kontor.NotFoundError):
            await db.request_async("service", "x")

    asyncio.run(run())


def test_presence(db: Db) -> None:
    def told(mailbox: kontor.Mailbox[bytes]) -> list[tuple[str, list[int]]]:
        return [(each.kind, sorted(each.tags)) for each in mailbox.next_many(100, 0)]

    with db.mailbox() as room, db.mailbox() as other, db.mailbox() as watcher:
        for tag in (3, 1, 2):
            room.subscribe("room", tag)
        watcher.watch_presence("room")
        other.subscribe("room", 3)
        other.subscribe("room", 4)
        room.unsubscribe("room", 3)
        room.unsubscribe_tag(1)
        assert told(watcher) == [("present", [1, 2, 3]), ("joined", [4]), ("left", [1])]
        assert db.channel_tags("room") == [2, 3, 4]
        room.close()
        assert told(watcher) == [("left", [2])]
        assert watcher.unwatch_presence("room") is True
        assert watcher.unwatch_presence("room") is False
        other.unsubscribe_tag(3)
        assert told(watcher) == []
        assert db.channel_tags("room") == [4]
        assert db.channel_tags("nobody") == []
