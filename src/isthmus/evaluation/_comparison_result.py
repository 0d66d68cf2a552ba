"""The result of ``compare``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .._rendered import Rendered, View
from ._evaluate_table import estimate_text

__all__ = ["Comparison"]

_ESTIMATES = {
    "squared_error": ("squared error", ".4g"),
    "difference": ("vs. first", ".3g"),
    "variance_explained": ("explained", ".1%"),
    "pca_squared_error": ("PCA error", ".4g"),
}


class Comparison(Rendered, dict[str, Any]):
    """Result of ``compare``: a dict of JSON types.

    A notebook shows it as the verdict, a table of the models, and the best two against each other.
    """

    def _view(self) -> View:
        models = self["models"]
        shown = [name for name in _ESTIMATES if any(model[name] for model in models)]
        columns = ("", "code size", "weights", *(_ESTIMATES[name][0] for name in shown))
        rest = [self["runner_up"]["verdict"]["text"]] if len(models) > 2 else []
        caption = (
            f"n = {self['n_rows']:,} rows, {self['settings']['confidence']:.0%} intervals in "
            "brackets. Squared error: sum over features, in units of the first model's scaling "
            f"({self['scaling']})."
        )
        return View(
            self["verdict"]["text"],
            columns,
            tuple(_line(model, shown) for model in models),
            tuple(("", text) for text in (*rest, caption)),
        )


def _line(model: Mapping[str, Any], shown: list[str]) -> tuple[str, ...]:
    cells = [estimate_text(model[name], _ESTIMATES[name][1]) for name in shown]
    return (
        model["name"],
        f"{model['latent_dim']:,}",
        f"{model['weights']:,}",
        *(f"{cell.value} {cell.interval}".strip() for cell in cells),
    )
