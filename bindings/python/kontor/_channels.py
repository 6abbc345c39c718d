"""Publishing, and channels that keep what is published."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, AnyStr, NamedTuple, Optional, cast

from ._base import Commands
from ._errors import NotFoundError
from ._mailbox import Delivery, Mailbox
from ._values import DELAY_MS, INT64, UINT64, Value, integer, timeout_ms

if TYPE_CHECKING:
    from ._database import Database

# A mailbox for one message, which others do not take the place of.
_INBOX = [(1, 1), (3, 2)]


class ChannelFigures(NamedTuple):
    """What a channel keeps. first_sequence is last_sequence + 1 if that is nothing, last_sequence 0
    if nothing was published.
    """

    first_sequence: int
    last_sequence: int
    messages: int
    body_bytes: int


class Channels(Commands[AnyStr]):
    """What Database can do with channels."""

    def publish(
        self, channel: Value, message: Value, reply_channel: Optional[Value] = None
    ) -> int:
        """Puts a message into every mailbox that is subscribed; how many subscriptions it
        reached. `reply_channel` is where its publisher waits for replies, which the receivers see
        as Delivery.reply_channel; such a message waits for no mailbox (FullError if all that would
        get it are full). For one reply, see request().
        """
        if reply_channel is None:
            return self._core.publish(channel, message)
        return self._core.publish_request(channel, message, reply_channel) or 0

    def request(
        self, channel: Value, message: Value, timeout: Optional[float] = None
    ) -> Optional[Delivery[AnyStr]]:
        """Publishes a message with a reply channel of its own and waits up to `timeout` seconds for
        the first reply there (None: for ever); None if none came. NotFoundError, at once, if
        nobody is there to get the message, FullError if those who are have no room.
        """
        timeout_ms(timeout)  # before anything is sent
        with self._send_request(channel, message) as inbox:
            return inbox.next(timeout)

    async def request_async(
        self, channel: Value, message: Value, timeout: Optional[float] = None
    ) -> Optional[Delivery[AnyStr]]:
        """request() for asyncio: waits in the event loop, without a thread."""
        timeout_ms(timeout)
        with self._send_request(channel, message) as inbox:
            return await inbox.next_async(timeout)

    def _send_request(self, channel: Value, message: Value) -> Mailbox[AnyStr]:
        inbox = Mailbox(self._core.mailbox(_INBOX), cast("Database[AnyStr]", self))
        try:
            reply_channel = "__reply__:" + uuid.uuid4().hex
            inbox.subscribe(reply_channel)
            if self._core.publish_request(channel, message, reply_channel) is None:
                raise NotFoundError(f"nobody is there to reply to a request on channel {channel!r}")
        except BaseException:
            inbox.close()
            raise
        return inbox

    def channel_tags(self, channel: Value) -> list[int]:
        """Who is in a channel: the tags subscribed to it by name in any mailbox, in rising order.
        See Mailbox.watch_presence().
        """
        return self._core.channel_tags(channel)

    def declare_channel(
        self,
        channel: Value,
        *,
        last_count: int = 1000,
        last_ms: int = 0,
        max_bytes: int = 0,
        durable: bool = True,
    ) -> None:
        """From now on the channel keeps what is published on it, numbered from 1 on: the last
        `last_count` messages (0: they are only numbered), none older than `last_ms` and up to
        `max_bytes` of bodies (0: no limit). durable: False lets it live as long as the engine. A
        channel that keeps messages already takes these options on.
        """
        options = [
            (1, int(durable)),
            (2, integer("last_count", last_count, (0, 1 << 24))),
            (3, integer("last_ms", last_ms, DELAY_MS)),
            (4, integer("max_bytes", max_bytes, (0, INT64[1]))),
        ]
        self._core.declare_channel(channel, options)

    def delete_channel(self, channel: Value) -> bool:
        """The channel keeps nothing any more; its subscriptions stay. False if it kept nothing."""
        return self._core.delete_channel(channel)

    def read_channel(
        self, channel: Value, sequence: int = 1, maximum: int = 1000
    ) -> list[Delivery[AnyStr]]:
        """Up to `maximum` messages that the channel keeps, from one on; the first delivery is a gap
        if some are kept no more. Never waits.
        """
        first = integer("sequence", sequence, UINT64)
        most = integer("maximum", maximum, (1, 65536))
        return [Delivery(core) for core in self._core.read_channel(channel, first, most)]

    def channel_figures(self, channel: Value) -> ChannelFigures:
        """What a channel keeps."""
        return ChannelFigures(*self._core.channel_figures(channel))
