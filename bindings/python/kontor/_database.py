"""A handle on a logical database of an engine."""

from __future__ import annotations

import atexit
import os
import weakref
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import (
    Any,
    AnyStr,
    Callable,
    Literal,
    NamedTuple,
    Optional,
    Union,
    get_args,
    overload,
)

from . import _kontor
from ._cache_keys import Names
from ._cached import CacheOptions, Decorator, Dumps, Loads, default_dumps, default_loads
from ._channels import Channels
from ._consumer import Consumer
from ._errors import ClosedError, ForkedError
from ._hashes import Hashes
from ._keys import Keys
from ._lease import Fetched, Lease, lease_ms, stale_ms, ttl_ms
from ._listener import Listener, ListenerSettings, Path, close_listeners, listen
from ._lists import Lists
from ._mailbox import Mailbox
from ._queue import Queue
from ._session import Session
from ._strings import Strings
from ._transaction import Transaction
from ._values import (
    DELAY_MS,
    INT64,
    LEASE_MS,
    Bounds,
    Duration,
    Value,
    integer,
    timeout_ms,
)

Durability = Literal["memory", "async", "sync"]
Overflow = Literal["drop-oldest", "close", "drop-newest", "conflate", "block"]
Eviction = Literal[
    "noeviction",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
]

_DURABILITIES: dict[str, int] = {"memory": 0, "async": 1, "sync": 2}
_OVERFLOWS: dict[str, int] = {name: n for n, name in enumerate(get_args(Overflow))}
_EVICTIONS: dict[str, int] = {name: n for n, name in enumerate(get_args(Eviction))}
_MEMORY_LIMIT_OPTION, _EVICTION_OPTION = 7, 8
_FIGURES = range(1, 20)
_DATABASES: Bounds = (0, 15)
_MAILBOX_CAPACITY: Bounds = (1, 1 << 24)
_BLOCK_MS: Bounds = (0, 60_000)
_LINGER_MS: Bounds = (0, 24 * 60 * 60 * 1000)
_QUEUE_OPTIONS: list[tuple[str, Bounds]] = [
    ("durable", (0, 1)),
    ("lease_ms", (1, LEASE_MS[1])),
    ("max_deliveries", (0, 65535)),
    ("retry_delay_ms", DELAY_MS),
    ("max_length", (0, INT64[1])),
    ("backoff", (0, 1)),
    ("retry_delay_max_ms", DELAY_MS),
    ("retry_jitter_percent", (0, 100)),
    ("deduplication_ms", DELAY_MS),
    ("overflow", (0, 2)),
    ("max_age_ms", DELAY_MS),
    ("age_policy", (0, 1)),
    ("rate_count", (0, (1 << 31) - 1)),
    ("rate_window_ms", (1, 24 * 60 * 60 * 1000)),
    ("group_rate_count", (0, (1 << 31) - 1)),
    ("group_rate_window_ms", (1, 24 * 60 * 60 * 1000)),
    ("result_ms", DELAY_MS),
    ("depth_threshold", (0, 1 << 48)),
    ("age_threshold_ms", DELAY_MS),
    ("compress_bytes", (0, 512 << 20)),
]
_BACKOFFS: dict[str, int] = {"fixed": 0, "exponential": 1}
_QUEUE_OVERFLOWS: dict[str, int] = {"refuse": 0, "drop-oldest": 1, "dead-letter": 2}
_AGE_POLICIES: dict[str, int] = {"drop": 0, "dead-letter": 1}

_open_databases: weakref.WeakSet[Database[Any]] = weakref.WeakSet()


def _choice(choices: dict[str, int], name: str, value: str) -> int:
    if value not in choices:
        raise ValueError(f"{name} is {value!r}: it must be one of {', '.join(choices)}")
    return choices[value]


