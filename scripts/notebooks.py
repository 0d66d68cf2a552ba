"""Run four notebooks of the gallery, as Jupyter would, after `scripts/docs` has written them.

python scripts/notebooks.py
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

GALLERY = Path(__file__).resolve().parent.parent / "docs" / "gallery"
NOTEBOOKS = (
    "codes/plot_displays.ipynb",
    "tutorials/plot_autoencoder.ipynb",
    "tables/plot_anomalies.ipynb",
    "tables/plot_imputation.ipynb",
)


def run(path: Path) -> int:
    """Run a notebook in a folder of its own; return the number of its code cells."""
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        client = NotebookClient(notebook, timeout=600, resources={"metadata": {"path": folder}})
        client.execute()
    return sum(cell.cell_type == "code" for cell in notebook.cells)


if __name__ == "__main__":
    for name in NOTEBOOKS:
        start = time.perf_counter()
        n_cells = run(GALLERY / name)
        print(f"{name}: {n_cells} cells, {time.perf_counter() - start:.0f} s", flush=True)
