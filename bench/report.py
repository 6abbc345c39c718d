#!/usr/bin/env python3
"""Runs the benchmarks and writes one report: Kontor beside its peers, in one interleaved run, as ratios of medians."""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

SERVERS = {
    "KONTOR_BENCH_REDIS": ["--appendonly", "no"],
    "KONTOR_BENCH_REDIS_EVERYSEC": ["--appendonly", "yes", "--appendfsync", "everysec"],
    "KONTOR_BENCH_REDIS_ALWAYS": ["--appendonly", "yes", "--appendfsync", "always"],
}

TITLES = {
    "get": "typed get, 1 M keys of 16 bytes, values of 64, uniform",
    "set": "typed set (overwrite), the same keys",
    "exec_get": "GET by kontor_exec (Redis: by the socket)",
    "fetch": "fetch that hits, 1000 hot keys (copied out)",
    "stampede": "64 threads miss one key, one computes for 10 ms: stampedes",
    "queue_cycle": "enqueue, take, acknowledge, in memory (Redis: LPUSH, BRPOP)",
    "publish": "publish to one subscriber and read it",
    "publish_100k_tags": "publish to 100,000 tags of one mailbox and read: deliveries",
    "journal_async": "set, journal `async` (Redis: appendfsync everysec)",
    "journal_sync": "set, journal `sync` (Redis: appendfsync always)",
}


def start_servers(folder: Path) -> tuple[list[subprocess.Popen], dict[str, str]]:
    program = shutil.which("redis-server")
    if program is None:
        sys.exit("redis-server is not installed: apt-get install redis-server")
    servers, variables = [], {}
    for variable, options in SERVERS.items():
        home = folder / variable
        home.mkdir()
        socket = home / "redis.sock"
        command = [program, "--port", "0", "--unixsocket", str(socket), "--save", "", "--dir", str(home)]
        servers.append(subprocess.Popen(command + options, stdout=subprocess.DEVNULL))
        variables[variable] = str(socket)
    deadline = time.monotonic() + 10
    while not all(Path(path).exists() for path in variables.values()):
        if time.monotonic() > deadline:
            sys.exit("redis-server did not start within 10 seconds")
        time.sleep(0.05)
    return servers, variables


def run(program: Path, arguments: argparse.Namespace) -> dict:
    with tempfile.TemporaryDirectory(dir=arguments.data) as name:
        folder = Path(name)
        servers, variables = start_servers(folder)
        result = folder / "result.json"
        command = [
            str(program),
            f"--benchmark_repetitions={arguments.repetitions}",
            "--benchmark_enable_random_interleaving=true",
            f"--benchmark_min_time={arguments.seconds}",
            f"--benchmark_filter={arguments.filter}",
            f"--benchmark_out={result}",
            "--benchmark_out_format=json",
        ]
        try:
            subprocess.run(command, check=True, env={**os.environ, **variables, "KONTOR_BENCH_DATA": name})
            return json.loads(result.read_text())
        finally:
            for server in servers:
                server.terminate()
                server.wait()


def medians(result: dict) -> dict[tuple[str, int], dict[str, float]]:
    """Items a second by (figure, threads) and contender."""
    samples = defaultdict(lambda: defaultdict(list))
    for row in result["benchmarks"]:
        if row.get("run_type") != "iteration":
            continue
        if row.get("error_occurred"):
            sys.exit(f"{row['name']}: {row['error_message']}")
        figure, contender = row["name"].split("/")[:2]
        samples[(figure, row["threads"])][contender].append(row["items_per_second"])
    return {
        figure: {contender: statistics.median(values) for contender, values in contenders.items()}
        for figure, contenders in samples.items()
    }


def rate(value: float) -> str:
    for size, unit in ((1e9, "G/s"), (1e6, "M/s"), (1e3, "k/s")):
        if value >= size:
            return f"{value / size:.2f} {unit}"
    return f"{value:.0f} /s"


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def report(result: dict, arguments: argparse.Namespace) -> str:
    lines = [
        "# Benchmark report",
        "",
        "Written by `./dev bench`. Medians of "
        f"{arguments.repetitions} randomly interleaved runs of {arguments.seconds} s in one process; every contender gets the "
        "same keys. A ratio is Kontor divided by the peer: above 1 Kontor is faster.",
        "",
        f"Machine: {processor()}, {os.cpu_count()} cores, Linux {platform.release()}. The peers are 256 shards of "
        "absl::flat_hash_map under std::mutex in the same process, and redis-server over a Unix socket, one command "
        "at a time per connection.",
        "",
        "| what | threads | Kontor | absl + mutex | Redis | ratio to absl | ratio to Redis |",
        "|---|---|---|---|---|---|---|",
    ]
    order = list(TITLES)
    rows = sorted(medians(result).items(), key=lambda row: (order.index(row[0][0]), row[0][1]))
    for (figure, threads), contenders in rows:
        own = contenders.get("kontor")
        if own is None:
            continue

        def cell(peer: str) -> str:
            return rate(contenders[peer]) if peer in contenders else "–"

        def ratio(peer: str) -> str:
            return f"{own / contenders[peer]:.2f}" if peer in contenders else "–"

        lines.append(
            f"| {TITLES[figure]} | {threads} | {rate(own)} | {cell('absl')} | {cell('redis')} "
            f"| {ratio('absl')} | {ratio('redis')} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=Path, required=True, help="the build folder")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.3, help="of one run")
    parser.add_argument("--filter", default=".*", help="which benchmarks, a regular expression")
    parser.add_argument("--data", default=None, help="where journals are written; default: the temporary folder")
    parser.add_argument("--out", type=Path, default=None, help="the report; default: <build>/bench-report.md")
    arguments = parser.parse_args()
    program = arguments.build / "bench" / "kontor_bench"
    if not program.exists():
        sys.exit(f"{program} is missing: run ./dev bench, which builds it")
    text = report(run(program, arguments), arguments)
    out = arguments.out or arguments.build / "bench-report.md"
    out.write_text(text)
    print(text)
    print(f"written to {out}")


if __name__ == "__main__":
    main()
