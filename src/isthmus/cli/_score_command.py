"""isthmus score."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from cyclopts import Parameter
from numpy.typing import NDArray

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._options import whole_number
from ._run_source import rows_for
from ._source_options import LabelledRowsOptions
from ._terminal_text import say

__all__ = ["score"]

_NO_OPTIONS = LabelledRowsOptions()
_TABLES = (".csv", ".parquet")


def score(
    run: Path,
    source: str | None = None,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")],
    features: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 3,
    rows: Annotated[LabelledRowsOptions, Parameter(name="*")] = _NO_OPTIONS,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
) -> int:
    """Score how anomalous each row is, most anomalous first, and name the features responsible.

    Parameters
    ----------
    run
        Run folder, or saved model; also of an outlier detector.
    source
        Rows with the columns of the training data, matched by name in a table. Default: the
        training source, followed by its test rows, if any.
    out
        .csv or .parquet file with the number of each row in the source (from 0), its error, and
        the features with the largest shares of it; then labels and names of picture files.
        Replaces an existing file, but never the rows or a file of a run.
    features
        Number of features to name for each row. Default: 3.
    rows
        Options for reading rows.
    lang
        Language of what is printed: en or zh. Default: that of the locale.
    """
    from ..runs import check_output, open_run, write_rows

    language = locale_language() if lang is None else lang
    check_language(language)
    check_output(out, _TABLES)
    if features < 0:
        raise UsageError(f"--features must be an integer of at least 0. Got {features}.")
    fitted = open_run(run, device=rows.device)
    fitted.check_can("explain", "score rows")
    fitted.check_apart(out, source)
    X, beside = rows_for(fitted, source, rows, language=language)
    errors = _errors(fitted.estimator, X)
    order = np.argsort(-errors, kind="stable")
    names = fitted.feature_names or [f"column_{k}" for k in range(X.shape[1])]
    columns: dict[str, NDArray[Any]] = {"row": order, "error": errors[order]}
    columns |= _largest(fitted.estimator, X, np.array(names, dtype=object), features, order)
    columns |= {name: values[order] for name, values in beside.items() if name not in columns}
    write_rows(out, [np.empty((X.shape[0], 0))], X.shape[0], [], columns)
    done = Message.plural(
        "Wrote {n:,} score to {file}.",
        "Wrote {n:,} scores to {file}, most anomalous first.",
        X.shape[0],
        file=str(out),
    )
    say(translate(done, language), stream=sys.stderr)
    return 0


def _errors(estimator: Any, X: NDArray[Any]) -> NDArray[np.float64]:
    if hasattr(estimator, "score_samples"):
        negated: NDArray[np.float64] = -estimator.score_samples(X)
        return negated
    errors: NDArray[np.float64] = estimator.reconstruction_error(X)
    return errors


def _largest(
    estimator: Any, X: NDArray[Any], names: NDArray[Any], n: int, order: NDArray[Any]
) -> dict[str, NDArray[Any]]:
    """Return columns with the names and shares of each row's ``n`` worst features."""
    n = min(n, len(names))
    if n == 0:
        return {}
    tops, shares = [], []
    for start in range(0, X.shape[0], 4096):  # all shares at once would be as large as the rows
        share = estimator.explain(X[start : start + 4096])
        top = np.argsort(-share, axis=1, kind="stable")[:, :n]
        tops.append(top)
        shares.append(np.take_along_axis(share, top, axis=1))
    top, share = np.concatenate(tops)[order], np.concatenate(shares)[order]
    columns: dict[str, NDArray[Any]] = {}
    for k in range(n):
        columns[f"feature_{k + 1}"] = names[top[:, k]]
        columns[f"share_{k + 1}"] = share[:, k]
    return columns
