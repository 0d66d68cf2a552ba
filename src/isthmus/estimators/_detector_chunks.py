"""Training of outlier detectors on one chunk of rows after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from scipy import sparse

from .._random import derived_seed, resolve_seed, torch_generator
from ..accelerators import new_optimizer, train
from ..rows import EncodedRows
from ..training import History, Optimizer, Settings, as_callbacks
from ._auto_choices import resolve_device
from ._checked_rows import checked_rows
from ._one_process import check_one_process

__all__ = ["LearnsChunks"]

_MOST_RECENT = 10_000  # rows, of which the error scales and the threshold are learned


class LearnsChunks:
    """Adds ``partial_fit`` to an outlier detector."""

    # Of the detector, whose class is above this one.
    device_: Any
    members_: list[Any]
    preprocessor_: Any
    history_: History
    n_members: int
    offset_: float
    random_state: Any
    seed_: int
    settings_: Settings
    _optimizers: list[Optimizer | None] | None = None
    _recent: Any = None

    def partial_fit(self, X: Any, y: Any = None) -> Self:
        """Train every network for one pass over a chunk of rows.

        The optimizers keep their momenta from chunk to chunk, at their constant peak learning rate.
        The scaling is updated with every chunk, unless ``fit`` learned it. Error scales, medians
        and the threshold are those of the latest 10,000 rows, which are kept until the detector is
        saved. ``epochs`` is ignored: with many more than 150 steps, networks come closer to
        copying outliers too.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Next rows, at least one; the first chunk resolves "auto" parameters.
        y : None
            Ignored; for scikit-learn's API.

        Returns
        -------
        self

        Raises
        ------
        UsageError
            If parameters are invalid, or ``scaling`` requires all rows at once.
        DataError
            If the rows contain infinite values, or other columns than before.
        """
        detector: Any = self
        detector.check_parameters()
        check_one_process(self)
        is_first = not hasattr(self, "members_")
        if is_first:
            X, self.preprocessor_ = detector._read_to_learn(X, None)
            self.seed_, self.history_ = resolve_seed(self.random_state), History()
        else:
            X = checked_rows(self, X)
        self.preprocessor_.partial_fit(X)
        if is_first:
            self.device_ = resolve_device(detector.device)
            self.settings_ = detector._training_settings(X.shape[0])
            self.members_ = [self._new_member(k) for k in range(self.n_members)]
        once = replace(self.settings_, epochs=1, schedule="constant", warmup=0.0)
        self._train_once(detector, detector._rows(X, keep=True), once)
        self._recent = _latest(self._recent, X)
        detector._learn_scales(detector._some_rows(self._recent))
        self.offset_ = detector._learned_offset(detector._scores(self._recent))
        return self

    def _train_once(self, detector: Any, rows: EncodedRows, settings: Settings) -> None:
        """Train every member for one epoch."""
        optimizers = self._optimizers or [None] * len(self.members_)
        callbacks = as_callbacks(detector.callbacks, verbose=bool(detector.verbose))
        epoch = 1 + max((record["epoch"] for record in self.history_), default=0)
        for k, network in enumerate(self.members_):
            objective = detector._objective_of(k, network)
            optimizer = optimizers[k] or new_optimizer(objective, settings)
            self.history_ += train(
                objective,
                rows,
                settings,
                seed=derived_seed(self.seed_, "member", k),
                callbacks=callbacks,
                first_epoch=epoch,
                optimizer=optimizer,
                stage=f"network {k + 1} of {len(self.members_)}",
            )
            optimizers[k] = optimizer
        self._optimizers = optimizers

    def _new_member(self, k: int) -> Any:
        """Return an untrained network."""
        seed = derived_seed(self.seed_, "member", k)
        make_network: Any = self._make_network  # type: ignore[attr-defined]
        return make_network(torch_generator(seed, "weights"))

    def __getstate__(self) -> dict[str, Any]:
        # An optimizer's vectors would be restored as copies that no parameter is a view of.
        state: Any = super().__getstate__()
        return {**state, "_optimizers": None, "_recent": None}


def _latest(before: Any, X: Any) -> Any:
    """Return the latest rows of two chunks, as a matrix of its own."""
    if before is None or X.shape[0] >= _MOST_RECENT:
        return X[-_MOST_RECENT:].copy()
    kept = before[-(_MOST_RECENT - X.shape[0]) :]
    return _joined((kept, X[:]))


def _joined(parts: Sequence[Any]) -> Any:
    if sparse.issparse(parts[0]):
        return sparse.vstack(parts).tocsr()
    return np.concatenate(parts)
