"""isthmus encode."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter
from numpy.typing import NDArray

from ..data import Dataset
from ..runs import check_suffix, open_run, write_rows

__all__ = ["encode"]


def encode(
    run: Path,
    source: str | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"))],
    data_dir: Path | None = None,
    label: str | None = None,
    image_size: str | None = None,
    device: str = "auto",
) -> int:
    """Write the codes of rows, by a trained run.

    Parameters
    ----------
    run
        A run's folder, or a saved model.
    source
        Rows with the columns of the training. Default: the training's own source, with its test
        rows, if it has some, after the others.
    out
        Where the codes go: a .parquet, .csv or .npy file. Tables also have the labels.
    data_dir
        Where the files of mnist or fashion-mnist are.
    label
        A table's column of labels, to be written beside the codes.
    image_size
        Resize a folder's pictures. Default: the size of the training.
    device
        auto, cpu or cuda.
    """
    check_suffix(out)
    fitted = open_run(run, device=device)
    dataset = fitted.read(source, label=label, data_dir=data_dir, image_size=image_size)
    X, beside = all_rows(dataset)
    codes = fitted.estimator.transform(X)
    write_rows(out, codes, [f"code_{k}" for k in range(codes.shape[1])], beside)
    print(f"{len(codes):,} codes of {codes.shape[1]} numbers: {out}", file=sys.stderr)
    return 0


def all_rows(dataset: Dataset) -> tuple[NDArray[Any], dict[str, NDArray[Any]]]:
    """Return all rows, test rows last, and the columns that go beside them."""
    X = dataset.X
    beside: dict[str, NDArray[Any]] = {}
    if dataset.row_names is not None:
        beside["file"] = np.array(dataset.row_names)
    labels = dataset.y
    if dataset.X_test is not None:
        X = np.concatenate([X, dataset.X_test])
        parts = ("train", len(dataset.X)), ("test", len(dataset.X_test))
        beside["part"] = np.concatenate([np.full(n, name) for name, n in parts])
        if labels is not None and dataset.y_test is not None:
            labels = np.concatenate([labels, dataset.y_test])
    if labels is not None:
        beside[dataset.label_name or "label"] = labels
    return X, beside
