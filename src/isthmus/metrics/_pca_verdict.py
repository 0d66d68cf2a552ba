"""Comparison of an autoencoder with PCA in one sentence."""

from __future__ import annotations

from .._translation import Message

__all__ = ["verdict"]


def verdict(
    model: str, error: float, pca_error: float, *, latent_dim: int, n_features: int, rows: str
) -> str:
    """Return a sentence that says whether the model or PCA reconstructs better, and by how much.

    Parameters
    ----------
    model : str
        Name of the autoencoder.
    error : float
        Squared error per row of the autoencoder.
    pca_error : float
        Same for PCA with as many components, on the same rows, in the same unit.
    latent_dim : int
        Code size.
    n_features : int
        Number of features.
    rows : str
        Kind of rows: "held-out" or "training".

    Returns
    -------
    str
        A ``Message``, which can be translated.
    """
    if latent_dim >= n_features:
        return Message(
            "No comparison with PCA: the code size ({latent_dim}) is not smaller than the number "
            "of features ({n_features:,}), so PCA reconstructs every row exactly.",
            latent_dim=latent_dim,
            n_features=n_features,
        )
    larger = max(error, pca_error)
    gap = abs(error - pca_error) / larger if larger > 0 else 0.0
    values = {
        "latent_dim": latent_dim,
        "model": model,
        "rows": rows,
        "error": error,
        "pca": pca_error,
        "gap": _percent(gap),
    }
    if gap < 0.01:
        return Message(
            "At code size {latent_dim}, {model} and PCA are equally good on {rows} rows (squared "
            "error per row: {error:.4g} vs. {pca:.4g}). PCA is simpler and good enough here.",
            **values,
        )
    if error < pca_error:
        return Message(
            "At code size {latent_dim}, {model} beats PCA: its error on {rows} rows is {gap} lower "
            "(squared error per row: {error:.4g} vs. {pca:.4g}).",
            **values,
        )
    return Message(
        "At code size {latent_dim}, PCA beats {model}: its error on {rows} rows is {gap} lower "
        "(squared error per row: {pca:.4g} vs. {error:.4g}). PCA is good enough here.",
        **values,
    )


def _percent(share: float) -> str:
    """Return a fraction below 1 as a percentage below 100."""
    return f"{share:.0%}" if share < 0.985 else f"{min(share, 0.999):.1%}"
