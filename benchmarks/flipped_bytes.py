"""Flip one bit of every byte of saved models, and count what is noticed.

The models are the small ones of each kind in tests/artifacts/schema_3. A flip must be noticed, or
change nothing that is read (white space in model.json).

    python benchmarks/flipped_bytes.py
"""

from __future__ import annotations

import argparse
import random
import shutil
import tempfile
from pathlib import Path
from typing import Any

from _machine import write

from isthmus.artifacts import read_artifact
from isthmus.errors import ArtifactError

MODELS = Path(__file__).parents[1] / "tests/artifacts/schema_3"


def content(folder: Path) -> tuple[Any, ...]:
    document, tensors = read_artifact(folder)
    return document, {name: (t.dtype, t.shape, t.tobytes()) for name, t in tensors.items()}


def flips_of(model: Path, n_bytes: int | None = None, seed: int = 0) -> dict[str, int]:
    """Return how many flips of one model were tried, noticed, harmless and silent."""
    counts = {"tried": 0, "noticed": 0, "harmless": 0, "silent": 0}
    draws = random.Random(seed)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "model"
        shutil.copytree(model, folder)
        before = content(folder)
        for file in sorted(folder.iterdir()):
            whole = file.read_bytes()
            places = range(len(whole))
            if n_bytes is not None:
                places = draws.sample(places, min(n_bytes, len(places)))
            for k in places:
                flipped = bytearray(whole)
                flipped[k] ^= 1 << draws.randrange(8)
                file.write_bytes(flipped)
                counts["tried"] += 1
                try:
                    counts["harmless" if content(folder) == before else "silent"] += 1
                except ArtifactError:
                    counts["noticed"] += 1
            file.write_bytes(whole)
    return counts


def models() -> list[Path]:
    return sorted(path for path in MODELS.iterdir() if path.is_dir())


def main() -> None:
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args()
    table = {model.name: flips_of(model) for model in models()}
    total = {name: sum(row[name] for row in table.values()) for name in next(iter(table.values()))}
    write(__file__, {"models": table, "all": total})
    print(total)


if __name__ == "__main__":
    main()
