"""Every file below a directory into a FIFO, as existing emulators of Pipe mode do it. Usage: copy_files.py SRC FIFO"""

import os
import shutil
import sys

source, fifo = sys.argv[1:]
with open(fifo, "wb", buffering=0) as out:
    for root, directories, names in os.walk(source):
        directories.sort()
        for name in sorted(names):
            with open(os.path.join(root, name), "rb") as file:
                shutil.copyfileobj(file, out)
