#!/usr/bin/env python3
"""terminal_test.py <kontor>: the shell at a terminal (a pseudo terminal), and what signals do to it."""

import fcntl
import os
import pathlib
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

KONTOR = sys.argv.pop(1)
DEADLINE_S = 20


class Terminal:
    """The shell on a pseudo terminal; what it prints is collected without escape sequences."""

    def __init__(self, *arguments, **variables):
        environment = dict(os.environ, TERM="xterm", LC_ALL="C.UTF-8", KONTOR_HISTORY="")
        environment.update(variables)
        self.pid, self.descriptor = pty.fork()
        if self.pid == 0:
            os.execve(KONTOR, [KONTOR, *arguments], environment)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 200, 0, 0))
        self.text = ""

    def read_some(self, seconds):
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return False
        try:
            chunk = os.read(self.descriptor, 65536)
        except OSError:  # the other side is gone
            return False
        plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[=>]", "", chunk.decode("utf-8", "replace"))
        self.text += plain.replace("\r", "")
        return bool(chunk)

    def expect(self, wanted):
        """Reads on until the text shows up behind everything expected before."""
        deadline = time.monotonic() + DEADLINE_S
        while wanted not in self.text:
            if time.monotonic() > deadline or not self.read_some(0.2) and self.ended():
                raise AssertionError(f"expected {wanted!r}, got {self.text!r}")
        before, self.text = self.text.split(wanted, 1)
        return before

    def send(self, text):
        os.write(self.descriptor, text.encode())

    def say(self, line, prompt="kontor:memory> "):
        """Types a line and returns what is printed until the next prompt, without the echo."""
        self.send(line + "\n")
        self.expect(line)
        return self.expect(prompt).lstrip("\n")

    def ended(self):
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def exit_code(self):
        deadline = time.monotonic() + DEADLINE_S
        while not self.ended():
            if time.monotonic() > deadline:
                raise AssertionError(f"does not end: {self.text!r}")
            self.read_some(0.05)
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.descriptor)
        self.pid = 0
        return os.waitstatus_to_exitcode(status)

    def kill(self):
        if self.pid:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            os.close(self.descriptor)


