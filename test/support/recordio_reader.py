"""Takes RecordIO apart, with nothing but the standard library and none of our code.

Tests hold our encoder against it. Parts are joined as they are, as SageMaker's TensorFlow reader and ml-io
do. As a program, it reads one stream from standard input and prints one JSON line per record:
{"bytes": length, "sha256": hex}; on a stream that is not RecordIO it exits with 1 and says why.
"""

import hashlib
import json
import struct
import sys

MAGIC = 0xCED7230A
WHOLE, FIRST, MIDDLE, LAST = range(4)


class NotRecordIO(Exception):
    pass


def read_exactly(stream, size):
    """`size` bytes, or fewer at the end of the stream. `stream` may be unbuffered."""
    pieces = []
    while size > 0:
        piece = stream.read(size)
        if not piece:
            break
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def read_parts(stream):
    """Yields (flag, bytes) for every part."""
    offset = 0
    while True:
        header = read_exactly(stream, 8)
        if not header:
            return
        if len(header) < 8:
            raise NotRecordIO(f"{len(header)} bytes of a header at byte {offset}")
        magic, word = struct.unpack("<II", header)
        if magic != MAGIC:
            raise NotRecordIO(f"magic {magic:#010x} at byte {offset}")
        flag, length = word >> 29, word & 0x1FFFFFFF
        padding = -length % 4
        body = read_exactly(stream, length + padding)
        if len(body) < length + padding:
            raise NotRecordIO(f"{len(body)} of {length}+{padding} bytes of the part at byte {offset}")
        if any(body[length:]):
            raise NotRecordIO(f"padding that is not zero after the part at byte {offset}")
        yield flag, body[:length]
        offset += 8 + length + padding


def read_records(stream):
    """Yields the payload of every record."""
    parts = None
    for flag, body in read_parts(stream):
        if flag == WHOLE and parts is None:
            yield body
        elif flag == FIRST and parts is None:
            parts = [body]
        elif flag == MIDDLE and parts is not None:
            parts.append(body)
        elif flag == LAST and parts is not None:
            yield b"".join(parts + [body])
            parts = None
        else:
            raise NotRecordIO(f"flag {flag} where it does not belong")
    if parts is not None:
        raise NotRecordIO("the last part of a record is missing")


if __name__ == "__main__":
    try:
        for record in read_records(sys.stdin.buffer):
            print(json.dumps({"bytes": len(record), "sha256": hashlib.sha256(record).hexdigest()}))
    except NotRecordIO as error:
        sys.exit(f"not RecordIO: {error}")
