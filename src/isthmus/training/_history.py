"""The history of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .._rendered import Rendered, View

__all__ = ["History", "parts_of", "with_start"]

_ENDS = 5  # epochs shown at the beginning and at the end of a long training


class History(Rendered, list[dict[str, Any]]):
    """History of a training: a list with a record for each epoch.

    A notebook shows it as a table of the first and the last epochs.
    ``pandas.DataFrame(estimator.history_)`` has all of it.
    """

    def _view(self) -> View:
        names = [name for name in _COLUMNS if any(r.get(name) is not None for r in self)]
        return View(
            self._sentence(),
            tuple(_COLUMNS[name][0] for name in names),
            tuple(
                tuple("..." if record is None else _cell(record, name) for name in names)
                for record in self._shown()
            ),
        )

    def _shown(self) -> list[dict[str, Any] | None]:
        if len(self) <= 2 * _ENDS + 1:
            return list(self)
        return [*self[:_ENDS], None, *self[-_ENDS:]]

    def _sentence(self) -> str:
        n = f"{len(self):,} epoch{'' if len(self) == 1 else 's'}"
        if not self:
            return f"{n}."
        took = f"{n} in {sum(record['seconds'] for record in self):,.1f} s."
        losses = [(r["validation_loss"], r["epoch"]) for r in self if r.get("validation_loss")]
        # Stages have losses of their own, which cannot be compared.
        if not losses or any("stage" in r for r in self):
            return took
        loss, epoch = min(losses)
        return f"{took} Lowest validation loss: {loss:.4g}, at epoch {epoch}."


def parts_of(history: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the names of the parts of the loss in a history.

    Parameters
    ----------
    history : sequence of mapping
        One record per epoch.

    Returns
    -------
    tuple of str
        In the order in which the objective returns them.
    """
    names = dict.fromkeys(name for record in history for name in record)
    return tuple(
        name for name in names if name not in _COLUMNS and not name.startswith("validation_")
    )


def with_start(history: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return a history with a record of the start before the first epoch, if its loss is known.

    Parameters
    ----------
    history : sequence of mapping
        One record per epoch.

    Returns
    -------
    list of mapping
        The first one may have an ``epoch`` and a ``validation_loss`` only.
    """
    if not history or history[0].get("validation_start") is None:
        return [*history]
    first = history[0]
    start = {name: first[name] for name in ("stage",) if name in first}
    start |= {"epoch": int(first["epoch"]) - 1, "validation_loss": first["validation_start"]}
    return [start, *history]


_COLUMNS = {
    "epoch": ("epoch", "d"),
    "stage": ("stage", ""),
    "train_loss": ("training loss", ".4g"),
    "validation_loss": ("validation loss", ".4g"),
    "learning_rate": ("learning rate", ".3g"),
    "seconds": ("seconds", ".2f"),
}


def _cell(record: dict[str, Any], name: str) -> str:
    value = record.get(name)
    return "" if value is None else format(value, _COLUMNS[name][1])
