"""Forks a reader per command, which costs a millisecond and not the start of a Python.

Commands come as lines of JSON: {"hello": 1} is answered by {"event": "ready"}, {"id": 1, "path": …, …} begins to
read one epoch, {"kill": 1} ends a reader by SIGKILL. What the readers see goes out as lines of JSON, each with the
monotonic clock's nanoseconds in "t":

    {"id": 1, "event": "opened"}
    {"id": 1, "event": "first", "next": true, "name": false}   after the first byte: which names are there
    {"id": 1, "event": "end", "bytes": 3, "sha256": "…", "eof": true, "again": 0}
    {"id": 1, "event": "exit", "status": 0}
"""

import hashlib
import json
import os
import select
import signal
import sys
import time


def say(identifier, event, **fields):
    line = json.dumps({"id": identifier, "event": event, "t": str(time.monotonic_ns()), **fields}) + "\n"
    os.write(1, line.encode())


def open_fifo(path, flags):
    while True:
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            time.sleep(0.002)


def read_again(path, seconds=0.03):
    """How many bytes of an epoch that was left can be had by opening it once more; -1 if it has no name."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return -1
    try:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            try:
                piece = os.read(fd, 65536)
                if piece:
                    return len(piece)
            except BlockingIOError:
                pass
            time.sleep(0.002)
        return 0
    finally:
        os.close(fd)


def wait_readable(fd):
    poll = select.poll()
    poll.register(fd, select.POLLIN)
    if not poll.poll(60_000):
        sys.exit("no byte within 60 seconds")


def read_epoch(command):
    identifier, path, limit = command["id"], command["path"], command["limit"]
    time.sleep(command["late"] / 1000)
    fd = open_fifo(path, os.O_RDONLY | (os.O_NONBLOCK if command["nonblocking"] else 0))
    say(identifier, "opened")
    time.sleep(command["pause"] / 1000)
    total, digest, eof, delays = 0, hashlib.sha256(), False, 20
    if command["nonblocking"]:
        # Until a writer has come, a FIFO looks as if it had ended; and one that leaves before is nobody's reader.
        wait_readable(fd)
    while limit is None or total < limit:
        if command["delay"] and delays:
            delays -= 1
            time.sleep(command["delay"] / 1000)
        if command["nonblocking"]:
            wait_readable(fd)
        piece = os.read(fd, command["chunk"] if limit is None else min(command["chunk"], limit - total))
        if not piece:
            eof = True
            break
        if total == 0:
            say(identifier, "first", next=os.path.exists(command["next"]), name=os.path.exists(path))
        total += len(piece)
        digest.update(piece)
    fields = {"bytes": total, "sha256": digest.hexdigest(), "eof": eof}
    if command["dies"] and not eof:
        say(identifier, "end", **fields)
        os.kill(os.getpid(), signal.SIGKILL)
    os.close(fd)
    left = time.monotonic_ns()
    again = read_again(path) if command["returns"] and not eof and total > 0 else None
    say(identifier, "end", left=str(left), again=again, **fields)


class Host:
    def __init__(self):
        self.readers = {}
        self.buffer = b""
        self.wake, wake_in = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        os.set_blocking(wake_in, False)
        signal.set_wakeup_fd(wake_in)
        signal.signal(signal.SIGCHLD, lambda *_: None)

    def begin(self, command):
        pid = os.fork()
        if pid == 0:
            signal.set_wakeup_fd(-1)
            status = 1
            try:
                read_epoch(command)
                status = 0
            except SystemExit as error:
                say(command["id"], "failed", message=str(error))
            except BaseException as error:  # whatever it is, the parent has to hear of it
                say(command["id"], "failed", message=repr(error))
            finally:
                os._exit(status)
        self.readers[pid] = command["id"]

    def reap(self):
        while self.readers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            say(self.readers.pop(pid), "exit", status=os.waitstatus_to_exitcode(status))

    def take(self, line):
        command = json.loads(line)
        if "hello" in command:
            os.write(1, b'{"event": "ready"}\n')
        elif "kill" in command:
            for pid, identifier in self.readers.items():
                if identifier == command["kill"]:
                    os.kill(pid, signal.SIGKILL)
        else:
            self.begin(command)

    def serve(self):
        while True:
            ready, _, _ = select.select([0, self.wake], [], [])
            if self.wake in ready:
                os.read(self.wake, 4096)
                self.reap()
            if 0 in ready:
                data = os.read(0, 65536)
                if not data:
                    break
                *lines, self.buffer = (self.buffer + data).split(b"\n")
                for line in lines:
                    self.take(line)
        for pid in self.readers:
            os.kill(pid, signal.SIGKILL)


Host().serve()
