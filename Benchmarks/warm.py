"""The environment in which a program keeps the memory that it frees.

The C library gives large arrays back to the system at once, and the system clears memory before it lends it again: that takes as
long as decompressing LZ4 into it, and would be measured with every read of a series that is meant to find its memory warm.
"""

import os


def warm():
    """This process's environment with the C library's limits for giving memory back set out of reach."""
    return dict(os.environ) | {"GLIBC_TUNABLES": "glibc.malloc.mmap_max=0:glibc.malloc.trim_threshold=1099511627776"}
