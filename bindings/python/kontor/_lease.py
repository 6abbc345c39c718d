"""A cache in front of a database: who misses a key is given the lease to compute its value."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import AnyStr, Generic, Optional

from . import _kontor
from ._errors import ClosedError, ForkedError, StaleReceiptError
from ._values import INT64, LEASE_MS, STALE_MS, Bounds, Duration, Value, duration_ms, integer

_LEASE_MS: Bounds = (1, LEASE_MS[1])
_TTL_MS: Bounds = (1, INT64[1])


def ttl_ms(ttl: Optional[Duration]) -> int:
    """A time to live as the library wants it: None is for ever."""
    return 0 if ttl is None else integer("ttl in milliseconds", duration_ms(ttl), _TTL_MS)


def stale_ms(stale: Duration) -> int:
    return integer("stale in milliseconds", duration_ms(stale), STALE_MS)


def lease_ms(lease: Duration) -> int:
    return integer("lease in milliseconds", duration_ms(lease), _LEASE_MS)


class Lease:
    """The right, and the duty, to compute the value of a key. With `with` it is given up at the
    end, if it was not filled; so it is when nobody refers to it any more.
    """

    __slots__ = ("_core", "_settled", "key")

    def __init__(self, core: _kontor.Lease, key: Value) -> None:
        self._core = core
        self._settled = False
        self.key = key

    def fill(self, value: Value, ttl: Optional[Duration] = None) -> None:
        """Sets the key, to be fresh for `ttl` **seconds** (None: for ever) and stale for as long as
        its fetch() said, and hands the value to all who wait. StaleReceiptError, with nothing
        changed: the lease ran out, or the key was written to or deleted meanwhile.
        """
        self._core.fill(value, ttl_ms(ttl))
        self._settled = True

    def give_up(self) -> None:
        """Passes the lease on at once to the one who waited longest. StaleReceiptError if it was
        not held any more.
        """
        self._core.give_up()
        self._settled = True

    def __enter__(self) -> Lease:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        if self._settled:
            return
        try:
            self.give_up()
        except (StaleReceiptError, ClosedError, ForkedError):
            # It is no longer ours to give up.
            pass

    def __repr__(self) -> str:
        return f"<kontor.Lease {self.key!r}>"


@dataclass(frozen=True)
class Fetched(Generic[AnyStr]):
    """What fetch() answers: a value, a lease to compute one, or both: then the value is stale.
    Neither: another caller computes it, and it did not come in time.
    """

    value: Optional[AnyStr]
    stale: bool
    lease: Optional[Lease]
