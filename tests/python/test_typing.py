"""Users' code under mypy --strict."""

from __future__ import annotations

from pathlib import Path

from mypy import api

USER = """
import kontor
from typing_extensions import assert_type

raw = kontor.open()
assert_type(raw, kontor.Database[bytes])
assert_type(raw.get("k"), bytes | None)
assert_type(raw.blpop(["a", "b"], timeout=1.5), tuple[bytes, bytes] | None)
assert_type(raw.select(3).hgetall("h"), dict[bytes, bytes])
text = kontor.open("data", decode_responses=True, durability="sync")
assert_type(text.get(b"k"), str | None)
assert_type(text.lpop("l", 3), list[str] | None)
assert_type(text.lpop("l"), str | None)
queue = text.queue("q", lease_ms=5)
assert_type(queue.take(timeout=1), kontor.Message[str] | None)
for message in queue:
    assert_type(message, kontor.Message[str])
    with message, text.transaction(durability="sync") as txn:
        txn.set("k", message.body).acknowledge(message)
fetched = text.fetch("k", stale=1.5)
assert_type(fetched.value, str | None)
assert_type(fetched.lease, kontor.Lease | None)
@raw.cached(ttl=10, stale=5)
def price(name: str, *, net: bool = False) -> float:
    return 1.5
assert_type(price("x", net=True), float)
assert_type(price.refresh("x"), float)
assert_type(price.invalidate("x"), bool)
@raw.cached(key=lambda n: f"row:{n}", prefix="app:")
async def row(n: int) -> list[str]:
    return []
async def use() -> None:
    assert_type(await row(1), list[str])
    assert_type(await row.invalidate(n=1), bool)
for delivery in raw.mailbox(overflow="close"):
    assert_type(delivery.body, bytes)
"""

WRONG = """
import kontor

db = kontor.open()
db.set("k", None)
db.set("k", "v", ex="soon")
kontor.open(durability="often")
db.mailbox(overflow="burn")
db.queue("q").take("now")
@db.cached(ttl=1)
def f(n: int) -> int:
    return n
f("x")
f.invalidate(n="x")
db.cached(ttl="soon")
db.fetch("k", lease=None)
"""


def check(tmp_path: Path, source: str) -> tuple[str, int]:
    file = tmp_path / "user.py"
    file.write_text(source)
    cache = tmp_path / "cache"
    out, err, status = api.run(
        ["--strict", f"--cache-dir={cache}", "--no-error-summary", str(file)]
    )
    assert err == ""
    return out, status


def test_right(tmp_path: Path) -> None:
    assert check(tmp_path, USER) == ("", 0)


def test_wrong(tmp_path: Path) -> None:
    out, status = check(tmp_path, WRONG)
    assert status == 1
    lines = {int(line.split(":")[1]) for line in out.splitlines() if ": error:" in line}
    assert lines == {5, 6, 7, 8, 9, 13, 14, 15, 16}
