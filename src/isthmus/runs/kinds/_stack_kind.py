"""The kind of a stack of autoencoders."""

from __future__ import annotations

from typing import Any

from ...errors import UsageError
from ._kind import Kind

__all__ = ["StackKind"]


class StackKind(Kind):
    """Layers that are trained in turn."""

    def check(self, estimator: Any) -> None:
        """Refuse a stack of which no layer would learn anything."""
        if estimator.stacking == "joint":
            return
        if estimator.pretraining_epochs == 0 and not estimator.fine_tune:
            raise UsageError(
                "A stack must be trained layer by layer or as a whole. Got 0 epochs for the layers "
                "and no fine-tuning: leave out `pretraining_epochs` or `fine_tune`."
            )

    def code_length(self, estimator: Any, n_features: int) -> int | str | None:
        """Return the last layer's width; with noise it need not be short."""
        return int(estimator.layer_dims[-1]) if estimator.noise == "none" else None
