"""Writing of rows that a decoder made up: samples and walks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._files import write_text
from ..errors import UsageError
from ..figures import picture_lines, save_figure
from ..preprocessing import is_table, whole_table
from ._fitted_run import FittedRun
from ._output_paths import NEW_ROW_SUFFIXES, check_output
from ._row_files import write_rows
from ._run_abilities import check_form
from .kinds._pixel_range import value_range
from .kinds._top_words import top_words

__all__ = ["check_suits", "write_new_rows"]

_FIGURES = (".png", ".svg")


def write_new_rows(
    path: Path,
    fitted: FittedRun,
    rows: Any,
    *,
    n_columns: int = 8,
    provenance: Mapping[str, str] | None = None,
    language: str = "en",
) -> None:
    """Write new rows as a figure, a table, an array or the top words of texts, atomically.

    Parameters
    ----------
    path : pathlib.Path
        Ends in one of ``NEW_ROW_SUFFIXES``: .png and .svg for pictures, .txt for texts, .npy not
        for tables with other than numbers.
    fitted : FittedRun
        The run that made them.
    rows : ndarray of shape (n_samples, n_features), or table
        As returned by ``sample`` or ``interpolate``.
    n_columns : int, default=8
        Number of pictures per line.
    provenance : mapping of str to str, default=None
        As for ``write_rows``.
    language : {"en", "zh"}, default="en"
        Language of a figure.
    """
    check_suits(path, fitted)
    check_output(path, NEW_ROW_SUFFIXES)
    suffix = path.suffix.lower()
    if suffix in _FIGURES:
        shape = fitted.picture_shape or ()
        ends = value_range(fitted.estimator)
        figure = picture_lines(
            rows, shape, n_columns=n_columns, value_range=ends, language=language
        )
        save_figure(figure, path)
    elif suffix == ".txt":
        lines = [", ".join(words) for words in top_words(rows, fitted.feature_names or ())]
        write_text(path, "\n".join(lines) + "\n")
    elif is_table(rows):
        table = whole_table(rows)
        cells = {name: table.column(name).to_pylist() for name in table.column_names}
        if suffix == ".npy":
            matrix = np.column_stack([np.asarray(values) for values in cells.values()])
            write_rows(path, [matrix], len(matrix), [], {})
            return
        columns = {name: np.array([*values, None], object)[:-1] for name, values in cells.items()}
        nothing = np.empty((table.num_rows, 0))
        write_rows(path, [nothing], table.num_rows, [], columns, provenance)
    else:
        names = fitted.feature_names or [f"column_{k}" for k in range(rows.shape[1])]
        write_rows(path, [np.asarray(rows)], len(rows), names, {}, provenance)


def check_suits(path: Path, fitted: FittedRun) -> None:
    """Raise ``UsageError`` if rows of this run cannot be written to a file of this type.

    Parameters
    ----------
    path : pathlib.Path
        Path of the file.
    fitted : FittedRun
        The run.
    """
    suffix, made = path.suffix.lower(), fitted.estimator.preprocessor_
    check_form(path, made.kind, is_pictures=fitted.picture_shape is not None)
    if suffix == ".npy" and made.table is not None:
        raise UsageError(
            f"Rows of a table with categories must be written to a .csv or .parquet file. Got "
            f"{path}."
        )
