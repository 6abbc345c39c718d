#!/usr/bin/env python3
"""The listener beside redis-server, both asked by redis-benchmark, as one report on stdout.

Each server has one core, the generator the other; runs of the two alternate, the median counts. Next to requests a second
stands the processor time that the server itself took for a request, which a busy machine distorts less.
"""

import argparse
import csv
import os
import pathlib
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

SERVER_CORE = 1
GENERATOR_CORE = 0
CLIENTS = 50
# XADD is none of redis-benchmark's own tests.
COMMANDS = {
    "SET": ["-t", "set"],
    "GET": ["-t", "get"],
    "INCR": ["-t", "incr"],
    "LPUSH": ["-t", "lpush"],
    "RPOP": ["-t", "rpop"],
    "HSET": ["-t", "hset"],
    "SADD": ["-t", "sadd"],
    "ZADD": ["-t", "zadd"],
    "XADD": ["XADD", "stream", "*", "field", "value"],
}
TARGETS = {1: 1.0, 16: 1.5}


class Server:
    """A server of our own in a folder of its own, at a Unix socket and a free TCP port."""

    def __init__(self, name, command, folder, port):
        self.name = name
        self.port = port
        self.socket = str(folder / f"{name}.sock")
        self.process = subprocess.Popen(command(port, self.socket), cwd=folder,
                                        stdout=subprocess.DEVNULL)
        os.sched_setaffinity(self.process.pid, {SERVER_CORE})
        for _ in range(100):
            if self.ask("PING") == "PONG":
                break
            time.sleep(0.05)
        else:
            raise SystemExit(f"{name} does not answer")
        for thread in os.listdir(f"/proc/{self.process.pid}/task"):
            os.sched_setaffinity(int(thread), {SERVER_CORE})

    def ask(self, *words):
        done = subprocess.run(["redis-cli", "-s", self.socket, *words], capture_output=True,
                              text=True, check=False)
        return done.stdout.strip()

    def cpu_ns(self):
        tasks = pathlib.Path(f"/proc/{self.process.pid}/task")
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir())

    def run(self, transport, pipeline, command, requests):
        """Requests a second, and nanoseconds of the server's own processor time for one."""
        where = ["-p", str(self.port)] if transport == "TCP" else ["-s", self.socket]
        before = self.cpu_ns()
        done = subprocess.run(
            ["redis-benchmark", *where, "-c", str(CLIENTS), "-P", str(pipeline), "-n",
             str(requests), "-r", "100000", "--csv", *COMMANDS[command]],
            capture_output=True, text=True, check=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {GENERATOR_CORE}))
        after = self.cpu_ns()
        rows = list(csv.DictReader(done.stdout.splitlines()))
        return float(rows[-1]["rps"]), (after - before) / requests

    def stop(self):
        self.process.terminate()
        self.process.wait()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def start(arguments, folder, servers):
    def redis(port, path):
        return [shutil.which("redis-server"), "--port", str(port), "--unixsocket", path, "--save",
                "", "--appendonly", "no"]

    def kontor(port, path):
        return [os.path.abspath(arguments.kontor), "serve", "--port", str(port), "--unix", path]

    servers.append(Server("redis", redis, folder, free_port()))
    servers.append(Server("kontor", kontor, folder, free_port()))


def measure(servers, transport, pipeline, command, arguments):
    """The medians of each server; None if one of them does not know the command."""
    requests = arguments.requests * (1 if pipeline == 1 else 8)
    found = {server.name: [] for server in servers}
    for _ in range(arguments.repetitions):
        for server in servers:
            if command == "XADD" and not server.ask("XADD", "probe", "*", "f", "v").count("-"):
                return None
            found[server.name].append(server.run(transport, pipeline, command, requests))
    return {name: tuple(statistics.median(column) for column in zip(*runs))
            for name, runs in found.items()}


def report(servers, arguments):
    version = servers[0].ask("INFO", "server").split("redis_version:")[1].split()[0]
    print(f"# The listener beside redis-server {version}\n")
    print(f"{CLIENTS} clients, one I/O thread, servers on core {SERVER_CORE}, redis-benchmark on "
          f"core {GENERATOR_CORE}; medians of {arguments.repetitions} alternating runs; load of "
          f"the machine at the beginning {os.getloadavg()[0]:.1f}.\n")
    print("| socket | -P | command | redis, k/s | kontor, k/s | ratio | target | redis, ns of "
          "processor | kontor, ns |")
    print("|---|---|---|---|---|---|---|---|---|")
    for transport in arguments.transports:
        for pipeline, target in TARGETS.items():
            for command in arguments.commands:
                medians = measure(servers, transport, pipeline, command, arguments)
                if medians is None:
                    continue
                (theirs, their_ns), (ours, our_ns) = medians["redis"], medians["kontor"]
                print(f"| {transport} | {pipeline} | {command} | {theirs / 1000:.0f} | "
                      f"{ours / 1000:.0f} | {ours / theirs:.2f} | {target} | {their_ns:.0f} | "
                      f"{our_ns:.0f} |", flush=True)
            for server in servers:
                server.ask("FLUSHALL")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kontor", required=True, help="the kontor command")
    parser.add_argument("--requests", type=int, default=100000, help="of one run at -P 1")
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--commands", nargs="+", choices=COMMANDS, default=list(COMMANDS))
    parser.add_argument("--transports", nargs="+", choices=["TCP", "Unix"],
                        default=["TCP", "Unix"])
    arguments = parser.parse_args()
    if (os.cpu_count() or 1) < 2:
        sys.exit("this needs two cores: one for the server, one for the generator")
    with tempfile.TemporaryDirectory(prefix="kontor_wire_") as folder:
        servers = []
        try:
            start(arguments, pathlib.Path(folder), servers)
            report(servers, arguments)
        finally:
            for server in servers:
                server.stop()


if __name__ == "__main__":
    main()
