"""What redis-py asks of a socket, over a session."""

from __future__ import annotations

import errno
import os
import select
import socket
import threading
import time
from typing import Optional, Union

from redis.exceptions import ConnectionError

from .._errors import Error
from .._session import Session

_CHUNK_BYTES = 65536
_LONGEST_POLL_MS = 3_600_000.0  # poll() takes 31 bits of milliseconds


def broken(error: Error) -> ConnectionError:
    """What a failure of the engine is to redis-py."""
    return ConnectionError(str(error))


class SessionSocket:
    """A session as the blocking socket that redis-py's parsers read from. For one thread at a
    time, but any thread may shut it down or close it: whoever waits in recv() is told.
    """

    def __init__(self, session: Session, timeout: Optional[float]) -> None:
        self._session = session
        self._timeout = timeout
        self._unread = b""  # what was looked at, and not taken yet
        self._pid = os.getpid()
        self._lock = threading.Lock()  # guards the two below
        self._closed = False
        self._pipe: Optional[tuple[int, int]] = None  # its writing end is closed with the socket

    def settimeout(self, timeout: Optional[float]) -> None:
        """Seconds that recv() waits; None: for ever, 0: not at all."""
        self._timeout = timeout

    def sendall(self, data: Union[bytes, bytearray, memoryview]) -> None:
        """Runs the requests that are complete, in the calling thread."""
        try:
            self._session.write(data)
        except Error as error:
            raise broken(error) from error

    def recv(self, capacity: int, flags: int = 0) -> bytes:
        """Some reply bytes, never none: ConnectionError once there will be no more. A look
        (MSG_PEEK) does not wait.
        """
        looks = bool(flags & socket.MSG_PEEK)
        data = self._unread or self._read(capacity) or self._wait(capacity, 0 if looks else None)
        self._unread = data if looks else data[capacity:]
        return data[:capacity]

    def recv_into(self, buffer: bytearray) -> int:
        """Reads into the front of `buffer` and returns how much."""
        data = self.recv(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def pending(self) -> int:
        """How much recv() gives at once. redis-py asks before it polls, as for TLS: the descriptor
        does not tell of replies that are there already.
        """
        if not self._unread:
            self._unread = self._read(_CHUNK_BYTES)
        return len(self._unread)

    def fileno(self) -> int:
        """The session's descriptor."""
        try:
            return self._session.fileno()
        except Error as error:
            raise broken(error) from error

    def shutdown(self, how: int) -> None:
        """The same as close()."""
        self.close()

    def close(self) -> None:
        """Ends the session: its subscriptions, and its places in line. Again: does nothing. In a
        forked child it is left to the parent.
        """
        if os.getpid() != self._pid:
            return
        with self._lock:
            if self._closed:
                return
            self._closed = True
            if self._pipe is not None:
                os.close(self._pipe[1])
        self._session.close()

    def __del__(self) -> None:
        self.close()
        if self._pipe is not None:
            for descriptor in self._pipe[: 1 if self._closed else 2]:
                os.close(descriptor)

    def _read(self, capacity: int) -> bytes:
        try:
            return self._session.read(capacity)
        except Error as error:
            raise broken(error) from error

    def _wait(self, capacity: int, timeout: Optional[float]) -> bytes:
        timeout = self._timeout if timeout is None else timeout
        if timeout == 0:
            raise BlockingIOError(errno.EWOULDBLOCK, "there is no reply yet")
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            remaining_ms = _LONGEST_POLL_MS
            if end is not None:
                remaining_ms = min((end - time.monotonic()) * 1000, _LONGEST_POLL_MS)
                if remaining_ms <= 0:
                    raise socket.timeout("timed out")
            self._poll(remaining_ms)
            data = self._read(capacity)
            if data:
                return data

    def _poll(self, timeout_ms: float) -> None:
        """Waits, without the GIL, until the session may go on or was closed; signal handlers run
        meanwhile.
        """
        poll = select.poll()
        poll.register(self.fileno(), select.POLLIN)
        with self._lock:
            if self._closed:
                return
            if self._pipe is None:
                self._pipe = os.pipe()
            poll.register(self._pipe[0], select.POLLIN)
        poll.poll(timeout_ms)
