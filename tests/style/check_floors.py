#!/usr/bin/env python3
"""Holds the tree to its design: includes go down, files stay short, the top level stays small.

Usage: check_floors.py [root]. Prints one line per offence, exits with 1 if there is any.
"""

import pathlib
import re
import sys

ROOMS = ["base", "os", "types", "keyspace", "broker", "persist", "txn", "verbs", "db", "command",
         "session"]
TOP_LEVEL = {"CMakeLists.txt", "engine", "capi", "bindings", "tests", "fuzz", "bench", "README.md",
             "dev", "LICENSE", "CHANGELOG.md"}
NOT_OURS = {"build"}  # made by ./dev, never committed
SOURCES = {".h", ".hpp", ".c", ".cc", ".py", ".pyi", ".sh"}
MAX_LINES = 600
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def area_of(path):
    """The room or part of the tree a file belongs to: 'base', 'capi/include', 'bindings/shell'..."""
    parts = path.parts
    if parts[0] == "engine":
        return parts[1] if len(parts) > 2 else "engine"
    if parts[0] in ("capi", "bindings") and len(parts) > 2:
        return parts[0] + "/" + parts[1]
    return parts[0]


def allowed_areas(area):
    """The areas whose files a file of this area may include; None if it may include anything."""
    if area in ROOMS:
        return ROOMS[: ROOMS.index(area) + 1]
    if area == "capi/src":
        return ROOMS + ["capi/include", "capi/src"]
    if area == "fuzz" or area.startswith(("capi", "bindings")):
        return ["capi/include"] + ([area] if area != "capi/include" else [])
    return None


def target_area(root, path, name):
    """The area an include leads to; None if it leads out of the tree."""
    own = root / path
    folders = [own.parent, root / "engine", root / "capi/include", root / "capi/src"]
    if path.parts[0] in ("bindings", "capi") and len(path.parts) > 2:
        folders.append(root / path.parts[0] / path.parts[1])
    for folder in folders:
        candidate = (folder / name).resolve()
        if candidate.is_file() and candidate.is_relative_to(root):
            return area_of(candidate.relative_to(root))
    first = name.split("/")[0]
    if "/" not in name:
        return None
    if first in ROOMS:
        return first
    return "capi/include" if first == "kontor" else None


def check_includes(root, path, lines):
    area = area_of(path)
    allowed = allowed_areas(area)
    if allowed is None:
        return
    for number, line in enumerate(lines, 1):
        match = INCLUDE.match(line)
        if not match:
            continue
        target = target_area(root, path, match.group(2))
        if target is not None and target not in allowed:
            yield (f"{path}:{number}: {area} must not include \"{match.group(2)}\" ({target}); "
                   f"allowed: {', '.join(allowed)}")


def sources_of(root):
    for top in ("engine", "capi", "bindings", "tests", "fuzz", "bench"):
        for path in sorted((root / top).rglob("*")):
            relative = path.relative_to(root)
            if path.suffix in SOURCES and path.is_file() and "build" not in relative.parts:
                yield relative


def check_tree(root):
    root = root.resolve()
    for entry in sorted(root.iterdir()):
        if not entry.name.startswith(".") and entry.name not in TOP_LEVEL | NOT_OURS:
            yield (f"{entry.name}: does not belong at the top level; "
                   f"allowed: {', '.join(sorted(TOP_LEVEL))} and dot files")
    for path in sources_of(root):
        lines = (root / path).read_text(encoding="utf-8", errors="replace").splitlines()
        if len(lines) > MAX_LINES:
            yield f"{path}:{MAX_LINES + 1}: {len(lines)} lines; split it, {MAX_LINES} is the limit"
        if path.suffix in (".h", ".hpp", ".c", ".cc"):
            yield from check_includes(root, path, lines)


def main():
    default = pathlib.Path(__file__).resolve().parents[2]
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else default
    offences = list(check_tree(root))
    for offence in offences:
        print(offence)
    return 1 if offences else 0


if __name__ == "__main__":
    sys.exit(main())
