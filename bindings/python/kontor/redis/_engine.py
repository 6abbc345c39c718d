"""Which engine a client is for."""

from __future__ import annotations

import os
from typing import Any, NamedTuple, Optional, Union
from urllib.parse import urlsplit

from redis.connection import parse_url

from .._database import Database, open

Path = Union[str, bytes, "os.PathLike[str]", "os.PathLike[bytes]", None]
_SCHEME = "kontor://"


class Engine(NamedTuple):
    database: Database[Any]
    owned: bool  # the client closes it
    number: int  # what to SELECT; 0: where the sessions of `database` begin


def choose(path: Path, db: Union[int, str, Database[Any]]) -> Engine:
    """Opens an engine, unless `db` is one that is open."""
    if not isinstance(db, Database):
        return Engine(open(path), True, int(db))
    if path is not None:
        raise ValueError("either a path or an engine that is open: db is a kontor.Database")
    return Engine(db, False, 0)


def options_of_url(url: str) -> tuple[Optional[str], dict[str, Any]]:
    """The path of kontor:///path?db=1&..., None without one, and the options, read as redis-py
    reads them.
    """
    if not url.startswith(_SCHEME) or urlsplit(url).netloc:
        raise ValueError(
            f"{url!r}: write kontor:///absolute/path?db=1, or kontor:// for an engine in memory"
        )
    options: dict[str, Any] = dict(
        parse_url("unix://" + url[len(_SCHEME) :])  # type: ignore[no-untyped-call]
    )
    del options["connection_class"]
    return options.pop("path", None), options
