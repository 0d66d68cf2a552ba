"""The result of ``code_meanings``."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._rendered import Rendered, View
from .._translation import Message

__all__ = ["CodeMeanings"]

_MOST_COLUMNS = 3  # named for a unit


class CodeMeanings(Rendered, dict[str, Any]):
    """What each number of a code means: a dict of arrays, as from ``code_meanings``.

    A notebook shows it as a table of the units that explain most variance.
    """

    @property
    def effects(self) -> NDArray[np.float64]:
        """Change of each column per standard deviation of each unit, in scaled units."""
        made: NDArray[np.float64] = self["decoder"] * self["sd"][:, None]
        return made

    @property
    def causes(self) -> NDArray[np.float64]:
        """Change of each unit per standard deviation of each column, in its own deviations."""
        sd = np.where(self["sd"] > 0, self["sd"], 1.0)
        made: NDArray[np.float64] = self["encoder"] * self["column_sd"] / sd[:, None]
        return made

    def moved_by(self, unit: int) -> list[str]:
        """Return the columns that move a unit most, with the change per standard deviation.

        Parameters
        ----------
        unit : int
            Number of the unit, from 0.

        Returns
        -------
        list of str
            Such as "age +0.71": 0.71 standard deviations of the unit; categories have no sign.
            Empty for pictures.
        """
        form = {True: "+.2f", False: ".2f"}
        return [
            f"{self._name(k)} {self.causes[unit, k]:{form[bool(self['signed'][k])]}}"
            for k in self._largest(self.causes[unit])
        ]

    def moves(self, unit: int) -> list[str]:
        """Return the columns that a unit moves most, with their values from -2 to +2 deviations.

        Parameters
        ----------
        unit : int
            Number of the unit, from 0, one of ``shown``.

        Returns
        -------
        list of str
            Such as "age 23 to 61". Empty for pictures.
        """
        line = self["shown"].tolist().index(unit)
        return [self._range(line, k) for k in self._largest(self.effects[unit])]

    def _largest(self, values: NDArray[np.float64]) -> list[int]:
        if self["picture_shape"]:
            return []
        order = np.argsort(-np.abs(values), kind="stable")[:_MOST_COLUMNS]
        return [int(k) for k in order if abs(values[k]) >= 0.005]

    def _name(self, column: int) -> str:
        names = self["columns"]
        return f"column {column}" if names is None else str(names[column])

    def _range(self, line: int, column: int) -> str:
        name, cells = self._name(column), self["cells"]
        if cells is None:
            ends = self["traversals"][line, [0, -1], column]
        elif name in cells:
            ends = [cells[name][line][k] for k in (0, -1)]
        else:  # hashed values and texts cannot be restored
            return name
        low, high = map(_shown, ends)
        if low == high:
            return f"{name} ({low})"
        return Message("{name} {low} to {high}", name=name, low=low, high=high)

    def _view(self) -> View:
        n, shown = len(self["sd"]), self["shown"].tolist()
        sentence = (
            f"The code's {n} numbers explain {self['total_explained']:.1%} of the variance; a "
            "unit's share is what is lost when it is fixed at its mean."
        )
        columns: tuple[str, ...] = ("unit", "variance explained", "mean", "sd")
        rows = [
            [
                str(unit),
                f"{self['variance_explained'][unit]:z.1%}",
                f"{self['mean'][unit]:.3g}",
                f"{self['sd'][unit]:.3g}",
            ]
            for unit in shown
        ]
        remarks = [] if n == len(shown) else [("", f"{n - len(shown)} more units explain less.")]
        if not self["picture_shape"]:
            columns += ("moved by", "moves")
            for row, unit in zip(rows, shown, strict=True):
                row += [", ".join(self.moved_by(unit)), ", ".join(self.moves(unit))]
            remarks += [
                (
                    "moved by",
                    "change of the unit, in its sd, per sd of the column.",
                ),
                ("moves", "values of the column as the unit goes from -2 to +2 deviations."),
            ]
        return View(sentence, columns, tuple(map(tuple, rows)), tuple(remarks))


def _shown(value: Any) -> str:
    if value is None:
        return "missing"
    if isinstance(value, float | np.floating):
        return f"{value:.4g}"
    return str(value)[:10] if hasattr(value, "isoformat") else str(value)
