"""What all tests share. Each test has an engine of its own."""

from __future__ import annotations

import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import kontor
import pytest


@pytest.fixture
def db() -> Iterator[kontor.Database[bytes]]:
    with kontor.open() as database:
        yield database


@pytest.fixture
def text_db() -> Iterator[kontor.Database[str]]:
    with kontor.open(decode_responses=True) as database:
        yield database


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "data"


def start_python(script: str, *arguments: object) -> subprocess.Popen[str]:
    """Starts a script in a process of its own, with pipes."""
    # A background job ignores Ctrl-C, and so would what it starts.
    prefix = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
    return subprocess.Popen(
        [sys.executable, "-c", prefix + textwrap.dedent(script), *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_python(script: str, *arguments: object) -> str:
    """Runs a script to its end and returns what it printed."""
    process = start_python(script, *arguments)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 0, err
    return out


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
