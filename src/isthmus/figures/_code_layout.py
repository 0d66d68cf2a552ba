"""Layout of the map of codes: as they are, by PCA or by UMAP."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .._extras import imported
from .._random import derived_seed
from .._translation import Message
from ..errors import UsageError, did_you_mean

__all__ = ["MAPS", "CodeLayout", "check_map", "lay_out_codes"]

MAPS = ("pca", "umap")
_MOST_POINTS = 10_000
_BLOCK = 2**17
_LEAST_FOR_UMAP = 10  # distinct codes: fewer have no neighbourhoods to preserve
_N_NEIGHBOURS = 15  # UMAP's own default
_AS_THEY_ARE = {
    1: Message("Codes have one value and are drawn directly."),
    2: Message("Codes have two values and are drawn directly."),
}
_WITHOUT_UMAP = {
    1: Message("Codes have one value and are drawn directly, without UMAP."),
    2: Message("Codes have two values and are drawn directly, without UMAP."),
}


@dataclass(frozen=True, eq=False)
class CodeLayout:
    """Codes in one or two coordinates.

    Attributes
    ----------
    n_codes : int
        Number of codes.
    rows : ndarray of shape (n_points,)
        Indices of the codes to draw, in drawing order.
    points : ndarray of shape (n_points, 1) or (n_points, 2)
        Coordinates.
    axis_names : tuple of str
        Name of each coordinate.
    caption : str
        How the coordinates were computed, for readers.
    has_units : bool
        Whether coordinates have a meaning; those of UMAP do not.
    random_state : int
        Seed of the sample and of the layout.
    n_total : int or None
        Number of codes that were sampled from before the layout, if they were.
    """

    n_codes: int
    rows: NDArray[np.int64]
    points: NDArray[np.float64]
    axis_names: tuple[str, ...]
    caption: str
    has_units: bool = True
    random_state: int = 0
    n_total: int | None = None


def check_map(method: str) -> None:
    """Raise ``UsageError`` unless the method is known and its package is installed.

    Parameters
    ----------
    method : str
        "pca" or "umap".

    Raises
    ------
    UsageError
        If the method is unknown.
    MissingExtraError
        If UMAP is not installed.
    """
    if method not in MAPS:
        raise UsageError(
            f"`map` must be one of {', '.join(MAPS)}. Got {method!r}."
            + did_you_mean(str(method), MAPS)
        )
    if method == "umap":
        _umap()


def lay_out_codes(
    Z: ArrayLike, *, method: str = "pca", random_state: int = 0, n_total: int | None = None
) -> CodeLayout:
    """Lay codes out in the plane.

    Codes of size one or two are not changed. For larger ones, PCA gives the first two principal
    components, in O(n d^2); UMAP, initialised with PCA, preserves neighbours, in about ten
    seconds for 10,000 codes. With fewer than 10 distinct codes PCA is used. At most 10,000 random
    codes are laid out; PCA is fitted on all.

    Parameters
    ----------
    Z : array-like of shape (n_samples, latent_dim)
        Codes; non-finite rows are skipped.
    method : {"pca", "umap"}, default="pca"
        Method for codes larger than two.
    random_state : int, default=0
        Determines which codes are laid out, their order, and UMAP's result on the same machine
        with the same versions.
    n_total : int, default=None
        Number of codes that these were sampled from, for the caption; None for all.

    Returns
    -------
    CodeLayout

    Raises
    ------
    UsageError
        If ``Z`` is not of two dimensions, or the method is unknown.
    MissingExtraError
        If UMAP is not installed.

    References
    ----------
    McInnes, Healy & Melville (2018), "UMAP: Uniform Manifold Approximation and Projection for
    Dimension Reduction". Kobak & Linderman (2021), "Initialization is critical for preserving
    global data structure in both t-SNE and UMAP".
    """
    codes = np.asarray(Z)
    codes = codes if codes.dtype == np.float32 else codes.astype(np.float64, copy=False)
    if codes.ndim != 2 or not codes.shape[1]:
        raise UsageError(
            f"`Z` of code_map must have shape (n_samples, latent_dim). Got {codes.shape}."
        )
    check_map(method)
    rng = np.random.default_rng(random_state)
    # Shuffled, so that no class is on top only because its rows come last.
    finite = rng.permutation(np.flatnonzero(np.isfinite(codes).all(axis=1)))
    rows = finite[:_MOST_POINTS]
    everything = codes if len(finite) == len(codes) else codes[np.sort(finite)]
    drawn = codes[rows].astype(np.float64)
    points, names, caption = _placed(everything, drawn, method, random_state)
    total = len(finite) if n_total is None else n_total
    if len(rows) < total:
        caption = Message(
            "{caption} Shows {n:,} of {total:,} codes, drawn at random.",
            caption=caption,
            n=len(rows),
            total=total,
        )
    has_units = names != _UMAP_AXES
    return CodeLayout(len(codes), rows, points, names, caption, has_units, random_state, n_total)


_UMAP_AXES = ("UMAP 1", "UMAP 2")


def _placed(
    everything: NDArray[Any], drawn: NDArray[np.float64], method: str, seed: int
) -> tuple[NDArray[np.float64], tuple[str, ...], str]:
    """Return the coordinates of the codes to draw, their names, and the method."""
    width = drawn.shape[1]
    if not len(drawn):
        return drawn[:, :2], (Message("code"),), Message("No row has a finite code.")
    if width <= 2:
        how = (_AS_THEY_ARE if method == "pca" else _WITHOUT_UMAP)[width]
        names = [Message("code")] if width == 1 else [Message("code {n}", n=n) for n in (1, 2)]
        return drawn, tuple(names), how
    points, names_of_components = _along_components(everything, drawn)
    how = Message("Projected to 2D by PCA (first two principal components).")
    if method == "umap":
        codes = _in_single_precision(drawn)
        n_different = len(np.unique(codes, axis=0))
        if n_different >= _LEAST_FOR_UMAP:
            n_neighbours = min(_N_NEIGHBOURS, len(drawn) - 1)
            how = Message(
                "Projected to 2D by UMAP ({n} neighbours): it preserves neighbourhoods, not "
                "distances between groups.",
                n=n_neighbours,
            )
            return _by_umap(codes, points, n_neighbours, seed), _UMAP_AXES, how
        how = Message(
            "Projected to 2D by PCA: UMAP needs at least {least} distinct codes, got {n}.",
            least=_LEAST_FOR_UMAP,
            n=n_different,
        )
    return points, names_of_components, how


def _along_components(
    everything: NDArray[Any], drawn: NDArray[np.float64]
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    """Return ``drawn`` along the first two principal components of all codes."""
    mean = np.sum([block.sum(axis=0) for block in _blocks(everything)], axis=0) / len(everything)
    squares = np.zeros((len(mean), len(mean)))
    for block in _blocks(everything):
        centred = block - mean
        squares += centred.T @ centred
    variances, directions = np.linalg.eigh(squares)
    directions = directions[:, :-3:-1]
    # The sign of an eigenvector is arbitrary; make its largest entry positive, so that maps agree.
    greatest = np.abs(directions).argmax(axis=0)
    directions = directions * np.where(directions[greatest, [0, 1]] < 0, -1.0, 1.0)
    shares = 100 * variances[:-3:-1] / (variances.sum() or 1.0)
    names = tuple(
        Message(
            "principal component {n} ({share:.0f}% of variance)", n=at + 1, share=max(share, 0.0)
        )
        for at, share in enumerate(shares)
    )
    return (drawn - mean) @ directions, names


def _blocks(codes: NDArray[Any]) -> Iterator[NDArray[np.float64]]:
    """Yield blocks of codes in double precision, small enough to use little memory."""
    for start in range(0, len(codes), _BLOCK):
        yield codes[start : start + _BLOCK].astype(np.float64, copy=False)


def _umap() -> Any:
    """Return UMAP's class; its import takes seconds and warns about missing TensorFlow."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return imported("umap", "umap", package="umap-learn").UMAP


