"""Rows of a run, read and split again as in its training."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from .._chunks import Chunks
from ..errors import ArtifactError
from ..sources import Dataset, options_of, read_source
from ._fitted_run import FittedRun
from ._kept_split import check_split, check_unchanged
from ._parts import Parts, split_dataset
from ._prepared import in_matrices
from ._run_folder import read_settings, whole_run_folder

__all__ = ["RunRows", "rows_again"]


@dataclass(frozen=True, eq=False)
class RunRows:
    """Rows of a run as numbers, with their metadata.

    Attributes
    ----------
    dataset : Dataset
        The source; for texts, its ``X`` stays texts.
    parts : Parts
        Training and held-out rows; of rows in chunks, random samples of them.
    n_shown : int
        Number of rows that ``parts.shown`` is a sample of; 0 if it is none.
    """

    dataset: Dataset
    parts: Parts
    n_shown: int = 0

    @property
    def is_held_out(self) -> bool:
        """Whether there are rows that it was not trained on."""
        return bool(self.parts.X_held_out.shape[0])

    @property
    def numbers(self) -> NDArray[np.int64]:
        """Indices of ``parts.shown`` in the source, from 0."""
        n = self.parts.shown[0].shape[0]
        return self.parts.numbers[-n:] if self.is_held_out else self.parts.numbers


def rows_again(
    run: str | os.PathLike[str],
    fitted: FittedRun,
    *,
    label: str | None = None,
    data_dir: str | os.PathLike[str] | None = None,
) -> RunRows:
    """Read a run's source again, and split it as in training.

    Parameters
    ----------
    run : path
        Run folder.
    fitted : FittedRun
        The loaded run.
    label : str, default=None
        Label column; None uses that of the training.
    data_dir : path, default=None
        Current folder of a named source's files; None uses that of the training.

    Returns
    -------
    RunRows

    Raises
    ------
    ArtifactError
        If it is a model without a run, or its settings cannot be read.
    DataError
        If its rows cannot be read, or have changed.
    """
    folder = whole_run_folder(run)
    if folder is None:
        raise ArtifactError(
            f"{run} is a model without a run, so its held-out rows are unknown. Pass a source."
        )
    config = read_settings(folder)
    source = config["source"]
    if data_dir is not None:
        source["data_dir"] = data_dir
    if label is not None:
        source["label"] = label
        if fitted.columns is not None and "columns" in options_of(source["source"]):
            source["columns"] = [*fitted.columns, *fitted.ids]
    dataset = read_source(**source)
    check_unchanged(folder, fitted.about, dataset)
    parts = split_dataset(dataset, config["test_fraction"], config["parameters"]["random_state"])
    check_split(folder, fitted.about, config, dataset, parts, seed=fitted.estimator.seed_)
    preprocessor = fitted.estimator.preprocessor_
    if dataset.kind in ("texts", "table"):
        dataset = replace(dataset, feature_names=preprocessor.column_names)
    parts = in_matrices(dataset, parts, preprocessor)
    if isinstance(parts.X, Chunks):
        seed = config["parameters"]["random_state"]
        return RunRows(dataset, parts.sampled(seed), parts.shown[0].shape[0])
    return RunRows(dataset, parts)
