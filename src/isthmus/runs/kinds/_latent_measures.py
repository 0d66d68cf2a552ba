"""Tables and figures of the latents of a sparse autoencoder."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..._translation import Message
from ...estimators import Latents
from ...figures import FigureSpec, filter_shades
from ...sources import Dataset
from .._parts import Parts
from .._row_labels import row_labels
from ._kept_pictures import MOST_BYTES, kept_shades, most_pixels
from ._pixel_range import value_range

__all__ = ["describe_latents", "latent_numbers"]

_N_LATENTS, _N_TOP = 16, 8
_N_TEXTS = 3  # rows of a latent in a table


def latent_numbers(latents: Latents) -> dict[str, Any]:
    """Return the report's facts about latents.

    Parameters
    ----------
    latents : Latents
        Measured on the training rows.

    Returns
    -------
    dict
        ``latents_per_row`` (L0) and ``dead_latents``.
    """
    return {
        "latents_per_row": round(latents.per_row, 2),
        "dead_latents": len(latents.dead),
    }


def describe_latents(
    estimator: Any, dataset: Dataset, parts: Parts, latents: Latents
) -> tuple[list[dict[str, Any]], list[FigureSpec]]:
    """Return the tables and figures of latents.

    Parameters
    ----------
    estimator : SparseAutoencoder
        Fitted.
    dataset : Dataset
        The source.
    parts : Parts
        Rows of the source, split.
    latents : Latents
        Measured on the training rows.

    Returns
    -------
    tuple of list of dict and list of FigureSpec
        Tables and figures of the report.
    """
    chosen = _chosen(latents)
    tables = [_numbers(estimator, parts, latents)]
    if not chosen:
        return tables, []
    figures = [_densities(estimator, latents)]
    if dataset.picture_shape:
        figures.append(_pictures(estimator, dataset, parts, chosen))
    else:
        tables.append(_row_table(dataset, parts, chosen))
    return tables, figures


def _chosen(latents: Latents) -> list[dict[str, Any]]:
    """Return live latents, evenly spaced from the most to the least frequent."""
    live = latents.most_frequent(len(latents) - len(latents.dead))
    places = np.linspace(0, len(live) - 1, min(_N_LATENTS, len(live))).round().astype(int)
    return [live[k] for k in places.tolist()]


def _numbers(estimator: Any, parts: Parts, latents: Latents) -> dict[str, Any]:
    unexplained = 1 - estimator.score(parts.shown[0])
    which = Message("held-out") if parts.X_held_out.shape[0] else Message("training")
    n_dead = len(latents.dead)
    return {
        "section": "latents",
        "title": Message("Sparsity"),
        "columns": [
            Message("latents"),
            Message("latents per row (L0)"),
            Message("variance unexplained"),
            Message("dead latents"),
            Message("share of dead latents"),
        ],
        "shares": [Message("variance unexplained"), Message("share of dead latents")],
        "rows": [[len(latents), latents.per_row, unexplained, n_dead, n_dead / len(latents)]],
        "caption": Message(
            "On {n:,} training rows; the variance unexplained on {rows} rows. A latent is dead if "
            "no code of the training rows contains it.",
            n=latents.n_rows,
            rows=which,
        ),
    }


def _densities(estimator: Any, latents: Latents) -> FigureSpec:
    caption = Message(
        "Distribution of the share of rows whose code contains a latent; the axis of shares is "
        "logarithmic. Dead latents, which are not shown: {n:,}.",
        n=len(latents.dead),
    )
    values = {
        "densities": np.array([one["density"] for one in latents]),
        "expected": latents.per_row / len(latents),
    }
    title = Message("Density of latents")
    return FigureSpec("latents.svg", "latents", title, caption, "latent_densities", values)


def _pictures(
    estimator: Any, dataset: Dataset, parts: Parts, chosen: list[dict[str, Any]]
) -> FigureSpec:
    shape = tuple(dataset.picture_shape or ())
    indices = [one["latent"] for one in chosen]
    weight = estimator.network_.decoder.directions[indices].detach().cpu().numpy()
    most = most_pixels(len(chosen) * (_N_TOP + 1), shape, MOST_BYTES)
    order = np.argsort(-np.linalg.norm(weight.astype(np.float64), axis=1), kind="stable")
    shades = np.empty_like(filter_shades(weight, shape, most=most)[0])
    shades[order], small = filter_shades(weight, shape, most=most)
    pictures = np.full((len(chosen), _N_TOP, shades.shape[1]), 255, np.uint8)
    for line, one in enumerate(chosen):
        rows = np.asarray(parts.X[np.array(one["top_rows"])])
        ends = value_range(estimator) or (float(rows.min()), float(rows.max()))
        kept, _ = kept_shades(rows, shape, ends)
        pictures[line, : len(kept)] = kept
    names = [
        Message("{latent} ({share:.2%})", latent=one["latent"], share=one["density"])
        for one in chosen
    ]
    caption = Message(
        "Latents from the most to the least frequent, with the share of rows that use them: the "
        "direction of the latent (grey is 0), then the pictures that activate it most."
    )
    values = {"directions": shades, "pictures": pictures, "picture_shape": small, "names": names}
    title = Message("Pictures that activate a latent")
    return FigureSpec("latent_rows.svg", "latents", title, caption, "latent_pictures", values)


def _row_table(dataset: Dataset, parts: Parts, chosen: list[dict[str, Any]]) -> dict[str, Any]:
    numbers: NDArray[np.int64] = parts.numbers
    wanted = sorted({row for one in chosen for row in one["top_rows"][:_N_TEXTS]})
    places = numbers[wanted].tolist()
    labels = {
        row: f"{place} {label}".rstrip()
        for row, place, label in zip(wanted, places, row_labels(dataset, places), strict=True)
    }
    return {
        "section": "latents",
        "title": Message("Rows that activate a latent"),
        "columns": [
            Message("latent"),
            Message("density"),
            Message("mean activation"),
            Message("top rows"),
        ],
        "shares": [Message("density")],
        "rows": [
            [
                str(one["latent"]),
                one["density"],
                one["mean_activation"],
                "; ".join(labels[row] for row in one["top_rows"][:_N_TEXTS]),
            ]
            for one in chosen
        ],
        "caption": Message(
            "Latents from the most to the least frequent, with the rows that activate them most. "
            "Rows are counted from 0."
        ),
    }
