"""A price-feed server: a million users in one process, each of whom follows a few symbols. Upstream
is asked for those symbols that somebody follows, and only for those. `price_feed.py 10000` does the
same with fewer users.
"""

from __future__ import annotations

import asyncio
import sys
import time

import kontor

SYMBOLS = 5000
POPULAR = 10
LINGER = 0.3  # seconds


def followed(user: int) -> tuple[str, str]:
    """Every user follows one symbol that many follow, and another one."""
    scattered = user * 0x9E3779B97F4A7C15 >> 32
    symbols = (user % POPULAR, POPULAR + scattered % (SYMBOLS - POPULAR))
    return f"price.{symbols[0]}", f"price.{symbols[1]}"


class Server:
    def __init__(self, users: int) -> None:
        self.users = users
        self.db = kontor.open(decode_responses=True)
        # One mailbox for everybody: the tags are the numbers of the users.
        self.gateway = self.db.mailbox(overflow="conflate")
        self.uplink = self.db.mailbox(interest_linger_ms=int(LINGER * 1000))
        self.uplink.watch_interest()
        self.asked_for: set[str] = set()  # upstream, at the moment
        self.received = bytearray(users)  # quotes, by user

    def log_on(self, user: int) -> None:
        for channel in followed(user):
            self.gateway.subscribe(channel, user)

    def log_off(self, user: int) -> None:
        self.gateway.unsubscribe_tag(user)

    async def follow_interest(self) -> None:
        """Calls upstream for what is wanted first and no more."""
        async for event in self.uplink:
            if event.kind == "gap":
                self.uplink.watch_interest()  # which tells all that is wanted once more
                self.asked_for.clear()
            elif event.kind == "interest-gained":
                self.asked_for.add(event.channel)
            else:
                self.asked_for.discard(event.channel)

    async def deliver(self) -> None:
        """A real server would write to the socket of each user here."""
        async for quote in self.gateway:
            for user in quote.tags:
                assert quote.channel in followed(user)
                self.received[user] += 1

    async def upstream_knows(self, symbols: int) -> None:
        while len(self.asked_for) != symbols or self.uplink.pending:
            await asyncio.sleep(0.01)

    async def quote_all(self) -> None:
        """A quote of each symbol that is asked for, and time to deliver it."""
        self.received = bytearray(self.users)
        for channel in sorted(self.asked_for):
            self.db.publish(channel, "101.25")
        while self.gateway.pending:
            await asyncio.sleep(0.01)


async def work(server: Server) -> None:
    users = server.users
    begin = time.monotonic()
    symbols: set[str] = set()
    for user in range(users):
        server.log_on(user)
        symbols.update(followed(user))
    seconds = time.monotonic() - begin
    print(f"{users} users log on: {2 * users / seconds:.0f} subscriptions a second")
    await server.upstream_knows(len(symbols))
    print(f"ok: upstream is asked for {len(symbols)} symbols, each once")

    begin = time.monotonic()
    await server.quote_all()
    assert server.received == b"\2" * users
    print(f"ok: every user gets two quotes, in {time.monotonic() - begin:.2f} s")

    for user in range(0, users, POPULAR):
        server.log_off(user)
    alone = {channel for user in range(users) if user % POPULAR for channel in followed(user)}
    assert "price.0" not in alone
    await server.upstream_knows(len(alone))
    assert server.asked_for == alone
    print("ok: what nobody follows any more is ended upstream")
    await server.quote_all()
    assert server.received == (b"\0" + b"\2" * (POPULAR - 1)) * (users // POPULAR)
    print("ok: who logged off gets nothing, everybody else what they follow")
    server.gateway.close()
    server.uplink.close()


async def run(users: int) -> None:
    server = Server(users)
    await asyncio.gather(server.follow_interest(), server.deliver(), work(server))
    server.db.close()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    asyncio.run(asyncio.wait_for(run(count // POPULAR * POPULAR), timeout=120))