def _in_single_precision(codes: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return codes centred and scaled to at most one: UMAP only depends on which are near."""
    centred = codes - codes.mean(axis=0)
    single: NDArray[np.float32] = (centred / (np.abs(centred).max() or 1.0)).astype(np.float32)
    return single


def _by_umap(
    codes: NDArray[np.float32], start: NDArray[np.float64], n_neighbours: int, seed: int
) -> NDArray[np.float64]:
    # Imported here: figures that need neither do not wait for scikit-learn.
    from sklearn.neighbors import NearestNeighbors
    from threadpoolctl import threadpool_limits

    # Exact neighbours: for this many rows they take less time than compiling UMAP's search, and are
    # the same everywhere.
    near = NearestNeighbors(n_neighbors=n_neighbours - 1).fit(codes)
    distances, indices = near.kneighbors()  # without the row itself, which UMAP expects first
    known = (
        np.column_stack([np.arange(len(codes)), indices]),
        np.column_stack([np.zeros(len(codes)), distances]).astype(np.float32),
    )
    rng = np.random.default_rng(derived_seed(seed, "map"))
    # UMAP stretches both coordinates to the same range, so neither may be constant.
    spread = start.std(axis=0).max()
    start = start + rng.normal(scale=1e-4 * spread, size=start.shape)
    # Starting numba's threads sets OpenMP's thread count, also for torch: it is restored.
    with threadpool_limits(limits=None), warnings.catch_warnings():
        # UMAP's own warnings: one thread because of the seed, and no transform of further rows.
        warnings.simplefilter("ignore")
        reducer = _umap()(
            n_neighbors=n_neighbours,
            init=start.astype(np.float32),
            precomputed_knn=known,
            random_state=derived_seed(seed, "map") % 2**32,
            n_jobs=1,
        )
        return np.asarray(reducer.fit_transform(codes), dtype=np.float64)
