#!/usr/bin/env python3
"""cli_test.py <kontor>: the shell at a server, in a pipe and at a terminal; what it prints beside redis-cli."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from terminal_test import DEADLINE_S, KONTOR, Terminal

for name in ("KONTOR_PASSWORD", "REDISCLI_AUTH"):
    os.environ.pop(name, None)

# Whatever has one reply, whoever serves: types, errors, nesting, bytes that are no text.
SCRIPT = r"""
PING
SET text "a \"b\"\n\x00\xff"
GET text
GET nosuch
INCR n
INCR text
RPUSH list a b c d e f g h i j k
LRANGE list 0 -1
HSET hash field value other 2
HGETALL hash
HGETALL nosuch
SADD set only
SMEMBERS set
ZADD z 1.5 a
ZSCORE z a
ZRANGE z 0 -1 WITHSCORES
XADD s 1-1 k v
XRANGE s - +
XREAD STREAMS s 0
CONFIG GET maxmemory-policy
SCAN 0 MATCH nosuch*
NOSUCH a b
SET a
MULTI
SET in multi
LRANGE list 0 1
INCR text
EXEC
MULTI
DISCARD
EXEC
SELECT 3
GET in
SELECT 99
"unbalanced
""".strip() + "\n"


class Server:
    """`kontor serve`, or redis-server, at a Unix socket and a port in a folder of its own."""

    def __init__(self, test, *arguments, program="kontor"):
        self.folder = tempfile.mkdtemp()
        test.addCleanup(shutil.rmtree, self.folder)
        self.path = os.path.join(self.folder, "s")
        self.port = free_port()
        serve = [KONTOR, "serve", "--port", str(self.port), "--unix", self.path]
        redis = ["redis-server", "--port", str(self.port), "--unixsocket", self.path, "--save", "",
                 "--dir", self.folder]
        self.command = (serve if program == "kontor" else redis) + list(arguments)
        self.process = None
        self.start()
        test.addCleanup(self.stop)

    def start(self):
        self.process = subprocess.Popen(self.command, stdout=subprocess.DEVNULL)
        wait_until(lambda: can_connect(self.path))

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(DEADLINE_S)
        self.process = None


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def can_connect(path):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(path) == 0


def wait_until(condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > end:
            raise AssertionError("waited in vain")
        time.sleep(0.01)


def run(program, *arguments, script="", **variables):
    """Standard output, standard error and exit code."""
    environment = dict(os.environ, LC_ALL="C.UTF-8", KONTOR_HISTORY="", **variables)
    ran = subprocess.run([*program, *arguments], input=script.encode(), env=environment,
                         stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=DEADLINE_S, check=False)
    return ran.stdout.decode("latin-1"), ran.stderr.decode("latin-1"), ran.returncode


def cli(*arguments, **options):
    return run([KONTOR, "cli"], *arguments, **options)


class PipeTest(unittest.TestCase):

    def test_it_prints_what_redis_cli_prints(self):
        """At both servers, in both protocols, bare and decorated; the same words come from one line each."""
        for program in ("kontor", "redis"):
            server = Server(self, program=program)
            for options in (["--raw"], ["--no-raw"], ["--raw", "-3"], ["--no-raw", "-3"]):
                with self.subTest(server=program, options=options):
                    run(["redis-cli"], "-s", server.path, "FLUSHALL")
                    ours, errors, code = cli("-s", server.path, *options, script=SCRIPT)
                    run(["redis-cli"], "-s", server.path, "FLUSHALL")
                    theirs = run(["redis-cli"], "-s", server.path, *options, script=SCRIPT)[0]
                    self.assertEqual(ours.split("\n"), theirs.split("\n"))
                    self.assertEqual((errors, code), ("", 1))  # some of them are refused
            server.stop()

    def test_places_and_words(self):
        server = Server(self)
        port = str(server.port)
        self.assertEqual(cli("-p", port, "SET", "k", "a  b"), ("OK\n", "", 0))
        self.assertEqual(cli("-h", "localhost", "-p", port, "GET", "k"), ("a  b\n", "", 0))
        self.assertEqual(cli("--unix", server.path, "-n", "2", "GET", "k"), ("\n", "", 0))
        self.assertEqual(cli("-s", server.path, "-c", "SET k 'c d'", "-c", "GET k"), ("OK\nc d\n", "", 0))
        self.assertEqual(cli("-s", server.path, "LRANGE", "nosuch", "0", "-1"), ("\n", "", 0))
        self.assertEqual(cli("-s", server.path, "INCR", "k")[2], 1)
        self.assertIn("CLIENTS", cli("-s", server.path, "help", "client")[0].upper())
        self.assertIn("Q.ADD", cli("-s", server.path, "help", "@queue")[0])

    def test_a_large_value_and_many_lines(self):
        server = Server(self)
        value = "x" * 3_000_000
        lines = "".join(f"SET key:{i} {i}\n" for i in range(5000))
        out, _, code = cli("-s", server.path, script=f"{lines}SET large {value}\nGET large\nDBSIZE\n")
        self.assertEqual(code, 0)
        self.assertEqual(out.split("\n")[5000:], ["OK", value, "5001", ""])

    def test_passwords(self):
        secret = tempfile.NamedTemporaryFile("w")
        self.addCleanup(secret.close)
        secret.write("s\u00e9same\n")
        secret.flush()
        server = Server(self, "--password-file", secret.name)
        for options in ([], ["-3"]):
            self.assertEqual(cli("-s", server.path, *options, "-a", "s\u00e9same", "PING")[0], "PONG\n")
            self.assertEqual(cli("-s", server.path, *options, "PING", KONTOR_PASSWORD="s\u00e9same")[0], "PONG\n")
            self.assertEqual(cli("-s", server.path, *options, "PING", REDISCLI_AUTH="s\u00e9same")[0], "PONG\n")
            _, errors, code = cli("-s", server.path, *options, "-a", "wrong", "PING")
            self.assertEqual(code, 3)
            self.assertIn("WRONGPASS", errors)
            self.assertIn("KONTOR_PASSWORD", errors)
        self.assertEqual(cli("-s", server.path, "--user", "default", "-a", "s\u00e9same", "PING")[2], 0)
        out, _, code = cli("-s", server.path, "GET", "k")
        self.assertIn("NOAUTH", out)
        self.assertEqual(code, 1)

    def test_no_connection(self):
        port = str(free_port())
        out, errors, code = cli("-p", port, "PING")
        self.assertEqual((out, code), ("", 3))
        self.assertIn(f"cannot connect to 127.0.0.1:{port}: Connection refused\nNothing listens", errors)
        _, errors, code = cli("-s", "/nosuch/folder/s", "PING")
        self.assertEqual(code, 3)
        self.assertIn("/nosuch/folder/s: No such file", errors)
        self.assertIn("--unix PATH", errors)
        _, errors, code = cli("-h", "no such host", "PING")
        self.assertEqual(code, 3)
        self.assertIn("Check the host", errors)
        self.assertEqual(cli("-p", "none")[2], 2)
        self.assertIn("usage: kontor cli", cli("--help")[0])

    def test_a_lost_connection_ends_a_script(self):
        """Else what follows a lost MULTI would run on its own."""
        server = Server(self)
        script = "SET a 1\nCLIENT KILL TYPE normal SKIPME no\nSET b 2\nGET b\n"
        out, _, code = cli("-s", server.path, script=script)
        self.assertEqual(code, 1)
        self.assertIn("the server closed the connection", out)
        self.assertEqual(cli("-s", server.path, "EXISTS", "b")[0], "0\n", out)

    def test_what_answers_is_no_server(self):
        with socket.create_server(("127.0.0.1", 0)) as listening:
            def answer():
                client = listening.accept()[0]
                with client:
                    client.recv(100)
                    client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            thread = threading.Thread(target=answer)
            thread.start()
            out, _, code = cli("-p", str(listening.getsockname()[1]), "PING")
            thread.join()
        self.assertIn("does not speak the Redis protocol", out)
        self.assertEqual(code, 1)

    def listen(self, server, *arguments, stdin=subprocess.DEVNULL):
        process = subprocess.Popen([KONTOR, "cli", "-s", server.path, *arguments], stdin=stdin,
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        return process

    def test_listening_goes_on_until_a_signal(self):
        """Others publish: the end of the input ends nothing."""
        server = Server(self)
        for options in ([], ["-3"]):
            process = self.listen(server, *options, "SUBSCRIBE", "news", "more")
            self.assertEqual([process.stdout.readline() for _ in range(6)],
                             ["subscribe\n", "news\n", "1\n", "subscribe\n", "more\n", "2\n"])
            self.assertEqual(cli("-s", server.path, "PUBLISH", "news", "x"), ("1\n", "", 0))
            self.assertEqual([process.stdout.readline() for _ in range(3)], ["message\n", "news\n", "x\n"])
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(DEADLINE_S), 130)

    def test_after_the_last_subscription_commands_are_run(self):
        server = Server(self)
        script = "SUBSCRIBE a b\nUNSUBSCRIBE a nosuch b c\nMULTI\nSET k v\nEXEC\nSUBSCRIBE\nGET k\n"
        for options in ([], ["-3"]):
            out, _, code = cli("-s", server.path, "--no-raw", *options, script=script)
            replies = out.split("\n")
            self.assertEqual(replies[-10:-7], ['1) "unsubscribe"', '2) "c"', "3) (integer) 0"])
            self.assertEqual(replies[-7:-4], ["OK", "QUEUED", "1) OK"])
            self.assertEqual(replies[-4], "Reading messages... (press Ctrl-C to quit)")
            self.assertEqual(replies[-3], "(error) ERR wrong number of arguments for 'subscribe' command")
            self.assertEqual(replies[-2:], ['"v"', ""])
            self.assertEqual(code, 1)

    def test_the_server_s_end_ends_listening(self):
        server = Server(self)
        process = self.listen(server, "PSUBSCRIBE", "*")
        process.stdout.readline()
        server.stop()
        self.assertRegex(process.stdout.read(), "the server closed the connection|Connection reset by peer")
        self.assertEqual(process.wait(DEADLINE_S), 1)

    def test_monitor(self):
        server = Server(self, program="redis")
        process = self.listen(server, "MONITOR")
        self.assertEqual(process.stdout.readline(), "OK\n")
        cli("-s", server.path, "SET", "k", "v")
        self.assertIn('"SET" "k" "v"', process.stdout.readline())
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE_S), 130)

    def test_a_signal_ends_a_blocking_command(self):
        server = Server(self)
        process = self.listen(server, "-c", "PING", "-c", "BLPOP nothing 0", "-c", "SET k v")
        self.assertEqual(process.stdout.readline(), "PONG\n")
        wait_until(lambda: "cmd=blpop" in cli("-s", server.path, "CLIENT", "LIST")[0])
        process.send_signal(signal.SIGINT)
        self.assertEqual(process.wait(DEADLINE_S), 130)
        self.assertEqual(cli("-s", server.path, "EXISTS", "k")[0], "0\n")


class TerminalAtServerTest(unittest.TestCase):

    def at_prompt(self, server, *arguments, prompt=None):
        terminal = Terminal("cli", "-s", server.path, *arguments)
        self.addCleanup(terminal.kill)
        self.prompt = prompt or server.path + "> "
        terminal.expect(self.prompt)
        return terminal

    def say(self, terminal, line, prompt=None):
        return terminal.say(line, prompt or self.prompt)

    def test_prompt_and_completion(self):
        server = Server(self)
        terminal = self.at_prompt(server)
        self.assertEqual(self.say(terminal, "SET a 'b c'"), "OK\n")
        self.assertEqual(self.say(terminal, "MULTI", server.path + "(TX)> "), "OK\n")
        self.assertEqual(self.say(terminal, "GET a", server.path + "(TX)> "), "QUEUED\n")
        self.assertEqual(self.say(terminal, "EXEC"), '1) "b c"\n')
        self.assertEqual(self.say(terminal, "SELECT 2", server.path + "[2]> "), "OK\n")
        terminal.send("getr\t")
        terminal.expect("getrange ")
        terminal.send("\x15help LRANGE\n")
        terminal.expect("group: list")
        terminal.send("quit\n")
        self.assertEqual(terminal.exit_code(), 0)

    def test_ctrl_c_ends_what_waits_and_the_state_stays(self):
        server = Server(self)
        terminal = self.at_prompt(server, "-n", "2", prompt=server.path + "[2]> ")
        waiting = {"BLPOP nothing 0": ("cmd=blpop", ["CLIENT", "LIST"]),
                   "SUBSCRIBE news": ("news\n1", ["PUBSUB", "NUMSUB", "news"])}
        for command, (sign, question) in waiting.items():
            self.say(terminal, "SET k " + command[:3])
            terminal.send(command + "\n")
            terminal.expect("\n")
            wait_until(lambda: sign in cli("-s", server.path, *question)[0])
            terminal.send("\x03")
            terminal.expect(self.prompt)
            self.assertEqual(self.say(terminal, "GET k"), f'"{command[:3]}"\n')

    def test_a_login_that_is_given_up_leaves_nothing(self):
        """Else what comes next would run in database 0, or be answered by the login's replies."""
        server = Server(self)
        terminal = self.at_prompt(server, "-n", "2", prompt=server.path + "[2]> ")
        self.say(terminal, "SET k two")
        terminal.send("BLPOP nothing 0\n")
        wait_until(lambda: "cmd=blpop" in cli("-s", server.path, "CLIENT", "LIST")[0])
        terminal.send("\x03")
        terminal.expect(self.prompt)
        server.process.send_signal(signal.SIGSTOP)
        os.waitid(os.P_PID, server.process.pid, os.WSTOPPED)  # until then its threads go on
        try:
            terminal.send("GET k\n")
            terminal.expect("\n")
            time.sleep(0.3)
            terminal.send("\x03")
            terminal.expect(self.prompt)
        finally:
            server.process.send_signal(signal.SIGCONT)
        self.assertEqual(self.say(terminal, "GET k"), '"two"\n')
        self.assertEqual(cli("-s", server.path, "EXISTS", "k")[0], "0\n")

    def test_listening(self):
        server = Server(self)
        terminal = self.at_prompt(server, "-3")
        terminal.send("SUBSCRIBE news\n")
        terminal.expect('Reading messages... (press Ctrl-C to quit)\n1) "subscribe"\n2) "news"\n'
                        "3) (integer) 1\n")
        terminal.send("PUBLISH news hello\n")
        terminal.expect('1) "message"\n2) "news"\n3) "hello"\n')
        terminal.send("UNSUBSCRIBE\n")
        terminal.expect(self.prompt)
        self.assertEqual(self.say(terminal, "PUBLISH news nobody"), "(integer) 0\n")

    def test_pushes_are_shown(self):
        server = Server(self, program="redis")
        terminal = self.at_prompt(server, "-3")
        self.assertEqual(self.say(terminal, "CLIENT TRACKING ON"), "OK\n")
        self.assertEqual(self.say(terminal, "GET k"), "(nil)\n")
        cli("-s", server.path, "SET", "k", "v")
        self.assertEqual(self.say(terminal, "PING"), '1) "invalidate"\n2) 1) "k"\nPONG\n')

    def test_a_server_that_comes_again(self):
        server = Server(self)
        terminal = self.at_prompt(server)
        self.say(terminal, "PING")
        server.stop()
        refused = self.say(terminal, "PING", server.path + " (not connected)> ")
        self.assertIn("cannot connect to", refused)
        server.start()
        self.assertEqual(self.say(terminal, "PING"), "PONG\n")


if __name__ == "__main__":
    unittest.main(verbosity=2)
