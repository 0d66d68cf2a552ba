"""isthmus reconstruct."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import numpy as np
from cyclopts import Parameter

from ..errors import UsageError
from ..report import reconstruction_grid, save_figure
from ..runs import check_suffix, open_run, write_rows
from ._encode import all_rows

__all__ = ["reconstruct"]

_FIGURES = (".png", ".svg")


def reconstruct(
    run: Path,
    source: str | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"))],
    pictures: int = 20,
    data_dir: Path | None = None,
    image_size: str | None = None,
    device: str = "auto",
) -> int:
    """Write what a trained run makes of rows.

    Parameters
    ----------
    run
        A run's folder, or a saved model.
    source
        Rows with the columns of the training. Default: the training's own source, with its test
        rows, if it has some, after the others.
    out
        A .parquet, .csv or .npy file for the rows, in their own units; or a .png or .svg file for
        pictures, the originals above their reconstructions.
    pictures
        How many of the last rows a picture shows.
    data_dir
        Where the files of mnist or fashion-mnist are.
    image_size
        Resize a folder's pictures. Default: the size of the training.
    device
        auto, cpu or cuda.
    """
    check_suffix(out, also=_FIGURES)
    if pictures < 1:
        raise UsageError(f"--pictures must be a whole number from 1 on. Got {pictures}.")
    fitted = open_run(run, device=device)
    shape = tuple(fitted.about.get("picture_shape") or ())
    as_figure = out.suffix.lower() in _FIGURES
    if as_figure and not shape:
        raise UsageError(
            f"{out.suffix} files show pictures, and this run learned from rows without a shape: "
            "write a .parquet, .csv or .npy file."
        )
    dataset = fitted.read(source, label=None, data_dir=data_dir, image_size=image_size)
    X, beside = all_rows(dataset)
    if as_figure:
        X = np.asarray(X[-pictures:])
        figure = reconstruction_grid(X, fitted.estimator.reconstruct(X), shape)
        save_figure(figure, out)
        print(f"{len(X)} pictures and their reconstructions: {out}", file=sys.stderr)
        return 0
    rows = fitted.estimator.reconstruct(X)
    names = fitted.about.get("columns") or [f"column_{k}" for k in range(rows.shape[1])]
    write_rows(out, rows, list(names), beside)
    print(f"{len(rows):,} reconstructed rows: {out}", file=sys.stderr)
    return 0
