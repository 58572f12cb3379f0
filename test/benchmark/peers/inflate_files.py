"""The same as copy_files.py, with every file inflated. Usage: inflate_files.py SRC FIFO"""

import gzip
import os
import shutil
import sys

source, fifo = sys.argv[1:]
with open(fifo, "wb", buffering=0) as out:
    for root, directories, names in os.walk(source):
        directories.sort()
        for name in sorted(names):
            with gzip.open(os.path.join(root, name), "rb") as file:
                shutil.copyfileobj(file, out)
