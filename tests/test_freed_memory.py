"""Freed memory goes back to the system."""

import subprocess
import sys

import pytest

# Large blocks between small objects, which glibc does not return on its own.
_SCRIPT = """
import numpy as np
from isthmus._freed_memory import return_freed_memory

def memory():
    return int(open("/proc/self/statm").read().split()[1]) * 4096

np.empty(30_000_000, np.uint8).fill(0)  # from now on, blocks of this size are kept
before, small = memory(), []
blocks = []
for _ in range(20):
    block = np.ones(10_000_000, np.uint8)
    blocks.append(block)
    small.append(bytes(100_000))
del blocks, block
kept = memory()
return_freed_memory()
print(kept - before, memory() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_free_blocks_between_small_objects_are_returned():
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT], capture_output=True, text=True, check=True
    )
    kept, left = map(int, done.stdout.split())
    if kept < 100_000_000:
        pytest.skip("the C library returns such blocks on its own")
    assert left < kept / 4
