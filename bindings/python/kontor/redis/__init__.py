"""redis-py's own client over an engine in this process instead of a socket. Needs redis-py.

import kontor.redis

with kontor.redis.Redis("data", decode_responses=True) as r:
    r.set("greeting", "hello", ex=60)
    with r.pipeline() as pipe:
        pipe.incr("visits").get("greeting").execute()

Everything but the transport is redis-py's: commands, callbacks, pipelines, pub/sub, the pool. A
connection is a Session of the engine. kontor.redis.asyncio is the same for redis.asyncio.
"""

from __future__ import annotations

try:
    import redis
except ModuleNotFoundError as error:
    raise ImportError("kontor.redis needs redis-py 5.0.1 or newer: pip install redis") from error

if redis.VERSION < (5, 0, 1):
    raise ImportError(
        f"kontor.redis needs redis-py 5.0.1 or newer, and this is {redis.__version__}:"
        " pip install --upgrade redis"
    )

from ._client import Redis
from ._connection import Connection
from ._lock import Lock

__all__ = ["Connection", "Lock", "Redis"]