class TerminalTest(unittest.TestCase):

    def start(self, *arguments, **variables):
        terminal = Terminal(*arguments, **variables)
        self.addCleanup(terminal.kill)
        return terminal

    def at_prompt(self, *arguments, **variables):
        terminal = self.start(*arguments, **variables)
        terminal.expect("kontor:memory> ")
        return terminal

    def test_replies_and_prompt(self):
        terminal = self.at_prompt()
        self.assertEqual(terminal.say("SET a 'b c'"), "OK\n")
        self.assertEqual(terminal.say("GET a"), '"b c"\n')
        self.assertEqual(terminal.say("GET nosuch"), "(nil)\n")
        self.assertEqual(terminal.say("RPUSH l x y"), "(integer) 2\n")
        self.assertEqual(terminal.say("LRANGE l 0 -1"), '1) "x"\n2) "y"\n')
        self.assertRegex(terminal.say("INCR a"), r"^\(error\) ERR value is not an integer")
        self.assertEqual(terminal.say("SELECT 2", "kontor:memory[2]> "), "OK\n")
        self.assertEqual(terminal.say("GET a", "kontor:memory[2]> "), "(nil)\n")
        self.assertEqual(terminal.say("SELECT 0"), "OK\n")
        self.assertEqual(terminal.say('SET "a'), "Invalid argument(s)\n")
        terminal.send("quit\n")
        self.assertEqual(terminal.exit_code(), 0)

    def test_prompt_names_the_directory(self):
        with tempfile.TemporaryDirectory() as folder:
            terminal = self.start(folder)
            terminal.expect(f"kontor:{folder}> ")
            terminal.send("\x04")
            self.assertEqual(terminal.exit_code(), 0)

    def test_characters_outside_of_ascii(self):
        terminal = self.at_prompt()
        self.assertEqual(terminal.say("SET k gr\u00fc\u00df"), "OK\n")
        self.assertEqual(terminal.say("GET k"), '"gr\\xc3\\xbc\\xc3\\x9f"\n')

    def test_completion(self):
        terminal = self.at_prompt()
        terminal.send("getr\t")
        terminal.expect("getrange ")
        terminal.send("\x15LRAN\t")
        terminal.expect("LRANGE ")
        terminal.send("\x15SET k v KEEP\t")
        terminal.expect("KEEPTTL ")
        terminal.send("\n")
        terminal.expect("OK")
        terminal.send("EXPIRE\t")
        choices = terminal.expect("EXPIRETIME")
        self.assertIn("EXPIREAT", choices)

    def test_help(self):
        terminal = self.at_prompt()
        self.assertIn("group: string", terminal.say("help SET"))
        self.assertIn("LPUSH key", terminal.say("help @list"))

    def test_history_is_kept_across_runs(self):
        with tempfile.TemporaryDirectory() as folder:
            path = folder + "/history"
            terminal = self.at_prompt(KONTOR_HISTORY=path)
            terminal.say("ECHO remembered")
            terminal.send("exit\n")
            self.assertEqual(terminal.exit_code(), 0)
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            terminal = self.at_prompt(KONTOR_HISTORY=path)
            terminal.send("\x1b[A\x1b[A\n")  # twice up: before the exit
            terminal.expect('"remembered"')

    def test_history_that_cannot_be_written_is_told(self):
        terminal = self.at_prompt(KONTOR_HISTORY="/proc/nowhere/history")
        terminal.say("PING")
        terminal.send("exit\n")
        terminal.expect("The history could not be written")
        self.assertEqual(terminal.exit_code(), 0)

    def test_ctrl_c_drops_the_line(self):
        terminal = self.at_prompt()
        terminal.send("SET a half")
        terminal.expect("half")
        terminal.send("\x03")
        terminal.expect("kontor:memory> ")
        self.assertEqual(terminal.say("GET a"), "(nil)\n")

    def test_ctrl_c_ends_a_blocking_command(self):
        terminal = self.at_prompt()
        for command in ("BLPOP nothing 0", "Q.TAKE nothing BLOCK 0"):
            terminal.send(command + "\n")
            terminal.expect("\n")
            time.sleep(0.3)
            terminal.send("\x03")
            terminal.expect("kontor:memory> ")
            self.assertEqual(terminal.say("PING"), "PONG\n")

    def test_transactions(self):
        terminal = self.at_prompt()
        in_transaction = "kontor:memory(TX)> "
        self.assertEqual(terminal.say("MULTI", in_transaction), "OK\n")
        self.assertEqual(terminal.say("INCR n", in_transaction), "QUEUED\n")
        self.assertEqual(terminal.say("EXEC"), "1) (integer) 1\n")
        # What is dropped with the session: the transaction; not the database.
        self.assertEqual(terminal.say("MULTI", in_transaction), "OK\n")
        self.assertEqual(terminal.say("SELECT 3", in_transaction), "QUEUED\n")
        self.assertEqual(terminal.say("EXEC", "kontor:memory[3]> "), "1) OK\n")
        terminal.send("BLPOP nothing 0\n")
        terminal.expect("\n")
        time.sleep(0.3)
        terminal.send("\x03")
        terminal.expect("kontor:memory[3]> ")
        self.assertEqual(terminal.say("SET k 1", "kontor:memory[3]> "), "OK\n")
        self.assertEqual(terminal.say("HELLO 3", "kontor:memory[3]> ").splitlines()[0][:12], '1# "server" ')
        self.assertEqual(terminal.say("HGETALL no", "kontor:memory[3]> "), "(empty hash)\n")

    def test_slow_commands_tell_their_time(self):
        terminal = self.at_prompt()
        self.assertRegex(terminal.say("BLPOP nothing 0.6"), r"^\(nil\)\n\(0\.[67]\ds\)\n$")

    def test_listening(self):
        terminal = self.at_prompt()
        terminal.send("SUBSCRIBE news\n")
        terminal.expect('Reading messages... (press Ctrl-C to quit)\n1) "subscribe"\n2) "news"\n'
                        "3) (integer) 1\n")
        terminal.send("PUBLISH news hello\n")
        terminal.expect('(integer) 1\n1) "message"\n2) "news"\n3) "hello"\n')
        terminal.send("\x03")
        terminal.expect("kontor:memory> ")
        self.assertEqual(terminal.say("PUBLISH news nobody"), "(integer) 0\n")

    def test_queue_cycle(self):
        terminal = self.at_prompt()
        self.assertEqual(terminal.say("Q.ADD jobs work"), "(integer) 1\n")
        taken = terminal.say("Q.TAKE jobs")
        match = re.search(r'"receipt"\n +2\) \(integer\) (\d+)\n +3\) "body"\n +4\) "work"\n', taken)
        self.assertIsNotNone(match, taken)
        self.assertEqual(terminal.say(f"Q.ACK jobs {match[1]}"), "(integer) 1\n")
        self.assertEqual(terminal.say(f"Q.ACK jobs {match[1]}"), "(integer) 0\n")

    def test_asked_to_end_at_the_prompt(self):
        with tempfile.TemporaryDirectory() as folder:
            terminal = self.start(folder)
            prompt = f"kontor:{folder}> "
            terminal.expect(prompt)
            terminal.say("SET kept yes", prompt)
            os.kill(terminal.pid, signal.SIGTERM)
            self.assertEqual(terminal.exit_code(), 128 + signal.SIGTERM)
            # Closed in order: the snapshot is written.
            self.assertTrue(list(pathlib.Path(folder).glob("snapshot-*")))


