"""A folder is locked while its process lives, and not a moment longer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from isthmus._folder_locks import locked, new_locked_folder, temporary_folder

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no such locks")

HOLDER = """
import sys, time
from isthmus._folder_locks import locked
with locked(sys.argv[1]) as is_mine:
    print(is_mine, flush=True)
    time.sleep(60)
"""


def test_one_block_at_a_time_has_the_lock(tmp_path):
    with locked(tmp_path) as first, locked(tmp_path) as second:
        assert (first, second) == (True, False)
    with locked(tmp_path) as third:
        assert third


def test_a_killed_process_leaves_no_lock_and_no_file(tmp_path):
    arguments = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout.readline() == "True\n"
        with locked(tmp_path) as is_mine:
            assert not is_mine
        holder.send_signal(signal.SIGKILL)
    with locked(tmp_path) as is_mine:
        assert is_mine
    assert list(tmp_path.iterdir()) == []


def test_a_temporary_folder_is_removed_but_not_what_took_its_name(tmp_path):
    with new_locked_folder(lambda: temporary_folder(tmp_path, "a.")) as folder:
        (folder / "file").touch()
    assert not folder.exists()
    with new_locked_folder(lambda: temporary_folder(tmp_path, "a.")) as folder:
        folder.rename(tmp_path / "moved")
        folder.mkdir()
    assert folder.exists()
