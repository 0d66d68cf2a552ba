"""Memory and time of two processes that train a wide network, with whole and with divided weights.

One process, two with whole weights (``whole``), and two with ``shard_weights`` (``sharded``) train
the same autoencoder of 20,000 columns with Adam; its two wide layers have 20 million weights. The
memory of a process is the most that it had during the training, less what it had before the network
was made; pages that processes share count in parts. It is sampled in trainings of their own.
Seconds are those of the fastest epoch after the first. The losses must agree.

    python benchmarks/sharded_weights.py [--rounds 3]
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from _machine import write

ROWS, COLUMNS, HIDDEN, CODE, EPOCHS = 512, 20_000, 512, 32, 3
WAYS = {"one": (1, False), "whole": (2, False), "sharded": (2, True)}


def measured(*, shards: bool, samples: bool) -> dict[str, Any]:
    """Return the figures of a training; runs in each process of torchrun."""
    import numpy as np
    import torch.distributed as dist

    from isthmus import Autoencoder

    dist.init_process_group("gloo")
    X = np.random.default_rng(0).random((ROWS, COLUMNS), dtype=np.float32)
    parameters: dict[str, Any] = {
        "latent_dim": CODE,
        "scaling": "none",
        "output_activation": "identity",
        "optimizer": "adam",
        "batch_size": 128,
        "random_state": 0,
        "shard_weights": shards,
    }
    Autoencoder(**parameters, hidden_dims=(2,), epochs=1).fit(X)  # imports, pages of the rows
    with sampled_memory() if samples else contextlib.nullcontext([0]) as sizes:
        model = Autoencoder(**parameters, hidden_dims=(HIDDEN,), epochs=EPOCHS).fit(X)
    own = {
        "bytes": max(sizes) - sizes[0],
        "seconds": min(record["seconds"] for record in model.history_[1:]),
        "losses": [record["train_loss"] for record in model.history_],
    }
    every: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(every, own)
    dist.destroy_process_group()
    return {**own, "bytes": max(other["bytes"] for other in every)}


@contextlib.contextmanager
def sampled_memory() -> Iterator[list[int]]:
    """Yield the bytes of memory of this process at many moments, the first before all others."""
    sizes, ends = [memory()], threading.Event()

    def sample() -> None:
        while not ends.wait(0.01):
            sizes.append(memory())

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        yield sizes
    finally:
        ends.set()
        sampler.join()


def memory() -> int:
    """Return the bytes of memory of this process, pages that it shares in parts."""
    lines = Path("/proc/self/smaps_rollup").read_text().splitlines()
    (kilobytes,) = (line.split()[1] for line in lines if line.startswith("Pss:"))
    return int(kilobytes) * 1024


def launched(n_processes: int, *, shards: bool, samples: bool) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "figures.json"
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc-per-node", str(n_processes), __file__, "--figures", str(path)]
        threads = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
        command += ["--shards"] * shards + ["--samples"] * samples
        subprocess.run(command, env=os.environ | threads, check=True)
        figures: dict[str, Any] = json.loads(path.read_text())
        return figures


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shards", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--samples", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--figures", type=Path, help=argparse.SUPPRESS)  # for torchrun's processes
    arguments = parser.parse_args()
    if arguments.figures is not None:
        figures = measured(shards=arguments.shards, samples=arguments.samples)
        if os.environ["RANK"] == "0":
            arguments.figures.write_text(json.dumps(figures))
        os._exit(0)  # threads of the group can abort a process whose Python has ended
    found: dict[str, list[dict[str, Any]]] = {way: [] for way in WAYS}
    for _ in range(arguments.rounds):
        for way, (n_processes, shards) in WAYS.items():
            timed = launched(n_processes, shards=shards, samples=False)
            sized = launched(n_processes, shards=shards, samples=True)
            found[way].append({**timed, "bytes": sized["bytes"]})
            print(way, found[way][-1], flush=True)
    weights = 4 * sum(  # bytes
        (n_in + 1) * n_out
        for n_in, n_out in (
            (COLUMNS, HIDDEN),
            (HIDDEN, CODE),
            (CODE, HIDDEN),
            (HIDDEN, COLUMNS),
        )
    )
    ways = {
        way: {
            "bytes": statistics.median(one["bytes"] for one in rounds),
            "times_the_weights": statistics.median(one["bytes"] / weights for one in rounds),
            "seconds": statistics.median(one["seconds"] for one in rounds),
            "largest_difference_of_losses": max(
                abs(a / b - 1)
                for one in rounds
                for a, b in zip(one["losses"], found["one"][0]["losses"], strict=True)
            ),
        }
        for way, rounds in found.items()
    }
    shape = {"rows": ROWS, "columns": COLUMNS, "hidden": HIDDEN, "code": CODE}
    write(
        __file__, {"rounds": arguments.rounds, **shape, "bytes_of_weights": weights, "ways": ways}
    )


if __name__ == "__main__":
    main()
