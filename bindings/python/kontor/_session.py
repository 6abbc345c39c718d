"""Sessions: a Redis connection without a socket."""

from __future__ import annotations

from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Union

from . import _kontor
from ._values import Bounds, integer

if TYPE_CHECKING:
    from ._database import Database

_CAPACITY: Bounds = (1, 1 << 30)  # of one read: it is reserved beforehand


class Session:
    """RESP bytes in, RESP bytes out. For one thread at a time. It keeps its database handle
    open, and begins on that handle's logical database.
    """

    def __init__(self, core: _kontor.Session, db: Database[Any]) -> None:
        self._core = core
        self._db = db

    def write(self, data: Union[bytes, bytearray, memoryview]) -> None:
        """Feeds request bytes, any number of requests, whole or not, and runs what is complete.
        ClosedError after a protocol error or QUIT.
        """
        self._core.write(data)

    def read(self, capacity: int = 65536) -> bytes:
        """Up to `capacity` reply bytes; empty: there are none now. Retries a blocked command and
        collects pushed messages first. ClosedError once the session ended and everything was
        read.
        """
        return self._core.read(integer("capacity", capacity, _CAPACITY))

    def fileno(self) -> int:
        """A descriptor that is readable when read() may have something new although nothing was
        written: a blocked command can go on, a message was pushed. The session owns it.
        """
        return self._core.descriptor()

    def close(self) -> None:
        """Ends the session. Again: does nothing."""
        self._core.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()
