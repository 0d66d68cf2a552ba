"""Ten fixed rows of a report with their codes and reconstructions: the first, whatever they are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from ..._row_blocks import as_dense
from ..._translation import Message, two_sentences
from ...estimators import BaseAutoencoder
from ...figures import FigureSpec
from ...sources import Dataset
from .._parts import Parts
from ._kept_pictures import SMALL, kept_shades
from ._restored_cells import restored_cells
from ._row_names import row_names

__all__ = ["held_out_figures", "held_out_tables"]

_N_ROWS = 10
_MOST_COLUMNS = 7
_N_WORDS = 6
_SECTION = "held_out"


def held_out_figures(
    estimator: BaseAutoencoder, parts: Parts, values: dict[str, Any], which: str
) -> list[FigureSpec]:
    """Return the figure of the first ten pictures, their codes and their reconstructions.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    parts : Parts
        Rows of the source, split.
    values : dict
        ``X`` and ``X_hat`` of these pictures, their ``picture_shape`` and ``value_range``, as from
        ``grid_values``.
    which : str
        Kind of the rows in figures.

    Returns
    -------
    list of FigureSpec
        With one item.
    """
    X = values["X"]
    Z, about = _codes(estimator, X)
    ends = values["value_range"] or (float(X.min()), float(X.max()))
    (shades, shape), (copies, _) = (
        kept_shades(rows, values["picture_shape"], ends, longest=SMALL)
        for rows in (X, values["X_hat"])
    )
    caption = two_sentences(_caption(len(X), which), about)
    arguments = {
        "X": shades,
        "Z": Z,
        "X_hat": copies,
        "picture_shape": shape,
        "rows": parts.shown_numbers[: len(X)].tolist(),
    }
    title = _title(len(X), which)
    return [FigureSpec("held_out_rows.svg", _SECTION, title, caption, "coded_pictures", arguments)]


def held_out_tables(
    estimator: BaseAutoencoder, dataset: Dataset, parts: Parts, which: str
) -> list[dict[str, Any]]:
    """Return the table of the first ten rows, the values expected of them, and their codes.

    Parameters
    ----------
    estimator : BaseAutoencoder
        Fitted.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    which : str
        Kind of the rows in figures.

    Returns
    -------
    list of dict
        One table of the report; none for pictures, and for rows whose cells cannot be restored.
    """
    X = parts.shown[0][:_N_ROWS]
    if dataset.picture_shape:
        return []
    if dataset.kind == "texts":
        found = _words(estimator, dataset, X)
    else:
        found = None if sparse.issparse(X) else _values(estimator, dataset, np.asarray(X))
    if found is None:
        return []
    columns, cells, remark = found
    Z, about = _codes(estimator, X)
    names = row_names(dataset, parts.shown_numbers[: len(Z)])
    caption = two_sentences(_caption(len(Z), which), about)
    return [
        {
            "section": _SECTION,
            "title": _title(len(Z), which),
            "columns": ["", *columns, Message("code")],
            "rows": [
                [name, *own, {"code": [round(float(z), 4) for z in code], "peak": _peak(Z)}]
                for name, own, code in zip(names, cells, Z, strict=True)
            ],
            "caption": two_sentences(remark, caption),
        }
    ]


def _title(n: int, which: str) -> Message:
    return Message.plural(
        "The first of the {rows} rows", "The first {n} {rows} rows", n, rows=which
    )


def _caption(n: int, which: str) -> Message:
    return Message.plural(
        "The first of the {rows} rows in the order of the source, whatever its error.",
        "The first {n} {rows} rows in the order of the source, whatever their errors.",
        n,
        rows=which,
    )


def _codes(estimator: BaseAutoencoder, X: Any) -> tuple[NDArray[np.float32], Message]:
    """Return codes of rows without numbers that are 0 for almost all of them, and a sentence."""
    Z = as_dense(estimator.transform(X), np.float32)
    used = np.flatnonzero((Z != 0).any(axis=0))
    if 0 < 2 * len(used) < Z.shape[1]:
        about = Message(
            "Of {total:,} numbers of a code, the {n} that are not 0 for one of these rows are "
            "shown; the full colour is {peak:.3g}.",
            total=Z.shape[1],
            n=len(used),
            peak=_peak(Z),
        )
        return Z[:, used], about
    return Z, Message(
        "Codes: orange is positive, blue is negative; the full colour is {peak:.3g}.",
        peak=_peak(Z),
    )


def _peak(Z: NDArray[Any]) -> float:
    finite = np.abs(Z[np.isfinite(Z)])
    return float(f"{finite.max():.4g}") if len(finite) else 1.0


def _values(
    estimator: BaseAutoencoder, dataset: Dataset, X: NDArray[Any]
) -> tuple[list[str], list[list[Any]], Message] | None:
    """Return columns and their cells, each a value beside the expected one."""
    names, given, expected = restored_cells(estimator, dataset, X.astype(np.float64))
    if not names:
        return None
    # The model has its own order of columns: numbers before categories.
    place = {name: k for k, name in enumerate(estimator.preprocessor_.input_columns or ())}
    shown = sorted(names, key=lambda k: (place.get(names[k], k), k))[:_MOST_COLUMNS]
    cells = [
        [{"value": _plain(x[k]), "expected": _plain(back[k])} for k in shown]
        for x, back in zip(given, expected, strict=True)
    ]
    remark = Message("Each value is above the value expected from the code, in original units.")
    if len(names) > len(shown):
        remark = Message(
            "{remark} Shown are the first {n} of {total:,} columns.",
            remark=remark,
            n=len(shown),
            total=len(names),
        )
    return [names[k] for k in shown], cells, remark


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _words(
    estimator: BaseAutoencoder, dataset: Dataset, X: Any
) -> tuple[list[str], list[list[Any]], Message] | None:
    """Return the words with the largest weights, of texts and of their reconstructions."""
    names = dataset.feature_names
    if not names:
        return None
    given, copies = (as_dense(rows) for rows in (X, estimator.reconstruct(X)))
    cells = [
        [_heaviest(row, names), _heaviest(copy, names)]
        for row, copy in zip(given, copies, strict=True)
    ]
    remark = Message(
        "The {n} words with the largest weights of each text, and of its reconstruction.",
        n=_N_WORDS,
    )
    return [Message("words"), Message("reconstructed words")], cells, remark


def _heaviest(weights: NDArray[Any], names: Sequence[str]) -> str:
    order = np.argsort(-weights, kind="stable")[:_N_WORDS]
    return ", ".join(names[k] for k in order if weights[k] > 0)
