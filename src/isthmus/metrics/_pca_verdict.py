"""Comparison of an autoencoder with PCA in one sentence."""

from __future__ import annotations

from .._language import Sentence, capitalised

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
        A ``Sentence``, which can be translated.
    """
    numbers = Sentence("{n} {n:number|numbers} a row", n=latent_dim)
    if latent_dim >= n_features:
        return Sentence(
            "No contest: with {numbers} for {n_features} {n_features:feature|features} PCA gives "
            "every row back as it was; only a code shorter than the row leaves something out.",
            numbers=numbers,
            n_features=n_features,
        )
    larger = max(error, pca_error)
    gap = abs(error - pca_error) / larger if larger > 0 else 0.0
    values = {
        "numbers": numbers,
        "model": model,
        "Model": capitalised(model),
        "rows": rows,
        "error": error,
        "pca": pca_error,
        "gap": _percent(gap),
    }
    if gap < 0.01:
        return Sentence(
            "A draw: with {numbers}, {model} and PCA reconstruct {rows} rows equally well "
            "({error:.4g} against {pca:.4g} squared error a row); PCA is simpler, and would do.",
            **values,
        )
    if error < pca_error:
        return Sentence(
            "{Model} wins: with {numbers}, its error on {rows} rows is {gap} lower than PCA's "
            "({error:.4g} against {pca:.4g} squared error a row).",
            **values,
        )
    return Sentence(
        "PCA wins: with {numbers}, its error on {rows} rows is {gap} lower than that of "
        "{model} ({pca:.4g} against {error:.4g} squared error a row); here PCA would have done.",
        **values,
    )


def _percent(share: float) -> str:
    """Return a fraction below 1 as a percentage below 100."""
    return f"{share:.0%}" if share < 0.985 else f"{min(share, 0.999):.1%}"
