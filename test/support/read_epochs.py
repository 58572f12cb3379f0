"""Reads a Pipe-mode channel as real clients do, with nothing but the standard library and none of our code.

    read_epochs.py DIR CHANNEL EPOCHS [options]

It looks for DIR/CHANNEL_<n> until it is there, opens it with a blocking open (--nonblocking: as ml-io does,
O_NONBLOCK and then select), reads to the end and goes on with the next one. Every line that it prints is JSON:

    {"event": "opened", "epoch": 0}       the FIFO is open: its writer is there, unless --nonblocking
    {"event": "firstByte", "epoch": 0}    the first bytes have been read
    {"event": "end", "epoch": 0, "bytes": 12, "sha256": "…", "eof": true}

"eof" says whether the end of the data was seen, or the FIFO was closed before. With --recordio, the data is
taken apart, and "end" also has "records", the length of each, and "payload_sha256", over all payloads.
"""

import argparse
import hashlib
import json
import os
import select
import sys
import time

from recordio_reader import NotRecordIO, read_records


def parse_arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir")
    parser.add_argument("channel")
    parser.add_argument("epochs", type=int)
    parser.add_argument("--first-epoch", type=int, default=0)
    parser.add_argument("--recordio", action="store_true")
    parser.add_argument("--close-after", type=int, metavar="BYTES", help="close every epoch after so many bytes")
    parser.add_argument("--first-byte-only", action="store_true", help="the same as --close-after 1")
    parser.add_argument("--delay", type=float, default=0, metavar="MS", help="wait before every read")
    parser.add_argument("--chunk", type=int, default=65536, metavar="BYTES", help="the most that one read asks for")
    parser.add_argument("--poll", type=float, default=10, metavar="MS", help="how often to look for a FIFO")
    parser.add_argument("--nonblocking", action="store_true")
    arguments = parser.parse_args()
    if arguments.first_byte_only:
        arguments.close_after = 1
    if arguments.recordio and arguments.close_after is not None:
        parser.error("--recordio needs the whole epoch")
    return arguments


def say(event, epoch, **fields):
    print(json.dumps({"event": event, "epoch": epoch, **fields}), flush=True)


def open_fifo(path, poll_seconds, nonblocking):
    flags = os.O_RDONLY | (os.O_NONBLOCK if nonblocking else 0)
    while True:
        try:
            return os.open(path, flags)
        except FileNotFoundError:
            time.sleep(poll_seconds)


class EpochReader:
    """The bytes of one epoch, counted and hashed: a stream with `read`, as recordio_reader wants it."""

    def __init__(self, fd, epoch, arguments):
        self.fd = fd
        self.epoch = epoch
        self.arguments = arguments
        self.bytes = 0
        self.hash = hashlib.sha256()
        self.eof = False

    def read(self, size):
        if self.arguments.delay:
            time.sleep(self.arguments.delay / 1000)
        if self.arguments.nonblocking:
            readable, _, _ = select.select([self.fd], [], [], 60)
            if not readable:
                raise TimeoutError("no byte within 60 seconds")
        piece = os.read(self.fd, min(size, self.arguments.chunk))
        if not piece:
            self.eof = True
        elif self.bytes == 0:
            say("firstByte", self.epoch)
        self.bytes += len(piece)
        self.hash.update(piece)
        return piece


def read_bytes(reader, limit):
    while not reader.eof and (limit is None or reader.bytes < limit):
        reader.read(reader.arguments.chunk if limit is None else limit - reader.bytes)
    return {}


def read_payloads(reader):
    sizes, payloads = [], hashlib.sha256()
    for record in read_records(reader):
        sizes.append(len(record))
        payloads.update(record)
    return {"records": sizes, "payload_sha256": payloads.hexdigest()}


def main():
    arguments = parse_arguments()
    for epoch in range(arguments.first_epoch, arguments.first_epoch + arguments.epochs):
        path = os.path.join(arguments.dir, f"{arguments.channel}_{epoch}")
        fd = open_fifo(path, arguments.poll / 1000, arguments.nonblocking)
        say("opened", epoch)
        reader = EpochReader(fd, epoch, arguments)
        more = read_payloads(reader) if arguments.recordio else read_bytes(reader, arguments.close_after)
        os.close(fd)
        say("end", epoch, bytes=reader.bytes, sha256=reader.hash.hexdigest(), eof=reader.eof, **more)


if __name__ == "__main__":
    try:
        main()
    except NotRecordIO as error:
        sys.exit(f"not RecordIO: {error}")
