"""Options about the source of rows, for all commands."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, make_dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._reading import READING_OPTIONS, SWITCH
from ._device_option import DEVICE
from ._option_groups import COMMON_READING, OPTIONS, READING
from ._options import whole_number
from ._row_choice import CHOSEN, RowChoice

__all__ = [
    "ChosenRowsOptions",
    "LabelledRowsOptions",
    "LaterRowsOptions",
    "RowsOptions",
    "SourceOptions",
    "TableOptions",
    "TrainingOptions",
]


_OF_TABLES = (
    "columns",
    "exclude",
    "id",
    "kinds",
    "missing",
    "header",
    "skip_bad",
    "sheet",
    "limit",
    "sample",
    "max_memory",
    "text_lines",
)


def _reading_fields(
    later: bool, names: Collection[str] = tuple(READING_OPTIONS)
) -> list[tuple[str, Any, Any]]:
    """Return a dataclass field for each command-line option of ``read_source``.

    Parameters
    ----------
    later : bool
        Whether the rows are for a trained run, not for training.
    names : collection of str, default=tuple(READING_OPTIONS)
        Names of the options; all by default.

    Returns
    -------
    list of tuple
        Arguments of ``dataclasses.make_dataclass``.
    """
    fields = []
    for name, option in READING_OPTIONS.items():
        text = option.help_later if later else option.help
        if text and name in names:
            is_flag = not option.form.metavar
            about = Parameter(
                metavar=option.form.metavar or None,
                help=text,
                group=OPTIONS if not later and name in COMMON_READING else READING,
                negative="" if option.form is SWITCH else None,
                allow_leading_hyphen=name == "missing",  # such as -999
            )
            kind: Any = bool | None if is_flag else str | None
            fields.append((name, Annotated[kind, about], field(default=None)))
    return fields


def _reading(options: Any) -> dict[str, Any]:
    """Return the values of the options of ``read_source``; None for those not given."""
    texts = {name: getattr(options, name, None) for name in READING_OPTIONS}
    return {
        name: None if text is None else READING_OPTIONS[name].form.from_text(name, text)
        for name, text in texts.items()
    }


_TrainingRows: Any = make_dataclass(
    "_TrainingRows", _reading_fields(later=False), frozen=True, kw_only=True
)
_Tables: Any = make_dataclass(
    "_Tables", _reading_fields(later=False, names=_OF_TABLES), frozen=True, kw_only=True
)
_LaterRows: Any = make_dataclass(
    "_LaterRows", _reading_fields(later=True), frozen=True, kw_only=True
)


@dataclass(frozen=True, kw_only=True)
class SourceOptions(_TrainingRows):  # type: ignore[misc]
    """Options of training rows; those of ``read_source`` come from ``READING_OPTIONS``.

    Parameters
    ----------
    max_words
        Number of words of texts to use as columns, by frequency and without English stop words;
        their values are tf-idf. Default: 2000.
    test_fraction
        Fraction of rows to hold out for measurements, at least 0 and below 1, unless the source has
        test rows. Default: 0.2.
    """

    max_words: Annotated[
        int | None, Parameter(metavar="N", converter=whole_number, group=READING)
    ] = None
    test_fraction: Annotated[float | None, Parameter(metavar="SHARE")] = None

    def settings(self, source: str | None) -> dict[str, Any]:
        """Return the options as a layer for ``merged``, with None for those not given.

        Parameters
        ----------
        source : str or None
            Source on the command line.

        Returns
        -------
        dict
        """
        place = {"source": source, **_reading(self)}
        return {"source": place, "test_fraction": self.test_fraction, "max_words": self.max_words}


_NO_SOURCE_OPTIONS = SourceOptions()


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """Options of one or several trainings, except the estimator's parameters.

    Parameters
    ----------
    recipe
        Named set of complete settings: tutorial, tutorial-sigmoid, stacked-tutorial,
        hinton2006, deep-30, sdae, few-labels, vae-mnist, sparse-mnist or document-codes (for
        texts).
    config
        YAML file with source, estimator and parameters, such as a run's config.yaml. Paths in it
        are relative to the working directory.
    estimator
        Estimator to train: autoencoder, conv (convolutions, for pictures), sparse, stacked,
        stacked-classifier (requires labels), outlier-detector (for `isthmus score`),
        patch-detector (defects in pictures), vae (variational), or auto: conv for colour pictures
        of up to 64x64 pixels, else autoencoder. Default: auto for `isthmus train`, else
        autoencoder.
    seed
        Seed of weights, splits and shuffling; the same seed gives the same model. Default: 0.
    device
        Device to train on: auto, cpu or cuda. Default: auto.
    rows
        Options for reading rows.
    labels_per_class
        Number of labels per class for a classifier to train on; all other rows count as
        unlabelled. Default: all.
    """

    recipe: Annotated[str | None, Parameter(metavar="NAME")] = None
    config: Annotated[Path | None, Parameter(metavar="FILE")] = None
    estimator: Annotated[str | None, Parameter(metavar="NAME")] = None
    seed: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None
    device: Annotated[str | None, DEVICE] = None
    rows: Annotated[SourceOptions, Parameter(name="*")] = _NO_SOURCE_OPTIONS
    labels_per_class: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None


@dataclass(frozen=True, kw_only=True)
class TableOptions(_Tables):  # type: ignore[misc]
    """Options of a table; those of ``read_source`` come from ``READING_OPTIONS``."""

    @property
    def reading(self) -> dict[str, Any]:
        """Options of ``read_source`` that are given."""
        return {name: value for name, value in _reading(self).items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class LaterRowsOptions(_LaterRows):  # type: ignore[misc]
    """Options of rows for a trained run; those of ``read_source`` come from ``READING_OPTIONS``."""

    @property
    def reading(self) -> dict[str, Any]:
        """Options of ``read_source`` except ``data_dir`` and ``label``; None if not given."""
        return {k: v for k, v in _reading(self).items() if k not in ("data_dir", "label")}


@dataclass(frozen=True, kw_only=True)
class RowsOptions(LaterRowsOptions):
    """Options of rows for a trained run, and where to compute.

    Parameters
    ----------
    device
        Device to compute on: auto, cpu or cuda. Default: auto.
    """

    device: Annotated[str, DEVICE] = "auto"


@dataclass(frozen=True, kw_only=True)
class ChosenRowsOptions(RowsOptions):
    """Options of rows for a trained run, of which some can be chosen.

    Parameters
    ----------
    rows
        Positions of the rows to use, from 0, such as 3,17,20:25. A range ends before its last
        number, as in Python: 0:10 are the first ten rows, -10: the last ten. Default: all.
    part
        Part of a source with test rows, such as mnist, to use and to count --rows in: train or
        test. Default: both, the test rows last.
    """

    rows: Annotated[RowChoice | None, CHOSEN, Parameter(metavar="ROWS")] = None
    part: Annotated[str | None, Parameter(metavar="train|test")] = None


@dataclass(frozen=True, kw_only=True)
class LabelledRowsOptions(ChosenRowsOptions):
    """Options of rows for a trained run, with their labels.

    Parameters
    ----------
    label
        Label column to write too. Default: that of the training, for its own source.
    """

    label: Annotated[str | None, Parameter(metavar="NAME")] = None
