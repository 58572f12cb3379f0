"""Runs a program on a pseudo terminal of its own, as in a terminal window.

    terminal.py COLUMNS ROWS PROGRAM [ARGUMENT ...]

Whatever the program writes to its terminal comes out of stdout; whatever comes in on stdin is typed there
("\\x03" is Ctrl-C). A line "resize COLUMNS ROWS" on stdin changes the size instead, and its end closes the terminal. Exits
as the program does, and not before.
"""

import fcntl
import os
import pty
import re
import select
import struct
import sys
import termios


def resize(fd, columns, rows):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0))


def main():
    columns, rows, *program = sys.argv[1:]
    pid, terminal = pty.fork()
    if pid == 0:
        resize(0, columns, rows)
        os.execvp(program[0], program)
    inputs = [terminal, 0]
    while True:
        readable, _, _ = select.select(inputs, [], [])
        if 0 in readable:
            typed = os.read(0, 4096)
            size = re.fullmatch(rb"resize (\d+) (\d+)\n", typed)
            if size:
                resize(terminal, *size.groups())
            elif typed:
                os.write(terminal, typed)
            else:
                os.close(terminal)  # the window is closed: the program gets a SIGHUP
                break
        if terminal in readable:
            try:
                written = os.read(terminal, 65536)
            except OSError:  # the program has gone
                break
            if not written:
                break
            os.write(1, written)
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))


main()
