#!/usr/bin/env python3
"""Every Redis type and command in process, beside redis-server at a Unix socket, as one report on stdout.

kontor_redis_types measures; this starts the servers, alternates between the two, and takes medians. What of the
targets is missed stays in the report.
"""

import argparse
import csv
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SERVER_CORE = 1
GENERATOR_CORE = 0
CLIENTS = 50
PIPELINED = 16
RANGE = 100_000
VARIABLE = "KONTOR_BENCH_REDIS"
MEBIBYTE = 1 << 20

# Keys, commands that add to each (one element; fifty to a HyperLogLog), and whether one key is filled after the other.
AROUND = (100_000, 10)
BY_KEY = (100_000, 10, "key-by-key")
LARGE = (1, 1_000_000)
MEMORY = {
    "hash": ("hash, fields and values of 10 bytes", [AROUND, BY_KEY, LARGE]),
    "integer-set": ("set of integers", [AROUND, BY_KEY, LARGE]),
    "text-set": ("set of texts of 10 bytes", [AROUND, BY_KEY, LARGE]),
    "list": ("list of texts of 10 bytes", [AROUND, BY_KEY, LARGE]),
    "sorted-set": ("sorted set, members of 10 bytes, scores up to 1 M", [AROUND, BY_KEY, LARGE]),
    "stream": ("stream, 2 fields, values of 10 bytes", [AROUND, BY_KEY, LARGE]),
    "hyperloglog": ("HyperLogLog", [(100_000, 1), (5_000, 50)]),
}
# In this order: what looks up finds what was added before.
THROUGHPUT = {
    "ZADD": "ZADD zset __rand_int__ element:__rand_int__",
    "ZRANK": "ZRANK zset element:__rand_int__",
    "ZRANGE, the first 10": "ZRANGE zset 0 9",
    "ZRANGE BYSCORE, any 10": "ZRANGE zset __rand_int__ +inf BYSCORE LIMIT 0 10",
    "HSET": "HSET hash element:__rand_int__ value",
    "SADD": "SADD set element:__rand_int__",
    "LPUSH": "LPUSH list value",
    "XADD": "XADD stream * field value",
}
GROWTH = ["sorted-set", "hash", "text-set", "list", "stream"]
SOCKET_TARGET = 40  # times a client at a Unix socket
ONE_CORE_NS = 6600  # a round trip of client and server on one core, as the target has it
ONE_CORE_TARGET = 5


class Server:
    """A redis-server of our own, at a Unix socket in a folder of its own."""

    def __init__(self, program, folder):
        self.socket = str(folder / "redis.sock")
        self.process = subprocess.Popen(
            [program, "--port", "0", "--unixsocket", self.socket, "--save", "", "--appendonly", "no",
             "--dir", str(folder)], stdout=subprocess.DEVNULL)
        for _ in range(200):
            if self.ask("PING") == "PONG":
                return
            time.sleep(0.05)
        raise SystemExit(f"{program} does not answer")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def ask(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.socket, *words], capture_output=True,
                              text=True, check=False)
        return done.stdout.strip()

    def pin(self, core):
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            os.sched_setaffinity(int(task), {core})

    def used_bytes(self):
        return int(self.ask("INFO", "memory").split("used_memory:")[1].split()[0])

    def resident_bytes(self):
        pages = Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]
        return int(pages) * os.sysconf("SC_PAGESIZE")

    def cpu_ns(self):
        tasks = Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())


class Bench:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder

    def server(self):
        return Server(self.arguments.server, self.folder)

    def run(self, *words, server=None):
        """One measurement in a process of its own; what it printed."""
        print(" ".join(str(word) for word in words[:4]), file=sys.stderr)
        environment = {**os.environ, VARIABLE: server.socket} if server else None
        done = subprocess.run([self.arguments.program, *map(str, words)], check=True,
                              stdout=subprocess.PIPE, text=True, env=environment)
        return json.loads(done.stdout) if done.stdout else None


def verdict(met):
    return "met" if met else "**missed**"


# ---- Memory ----


def redis_memory(bench, case):
    with bench.server() as server:
        used, resident = server.used_bytes(), server.resident_bytes()
        bench.run("fill-redis", *case, server=server)
        return server.used_bytes() - used, server.resident_bytes() - resident


