"""How much faster two processes with one thread each train than one process with one thread.

For networks of several widths, two optimizers and batches of several sizes, the same training in
turn, in five ways: by one process; by two that share each batch and the optimizer's step
(``ranks``); by two that add up their gradients through Gloo's sockets, and update all weights
themselves (``all_reduce``); by two that have half of the rows and of a batch each, update all
weights, and exchange nothing (``no_messages``); and by two that each have all of it, at once
(``at_once``). All are given as times as fast as one process. ``no_messages`` is the bound of
sharing batches alone; ``at_once`` is what the processors have to give: 2 for two cores that share
nothing.
Seconds are those of the fastest epoch of a round after its first, ratios the median over the
rounds. Processor seconds of a process include the threads that exchange messages; they vary less on
a machine that does other work too.

Losses must agree between one process and two, since both compute the same means over the same
batches; the largest relative difference of an epoch is measured too. Rounding alone can make some
of it, so it is also measured between two trainings of one process, of which one starts from weights
that are larger by 1e-7 of themselves (``largest_difference_of_rounding``).

Processes share the processors with everything else on the machine: measure it on a quiet one.

    python benchmarks/ranks.py [--rounds 3]
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from _machine import shared, write

VARIABLES = ("OMP_WAIT_POLICY", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
RANKS, CODE, EPOCHS = 2, 32, 3
# Hidden layers, rows of MNIST, sizes of batches by optimizer. The first is the first tutorial's,
# with its optimizer and with the default one.
NETWORKS = (
    ((128, 64), 16_384, {"adam": (256, 512, 1024, 4096), "muon": (256, 1024, 4096)}),
    ((512, 256), 8_192, {"adam": (256, 1024, 4096), "muon": (256, 1024)}),
    ((1024, 512), 4_096, {"adam": (256, 512, 1024), "muon": (256, 1024)}),
)

Records = list[dict[str, Any]]


def trained(
    n_rows: int,
    hidden: tuple[int, ...],
    batch_size: int,
    optimizer: str,
    ranks: Any,
    larger: float = 0.0,
) -> Records:
    """Return the records of a training in this process, from weights that may be larger."""
    import torch

    from isthmus.accelerators import train
    from isthmus.nn import MLPAutoencoder
    from isthmus.objectives import Reconstruction
    from isthmus.training import Settings, defaults_of

    generator = torch.Generator().manual_seed(0)
    network = MLPAutoencoder(784, CODE, hidden, generator=generator)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(1 + larger)
    settings = Settings(
        epochs=EPOCHS,
        batch_size=batch_size,
        optimizer=optimizer,
        weight_decay=0.0,
        patience=None,
        **defaults_of(optimizer),
    )
    return train(Reconstruction(network), rows_of(n_rows), settings, seed=0, ranks=ranks)


def without_sharing(*given: Any) -> Records:
    """Return the records of a training whose gradients are added up by Gloo alone."""
    from isthmus.accelerators import switched_off

    with switched_off("shared-memory"):
        return trained(*given)


def rows_of(n: int) -> Any:
    """Return the first rows of MNIST."""
    import numpy as np

    from isthmus.preprocessing import Scaling
    from isthmus.rows import as_rows

    scaling = Scaling("none", np.zeros(1), np.full(1, 255.0))
    return as_rows(pixels()[:n], scaling, keep=True)


@functools.cache
def pixels() -> Any:
    from isthmus.sources import read_source

    return read_source("mnist", data_dir=str(shared("mnist"))).X


def timed(work: Callable[[], Records]) -> dict[str, Any]:
    """Return seconds per epoch, processor seconds and losses of a training."""
    begun = time.process_time()
    records = work()
    return {
        "seconds": min(record["seconds"] for record in records[1:]),
        "processor_seconds": (time.process_time() - begun) / len(records),
        "losses": [record["train_loss"] for record in records],
    }


def measured(rounds: int) -> dict[str, Any]:
    """Return the figures of all networks; runs in each process of torchrun."""
    import torch.distributed as dist

    from isthmus.training import ProcessRanks, Ranks

    dist.init_process_group("gloo")
    together, alone = ProcessRanks(), Ranks()
    first = together.rank == 0
    tables: dict[str, Any] = {}
    for hidden, n, optimizers in NETWORKS:
        name = "-".join(map(str, (784, *hidden, CODE)))
        tables[name] = {"rows": n}
        for optimizer, sizes in optimizers.items():
            table = tables[name][optimizer] = {}
            for size in sizes:
                whole = (n, hidden, size, optimizer)
                half = (n // RANKS, hidden, size // RANKS, optimizer)
                ways: dict[str, tuple[bool, Callable[[], Records]]] = {
                    "one": (first, functools.partial(trained, *whole, alone)),
                    "ranks": (True, functools.partial(trained, *whole, together)),
                    "all_reduce": (True, functools.partial(without_sharing, *whole, together)),
                    "no_messages": (True, functools.partial(trained, *half, alone)),
                    "at_once": (True, functools.partial(trained, *whole, alone)),
                }
                found: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
                for _ in range(rounds):
                    for way, (takes_part, work) in ways.items():
                        dist.barrier()
                        if takes_part:
                            found[way].append(timed(work))
                dist.barrier()
                if first:
                    larger = timed(functools.partial(trained, *whole, alone, 1e-7))
                    table[str(size)] = compared(found, larger)
                    shown = json.dumps(table[str(size)])
                    print(name, optimizer, size, shown, file=sys.stderr, flush=True)
    dist.destroy_process_group()
    return tables


def compared(found: dict[str, list[dict[str, Any]]], larger: dict[str, Any]) -> dict[str, Any]:
    """Return how many times as fast as one process each way was, and the differences of losses."""
    one = found["one"]
    figures: dict[str, Any] = {
        way: {
            key: statistics.median(taken[key] for taken in rounds)
            for key in ("seconds", "processor_seconds")
        }
        for way, rounds in found.items()
    }
    for way, n_trainings in (
        ("ranks", 1),
        ("all_reduce", 1),
        ("no_messages", 1),
        ("at_once", RANKS),
    ):
        pairs = zip(one, found[way], strict=True)
        figures[way]["times_as_fast"] = statistics.median(
            n_trainings * alone["seconds"] / taken["seconds"] for alone, taken in pairs
        )
    differs = functools.partial(largest_difference, one[0])
    figures["largest_difference_of_losses"] = differs(found["ranks"][0])
    figures["largest_difference_of_rounding"] = differs(larger)
    return figures


def largest_difference(one: dict[str, Any], other: dict[str, Any]) -> float:
    pairs = zip(other["losses"], one["losses"], strict=True)
    return max(abs(a / b - 1) for a, b in pairs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--figures", type=Path, help=argparse.SUPPRESS)  # for torchrun's processes
    arguments = parser.parse_args()
    if arguments.figures is not None:
        tables = measured(arguments.rounds)
        if os.environ["RANK"] == "0":
            arguments.figures.write_text(json.dumps(tables))
        return
    given = {name: value for name, value in os.environ.items() if name not in VARIABLES}
    given |= {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "figures.json"
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        command += ["--nproc-per-node", str(RANKS), __file__, "--figures", str(path)]
        subprocess.run([*command, "--rounds", str(arguments.rounds)], env=given, check=True)
        tables = json.loads(path.read_text())
    best = {
        f"{name}, {optimizer}": [size for size, of in table[optimizer].items() if reaches(of)]
        for name, table in tables.items()
        for optimizer in ("adam", "muon")
    }
    print(json.dumps(best))
    figures = {"rounds": arguments.rounds, "epochs": EPOCHS, "ranks": RANKS, "networks": tables}
    write(__file__, figures | {"batches_at_least_1.6_times_as_fast": best})


def reaches(figures: dict[str, Any]) -> bool:
    return bool(figures["ranks"]["times_as_fast"] >= 1.6)


if __name__ == "__main__":
    main()
