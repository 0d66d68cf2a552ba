"""Kind of stacked autoencoders."""

from __future__ import annotations

from typing import Any

from ...errors import UsageError
from ._kind import Kind

__all__ = ["StackKind"]


class StackKind(Kind):
    """Kind of estimators that are trained layer by layer."""

    def check(self, estimator: Any) -> None:
        """Raise an error for a stack without any training."""
        if estimator.stacking == "joint":
            return
        if estimator.pretraining_epochs == 0 and not estimator.fine_tune:
            raise UsageError(
                "A stack must be trained layer by layer or as a whole. Got 0 epochs for the layers "
                "and no fine-tuning: leave out `pretraining_epochs` or `fine_tune`."
            )

    def code_length(self, estimator: Any, n_features: int) -> int | str | None:
        """Return the width of the last layer; None with noise, for which it may be any."""
        return int(estimator.layer_dims[-1]) if estimator.noise in ("auto", "none") else None
