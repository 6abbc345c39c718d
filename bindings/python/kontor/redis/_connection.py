"""redis-py's connection over a session."""

from __future__ import annotations

from typing import Any, Optional, Union

from redis.connection import UnixDomainSocketConnection

from .._database import Database
from .._errors import Error
from .._session import Session
from ._socket import SessionSocket, broken


class ToEngine:
    """What the connections of both clients share."""

    # Telemetry and health checks of redis-py look for these.
    host = "kontor"
    port = 0

    _database: Database[Any]
    db: Any
    client_name: Optional[str]

    def repr_pieces(self) -> list[tuple[str, Union[int, str]]]:
        pieces: list[tuple[str, Union[int, str]]] = [("db", self.db)]
        if self.client_name:
            pieces.append(("client_name", self.client_name))
        return pieces

    def _new_session(self) -> Session:
        try:
            return self._database.session()
        except Error as error:
            raise broken(error) from error

    def _host_error(self) -> str:
        return "the Kontor engine"


class Connection(ToEngine, UnixDomainSocketConnection):
    """To redis-py a Unix socket of another kind: each time it connects it is a new session of
    `database`. The options are those of redis-py's connections.

    redis.BlockingConnectionPool(connection_class=kontor.redis.Connection, database=db) makes a
    pool for redis.Redis(connection_pool=...).
    """

    def __init__(self, *, database: Database[Any], **options: Any) -> None:
        super().__init__(**options)  # type: ignore[no-untyped-call]
        if "socket_timeout" in options:  # which Unix sockets lose in redis-py 5.0
            self.socket_timeout = options["socket_timeout"]
        self._database = database

    def _connect(self) -> SessionSocket:
        return SessionSocket(self._new_session(), self.socket_timeout)
