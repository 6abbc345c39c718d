"""Listeners: the engine answers Redis clients at sockets."""

from __future__ import annotations

import os
from types import TracebackType
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from ._errors import ClosedError, ForkedError, UnsupportedError
from ._values import Duration, duration_ms, integer

if TYPE_CHECKING:
    from . import _kontor_wire
    from ._database import Database

_ADDRESSES, _UNIX_PATH, _PASSWORD = 1, 2, 3  # texts
_FIGURES = range(1, 6)

# They serve until they are closed, whether or not the program keeps them.
_open_listeners: set[Listener] = set()


class ListenerSettings(NamedTuple):
    """What Database.listen() was given, in the order of the library's numbers."""

    port: Optional[int] = None
    io_threads: Optional[int] = None
    clients: Optional[int] = None
    protected: Optional[bool] = None
    unix_permissions: Optional[int] = None
    idle_timeout: Optional[Duration] = None
    authentication_timeout: Optional[Duration] = None
    keepalive: Optional[int] = None
    max_arguments: Optional[int] = None
    max_argument_bytes: Optional[int] = None
    max_request_bytes: Optional[int] = None
    max_reply_bytes: Optional[int] = None
    max_message_bytes: Optional[int] = None
    max_memory: Optional[int] = None


_IN_SECONDS = {"idle_timeout", "authentication_timeout"}  # milliseconds for the library

Path = Union[str, bytes, os.PathLike[str], os.PathLike[bytes]]


class ListenerFigures(NamedTuple):
    """`clients` and `memory_bytes` are of now, the rest since the beginning. memory_bytes: of all
    clients' requests, replies and messages. ended_for_memory: clients that went over a limit.
    """

    clients: int
    accepted: int
    refused: int
    ended_for_memory: int
    memory_bytes: int


class Listener:
    """Serves Redis clients until close(), until its database handle is closed, or until the program
    ends; dropping it does not end it. Made by Database.listen(). Any thread may use it.

    With `with` it is closed at the end.
    """

    def __init__(
        self, core: _kontor_wire.Listener, db: Database[Any], host: str, unix: Optional[str]
    ) -> None:
        self._core = core
        self._db = db
        self._port = core.port()
        self._host = host
        self._unix = unix
        self._closed = False
        _open_listeners.add(self)

    @property
    def port(self) -> int:
        """The port of TCP, also where the system chose it; 0 without TCP."""
        return self._port

    @property
    def host(self) -> Optional[str]:
        """The addresses of TCP, None without TCP."""
        return self._host if self._port else None

    @property
    def unix(self) -> Optional[str]:
        """The path of the Unix socket, if there is one."""
        return self._unix

    def figures(self) -> ListenerFigures:
        """Counts, for watching."""
        return ListenerFigures(*(self._core.figure(figure) for figure in _FIGURES))

    @property
    def closed(self) -> bool:
        """Whether close() was called, here or by the database handle."""
        return self._closed

    def close(self) -> None:
        """Stops listening, disconnects all clients, and removes the Unix socket's file; what they
        were told is done, is done. Again, or in a forked child: does nothing.
        """
        _open_listeners.discard(self)
        if self._closed:
            return
        self._closed = True
        try:
            self._core.close()
        except (ClosedError, ForkedError):
            # Somebody was faster, or the threads are the parent's.
            pass

    def __enter__(self) -> Listener:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if self._closed:
            return "<kontor.Listener closed>"
        places = [f"host={self._host!r} port={self._port}"] if self._port else []
        if self._unix is not None:
            places.append(f"unix={self._unix!r}")
        return f"<kontor.Listener {' '.join(places)}>"


def _number(wire: Any, option: int, name: str, value: Any) -> tuple[int, int]:
    number = duration_ms(value) if name in _IN_SECONDS else value
    shown = f"{name} in milliseconds" if name in _IN_SECONDS else name
    return option, integer(shown, number, wire.option_bounds(option)[:2])


def listen(
    db: Database[Any],
    core: Any,
    host: str,
    unix: Optional[Path],
    password: Union[str, bytes, None],
    settings: ListenerSettings,
) -> Listener:
    """What Database.listen() does."""
    try:
        from . import _kontor_wire as wire
    except ModuleNotFoundError:
        raise UnsupportedError(
            "this kontor was built without a listener: install Asio (Debian: libasio-dev) and "
            "build it anew"
        ) from None
    numbers = [
        _number(wire, option, name, value)
        for option, (name, value) in enumerate(settings._asdict().items(), 1)
        if value is not None
    ]
    texts = [(_ADDRESSES, host.encode())]
    if unix is not None:
        texts.append((_UNIX_PATH, os.fsencode(unix)))
    if password is not None:
        secret = password.encode() if isinstance(password, str) else password
        if not secret:
            raise ValueError("password is empty: give one, or leave it out if none is needed")
        texts.append((_PASSWORD, secret))
    made = wire.listen(core, texts, numbers)
    return Listener(made, db, host, None if unix is None else os.fsdecode(unix))


def close_listeners(db: Database[Any]) -> None:
    """Those of a handle."""
    for listener in list(_open_listeners):
        if listener._db is db:
            listener.close()
