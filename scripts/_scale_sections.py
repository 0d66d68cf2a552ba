"""Sections of docs/benchmarks.md on many rows, several processes and killed commands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from _benchmark_tables import machine, read, table


def streaming() -> Iterable[str]:
    figures = read("streaming")
    yield "## Rows larger than memory"
    yield (
        f"Parquet files of {figures['columns']} columns in single precision, in row groups of "
        "65,536 rows, and .tar files of JPEGs of 32x32 pixels: `isthmus train --epochs 1`, which "
        "includes the measurements and the report, and `isthmus encode`. Memory is the peak of the "
        f"whole process; `benchmarks/streaming.py`. {machine(figures)}"
    )
    works = ("train", "encode")
    heads = ("seconds", "CPU seconds", "peak memory (GB)")
    yield table(
        ["rows", "file (GB)", *(f"{work}: {head}" for work in works for head in heads)],
        [
            [name, f"{size:.3f}", *(cell for work in works for cell in _costs(own[work]))]
            for name, size, own in _streamed(figures)
        ],
    )
    yield (
        "The training loop alone, one epoch of the same rows as an array in memory and streamed "
        "from the file, in turns:"
    )
    yield table(
        ["rows", "seconds in memory", "seconds streamed", "speed of streaming"],
        [
            [
                f"{own['rows']:,}",
                *(f"{own['wall_seconds_per_epoch'][way]:.1f}" for way in ("memory", "streamed")),
                f"{own['speed_streamed_by_memory']:.2f}",
            ]
            for own in figures["loop"]
            if "skipped" not in own
        ],
    )


def _streamed(figures: dict[str, Any]) -> Iterable[tuple[str, float, dict[str, Any]]]:
    for own in figures["rows"]:
        yield f"{own['rows']:,}", own["file_gb"], own
    for own in figures["pictures"]:
        yield f"{own['pictures']:,} pictures", own["files_gb"], own


def _costs(own: dict[str, float]) -> list[str]:
    return [
        f"{own['wall_seconds']:.0f}",
        f"{own['processor_seconds']:.0f}",
        f"{own['peak_memory_gb']:.2f}",
    ]


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
        "How many times as fast as one process with one thread two processes train by "
        f'`torchrun`, the median of {figures["rounds"]} rounds; "without messages", each of them '
        "updates all weights, and they exchange nothing. The last column is the difference that "
        "rounding alone makes: that of one process which starts from weights that are larger by "
        "1e-7 of themselves; "
        "`benchmarks/ranks.py` "
        f"([docs/scaling.md](scaling.md)). {machine(figures)}"
    )
    yield table(
        [
            "network",
            "optimizer",
            "rows of a batch",
            "times as fast",
            "without messages",
            "largest difference of losses",
            "of rounding",
        ],
        [
            [
                name,
                optimizer,
                f"{int(size):,}",
                f"{own['ranks']['times_as_fast']:.2f}",
                f"{own['no_messages']['times_as_fast']:.2f}",
                f"{own['largest_difference_of_losses']:.0e}",
                f"{own['largest_difference_of_rounding']:.0e}",
            ]
            for name, network in figures["networks"].items()
            for optimizer in ("adam", "muon")
            for size, own in network[optimizer].items()
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
