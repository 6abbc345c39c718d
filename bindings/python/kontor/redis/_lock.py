"""redis-py's lock without Lua."""

from __future__ import annotations

from typing import Any, Callable, Optional

import redis.lock


def extended_ms(remaining_ms: int, additional_ms: Any, replaces: Any) -> Optional[int]:
    """How long a lock has from now on; None: it has no timeout."""
    if remaining_ms < 0:
        return None
    return int(additional_ms) + (0 if replaces == "1" else remaining_ms)


def _if_owned(client: Any, name: Any, token: Any, change: Callable[[Any], bool]) -> bool:
    """Runs `change(pipe)`, which looks, calls pipe.multi() and queues, if the lock is `token`'s;
    all of it anew if somebody writes to the lock meanwhile.
    """
    encode = client.get_encoder().encode

    def attempt(pipe: Any) -> bool:
        value = pipe.get(name)
        return value is not None and encode(value) == encode(token) and change(pipe)

    return bool(client.transaction(attempt, name, value_from_callable=True))


def _release(keys: list[Any], args: list[Any], client: Any) -> bool:
    def change(pipe: Any) -> bool:
        pipe.multi()
        pipe.delete(keys[0])
        return True

    return _if_owned(client, keys[0], args[0], change)


def _extend(keys: list[Any], args: list[Any], client: Any) -> bool:
    def change(pipe: Any) -> bool:
        timeout_ms = extended_ms(pipe.pttl(keys[0]), args[1], args[2])
        if timeout_ms is None:
            return False
        pipe.multi()
        pipe.pexpire(keys[0], timeout_ms)
        return True

    return _if_owned(client, keys[0], args[0], change)


def _reacquire(keys: list[Any], args: list[Any], client: Any) -> bool:
    def change(pipe: Any) -> bool:
        pipe.multi()
        pipe.pexpire(keys[0], args[1])
        return True

    return _if_owned(client, keys[0], args[0], change)


class Lock(redis.lock.Lock):
    """redis-py's lock. Where that one runs a Lua script this one looks under WATCH and changes
    under MULTI, with the same outcome.
    """

    lua_release: Any = staticmethod(_release)
    lua_extend: Any = staticmethod(_extend)
    lua_reacquire: Any = staticmethod(_reacquire)


# The place of lock_class among the arguments of redis-py's lock().
_LOCK_CLASS_PLACE = 5


def with_lock_class(args: tuple[Any, ...], options: dict[str, Any], kind: type) -> dict[str, Any]:
    """The options of lock(), with this class unless the caller names one."""
    return options if len(args) > _LOCK_CLASS_PLACE else {"lock_class": kind, **options}