def report_memory(bench):
    print("\n## Memory\n")
    print("Bytes of an element, and of a key where there are many, from an empty store to a full one, each in a process of its own. "
          "Elements are added one by one (fifty at once to a HyperLogLog), either going round the keys, or one key after the other. Counted: the engine's own figure, "
          "and `used_memory`. Resident: what the process grew. Target: no more than Redis.\n")
    print("| | keys x elements | per | counted, redis | kontor | ratio | resident, redis | kontor | ratio | counted | resident |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    for kind in bench.arguments.types:
        title, cases = MEMORY[kind]
        for case in cases:
            report_memory_of(bench, kind, title, case)


def report_memory_of(bench, kind, title, case):
    keys, commands = case[:2]
    elements = commands * (50 if kind == "hyperloglog" else 1)
    order = "" if keys == 1 else ", key by key" if len(case) > 2 else ", around"
    their_used, their_resident = redis_memory(bench, (kind, *case))
    ours = bench.run("memory", kind, *case)
    unit, units = ("element", elements) if keys == 1 else ("key", keys)
    used, resident = ours["counted_bytes"] / their_used, ours["resident_bytes"] / their_resident
    print(f"| {title} | {keys:,} x {elements:,}{order} | {unit} | {their_used / units:.1f} | "
          f"{ours['counted_bytes'] / units:.1f} | {used:.2f} | {their_resident / units:.1f} | "
          f"{ours['resident_bytes'] / units:.1f} | {resident:.2f} | {verdict(used <= 1)} | {verdict(resident <= 1)} |",
          flush=True)


# ---- One caller ----


def report_calls(bench):
    with bench.server() as server:
        found = bench.run("calls", server.process.pid, bench.arguments.seconds,
                          bench.arguments.rounds, server=server)
    print("\n## One caller\n")
    print(f"Nanoseconds of one request by one caller who waits for each reply; medians of {bench.arguments.rounds} alternating "
          f"slices of {bench.arguments.seconds} s, in brackets the processor time of caller and server together. 100,000 keys of 16 bytes, values of 64. A session is written one request and read "
          "one reply; the client at the socket does nothing but write and read. Targets of `kontor_exec`: "
          f"{SOCKET_TARGET} x a Unix socket with client and server on any core, and {ONE_CORE_TARGET} x "
          f"a round trip of {ONE_CORE_NS / 1000} µs on one core.\n")
    print("| | kontor_exec, ns | session, ns | redis, any core, ns | redis, one core, ns | exec to any core | session to any core | "
          f"exec to one core | exec to {ONE_CORE_NS / 1000} µs | targets |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for command, row in found.items():
        ours, session, any_core, one_core = (row[who][0] for who in ("exec", "session", "socket", "socket_one_core"))
        print(f"| {command} | {' | '.join(f'{ns:.0f} ({processor:.0f})' for ns, processor in row.values())} | "
              f"{any_core / ours:.1f} x | {any_core / session:.1f} x | {one_core / ours:.1f} x | {ONE_CORE_NS / ours:.1f} x | "
              f"{verdict(any_core / ours >= SOCKET_TARGET)}, {verdict(ONE_CORE_NS / ours >= ONE_CORE_TARGET)} |", flush=True)


# ---- Throughput ----


def redis_throughput(bench, operations):
    """Operations a second, and the server's own nanoseconds for one, of each command."""
    found = []
    with bench.server() as server:
        server.pin(SERVER_CORE)
        for command in THROUGHPUT.values():
            before = server.cpu_ns()
            done = subprocess.run(
                ["redis-benchmark", "-s", server.socket, "-c", str(CLIENTS), "-P", str(PIPELINED),
                 "-n", str(operations), "-r", str(RANGE), "--csv", *command.split()],
                capture_output=True, text=True, check=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {GENERATOR_CORE}))
            ns = (server.cpu_ns() - before) / operations
            found.append((float(list(csv.DictReader(done.stdout.splitlines()))[-1]["rps"]), ns))
    return found


def report_throughput(bench):
    operations = bench.arguments.operations
    ours, theirs = [], []
    for _ in range(bench.arguments.repetitions):
        ours.append(bench.run("throughput", operations, RANGE, *THROUGHPUT.values()))
        theirs.append(redis_throughput(bench, operations))
    print("\n## Commands\n")
    print(f"Thousands a second: one caller of `kontor_exec`, beside `redis-benchmark -c {CLIENTS} -P {PIPELINED}` at a Unix socket "
          f"(server on core {SERVER_CORE}, generator on core {GENERATOR_CORE}). {operations:,} of each in this order, into an empty "
          f"store, -r {RANGE}; medians of {bench.arguments.repetitions} alternating runs. The processor time is that of the server, without its clients, and of the caller.\n")
    print("| | redis, k/s | kontor_exec, k/s | ratio | redis, ns of processor | kontor_exec, ns of processor |")
    print("|---|---|---|---|---|---|")
    for i, title in enumerate(THROUGHPUT):
        own, own_ns = (statistics.median(column) for column in zip(*(run[i] for run in ours)))
        rate, ns = (statistics.median(column) for column in zip(*(run[i] for run in theirs)))
        print(f"| {title} | {rate / 1e3:.0f} | {own / 1e3:.0f} | {own / rate:.2f} | {ns:.0f} | {own_ns:.0f} |",
              flush=True)


# ---- Growth ----


def stall(seen):
    return f"{seen['longest_us']:.0f} ({seen['over_100_us']})"


def report_growth(bench):
    members = bench.arguments.members
    print(f"\n## One collection of {members / 1e6:g} million\n")
    print("One thread grows a collection by `kontor_exec` and then deletes it. Another asks all the while: GET and SET of 10,000 other "
          "keys, of which a 64th lies in the collection's shard, and one time in 64 for something in the collection (ZRANK and ZSCORE, "
          "HGET, SISMEMBER, LINDEX near an end, XRANGE of one entry). After each request that thread runs an empty loop for as long as "
          "the request took (100 µs at most), so that the machine's own pauses fall on both alike. Each figure is the longest stall in "
          "µs and, in brackets, how many were longer than 100 µs. At rest: before the growth, beside another empty loop. Deleting lasts "
          "until all memory is given back, in the background.\n")
    print("| | while | for, s | GET and SET | in the collection | empty loop |")
    print("|---|---|---|---|---|---|")
    rows = {}
    for kind in bench.arguments.types:
        if kind not in GROWTH:
            continue
        row = rows[kind] = bench.run("growth", kind, members)
        for phase, title, seconds in (("quiet", "at rest", 2.0), ("growth", "growing", row["growth_seconds"]),
                                      ("deletion", "deleting", row["free_seconds"])):
            seen = row[phase]
            print(f"| {kind} | {title} | {seconds:.1f} | {stall(seen['strings'])} | {stall(seen['finds'])} | "
                  f"{stall(seen['empty'])} |", flush=True)
    print("\n| | inserts, k/s | longest insert, µs | resident, MiB | DEL itself, µs | memory back after, s |")
    print("|---|---|---|---|---|---|")
    for kind, row in rows.items():
        print(f"| {kind} | {members / row['growth_seconds'] / 1e3:.0f} | {row['longest_insert_us']:.0f} | "
              f"{row['resident_bytes'] / MEBIBYTE:.0f} | {row['delete_us']:.0f} | {row['free_seconds']:.2f} |", flush=True)


SECTIONS = {"memory": report_memory, "calls": report_calls, "commands": report_throughput, "growth": report_growth}


def version_of(program):
    done = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    words = dict(word.split("=", 1) for word in done.stdout.split() if "=" in word)
    return words.get("v", done.stdout.strip())


def servers_on_path():
    """Every redis-server and valkey-server that could have been asked, with its version."""
    found = {}
    for folder in os.get_exec_path():
        for name in ("redis-server", "valkey-server"):
            program = shutil.which(name, path=folder)
            if program:
                found.setdefault(os.path.realpath(program), f"{name} {version_of(program)}")
    return found


def report_head(arguments):
    asked = shutil.which(arguments.server) or sys.exit(f"{arguments.server} is not installed")
    others = [name for program, name in servers_on_path().items() if program != os.path.realpath(asked)]
    print(f"# Every type beside redis-server {version_of(asked)}\n")
    print(f"Written by `./dev bench types`. {os.cpu_count()} cores, load of the machine at the beginning "
          f"{os.getloadavg()[0]:.1f}. A ratio is Kontor divided by Redis where it is memory (below 1 is less), and the other way round "
          "where it is time. Other servers on PATH, not asked (`--server` asks another): "
          f"{', '.join(others) if others else 'none'}.", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, help="kontor_redis_types")
    parser.add_argument("--server", default="redis-server", help="the server to be asked")
    parser.add_argument("--sections", nargs="+", choices=SECTIONS, default=list(SECTIONS))
    parser.add_argument("--types", nargs="+", choices=MEMORY, default=list(MEMORY))
    parser.add_argument("--seconds", type=float, default=0.1, help="of one slice of calls")
    parser.add_argument("--rounds", type=int, default=15, help="slices of calls")
    parser.add_argument("--operations", type=int, default=400_000, help="of each command in one run")
    parser.add_argument("--repetitions", type=int, default=5, help="runs of the commands")
    parser.add_argument("--members", type=int, default=10_000_000, help="of a collection that grows")
    arguments = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        sys.exit("this needs two cores: one for the server, one for the generator")
    report_head(arguments)
    with tempfile.TemporaryDirectory(prefix="kontor_types_") as folder:
        bench = Bench(arguments, Path(folder))
        for section in arguments.sections:
            SECTIONS[section](bench)
    print(f"\nLoad of the machine at the end {os.getloadavg()[0]:.1f}.")


if __name__ == "__main__":
    main()
