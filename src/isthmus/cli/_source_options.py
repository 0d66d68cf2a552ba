"""The options that tell where rows come from and how they are read, once for all commands."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from ._options import name_list, whole_number

__all__ = ["LabelledRowsOptions", "RowsOptions", "SourceOptions", "TrainingOptions"]


@dataclass(frozen=True, kw_only=True)
class SourceOptions:
    """Of rows to learn from.

    Parameters
    ----------
    data_dir
        Where to look first for the files of mnist or fashion-mnist.
    columns
        A table's columns to use, with commas between; a name that holds a comma stands in double
        quotes. Default: all numeric ones.
    label
        The column of a table, or the array of a .npz file, that holds labels and is no feature.
        They colour the map of codes; nothing but a classifier learns from them.
    text_column
        A table's column of texts, which are then the rows; those of several, with commas between,
        are joined by a blank.
    max_words
        For texts: how many words of the training texts, the most frequent ones but for English
        stop words, are the columns; their values are tf-idf. Default: 2000.
    image_size
        Resize a folder's pictures: 32, or HEIGHTxWIDTH.
    test_fraction
        Share of rows held out to measure on, from 0 to below 1, where the source has no test rows
        of its own. Default: 0.2.
    """

    data_dir: Annotated[Path | None, Parameter(metavar="FOLDER")] = None
    columns: Annotated[str | None, Parameter(metavar="A,B,...")] = None
    label: Annotated[str | None, Parameter(metavar="NAME")] = None
    text_column: Annotated[str | None, Parameter(metavar="A,B,...")] = None
    max_words: Annotated[int | None, Parameter(metavar="N", converter=whole_number)] = None
    image_size: Annotated[str | None, Parameter(metavar="SIZE")] = None
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
        place = {
            "source": source,
            "data_dir": self.data_dir,
            "columns": name_list(self.columns, "columns"),
            "label": self.label,
            "text_column": name_list(self.text_column, "text_column"),
            "image_size": self.image_size,
        }
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
class RowsOptions:
    """Of rows for a trained run.

    Parameters
    ----------
    data_dir
        Where to look first for the files of mnist or fashion-mnist.
    text_column
        For a run of texts: a table's column of them, or several with commas between. Default: as
        in the training.
    image_size
        Resize a folder's pictures: 32, or HEIGHTxWIDTH. Default: as in the training.
    device
        Where to compute: auto, cpu or cuda. Default: auto.
    """

    data_dir: Annotated[Path | None, Parameter(metavar="FOLDER")] = None
    text_column: Annotated[str | None, Parameter(metavar="A,B,...")] = None
    image_size: Annotated[str | None, Parameter(metavar="SIZE")] = None
    device: Annotated[str, Parameter(metavar="NAME")] = "auto"

    @property
    def reading(self) -> dict[str, Any]:
        """What ``read_source`` takes beside source, labels and ``data_dir``."""
        names = name_list(self.text_column, "text_column")
        return {"text_column": names, "image_size": self.image_size}


@dataclass(frozen=True, kw_only=True)
class LabelledRowsOptions(RowsOptions):
    """Of rows for a trained run, to be written with their labels.

    Parameters
    ----------
    label
        A column of labels, to be written too. Default: that of the training, for its own source.
    """

    label: Annotated[str | None, Parameter(metavar="NAME")] = None
