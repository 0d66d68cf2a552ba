"""Findings about codes: dead, saturated and redundant units."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import DataError
from ..estimators import Latents
from ._findings import Finding

__all__ = ["CodeFigures", "code_figures", "examine_codes", "examine_latents"]

_TWINS = 0.98  # an absolute correlation beyond it
_SATURATED = 0.95  # fraction of rows at a limit
_AT_LIMIT = 0.01  # distance from the limit, as a fraction of the activation's range
_LIMITS = {"sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
_LOW_RANK = 0.5
_N_SHOWN = 10
_DEAD = 0.01  # share of latents; a few are no loss


@dataclass(frozen=True, eq=False)
class CodeFigures:
    """Statistics of codes, per unit and overall.

    Attributes
    ----------
    dead : ndarray of int
        Units with the same value for every row.
    saturated : ndarray of int
        Units that vary, but are within 1 % of a limit of sigmoid or tanh for 95 % of the rows.
    twins : ndarray of int of shape (n, 2)
        Pairs of units with an absolute correlation above 0.98; each later unit occurs once.
    effective_rank : float
        Exponential of the entropy of the eigenvalues of the codes' correlation matrix, without
        dead units: from 1 to the number of live units, independent of the units' scales; 0 if
        all are dead.
    """

    dead: NDArray[np.intp]
    saturated: NDArray[np.intp]
    twins: NDArray[np.intp]
    effective_rank: float


def code_figures(Z: ArrayLike, *, activation: str = "identity") -> CodeFigures:
    """Compute statistics of codes.

    Parameters
    ----------
    Z : array-like of shape (n_samples, latent_dim)
        Codes of training rows, or of similar rows.
    activation : str, default="identity"
        Activation of the code; "sigmoid" and "tanh" have limits.

    Returns
    -------
    CodeFigures

    Raises
    ------
    DataError
        If there are no codes, or a value is not finite.

    References
    ----------
    Roy & Vetterli (2007), The effective rank: a measure of effective dimensionality, EUSIPCO.
    """
    codes = np.asarray(Z, dtype=np.float64)
    if codes.ndim != 2 or not codes.size or not np.isfinite(codes).all():
        raise DataError(
            "Codes must be an array of finite numbers with at least one row. Got "
            f"shape {codes.shape}{'' if not codes.size else ', with values that are not finite'}."
        )
    # In single precision, a constant is rounded differently in different rows of a product.
    varies = np.ptp(codes, axis=0) > 1e-6 * np.abs(codes).max(axis=0)
    dead, live = np.flatnonzero(~varies), np.flatnonzero(varies)
    correlation = _correlation(codes[:, live])
    return CodeFigures(dead, _saturated(codes, live, activation), *_overlap(correlation, live))


def _correlation(codes: NDArray[np.float64]) -> NDArray[np.float64]:
    offset = codes - codes.mean(axis=0)
    offset /= np.abs(offset).max(axis=0)  # otherwise squares of tiny codes would underflow
    covariance = offset.T @ offset
    spread = np.sqrt(np.diag(covariance))
    correlation: NDArray[np.float64] = covariance / np.outer(spread, spread)
    return correlation


def _overlap(
    correlation: NDArray[np.float64], live: NDArray[np.intp]
) -> tuple[NDArray[np.intp], float]:
    if not len(live):
        return np.empty((0, 2), dtype=np.intp), 0.0
    near = np.tril(np.abs(correlation) > _TWINS, k=-1)
    later = np.flatnonzero(near.any(axis=1))
    twins = np.column_stack([live[near[later].argmax(axis=1)], live[later]])
    shares = np.linalg.eigvalsh(correlation) / len(live)
    shares = shares[shares > 1e-12]
    return twins, math.exp(float(-(shares * np.log(shares)).sum()))


def _saturated(
    codes: NDArray[np.float64], live: NDArray[np.intp], activation: str
) -> NDArray[np.intp]:
    if activation not in _LIMITS:
        return live[:0]
    low, high = _LIMITS[activation]
    near = _AT_LIMIT * (high - low)
    at_limit = (codes[:, live] < low + near) | (codes[:, live] > high - near)
    saturated: NDArray[np.intp] = live[at_limit.mean(axis=0) >= _SATURATED]
    return saturated


def examine_codes(
    Z: ArrayLike, *, activation: str = "identity", parameter: str = "`latent_activation`"
) -> list[Finding]:
    """Find units of the code that are dead, saturated or redundant.

    O(n k^2) time for n codes of size k.

    Parameters
    ----------
    Z : array-like of shape (n_samples, latent_dim)
        Codes of training rows, or of similar rows; a few thousand suffice.
    activation : str, default="identity"
        Activation of the code, as ``latent_activation``.
    parameter : str, default="`latent_activation`"
        What advice calls the parameter that sets the activation.

    Returns
    -------
    list of Finding
        Those of ``dead_units`` or ``dead_relu_units``, ``saturated_units``, ``correlated_units``
        and ``low_rank_codes`` that apply. None for a single row.

    Raises
    ------
    DataError
        If there are no codes, or a value is not finite.
    """
    figures = code_figures(Z, activation=activation)
    n, total = np.shape(Z)
    if n < 2:
        return []
    live = total - len(figures.dead)
    found = []
    if len(figures.dead):
        code = "dead_relu_units" if activation == "relu" else "dead_units"
        severity = "warning" if live >= total / 2 else "problem"
        facts = {"n": len(figures.dead), "total": total, "live": live, "parameter": parameter}
        found.append(Finding(code, severity, {**facts, "units": _listed(figures.dead)}))
    if len(figures.saturated):
        facts = {"n": len(figures.saturated), "total": total, "activation": activation}
        facts["parameter"] = parameter
        values = {**facts, "units": _listed(figures.saturated)}
        found.append(Finding("saturated_units", "warning", values))
    if len(figures.twins):
        pairs = [f"{first}-{second}" for first, second in figures.twins[:_N_SHOWN].tolist()]
        facts = {"n": len(figures.twins), "total": total, "limit": _TWINS}
        severity = "warning" if len(figures.twins) >= total / 4 else "note"
        found.append(Finding("correlated_units", severity, {**facts, "units": pairs}))
    # With fewer rows than units the rank is that of the sample.
    if 1 < live < n and figures.effective_rank < _LOW_RANK * live:
        fitting = max(1, round(figures.effective_rank))
        values = {"rank": figures.effective_rank, "total": total, "fitting": fitting}
        found.append(Finding("low_rank_codes", "note", values))
    return found


def examine_latents(latents: Latents) -> list[Finding]:
    """Find dead latents of a sparse autoencoder.

    Parameters
    ----------
    latents : isthmus.estimators.Latents
        Of training rows, or of similar rows.

    Returns
    -------
    list of Finding
        ``dead_latents`` if more than 1 % of the latents are dead, or none.
    """
    dead, total = latents.dead, len(latents)
    if len(dead) <= _DEAD * total:
        return []
    values = {
        "n": len(dead),
        "total": total,
        "share": len(dead) / total,
        "n_rows": latents.n_rows,
        "live": total - len(dead),
    }
    return [Finding("dead_latents", "problem" if len(dead) > total / 2 else "warning", values)]


def _listed(units: NDArray[np.intp]) -> list[int | str]:
    """Return the first units, and an ellipsis if there are more."""
    first: list[int | str] = units[:_N_SHOWN].tolist()
    return [*first, "..."] if len(units) > _N_SHOWN else first
