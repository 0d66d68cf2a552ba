"""Workers of a sweep end with the process that started them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

# A worker that does nothing, and its parent, which waits to be killed.
PROGRAM = """
import importlib.util, os, sys, time
spec = importlib.util.spec_from_file_location("watch", sys.argv[1])
watch = importlib.util.module_from_spec(spec)
spec.loader.exec_module(watch)
parent = os.getpid()
if worker := os.fork():
    print(worker, flush=True)
else:
    watch.end_with_parent(parent)
time.sleep(60)
"""


def is_running(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_a_worker_ends_soon_after_its_parent_is_killed():
    from isthmus.sweeps import _parent_watch

    command = [sys.executable, "-c", PROGRAM, _parent_watch.__file__]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
    end = time.monotonic() + 20
    while is_running(worker) and time.monotonic() < end:
        time.sleep(0.05)
    assert not is_running(worker)


def test_nothing_watches_in_the_parent_itself():
    from isthmus.sweeps._parent_watch import end_with_parent

    n_threads = len(os.listdir("/proc/self/task")) if os.path.isdir("/proc/self/task") else 0
    end_with_parent(os.getpid())
    if n_threads:
        assert len(os.listdir("/proc/self/task")) <= n_threads
