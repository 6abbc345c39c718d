"""What the families of commands share."""

from __future__ import annotations

from typing import Any, AnyStr, Generic, Optional

from . import _kontor
from ._values import Value


class Commands(Generic[AnyStr]):
    """Commands by name, and their replies by type. AnyStr is bytes, or str with
    decode_responses.
    """

    def __init__(self, core: _kontor.Database) -> None:
        self._core = core

    def execute(self, *arguments: Value) -> Any:
        """Runs any command, as a Redis client would send it: execute("SET", "key", "value").

        Replies come as None, int, bytes (or str), list and dict; an error reply is raised as a
        CommandError. A blocking command blocks. SELECT changes the database of this handle.
        """
        return self._core.execute(*arguments)

    def _integer(self, *arguments: Value) -> int:
        reply: int = self._core.execute(*arguments)
        return reply

    def _flag(self, *arguments: Value) -> bool:
        return self._integer(*arguments) != 0

    def _float(self, *arguments: Value) -> float:
        return float(self._core.execute(*arguments))

    def _done(self, *arguments: Value) -> bool:
        self._core.execute(*arguments)
        return True

    def _text(self, *arguments: Value) -> AnyStr:
        reply: AnyStr = self._core.execute(*arguments)
        return reply

    def _value(self, *arguments: Value) -> Optional[AnyStr]:
        reply: Optional[AnyStr] = self._core.execute(*arguments)
        return reply

    def _values(self, *arguments: Value) -> list[AnyStr]:
        reply: list[AnyStr] = self._core.execute(*arguments)
        return reply

    def _gaps(self, *arguments: Value) -> list[Optional[AnyStr]]:
        reply: list[Optional[AnyStr]] = self._core.execute(*arguments)
        return reply
