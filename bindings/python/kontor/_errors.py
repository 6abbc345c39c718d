"""What the library refuses or fails at, as exceptions.

Error
├── CommandError            a command or call that cannot be done as asked; nothing was changed
│   ├── InvalidError        an argument makes no sense here
│   ├── WrongTypeError      the key holds another type
│   ├── NotANumberError     the value is no integer, or no float
│   ├── OutOfRangeError     beyond a bound, or an overflow
│   ├── TooLargeError       longer than the limit
│   └── UnsupportedError    this engine or version cannot do it
├── NotFoundError           there is nobody, or nothing, of that name
├── ClosedError             the handle, or the one it came from, was closed
├── LockedError             another process has the directory open, or the port is taken
├── ForkedError             the process was forked since the engine was opened
├── ReadOnlyError           an earlier write to disk failed
├── IoError                 the disk failed
├── CorruptError            the files are damaged
├── NewerFormatError        the files are of a newer version
├── StaleReceiptError       the lease ran out: the message is, or will be, somebody else's
├── FullError               the queue is at its maximum length
├── NoMemoryError           (also a MemoryError)
└── InternalError           a bug in the library
"""

from __future__ import annotations

from typing import Optional


class Error(Exception):
    """The base of everything the library raises.

    `code` is the number of kontor.h; `retryable` says whether the same call may succeed later
    without anything being mended.
    """

    code: int = -17
    retryable: bool = False

    def __init__(
        self, message: str = "", code: Optional[int] = None, retryable: Optional[bool] = None
    ) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code
        if retryable is not None:
            self.retryable = retryable


class CommandError(Error):
    """A command or call that cannot be done as it was asked. Nothing was changed."""

    code = -1

    @property
    def prefix(self) -> str:
        """The first word of an error reply: ERR, WRONGTYPE, EXECABORT..."""
        word = str(self).split(" ", 1)[0]
        return word if word.isupper() else "ERR"


class InvalidError(CommandError, ValueError):
    """An argument makes no sense here."""


class WrongTypeError(CommandError):
    """The key holds another type than the command works on."""

    code = -2


class NotANumberError(CommandError, ValueError):
    """The value is no integer, or no float."""

    code = -3


class OutOfRangeError(CommandError, ValueError):
    """A number beyond its bounds, or a result that would be."""

    code = -4


class TooLargeError(CommandError, ValueError):
    """Longer than the limit that the message names."""

    code = -5


class UnsupportedError(CommandError):
    """This engine, or this version of the library, cannot do it."""

    code = -16


class NoMemoryError(Error, MemoryError):
    """There is no memory for it. Nothing was changed."""

    code = -6
    retryable = True


class NotFoundError(Error, LookupError):
    """There is nobody, or nothing, of that name, where None or False cannot say so."""

    code = 1
    retryable = True


class ClosedError(Error):
    """The handle, or the one it came from, was closed."""

    code = -7


class LockedError(Error):
    """Another process has the directory open, and the message names its process id; or somebody
    listens at the port or path already.
    """

    code = -8
    retryable = True


class ForkedError(Error):
    """The process was forked since the engine was opened: the child must not use it."""

    code = -9


class ReadOnlyError(Error):
    """An earlier write to disk failed; the message quotes it. The engine can be read, and
    closed.
    """

    code = -10


class IoError(Error):
    """The disk failed."""

    code = -11


class CorruptError(Error):
    """The files are damaged; the message names file and offset. Nothing was changed."""

    code = -12


class NewerFormatError(Error):
    """The files are of a newer version of the library."""

    code = -13


class StaleReceiptError(Error):
    """The lease ran out or was given back: the message is, or will be, somebody else's."""

    code = -14


class FullError(Error):
    """The queue is at its maximum length."""

    code = -15
    retryable = True


class InternalError(Error):
    """A bug in the library. Please report it."""


_BY_CODE: dict[int, type[Error]] = {
    kind.code: kind
    for kind in (
        InvalidError,
        WrongTypeError,
        NotANumberError,
        OutOfRangeError,
        TooLargeError,
        NoMemoryError,
        ClosedError,
        LockedError,
        ForkedError,
        ReadOnlyError,
        IoError,
        CorruptError,
        NewerFormatError,
        NotFoundError,
        StaleReceiptError,
        FullError,
        UnsupportedError,
        InternalError,
    )
}

_BY_PREFIX: dict[str, type[Error]] = {
    "WRONGTYPE": WrongTypeError,
    "OOM": NoMemoryError,
    "MISCONF": IoError,
    "READONLY": ReadOnlyError,
}

# The texts are those of Redis, and part of its interface.
_BY_TEXT: dict[str, type[Error]] = {
    "ERR value is not an integer or out of range": NotANumberError,
    "ERR value is not a valid float": NotANumberError,
    "ERR hash value is not an integer": NotANumberError,
    "ERR hash value is not a float": NotANumberError,
    "ERR increment or decrement would overflow": OutOfRangeError,
    "ERR decrement would overflow": OutOfRangeError,
    "ERR increment would produce NaN or Infinity": OutOfRangeError,
    "ERR index out of range": OutOfRangeError,
    "ERR offset is out of range": OutOfRangeError,
    "ERR DB index is out of range": OutOfRangeError,
    "ERR string exceeds maximum allowed size (proto-max-bulk-len)": TooLargeError,
}


def from_code(code: int, name: str, message: str, retryable: bool) -> Error:
    """The exception of a failed call. Called by the module."""
    kind = _BY_CODE.get(code, Error)
    return kind(message or name, code, retryable)


def from_reply(text: str) -> Error:
    """The exception of an error reply. Called by the module."""
    kind = _BY_TEXT.get(text) or _BY_PREFIX.get(text.split(" ", 1)[0]) or CommandError
    return kind(text)
