"""What goes in: bytes-like values, keys, times."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, timedelta
from operator import index
from typing import Optional, Union

from ._errors import OutOfRangeError

# A key, field, value or body. str is encoded (UTF-8 unless the handle says otherwise), numbers
# are formatted by their repr.
Value = Union[bytes, bytearray, memoryview, str, int, float]
# One or many.
Values = Union[Value, Iterable[Value]]
# How long from now.
Seconds = Union[int, timedelta]
Milliseconds = Union[int, timedelta]
# How long, in seconds and their fractions.
Duration = Union[int, float, timedelta]
# A moment: Unix time, or a datetime (a naive one is local time).
UnixSeconds = Union[int, datetime]
UnixMilliseconds = Union[int, datetime]

# The least and the most of what the library takes, as its own errors name them.
Bounds = tuple[int, int]
INT64: Bounds = (-(1 << 63), (1 << 63) - 1)
UINT64: Bounds = (0, (1 << 64) - 1)
PRIORITY: Bounds = (0, 31)
CHILDREN: Bounds = (0, 1_000_000)
TAKE_BATCH: Bounds = (1, 4096)
LEASE_MS: Bounds = (0, 12 * 60 * 60 * 1000)
STALE_MS: Bounds = (0, 366 * 24 * 60 * 60 * 1000)
DELAY_MS: Bounds = (0, 10 * 366 * 24 * 60 * 60 * 1000)


def integer(name: str, value: int, bounds: Bounds) -> int:
    """An int within its bounds; OutOfRangeError names argument and bounds for any other."""
    number = index(value)
    least, most = bounds
    if least <= number <= most:
        return number
    # Python refuses to write out the very long ones.
    shown = f"{number}" if number.bit_length() <= 256 else f"one of {number.bit_length()} bits"
    raise OutOfRangeError(f"{name} is {least} to {most}, not {shown}")


def as_list(values: Values) -> list[Value]:
    """One value as a list of one, many as a list."""
    if isinstance(values, (bytes, bytearray, memoryview, str, int, float)):
        return [values]
    return list(values)


def seconds(time: Seconds) -> int:
    return int(time.total_seconds()) if isinstance(time, timedelta) else time


def milliseconds(time: Milliseconds) -> int:
    return time // timedelta(milliseconds=1) if isinstance(time, timedelta) else time


def duration_ms(time: Duration) -> int:
    """In milliseconds, rounded up, so that a short one does not become none."""
    number = time.total_seconds() if isinstance(time, timedelta) else time
    if not math.isfinite(number):
        raise OutOfRangeError(f"a time of {number} seconds")
    return math.ceil(number * 1000)


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
        raise OutOfRangeError(
            f"a timeout of {timeout} seconds: it must not be negative; None waits for ever"
        )
    return min(math.ceil(timeout * 1000), INT64[1])
