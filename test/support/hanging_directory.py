"""Mounts an empty directory by FUSE's protocol, as root. After a line on stdin it does not answer any more when it is listed.
It ends with its stdin: then whoever lists it gets an error."""

import ctypes
import os
import signal
import struct
import sys

INIT, GETATTR, OPENDIR, READDIR, READDIRPLUS = 26, 3, 27, 28, 44
ENOSYS = 38
HEADER = struct.Struct("=IIQQIIII")

path = sys.argv[1]
device = os.open("/dev/fuse", os.O_RDWR)
libc = ctypes.CDLL(None, use_errno=True)
options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
if libc.mount(b"hanging", path.encode(), b"fuse", 0, options) != 0:
    sys.exit(f"mount: {os.strerror(ctypes.get_errno())}")


def answer(unique, body=b"", error=0):
    os.write(device, struct.pack("=IiQ", 16 + len(body), -error, unique) + body)


hangs = False


def hang(*_):
    global hangs
    hangs = True
    print("hangs", flush=True)


def serve():
    while True:
        try:
            request = os.read(device, 1 << 20)
        except OSError:
            return  # unmounted
        _, opcode, unique, node, *_ = HEADER.unpack_from(request)
        if opcode == INIT:
            answer(unique, struct.pack("=IIIIHHI", 7, 31, 0, 0, 8, 8, 4096).ljust(64, b"\0"))
        elif opcode == GETATTR:
            times = [0] * 3
            attributes = struct.pack("=6Q3I7I", node, 0, 0, *times, 0, 0, 0, 0o40755, 2, 0, 0, 0, 4096, 0)
            answer(unique, struct.pack("=QII", 60, 0, 0) + attributes)
        elif opcode == OPENDIR:
            answer(unique, struct.pack("=QII", 1, 0, 0))
        elif opcode in (READDIR, READDIRPLUS):
            if not hangs:
                answer(unique)
        elif opcode not in (2, 36, 42):  # FORGET, INTERRUPT and BATCH_FORGET have no answer
            answer(unique, error=ENOSYS)


server = os.fork()
if server == 0:
    os.close(0)
    signal.signal(signal.SIGUSR1, hang)
    serve()
    os._exit(0)
os.close(device)
print("mounted", flush=True)
for _ in sys.stdin:
    os.kill(server, signal.SIGUSR1)
libc.umount2(path.encode(), 1 | 2)  # MNT_FORCE: whoever waits gets an error; MNT_DETACH
