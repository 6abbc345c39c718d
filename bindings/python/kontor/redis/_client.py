"""redis-py's client over an engine."""

from __future__ import annotations

from typing import Any, Optional, Union

import redis
from redis.connection import ConnectionPool

from .._database import Database
from ._connection import Connection
from ._engine import Path, choose, options_of_url
from ._lock import Lock, with_lock_class


class Redis(redis.Redis):
    """redis.Redis over an engine in this process. Any thread may use it.

    path: the directory of the engine, which is shared with whoever opened it in this process;
    None: an engine in memory of its own.

    db: the number of the logical database, as in redis-py; or a kontor.Database: its engine and
    its logical database. Closing that handle ends the client, and not the other way round.

    The other options are redis-py's (decode_responses, protocol, client_name, socket_timeout,
    max_connections, retry...) but for those of hosts, TLS and client-side caching. Nothing is
    retried unless `retry` says so: an engine does not fail by chance.

    kontor.Error: the engine cannot be opened. Later failures are redis.exceptions.ConnectionError.
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
    def from_url(cls, url: str, **options: Any) -> Redis:
        """kontor:///absolute/path?db=1, or kontor:// for an engine in memory of its own. What the
        URL says wins over `options`.
        """
        path, said = options_of_url(url)
        return cls(path, **{**options, **said})

    def lock(self, *args: Any, **options: Any) -> Any:
        """redis-py's lock, without Lua (see Lock)."""
        return super().lock(*args, **with_lock_class(args, options, Lock))

    def close(self) -> None:
        """Ends all connections: threads that wait get a ConnectionError. Closes the engine if this
        client opened it, unless others have it open.
        """
        super().close()
        if self._owned is not None:
            self._owned.close()

    def __del__(self) -> None:
        # Pipelines and pub/sub live on: the engine they use closes with the last of them.
        self._owned = None
        super().__del__()  # type: ignore[no-untyped-call]
