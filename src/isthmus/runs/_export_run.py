"""Export of a trained run, checked on its held-out rows."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .._chunks import Chunks
from ..artifacts import model_hash
from ..errors import ArtifactError, DataError, UsageError
from ..exports import Exported, export_model
from ._fitted_run import FittedRun, open_run
from ._run_rows import rows_again

__all__ = ["export_run"]


def export_run(
    run: str | os.PathLike[str],
    out: Path,
    *,
    check: str | None = None,
    part: str | None = None,
    inputs: str = "columns",
    weights: str = "float32",
    reading: dict[str, Any] | None = None,
    data_dir: Any = None,
) -> tuple[Exported, str]:
    """Export a part of a run's model, see ``isthmus.exports.export_model``.

    Parameters
    ----------
    run : path
        Run folder, or saved model.
    out : pathlib.Path
        File to write.
    check : str, default=None
        Source of the rows to check with; None uses the held-out rows of the run.
    part, inputs, weights
        As for ``export_model``.
    reading : dict, default=None
        Further arguments of ``isthmus.sources.read_source`` for ``check``.
    data_dir : path, default=None
        Folder of a named source.

    Returns
    -------
    tuple of Exported and str
        And which rows it was checked on: "held-out", "training" or "given".

    Raises
    ------
    UsageError
        If the rows of the run cannot be read again and there are no others.
    IsthmusError
        As for ``export_model``.
    """
    fitted = open_run(run, device="cpu")
    fitted.check_can("graph_parts", "be exported")
    rows, which = _rows(run, fitted, check, reading or {}, data_dir)
    assert fitted.folder is not None
    about = {"model_sha256": model_hash(fitted.folder), "checked_on": which}
    exported = export_model(
        fitted.estimator, out, rows, part=part, inputs=inputs, weights=weights, about=about
    )
    return exported, which


def _rows(
    run: str | os.PathLike[str],
    fitted: FittedRun,
    check: str | None,
    reading: dict[str, Any],
    data_dir: Any,
) -> tuple[Any, str]:
    """Return rows to check with, and which they are."""
    if check is not None:
        X = fitted.read(check, label=None, data_dir=data_dir, **reading).X
        return (X.sample()[1] if isinstance(X, Chunks) else X), "given"
    try:
        own = rows_again(run, fitted, data_dir=data_dir)
    except (ArtifactError, DataError) as error:
        raise UsageError(
            f"An exported model is checked on rows, and those of this run cannot be read: {error} "
            "Name rows of the same kind with --check SOURCE."
        ) from None
    return own.parts.shown[0], "held-out" if own.is_held_out else "training"
