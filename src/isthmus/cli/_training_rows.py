"""Reading of training rows, and what can be refused before PyTorch is imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ._auto_estimator import estimator_for_rows
from ._declared_parameters import AUTO
from ._status_line import Status

if TYPE_CHECKING:
    from ..sources import Dataset

__all__ = ["read_planned_rows", "read_training_rows"]


def read_planned_rows(whole: dict[str, Any], status: Status) -> Dataset:
    """Read a source and plan its columns, after a check of the settings.

    Parameters
    ----------
    whole : dict
        Settings, as for ``run_training``. The estimator "auto" is replaced by that for the rows.
    status : Status
        Says what is read.

    Returns
    -------
    Dataset
    """
    from ..runs import check_applicable, planned, resolved
    from ..sources import read_source

    resolved(whole)  # raises the errors of the settings
    status.reading(whole["source"]["source"])
    dataset = planned(read_source(**whole["source"]))
    if whole["estimator"] == AUTO:
        whole["estimator"] = estimator_for_rows(dataset, whole["parameters"])
    check_applicable(whole, dataset)
    return dataset


def read_training_rows(whole: dict[str, Any], status: Status) -> Dataset:
    """Read rows to train on; as for ``read_planned_rows``.

    Parameters
    ----------
    whole : dict
        Settings, as for ``run_training``.
    status : Status
        Says what is read.

    Returns
    -------
    Dataset
    """
    from ..runs import check_varies

    dataset = read_planned_rows(whole, status)
    check_varies(dataset)
    return dataset
