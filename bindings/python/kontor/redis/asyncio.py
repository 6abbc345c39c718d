"""redis-py's asyncio client over an engine in this process.

async with kontor.redis.asyncio.Redis("data") as r:
    await r.set("greeting", "hello")
"""

from __future__ import annotations

import asyncio
from typing import Any, Callable, Coroutine, Optional, Union

import redis.asyncio
import redis.asyncio.lock
from redis.asyncio.connection import ConnectionPool, UnixDomainSocketConnection

from .._database import Database
from .._errors import ClosedError, Error
from .._session import Session
from ._connection import ToEngine
from ._engine import Path, choose, options_of_url
from ._lock import extended_ms, with_lock_class
from ._socket import broken

_CHUNK_BYTES = 65536


class SessionTransport(asyncio.Transport):
    """A session as the transport of an asyncio stream. Requests run at once, in the loop's thread;
    the session's descriptor tells the loop when one that waits can go on.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, session: Session, protocol: asyncio.Protocol
    ) -> None:
        super().__init__()
        self._loop = loop
        self._session = session
        self._protocol = protocol
        self._descriptor = session.fileno()
        self._reading = False
        self._closing = False
        protocol.connection_made(self)
        self.resume_reading()

    def write(self, data: Union[bytes, bytearray, memoryview]) -> None:
        if self._closing:
            return
        try:
            self._session.write(data)
        except Error as error:
            self._end(error)
        # Later, as with a socket: whoever asks again and again lets other tasks run in between.
        self._loop.call_soon(self._deliver)

    def pause_reading(self) -> None:
        if self._reading:
            self._reading = False
            self._loop.remove_reader(self._descriptor)

    def resume_reading(self) -> None:
        if not self._reading and not self._closing:
            self._reading = True
            self._loop.add_reader(self._descriptor, self._deliver)
            # Later: the stream resumes before it waits for what comes.
            self._loop.call_soon(self._deliver)

    def is_reading(self) -> bool:
        return self._reading

    def is_closing(self) -> bool:
        return self._closing

    def get_write_buffer_size(self) -> int:
        return 0

    def close(self) -> None:
        self._end(None)

    def abort(self) -> None:
        self._end(None)

    def _deliver(self) -> None:
        """Hands on all there is, until the stream has enough of it."""
        while self._reading:
            try:
                data = self._session.read(_CHUNK_BYTES)
            except Error as error:
                self._end(error)
                return
            if not data:
                return
            self._protocol.data_received(data)

    def _end(self, error: Optional[Error]) -> None:
        if self._closing:
            return
        self._closing = True
        self.pause_reading()
        self._session.close()
        # To the stream an end without an exception is one of file.
        reason = None if error is None or isinstance(error, ClosedError) else broken(error)
        self._loop.call_soon(self._protocol.connection_lost, reason)


class Connection(ToEngine, UnixDomainSocketConnection):
    """To redis-py a Unix socket of another kind: each time it connects it is a new session of
    `database`. The options are those of redis-py's connections.
    """

    def __init__(self, *, database: Database[Any], **options: Any) -> None:
        super().__init__(**options)
        self._database = database

    async def _connect(self) -> None:
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader(loop=loop)
        protocol = asyncio.StreamReaderProtocol(reader, loop=loop)
        try:
            transport = SessionTransport(loop, self._new_session(), protocol)
        except Error as error:
            raise broken(error) from error
        self._reader = reader
        self._writer = asyncio.StreamWriter(transport, protocol, reader, loop)


class Redis(redis.asyncio.Redis):
    """redis.asyncio.Redis over an engine in this process. Arguments are those of
    kontor.redis.Redis. A command runs in the loop's thread: one that waits for the disk
    (durability "sync") holds it up.
    """

    def __init__(
        self,
        path: Path = None,
        *,
        db: Union[int, str, Database[Any]] = 0,
        connection_pool: Optional[ConnectionPool] = None,
        single_connection_client: bool = False,
        **options: Any,
    ) -> None:
        self._owned: Optional[Database[Any]] = None
        owns_pool = connection_pool is None
        if connection_pool is None:
            engine = choose(path, db)
            self._owned = engine.database if engine.owned else None
            connection_pool = ConnectionPool(
                connection_class=Connection, database=engine.database, db=engine.number, **options
            )
            Connection(**connection_pool.connection_kwargs)  # a wrong option is told here
        super().__init__(
            connection_pool=connection_pool, single_connection_client=single_connection_client
        )
        self.auto_close_connection_pool = owns_pool

    @classmethod
    def from_url(cls, url: str, **options: Any) -> Redis:  # type: ignore[override]
        """kontor:///absolute/path?db=1, or kontor:// for an engine in memory of its own. What the
        URL says wins over `options`.
        """
        path, said = options_of_url(url)
        return cls(path, **{**options, **said})

    def lock(self, *args: Any, **options: Any) -> Any:
        """redis-py's lock, without Lua (see Lock)."""
        return super().lock(*args, **with_lock_class(args, options, Lock))

    async def aclose(self, close_connection_pool: Optional[bool] = None) -> None:
        """Ends all connections, and closes the engine if this client opened it, unless others have
        it open.
        """
        await super().aclose(close_connection_pool)
        if self._owned is not None:
            await asyncio.to_thread(self._owned.close)  # it may write a snapshot


async def _if_owned(
    client: Any, name: Any, token: Any, change: Callable[[Any], Coroutine[Any, Any, bool]]
) -> bool:
    encode = client.get_encoder().encode

    async def attempt(pipe: Any) -> bool:
        value = await pipe.get(name)
        return value is not None and encode(value) == encode(token) and await change(pipe)

    return bool(await client.transaction(attempt, name, value_from_callable=True))


async def _release(keys: list[Any], args: list[Any], client: Any) -> bool:
    async def change(pipe: Any) -> bool:
        pipe.multi()
        pipe.delete(keys[0])
        return True

    return await _if_owned(client, keys[0], args[0], change)


async def _extend(keys: list[Any], args: list[Any], client: Any) -> bool:
    async def change(pipe: Any) -> bool:
        timeout_ms = extended_ms(await pipe.pttl(keys[0]), args[1], args[2])
        if timeout_ms is None:
            return False
        pipe.multi()
        pipe.pexpire(keys[0], timeout_ms)
        return True

    return await _if_owned(client, keys[0], args[0], change)


async def _reacquire(keys: list[Any], args: list[Any], client: Any) -> bool:
    async def change(pipe: Any) -> bool:
        pipe.multi()
        pipe.pexpire(keys[0], args[1])
        return True

    return await _if_owned(client, keys[0], args[0], change)


class Lock(redis.asyncio.lock.Lock):
    """redis-py's lock. Where that one runs a Lua script this one looks under WATCH and changes
    under MULTI, with the same outcome.
    """

    lua_release: Any = staticmethod(_release)
    lua_extend: Any = staticmethod(_extend)
    lua_reacquire: Any = staticmethod(_reacquire)
