"""Sections of docs/benchmarks.md on many rows, several processes and killed commands."""

from __future__ import annotations

from collections.abc import Iterable

from _benchmark_tables import machine, read, table


def command_memory() -> Iterable[str]:
    figures = read("command_memory")
    files = figures["files"]
    yield "## Peak memory of every command"
    yield (
        f"In GB, with .npy files of rows of {figures['features']} numbers; the peak of the whole "
        "process, which includes pages of the file; training has one epoch; "
        f"`benchmarks/command_memory.py`. {machine(figures)}"
    )
    commands = [name for name, own in files[0].items() if isinstance(own, dict)]
    yield table(
        ["command", *(f"{own['dtype']}, {own['file_gb']:.2f} GB" for own in files)],
        [[name, *(f"{own[name]['peak_memory_gb']:.2f}" for own in files)] for name in commands],
    )


def ranks() -> Iterable[str]:
    figures = read("ranks")
    yield "## Two processes with one thread each"
    yield (
        "How many times as fast as one process with one thread two processes train by `torchrun`, "
        f"the median of {figures['rounds']} rounds; the bound is that of two processes that share "
        "the rows and exchange nothing; `benchmarks/ranks.py` "
        f"([docs/scaling.md](scaling.md)). {machine(figures)}"
    )
    yield table(
        ["network", "rows of a batch", "times as fast", "bound", "largest difference of losses"],
        [
            [
                name,
                f"{int(size):,}",
                f"{own['ranks']['times_as_fast']:.2f}",
                f"{own['no_messages']['times_as_fast']:.2f}",
                f"{own['largest_difference_of_losses']:.0e}",
            ]
            for name, sizes in figures["networks"].items()
            for size, own in sizes.items()
            if size.isdigit()
        ],
    )


def kills() -> Iterable[str]:
    figures = read("kills")
    yield "## Killed commands"
    yield (
        "SIGKILL at random moments, half of them just before a random one of the command's file "
        "operations. A trial holds if nothing is gone or mixed, the next command succeeds, and "
        f"nothing is left over; `benchmarks/kills.py` ([docs/reliability.md](reliability.md)). "
        f"{machine(figures)}"
    )
    yield table(
        ["command", "kills", "held", "failed", "file operations"],
        [
            [name, *(f"{own[key]:,}" for key in ("tried", "held", "failed", "file_operations"))]
            for name, own in figures["commands"].items()
        ],
    )