class DatabaseFigures(NamedTuple):
    """`keys` of this logical database; the rest of the whole engine, since it was opened."""

    keys: int
    journal_bytes: int
    snapshots: int
    recovered_records: int
    recovered_torn_bytes: int
    expired_keys: int
    memory_bytes: int
    memory_limit_bytes: int
    evicted_keys: int
    hits: int
    misses: int
    slow_operations: int
    memory_keys_bytes: int
    memory_large_strings_bytes: int
    memory_collections_bytes: int
    memory_queues_bytes: int
    memory_mailboxes_bytes: int
    memory_journal_bytes: int
    memory_snapshots_bytes: int


class Database(
    Strings[AnyStr], Hashes[AnyStr], Lists[AnyStr], Keys[AnyStr], Channels[AnyStr]
):
    """A handle on a logical database. Made by kontor.open() and select(). Any thread may use it.

    With `with` it is closed at the end. The engine closes with its last handle.
    """

    def __init__(self, core: _kontor.Database) -> None:
        super().__init__(core)
        self._closed = False
        self._cached_names = Names()
        _open_databases.add(self)

    def select(self, index: int) -> Database[AnyStr]:
        """Another handle of the same engine, on logical database 0 to 15; to be closed like any
        other.
        """
        return Database(self._core.select(integer("index", index, _DATABASES)))

    def fetch(
        self,
        key: Value,
        *,
        stale: Duration = 0,
        lease: Duration = 30,
        timeout: Optional[float] = None,
    ) -> Fetched[AnyStr]:
        """A string, or the lease to compute it: of all who miss a key one is given the lease, the
        others wait up to `timeout` **seconds** (None: for ever, 0: not at all) for the value it
        fills in. A value with no more than `stale` seconds left to live is returned as it is, to
        the first with the lease to renew it. A lease runs out after `lease` seconds, and is revoked
        by whatever else is written to the key. cached() does all of this for a function.
        """
        value, is_stale, core = self._core.fetch(
            key, stale_ms(stale), lease_ms(lease), timeout_ms(timeout), False
        )
        return Fetched(value, is_stale, None if core is None else Lease(core, key))

    def cached(
        self,
        *,
        ttl: Optional[Duration] = None,
        stale: Duration = 0,
        lease: Duration = 30,
        key: Optional[Callable[..., Value]] = None,
        prefix: str = "",
        dumps: Dumps = default_dumps,
        loads: Loads = default_loads,
    ) -> Decorator:
        """Decorates a function, also an `async def`, so that its results are kept, each for `ttl`
        **seconds** (None: for ever). Of all who call it with the same arguments while there is no
        result one computes it, for no longer than `lease` seconds, and the others wait. For another
        `stale` seconds the old result is returned while one caller computes the new one.

        A result is kept as JSON, or as `dumps` makes bytes of it and `loads` reads them; the first
        call returns what later ones will: loads(dumps(result)). What `loads` cannot read was not
        written by it, and is computed anew. A result for which the engine has no room is returned,
        and not kept.

        None is a result, an exception is not: it goes to its caller, and the next one computes. As
        long as there is a stale result that is returned instead (stale-if-error, RFC 5861), and the
        exception logged as a warning of the logger "kontor".

        The key is `prefix`, the function's module and qualified name, and its arguments, where
        f(1) and f(x=1) are the same, and 1 and 1.0 are not. They must be None, bool, int, float,
        str, bytes, Decimal, a date or time (its tzinfo a timezone or a ZoneInfo with a key), UUID,
        an enum, or a list, tuple, set or dict of those; for others `key` makes the key out of the
        arguments. It is for functions and static methods: it does not bind `self`.

        Two functions under one name would return each other's results: ValueError. Lambdas, and
        closures of one factory, need different prefixes, or `key`. A reload of the module, or a new
        definition at a prompt, takes the name over.

        A function that calls itself with the same arguments waits for itself, for a whole `lease`
        at every level.

        The function gets invalidate(...), to be called with its arguments after the database was
        changed, refresh(...) and key(...).
        """
        options = CacheOptions(
            ttl_ms(ttl), stale_ms(stale), lease_ms(lease), key, prefix, dumps, loads
        )
        return Decorator(self._core, options, self._cached_names)

    def queue(
        self,
        name: Value,
        *,
        lease_ms: Optional[int] = None,
        max_deliveries: Optional[int] = None,
        retry_delay_ms: Optional[int] = None,
        max_length: Optional[int] = None,
        durable: Optional[bool] = None,
        backoff: Optional[Literal["fixed", "exponential"]] = None,
        retry_delay_max_ms: Optional[int] = None,
        retry_jitter_percent: Optional[int] = None,
        retry_delays_ms: Optional[Iterable[int]] = None,
        deduplication_ms: Optional[int] = None,
        overflow: Optional[Literal["refuse", "drop-oldest", "dead-letter"]] = None,
        max_age_ms: Optional[int] = None,
        age_policy: Optional[Literal["drop", "dead-letter"]] = None,
        rate_count: Optional[int] = None,
        rate_window_ms: Optional[int] = None,
        group_rate_count: Optional[int] = None,
        group_rate_window_ms: Optional[int] = None,
        result_ms: Optional[int] = None,
        depth_threshold: Optional[int] = None,
        age_threshold_ms: Optional[int] = None,
        compress_bytes: Optional[int] = None,
    ) -> Queue[AnyStr]:
        """Opens a work queue, making it if there is none.

        With any option the queue takes all of them on, those that are not given with their
        defaults; without one, an existing queue stays as it is.

        lease_ms: how long a taken message is its taker's (30000). max_deliveries: after so many
        unacknowledged deliveries a message is dead (0: never). retry_delay_ms: rest of a returned
        or expired message (0). max_length: messages that are not dead (0: no limit); for one more
        `overflow` is "refuse", or the one that has been ready longest goes. durable: False lets it
        live as long as the engine (True).

        backoff: "exponential" doubles each rest, up to retry_delay_max_ms. retry_delays_ms: the
        rest before each retry, the last one for all that follow; goes before these. Each is up to
        retry_jitter_percent shorter, at random. deduplication_ms: how long a deduplication_id is
        remembered (0: not at all). max_age_ms: what is not taken in that time goes, by age_policy
        (0: none). rate_count: so many messages are taken in any rate_window_ms at most (0: no
        limit); group_rate_count is for those of each group. result_ms: how long it is known that a
        message is done, and its result (0: not at all). depth_threshold, age_threshold_ms: on the
        channel "__queue__:" and its name it is told, within 100 ms, when so many messages are ready
        ("depth-high 1000"), or half of that or less ("depth-low 500"); and the same of how long the
        one has been ready that has waited longest ("age-high 5000", "age-low 0"). compress_bytes:
        bodies of so many bytes or more are kept compressed, with zstd (0: none).
        """
        given = {
            "durable": durable,
            "lease_ms": lease_ms,
            "max_deliveries": max_deliveries,
            "retry_delay_ms": retry_delay_ms,
            "max_length": max_length,
            "backoff": None if backoff is None else _choice(_BACKOFFS, "backoff", backoff),
            "retry_delay_max_ms": retry_delay_max_ms,
            "retry_jitter_percent": retry_jitter_percent,
            "deduplication_ms": deduplication_ms,
            "overflow": None
            if overflow is None
            else _choice(_QUEUE_OVERFLOWS, "overflow", overflow),
            "max_age_ms": max_age_ms,
            "age_policy": None
            if age_policy is None
            else _choice(_AGE_POLICIES, "age_policy", age_policy),
            "rate_count": rate_count,
            "rate_window_ms": rate_window_ms,
            "group_rate_count": group_rate_count,
            "group_rate_window_ms": group_rate_window_ms,
            "result_ms": result_ms,
            "depth_threshold": depth_threshold,
            "age_threshold_ms": age_threshold_ms,
            "compress_bytes": compress_bytes,
        }
        numbers = [
            (number, integer(option, int(value), bounds))
            for number, (option, bounds) in enumerate(_QUEUE_OPTIONS, 1)
            if (value := given[option]) is not None
        ]
        delays = [integer("retry_delays_ms", ms, DELAY_MS) for ms in retry_delays_ms or ()]
        if delays and not numbers:
            numbers = [(1, 1)]  # the default, so that the options are taken on
        return Queue(self._core.queue(name, numbers or None, delays), self, name)

    @staticmethod
    def _queue_options(numbers: list[int], delays_ms: list[int]) -> dict[str, Any]:
        options: dict[str, Any] = {
            name: number for (name, _), number in zip(_QUEUE_OPTIONS, numbers)
        }
        options["durable"] = bool(options["durable"])
        for name, choices in (
            ("backoff", _BACKOFFS),
            ("overflow", _QUEUE_OVERFLOWS),
            ("age_policy", _AGE_POLICIES),
        ):
            options[name] = list(choices)[options[name]]
        options["retry_delays_ms"] = delays_ms
        return options

    def consumer(
        self, *queues: Queue[AnyStr], weights: Optional[Mapping[Queue[AnyStr], int]] = None
    ) -> Consumer[AnyStr]:
        """Takes from several queues: from the one that is named first, as long as it has something,
        or, with `weights`, from each of those that have something as often as its weight (1 to
        1000000) says.
        """
        if (weights is None) == (not queues):
            raise ValueError("a consumer wants queues in their order, or weights of queues")
        return Consumer(self, queues if weights is None else weights)

    def delete_queue(self, name: Value) -> bool:
        """Deletes a queue with all its messages; its handles raise ClosedError. False if there is
        none.
        """
        return self._core.delete_queue(name)

    def mailbox(
        self,
        capacity: int = 65536,
        overflow: Overflow = "drop-oldest",
        *,
        capacity_bytes: int = 0,
        block_ms: int = 1000,
        interest_linger_ms: int = 0,
    ) -> Mailbox[AnyStr]:
        """What one thread or event loop reads: up to `capacity` unread messages, and up to
        `capacity_bytes` of them (0: no limit).

        overflow: what becomes of a message that finds it full. "drop-oldest": it takes the place
        of the oldest ones. "drop-newest": it is lost. "conflate": full or not, it replaces an
        unread one of its channel. "block": publish() waits for room, up to `block_ms`; then, and in
        transactions and commands, the message is lost. "close": the mailbox closes. What is lost
        is delivered as a gap in its place.

        interest_linger_ms: for watch_interest(): what lost its last subscription is told once it
        has had none for so long, and what gets one meanwhile is not told of.
        """
        options = [
            (1, integer("capacity", capacity, _MAILBOX_CAPACITY)),
            (2, integer("capacity_bytes", capacity_bytes, (0, INT64[1]))),
            (3, _choice(_OVERFLOWS, "overflow", overflow)),
            (4, integer("block_ms", block_ms, _BLOCK_MS)),
            (5, integer("interest_linger_ms", interest_linger_ms, _LINGER_MS)),
        ]
        return Mailbox(self._core.mailbox(options), self)

    def transaction(self, durability: Optional[Durability] = None) -> Transaction[AnyStr]:
        """A new transaction; `durability` asks for more than the engine's for its commit."""
        code = None if durability is None else _choice(_DURABILITIES, "durability", durability)
        return Transaction(self._core.transaction(), self, code)

    def session(self) -> Session:
        """A Redis connection without a socket, on this logical database."""
        return Session(self._core.session(), self)

    def listen(
        self,
        *,
        port: Optional[int] = None,
        host: str = "127.0.0.1",
        unix: Optional[Path] = None,
        password: Union[str, bytes, None] = None,
        io_threads: Optional[int] = None,
        clients: Optional[int] = None,
        protected: Optional[bool] = None,
        unix_permissions: Optional[int] = None,
        idle_timeout: Optional[Duration] = None,
        authentication_timeout: Optional[Duration] = None,
        keepalive: Optional[int] = None,
        max_arguments: Optional[int] = None,
        max_argument_bytes: Optional[int] = None,
        max_request_bytes: Optional[int] = None,
        max_reply_bytes: Optional[int] = None,
        max_message_bytes: Optional[int] = None,
        max_memory: Optional[int] = None,
    ) -> Listener:
        """Serves Redis clients of other processes, on threads of the library, while this one goes
        on using the engine. They begin on this handle's logical database.

        port: of TCP, 0 for one that is free; the listener tells which. host: numeric addresses,
        separated by spaces. unix: the path of a Unix socket; a stale file there is replaced. One of
        port and unix must be given. password: of the user "default". protected: without a password
        serve clients of this host only (True). unix_permissions: of the socket's file (0o600).

        io_threads: that serve clients (1). clients: at once (10000). idle_timeout: **seconds**
        without a request after which a client is disconnected (0: never). authentication_timeout:
        within which it must be authenticated (60). keepalive: of TCP, in seconds (300, 0: none).

        max_arguments, max_argument_bytes: of a request (1048576, 512 MiB). max_request_bytes: that
        came and cannot be run yet; max_reply_bytes: it did not read (1 GiB each).
        max_message_bytes: published to it and not read (32 MiB). max_memory: of all of that, for
        all clients together (1 GiB). A client over its limit is disconnected, and over the last one
        the largest client.

        LockedError: the port is taken, or somebody listens at the path. InvalidError: neither port
        nor unix, a host that is no numeric address, a path that is too long. IoError: what the
        system said. Error: a file at the path that is no socket. OutOfRangeError names the bounds.
        """
        settings = ListenerSettings(
            port,
            io_threads,
            clients,
            protected,
            unix_permissions,
            idle_timeout,
            authentication_timeout,
            keepalive,
            max_arguments,
            max_argument_bytes,
            max_request_bytes,
            max_reply_bytes,
            max_message_bytes,
            max_memory,
        )
        return listen(self, self._core, host, unix, password, settings)

    def sync(self) -> None:
        """Waits until every change made before is on disk. At once in memory."""
        self._core.sync()

    def snapshot(self) -> None:
        """Writes a snapshot and drops the journal before it. UnsupportedError in memory."""
        self._core.snapshot()

    def figures(self) -> DatabaseFigures:
        """Sizes and counts, for watching."""
        return DatabaseFigures(*(self._core.figure(figure) for figure in _FIGURES))

    def set_memory_limit(
        self, memory_limit: Optional[int] = None, eviction: Optional[Eviction] = None
    ) -> None:
        """Changes the memory limit of the engine (bytes, 0: none), what is evicted at it, or both.

        What is over a lower limit is evicted little by little.
        """
        if eviction is not None:
            code = _choice(_EVICTIONS, "eviction", eviction)
            self._core.set_number(_EVICTION_OPTION, code)
        if memory_limit is not None:
            bounds = _kontor.option_bounds(_MEMORY_LIMIT_OPTION)[:2]
            limit_bytes = integer("memory_limit", memory_limit, bounds)
            self._core.set_number(_MEMORY_LIMIT_OPTION, limit_bytes)

    @property
    def closed(self) -> bool:
        """Whether close() was called."""
        return self._closed

    def close(self) -> None:
        """Closes this handle and its listeners: what waits on it, and everything that came from it,
        raises ClosedError. With the last handle the engine syncs, writes a snapshot, and closes. Again, or
        in a forked child: does nothing.
        """
        if self._closed:
            return
        self._closed = True
        close_listeners(self)
        try:
            self._core.close()
        except (ClosedError, ForkedError):
            # Somebody was faster, or the engine is the parent's.
            pass

    def __enter__(self) -> Database[AnyStr]:
        return self

    def __exit__(
        self,
        kind: Optional[type[BaseException]],
        exception: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()


@atexit.register
def _close_all() -> None:
    """A program that ends without closing loses nothing."""
    for db in list(_open_databases):
        db.close()


@overload
def open(
    directory: Union[str, bytes, os.PathLike[str], os.PathLike[bytes], None] = None,
    *,
    name: Optional[Value] = None,
    durability: Optional[Durability] = None,
    decode_responses: Literal[False] = False,
    encoding: str = "utf-8",
    encoding_errors: str = "strict",
    shards: Optional[int] = None,
    sync_interval_ms: Optional[int] = None,
    snapshot_min_journal_bytes: Optional[int] = None,
    snapshot_growth_percent: Optional[int] = None,
    snapshot_at_close: Optional[bool] = None,
    memory_limit: Optional[int] = None,
    eviction: Optional[Eviction] = None,
) -> Database[bytes]: ...
@overload
def open(
    directory: Union[str, bytes, os.PathLike[str], os.PathLike[bytes], None] = None,
    *,
    name: Optional[Value] = None,
    durability: Optional[Durability] = None,
    decode_responses: Literal[True],
    encoding: str = "utf-8",
    encoding_errors: str = "strict",
    shards: Optional[int] = None,
    sync_interval_ms: Optional[int] = None,
    snapshot_min_journal_bytes: Optional[int] = None,
    snapshot_growth_percent: Optional[int] = None,
    snapshot_at_close: Optional[bool] = None,
    memory_limit: Optional[int] = None,
    eviction: Optional[Eviction] = None,
) -> Database[str]: ...
def open(
    directory: Union[str, bytes, os.PathLike[str], os.PathLike[bytes], None] = None,
    *,
    name: Optional[Value] = None,
    durability: Optional[Durability] = None,
    decode_responses: bool = False,
    encoding: str = "utf-8",
    encoding_errors: str = "strict",
    shards: Optional[int] = None,
    sync_interval_ms: Optional[int] = None,
    snapshot_min_journal_bytes: Optional[int] = None,
    snapshot_growth_percent: Optional[int] = None,
    snapshot_at_close: Optional[bool] = None,
    memory_limit: Optional[int] = None,
    eviction: Optional[Eviction] = None,
) -> Union[Database[bytes], Database[str]]:
    """Opens an engine, recovering what its directory holds, and returns a handle on logical
    database 0.

    directory: where the files are, made if missing; None: in memory. name: under which an engine in
    memory is shared within this process. Every open of the same directory or name in one process
    gives a handle of the same engine, whatever else is asked for; an open with neither makes an
    engine of its own.

    durability: "memory" (no files), "async" (written behind, synced about every second; the default
    with a directory) or "sync" (a call returns after its change is synced).

    decode_responses: what comes out is str instead of bytes. encoding, encoding_errors: how str
    goes in and comes out.

    shards: 0 for by the number of cores. sync_interval_ms: of "async". snapshot_min_journal_bytes,
    snapshot_growth_percent: a snapshot is written once the journal is larger than both, the second
    being a share of the last snapshot. snapshot_at_close: whether the last close writes one.

    memory_limit: bytes for everything the engine holds (0: no limit). At the limit keys are evicted
    as `eviction` says; with "noeviction", or if there is nothing to evict, what needs memory raises
    NoMemoryError.

    LockedError: another process has the directory open. CorruptError, NewerFormatError, IoError,
    ReadOnlyError: what is in the directory cannot be used; nothing was changed.
    """
    level = None if durability is None else _choice(_DURABILITIES, "durability", durability)
    if level and directory is None:
        raise ValueError(f"durability {durability!r} needs a directory; without one it is 'memory'")
    given = {
        "durability": level,
        "shards": shards,
        "sync_interval_ms": sync_interval_ms,
        "snapshot_min_journal_bytes": snapshot_min_journal_bytes,
        "snapshot_growth_percent": snapshot_growth_percent,
        "snapshot_at_close": snapshot_at_close,
        "memory_limit": memory_limit,
        "eviction": None if eviction is None else _choice(_EVICTIONS, "eviction", eviction),
    }
    numbers = [
        (n, integer(option, int(value), _kontor.option_bounds(n)[:2]))
        for n, (option, value) in enumerate(given.items(), 1)
        if value is not None
    ]
    path = None if directory is None else os.fsencode(directory)
    if path == b"":
        raise ValueError("directory is empty: name one, or leave it out for an engine in memory")
    core = _kontor.open(path, name, numbers, encoding, encoding_errors, decode_responses)
    return Database(core)