class SignalTest(unittest.TestCase):
    """Without a terminal."""

    def interrupt(self, signal_number, *arguments, stdin=subprocess.DEVNULL):
        process = subprocess.Popen([KONTOR, *arguments], stdin=stdin, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(lambda: process.poll() is None and process.kill())
        first = process.stdout.readline()
        time.sleep(0.2)
        process.send_signal(signal_number)
        code = process.wait(DEADLINE_S)
        if process.stdin:
            process.stdin.close()
        return first, code

    def test_interrupted_blocking_command(self):
        result = self.interrupt(signal.SIGINT, "-c", "PING", "-c", "BLPOP nothing 0")
        self.assertEqual(result, (b"PONG\n", 130))

    def test_interrupted_listening(self):
        result = self.interrupt(signal.SIGINT, "-c", "SUBSCRIBE news")
        self.assertEqual(result, (b"subscribe\n", 130))

    def test_interrupted_while_reading_a_pipe(self):
        reading, writing = os.pipe()
        os.write(writing, b"PING\n")
        try:
            result = self.interrupt(signal.SIGINT, stdin=reading)
        finally:
            os.close(reading)
            os.close(writing)
        self.assertEqual(result, (b"PONG\n", 130))

    def test_asked_to_end(self):
        result = self.interrupt(signal.SIGTERM, "-c", "PING", "-c", "BLPOP nothing 0")
        self.assertEqual(result, (b"PONG\n", 143))

    def test_closed_output(self):
        """`kontor | head -n 1` ends soon and closes the engine in order."""
        reading, writing = os.pipe()
        os.close(reading)
        with tempfile.TemporaryDirectory() as folder:
            code = subprocess.run([KONTOR, folder, "-c", "SET a b", "-c", "SET c d"],
                                  stdout=writing, check=False, timeout=DEADLINE_S).returncode
            os.close(writing)
            self.assertEqual(code, 1)
            self.assertTrue(list(pathlib.Path(folder).glob("snapshot-*")))


if __name__ == "__main__":
    unittest.main(verbosity=2)
