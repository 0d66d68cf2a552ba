"""Figures of benchmarks, and their tables in Markdown."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def read(name: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((BENCHMARKS / f"{name}.json").read_text())
    return figures


def machine(figures: dict[str, Any]) -> str:
    facts = figures["machine"]
    return (
        f"({facts['processor_name']}, {facts['threads']} threads, torch {facts['torch']}; "
        f"isthmus {facts['isthmus']}.)"
    )


def numbers(values: Sequence[float], digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)
