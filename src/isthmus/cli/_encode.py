"""isthmus encode."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from cyclopts import Parameter
from numpy.typing import NDArray

from ._options import name_list, whole_number
from ._text import say

if TYPE_CHECKING:
    from ..data import Dataset

__all__ = ["all_rows", "encode", "say_notes"]


def encode(
    run: Path,
    source: str | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")],
    data_dir: Annotated[Path | None, Parameter(metavar="FOLDER")] = None,
    label: Annotated[str | None, Parameter(metavar="NAME")] = None,
    text_column: Annotated[str | None, Parameter(metavar="A,B,...")] = None,
    image_size: Annotated[str | None, Parameter(metavar="SIZE")] = None,
    layer: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None,
    device: Annotated[str, Parameter(metavar="NAME")] = "auto",
) -> int:
    """Write the codes of rows, by a trained run.

    Parameters
    ----------
    run
        A run's folder, or a saved model.
    source
        Rows with the columns of the training, which are found by name in a table. Default: the
        rows of the training, with its source's own test rows, if it has some, after the others.
    out
        Where the codes go: a .parquet, .csv or .npy file; a file that is there is replaced. A
        table also has the labels, and the names of picture files.
    data_dir
        Where to look first for the files of mnist or fashion-mnist.
    label
        A column of labels, to be written beside the codes. Default: that of the training, for its
        own source.
    text_column
        For a run of texts: a table's column of them, or several with commas between. Default: as
        in the training.
    image_size
        Resize a folder's pictures: 32, or HEIGHTxWIDTH. Default: as in the training.
    layer
        Of a stacked autoencoder: the features of this layer, from 1. Default: the last.
    device
        Where to compute: auto, cpu or cuda. Default: auto.
    """
    from ..runs import check_output, mapped, open_run, write_rows  # torch, which --help needs not

    check_output(out)
    fitted = open_run(run, device=device)
    fitted.check_apart(out, source)
    dataset = fitted.read(
        source,
        label=label,
        data_dir=data_dir,
        text_column=name_list(text_column),
        image_size=image_size,
    )
    X, beside = all_rows(dataset)
    codes = mapped(fitted.encoder(layer), X)
    first = next(codes)
    width = first.shape[1]
    names = [f"code_{k}" for k in range(width)]
    write_rows(out, itertools.chain([first], codes), X.shape[0], names, beside)
    say(f"{X.shape[0]:,} codes of {width} numbers: {out}", stream=sys.stderr)
    say_notes(dataset)
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
        labels = _joined(labels, dataset.y_test, len(dataset.X_test))
    if labels is not None:
        beside[dataset.label_name or "label"] = labels
    return X, beside


def say_notes(dataset: Dataset) -> None:
    """Tell what reading the rows found, on stderr."""
    for note in dataset.notes:
        say(f"Note: {note}", stream=sys.stderr)


def _joined(
    labels: NDArray[Any] | None, test_labels: NDArray[Any] | None, n_test: int
) -> NDArray[Any] | None:
    """Return the labels of all rows; None for each test row that has none."""
    if labels is None or test_labels is not None:
        return labels if labels is None else np.concatenate([labels, test_labels])
    return np.concatenate([labels.astype(object), np.full(n_test, None)])
