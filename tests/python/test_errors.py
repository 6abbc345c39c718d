from __future__ import annotations

import pickle

import kontor
import pytest
from kontor import _errors, _kontor

KINDS = [kind for kind in vars(_errors).values() if isinstance(kind, type)]
KINDS = [kind for kind in KINDS if issubclass(kind, kontor.Error)]


def test_every_failure_of_the_library_has_its_class() -> None:
    code = -1
    while (name := _kontor.code_name(code)) != "UNKNOWN":
        kind = type(_errors.from_code(code, name, "", False))
        spelled = "".join(word.capitalize() for word in name.split("_"))
        assert kind.__name__ == f"{spelled}Error"
        assert kind.code == code
        code -= 1
    assert code == -18
    assert type(_errors.from_code(-99, "UNKNOWN", "", False)) is kontor.Error


@pytest.mark.parametrize("kind", KINDS)
def test_every_class_is_exported_and_pickles(kind: type[kontor.Error]) -> None:
    assert getattr(kontor, kind.__name__) is kind
    error = kind("what was wrong", -3, True)
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is kind
    assert (str(copy), copy.code, copy.retryable) == ("what was wrong", -3, True)


def test_families() -> None:
    for kind in (
        kontor.InvalidError,
        kontor.WrongTypeError,
        kontor.NotANumberError,
        kontor.OutOfRangeError,
        kontor.TooLargeError,
        kontor.UnsupportedError,
    ):
        assert issubclass(kind, kontor.CommandError)
    assert issubclass(kontor.NoMemoryError, MemoryError)
    assert issubclass(kontor.OutOfRangeError, ValueError)
    assert not issubclass(kontor.ClosedError, kontor.CommandError)


def test_error_replies() -> None:
    for text, kind in (
        ("WRONGTYPE Operation against a key", kontor.WrongTypeError),
        ("ERR value is not an integer or out of range", kontor.NotANumberError),
        ("ERR increment or decrement would overflow", kontor.OutOfRangeError),
        ("ERR syntax error", kontor.CommandError),
        ("EXECABORT Transaction discarded", kontor.CommandError),
    ):
        error = _errors.from_reply(text)
        assert type(error) is kind
        assert str(error) == text
    assert kontor.CommandError("EXECABORT x").prefix == "EXECABORT"
    assert kontor.CommandError("syntax error").prefix == "ERR"


def test_both_doors_raise_the_same(db: kontor.Database[bytes]) -> None:
    db.set("text", "abc")
    db.set("max", (1 << 63) - 1)
    db.rpush("list", "x")
    for typed, command in (
        (lambda: db.incr("text"), ("INCR", "text")),
        (lambda: db.incr("max"), ("INCR", "max")),
        (lambda: db.get("list"), ("GET", "list")),
        (lambda: db.append("list", "x"), ("APPEND", "list", "x")),
        (lambda: db.hset("list", "f", "v"), ("HSET", "list", "f", "v")),
        (lambda: db.lpush("text", "v"), ("LPUSH", "text", "v")),
    ):
        with pytest.raises(kontor.Error) as first:
            typed()
        with pytest.raises(kontor.Error) as second:
            db.execute(*command)
        assert type(first.value) is type(second.value)
        assert str(first.value)
