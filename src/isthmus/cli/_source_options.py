"""The options that tell where rows come from and how they are read, once for all commands."""

from __future__ import annotations

from dataclasses import dataclass, field, make_dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._reading import READING_OPTIONS
from ._options import whole_number

__all__ = ["LabelledRowsOptions", "RowsOptions", "SourceOptions", "TrainingOptions"]


def _reading_fields(later: bool) -> list[tuple[str, Any, Any]]:
    """Return a field for each option of ``read_source`` that the command line has.

    Parameters
    ----------
    later : bool
        Whether the rows are for a trained run; else they are for a training.

    Returns
    -------
    list of tuple
        As ``dataclasses.make_dataclass`` takes them.
    """
    fields = []
    for name, option in READING_OPTIONS.items():
        text = option.help_later if later else option.help
        if text:
            about = Parameter(metavar=option.form.metavar, help=text)
            fields.append((name, Annotated[str | None, about], field(default=None)))
    return fields


def _reading(options: Any) -> dict[str, Any]:
    """Return the values of the options of ``read_source``; None for those that were not given."""
    texts = {name: getattr(options, name, None) for name in READING_OPTIONS}
    return {
        name: None if text is None else READING_OPTIONS[name].form.from_text(name, text)
        for name, text in texts.items()
    }


_TrainingRows: Any = make_dataclass(
    "_TrainingRows", _reading_fields(later=False), frozen=True, kw_only=True
)
_LaterRows: Any = make_dataclass(
    "_LaterRows", _reading_fields(later=True), frozen=True, kw_only=True
)


@dataclass(frozen=True, kw_only=True)
class SourceOptions(_TrainingRows):  # type: ignore[misc]
    """Of rows to learn from; the options of ``read_source`` come from ``READING_OPTIONS``.

    Parameters
    ----------
    max_words
        For texts: how many words of the training texts, the most frequent ones except English
        stop words, are the columns; their values are tf-idf. Default: 2000.
    test_fraction
        Share of rows held out to measure on, from 0 to below 1, where the source has no test rows
        of its own. Default: 0.2.
    """

    max_words: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None
    test_fraction: Annotated[float | None, Parameter(metavar="SHARE")] = None

    def settings(self, source: str | None) -> dict[str, Any]:
        """Return them as a layer for ``merged``: what was not given is None.

        Parameters
        ----------
        source : str or None
            The source itself.

        Returns
        -------
        dict
        """
        place = {"source": source, **_reading(self)}
        return {"source": place, "test_fraction": self.test_fraction, "max_words": self.max_words}


_NO_SOURCE_OPTIONS = SourceOptions()


@dataclass(frozen=True, kw_only=True)
class TrainingOptions:
    """Of one training or many, beside the estimator's parameters.

    Parameters
    ----------
    recipe
        A named, complete setting: tutorial, tutorial-sigmoid, stacked-tutorial, hinton2006,
        deep-30, sdae, few-labels or document-codes (for texts).
    config
        A YAML file with source, estimator and parameters, such as a run's config.yaml. Paths in
        it are read as if they stood on the command line.
    estimator
        Which kind: autoencoder; stacked; stacked-classifier, which learns labels too; or
        outlier-detector, for `isthmus score`. Default: autoencoder.
    seed
        Of weights, splits and shuffling; the same seed gives the same model. Default: 0.
    device
        Where to train: auto, cpu or cuda. Default: auto.
    rows
        Where rows come from.
    labels_per_class
        For a classifier: how many labels of each class to learn from; all other rows are taken
        for unlabelled. Default: all.
    """

    recipe: Annotated[str | None, Parameter(metavar="NAME")] = None
    config: Annotated[Path | None, Parameter(metavar="FILE")] = None
    estimator: Annotated[str | None, Parameter(metavar="NAME")] = None
    seed: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None
    device: Annotated[str | None, Parameter(metavar="NAME")] = None
    rows: Annotated[SourceOptions, Parameter(name="*")] = _NO_SOURCE_OPTIONS
    labels_per_class: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None


@dataclass(frozen=True, kw_only=True)
class RowsOptions(_LaterRows):  # type: ignore[misc]
    """Of rows for a trained run; the options of ``read_source`` come from ``READING_OPTIONS``.

    Parameters
    ----------
    device
        Where to compute: auto, cpu or cuda. Default: auto.
    """

    device: Annotated[str, Parameter(metavar="NAME")] = "auto"

    @property
    def reading(self) -> dict[str, Any]:
        """Options of ``read_source`` except ``data_dir`` and ``label``; None if not given."""
        return {k: v for k, v in _reading(self).items() if k not in ("data_dir", "label")}


@dataclass(frozen=True, kw_only=True)
class LabelledRowsOptions(RowsOptions):
    """Of rows for a trained run, to be written with their labels.

    Parameters
    ----------
    label
        A column of labels, to be written too. Default: that of the training, for its own source.
    """

    label: Annotated[str | None, Parameter(metavar="NAME")] = None
