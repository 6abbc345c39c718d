"""Waiting for a file descriptor with asyncio."""

from __future__ import annotations

import asyncio
from typing import Optional


class Readable:
    """A descriptor that one task at a time waits for."""

    def __init__(self) -> None:
        self._waits = False

    def check_free(self) -> None:
        """RuntimeError if a task waits for it."""
        if self._waits:
            raise RuntimeError("another task waits for this already; each task needs its own")

    async def wait(self, descriptor: int, timeout: Optional[float]) -> bool:
        """Until it is readable; False if that took longer than `timeout` seconds."""
        self.check_free()
        loop = asyncio.get_running_loop()
        told = loop.create_future()

        def tell() -> None:
            if not told.done():
                told.set_result(None)

        self._waits = True
        loop.add_reader(descriptor, tell)
        try:
            await asyncio.wait_for(told, timeout)
        except asyncio.TimeoutError:
            return False
        finally:
            loop.remove_reader(descriptor)
            self._waits = False
        return True


class Remaining:
    """What is left of a timeout in seconds; None is for ever."""

    def __init__(self, timeout: Optional[float]) -> None:
        clock = asyncio.get_running_loop().time
        self._clock = clock
        self._end = None if timeout is None else clock() + timeout

    def __call__(self) -> Optional[float]:
        return None if self._end is None else max(0.0, self._end - self._clock())
