"""What the tests of the redis-py drop-in share."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Optional

import pytest
from kontor.redis._socket import SessionSocket

PROTOCOLS = [2, 3]


class Call(threading.Thread):
    """A call in a thread of its own; its end is what it returned or raised."""

    def __init__(self, function: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self._function = function
        self._result: Any = None
        self._raised: Optional[BaseException] = None
        self.start()

    def run(self) -> None:
        try:
            self._result = self._function()
        except BaseException as exception:
            self._raised = exception

    def end(self) -> Any:
        self.join(10)
        assert not self.is_alive(), "it still waits"
        if self._raised is not None:
            raise self._raised
        return self._result


@contextmanager
def announcing_waits(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Semaphore]:
    """A semaphore that is released whenever a connection begins to wait."""
    waits = threading.Semaphore(0)
    poll = SessionSocket._poll

    def announce(self: SessionSocket, timeout_ms: float) -> None:
        waits.release()
        poll(self, timeout_ms)

    with monkeypatch.context() as patched:
        patched.setattr(SessionSocket, "_poll", announce)
        yield waits
