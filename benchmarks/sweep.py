"""Error against code size on MNIST: the default recipe at six sizes, PCA, and the elbow.

Also writes the figure of docs/sweep.md. `--out` is the sweep's folder: called again with it, an
interrupted sweep continues. Three minutes on one thread.

    python benchmarks/sweep.py --out runs/mnist-sweep
"""

from __future__ import annotations

import argparse
import json
import subprocess
from pathlib import Path

from _machine import HERE, shared, write

from isthmus.figures import save_figure
from isthmus.sweeps import draw_sweep

SIZES = "2,4,8,16,32,64"
FIGURE = HERE.parent / "docs" / "images" / "mnist-sweep.png"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("runs/mnist-sweep"))
    arguments = parser.parse_args()
    source = ["mnist", "--data-dir", str(shared("mnist"))]
    command = ["isthmus", "sweep", *source, "--latent-dim", SIZES, "--out", str(arguments.out)]
    done = subprocess.run([*command, "--json"], check=True, stdout=subprocess.PIPE, text=True)
    document = json.loads(done.stdout)
    save_figure(draw_sweep(document), FIGURE)
    kept = ("measure", "which", "model", "baseline", "rows", "findings", "messages")
    write(__file__, {name: document[name] for name in kept})


if __name__ == "__main__":
    main()
