"""What goes in: bytes-like values, keys, times."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Optional, Union

# A key, field, value or body. str is encoded (UTF-8 unless the handle says otherwise), numbers
# are formatted by their repr.
Value = Union[bytes, bytearray, memoryview, str, int, float]
# One or many.
Values = Union[Value, Iterable[Value]]
# How long from now.
Seconds = Union[int, timedelta]
Milliseconds = Union[int, timedelta]
# A moment: Unix time, or a datetime (a naive one is local time).
UnixSeconds = Union[int, datetime]
UnixMilliseconds = Union[int, datetime]

_LONGEST_MS = (1 << 63) - 1


def as_list(values: Values) -> list[Value]:
    """One value as a list of one, many as a list."""
    if isinstance(values, (bytes, bytearray, memoryview, str, int, float)):
        return [values]
    return list(values)


def seconds(time: Seconds) -> int:
    return int(time.total_seconds()) if isinstance(time, timedelta) else time


def milliseconds(time: Milliseconds) -> int:
    return time // timedelta(milliseconds=1) if isinstance(time, timedelta) else time


def unix_seconds(when: UnixSeconds) -> int:
    return int(when.timestamp()) if isinstance(when, datetime) else when


def unix_milliseconds(when: UnixMilliseconds) -> int:
    return int(when.timestamp() * 1000) if isinstance(when, datetime) else when


def timeout_ms(timeout: Optional[float]) -> int:
    """A timeout in seconds as the library wants it: None and infinity wait for ever, 0 only
    looks.
    """
    if timeout is None or timeout == math.inf:
        return -1
    if not timeout >= 0:
        raise ValueError(
            f"a timeout of {timeout} seconds: it must not be negative; None waits for ever"
        )
    return min(math.ceil(timeout * 1000), _LONGEST_MS)
