"""Imputation of a source: by a trained run, or by an imputer that is fitted to it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .._translation import Message
from ..errors import DataError
from ..estimators import AutoencoderImputer
from ..sources import Dataset, RawCells, in_memory, raw_cells, read_source
from ..training import Callback
from ._fillable_rows import check_fillable, check_is_table, is_missing, missing_by_column
from ._fitted_run import FittedRun
from ._imputation_figures import imputation_figures
from ._kept_blocks import KeptBlocks
from ._planned_rows import planned
from ._row_files import Counted, mapped, uncounted
from ._source_paths import located

__all__ = ["Imputed", "impute_by_run", "impute_source", "rows_to_fill"]


@dataclass(frozen=True, eq=False)
class Imputed:
    """Filled rows.

    Attributes
    ----------
    dataset : Dataset
        The rows as read, a table.
    filled : list of pyarrow.Table
        The rows with filled cells: one, or one for each draw.
    missing : dict of str to ndarray of shape (n_samples,), bool
        Missing cells of each column that has any, whether they could be filled or not.
    n_filled : dict of str to int
        Number of filled cells of these columns.
    figures : dict
        Return value of ``imputation_figures``.
    raw : RawCells or None
        The cells of a text table as they are written.
    """

    dataset: Dataset
    filled: list[Any]
    missing: dict[str, NDArray[np.bool_]]
    n_filled: dict[str, int]
    figures: dict[str, Any]
    raw: RawCells | None


def impute_source(
    source: str,
    *,
    n_draws: int = 0,
    seed: int = 0,
    device: str = "auto",
    dataset: Dataset | None = None,
    on_phase: Callable[[Message], object] = str,
    callbacks: Callable[[], Sequence[Callback]] = tuple,
    **options: Any,
) -> Imputed:
    """Fit an ``AutoencoderImputer`` to a source, and fill its cells.

    Parameters
    ----------
    source : str
        As for ``isthmus.sources.read_source``.
    n_draws : int, default=0
        Number of draws; 0 fills once, with the best estimates.
    seed : int, default=0
        Seed of networks and hidden cells.
    device : str, default="auto"
        Device of the networks.
    dataset : Dataset, default=None
        The source, if it is already read.
    on_phase : callable, default=str
        Called with a sentence about what comes next.
    callbacks : callable, default=tuple
        Returns callbacks of a training; called for each of them.
    **options
        Further arguments of ``read_source``.

    Returns
    -------
    Imputed

    Raises
    ------
    DataError
        If the rows cannot be read, or are not a table.
    """
    place = str(located({"source": source})["source"])
    if dataset is None:
        dataset = read_source(place, **options, **in_memory(place))
    check_fillable(dataset)
    dataset = planned(dataset)

    def new_imputer() -> AutoencoderImputer:
        return AutoencoderImputer(random_state=seed, device=device, callbacks=[*callbacks()])

    imputer = new_imputer()
    made = imputer.fit_preprocessing(dataset.X, plan=dataset.plan)
    matrix = made.prepare(dataset.X)

    def ours(holes: NDArray[Any]) -> NDArray[Any]:
        # Fitted to the same rows as the others, which have not seen the hidden cells.
        filled: NDArray[Any] = new_imputer().fit(holes, preprocessor=made).transform(holes)
        return filled

    on_phase(Message("Hiding cells to measure errors, and fitting a first imputer without them..."))
    figures = imputation_figures(matrix, made, ours, seed=seed)
    on_phase(Message("Fitting the imputer to all cells..."))
    imputer.fit(matrix, preprocessor=made)
    filled = imputer.sample(dataset.X, n_draws) if n_draws else [imputer.transform(dataset.X)]
    return _imputed(dataset, filled, figures, place, options)


def rows_to_fill(fitted: FittedRun, source: str | None, **options: Any) -> Dataset:
    """Read the rows of ``impute_by_run``.

    Parameters
    ----------
    fitted, source, **options
        As for ``impute_by_run``.

    Returns
    -------
    Dataset
    """
    fitted.check_can("impute", "fill missing cells")
    place = source or fitted.source_name
    whole = in_memory(place) if place else {}
    return fitted.read_as_given(source, label=None, **options, **whole)


def impute_by_run(
    fitted: FittedRun,
    source: str | None,
    *,
    seed: int = 0,
    is_part: bool = False,
    counted: Counted = uncounted,
    kept: KeptBlocks | None = None,
    **options: Any,
) -> Imputed:
    """Fill the cells of a run's rows, or of new ones, by the reconstruction of its model.

    Parameters
    ----------
    fitted : FittedRun
        Its estimator can impute.
    source : str or None
        As for ``FittedRun.read``; None uses the training source.
    seed : int, default=0
        Seed of the hidden cells.
    is_part : bool, default=False
        Whether the rows are one file of several: it may have no missing cells, and no cells are
        hidden.
    counted : callable, optional
        As ``Counted``.
    kept : KeptBlocks, default=None
        As for ``mapped``.
    **options
        Further arguments of ``FittedRun.read``.

    Returns
    -------
    Imputed

    Raises
    ------
    UsageError
        If the model cannot impute.
    DataError
        If the rows cannot be read, or differ in columns from the training rows.
    """
    dataset = rows_to_fill(fitted, source, **options)
    figures: dict[str, Any] = {}
    if not is_part:
        check_fillable(dataset)
        made = fitted.estimator.preprocessor_
        matrix = fitted.estimator.prepared_rows(dataset.X)
        figures = imputation_figures(matrix, made, fitted.estimator.impute, seed=seed)
    check_is_table(dataset)
    blocks = mapped(fitted.estimator.impute, dataset.X, kept, name="filled")
    filled = [pa.concat_tables(counted(Message("Filling cells"), blocks, dataset.X.num_rows))]
    place = fitted.own_source().get("source", "") if source is None else source
    return _imputed(dataset, filled, figures, str(place), options)


def _imputed(
    dataset: Dataset,
    filled: list[Any],
    figures: dict[str, Any],
    place: str,
    options: dict[str, Any],
) -> Imputed:
    own = missing_by_column(dataset)
    counts = {
        name: int(cells.sum() - is_missing(filled[0].column(name)).sum())
        for name, cells in own.items()
    }
    reading = {name: options.get(name) for name in ("header", "skip_bad", "max_memory")}
    raw = raw_cells(Path(place), **reading)
    if raw is not None:
        raw = replace(raw, table=_rows_of(dataset, raw.table, place))
    return Imputed(dataset, filled, own, counts, figures, raw)


def _rows_of(dataset: Dataset, table: pa.Table, place: str) -> pa.Table:
    """Return the rows of a dataset in a table of all rows, which was read after it."""
    taken = dataset.taken
    if taken is not None and len(taken) and taken[-1] < table.num_rows:
        table = table.take(taken)
    if table.num_rows != dataset.X.num_rows:
        raise DataError(f"`{place}` changed while it was read: run the command again.")
    return table
