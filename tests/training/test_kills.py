"""A fit whose process is killed by SIGKILL at any moment ends with the bytes of one that is not."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Forked after the imports, so that a try costs milliseconds. The parent runs no step, as threads
# of torch do not survive a fork.
PROGRAM = """
import json, os, random, signal, sys, time
import numpy as np
from isthmus import StackedAutoencoder
from isthmus.training import Checkpointer

n_kills, X = int(sys.argv[1]), np.random.default_rng(0).random((64, 6), dtype=np.float32)

def fit(folder, callbacks):
    stack = StackedAutoencoder(
        (5, 2), noise="masking", pretraining_epochs=12, epochs=12, batch_size=8,
        early_stopping=True, patience=30, device="cpu", random_state=0,
    )
    stack.set_params(callbacks=callbacks).fit(X)
    stack.set_params(callbacks=None).save(folder)

def child(folder, callbacks):
    if pid := os.fork():
        return pid
    try:
        fit(folder, callbacks)
        os._exit(0)
    except BaseException:
        import traceback
        traceback.print_exc()
    finally:
        os._exit(1)

def checkpoints(k):
    # Each step, so that many kills fall into a write.
    return Checkpointer(f"checkpoints-{k}", seconds=1e-9, resume=True)

began = time.perf_counter()
assert os.waitpid(child("whole", []), 0)[1] == 0
longest, draws, killed, k = time.perf_counter() - began, random.Random(0), 0, 0
while killed < n_kills:
    pid = child(f"model-{k}", [checkpoints(k)])
    time.sleep(draws.random() * longest)
    os.kill(pid, signal.SIGKILL)
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        killed += 1
        continue
    assert status == 0
    k += 1
assert os.waitpid(child("last", [checkpoints(k)]), 0)[1] == 0

def content(folder):
    document = json.load(open(f"{folder}/model.json"))
    del document["sha256"]  # of the document with its seconds
    for record in document["history"]:
        del record["seconds"]
    return document, open(f"{folder}/model.safetensors", "rb").read()

for name in [*(f"model-{j}" for j in range(k)), "last"]:
    assert content(name) == content("whole"), name
print(killed, "killed")
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
@pytest.mark.parametrize("n_kills", [3, pytest.param(200, marks=pytest.mark.slow)])
def test_killed_at_random_moments_it_ends_with_the_same_bytes(tmp_path, n_kills):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(n_kills)],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=1200,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == [str(n_kills), "killed"]
