"""Choice of rows by position: the options --rows, --row and --part."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cyclopts import Parameter, Token

from ..errors import UsageError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["CHOSEN", "PARTS", "RowChoice"]

PARTS = ("train", "test")

_NUMBER = r"\s*(-?[0-9]{1,15})?\s*"
_PIECE = re.compile(rf"{_NUMBER}(?:(:){_NUMBER}(?::{_NUMBER})?)?")


@dataclass(frozen=True)
class RowChoice:
    """Positions of rows, such as ``3,17,20:25``.

    Attributes
    ----------
    text : str
        As given.
    pieces : tuple of int and slice
        Positions from 0, and ranges by Python's slice rule; negative ones count from the end.
    option : str, default="rows"
        Name of the option, for messages.
    """

    text: str
    pieces: tuple[int | slice, ...]
    option: str = "rows"

    @property
    def is_pair(self) -> bool:
        """Whether two rows are chosen, each by its position."""
        return len(self.pieces) == 2 and not any(isinstance(p, slice) for p in self.pieces)

    def of(self, n_rows: int, what: str = "rows of the source") -> NDArray[np.int64]:
        """Return the chosen positions, in the order given.

        Parameters
        ----------
        n_rows : int
            Number of rows to choose from.
        what : str, default="rows of the source"
            What they are, for the message.

        Returns
        -------
        ndarray of shape (n,)

        Raises
        ------
        UsageError
            If a position or the end of a range is outside the rows, or no row is chosen.
        """
        import numpy as np

        for piece in self.pieces:
            ends = (piece.start, piece.stop) if isinstance(piece, slice) else (piece,)
            # Unlike in Python, a range does not end early: fewer rows than asked for would be
            # written without a word.
            most = n_rows if isinstance(piece, slice) else n_rows - 1
            if any(end is not None and not -n_rows <= end <= most for end in ends):
                raise self._error(f"must be within the {n_rows:,} {what}, from 0")
        chosen = [_positions(piece, n_rows) for piece in self.pieces]
        found = np.array([position for part in chosen for position in part], dtype=np.int64)
        if not len(found):
            raise self._error(f"must choose at least one of the {n_rows:,} {what}")
        return found

    def _error(self, rule: str) -> UsageError:
        return UsageError(f"`{self.option}` {rule}. Got {self.text!r}.")


def _positions(piece: int | slice, n_rows: int) -> Sequence[int]:
    if isinstance(piece, slice):
        return range(*piece.indices(n_rows))
    return (piece % n_rows,)


def _row_choice(kind: Any, tokens: Sequence[Token]) -> RowChoice:
    """Convert the text of --rows or --row.

    Parameters
    ----------
    kind : type
        Ignored; for cyclopts.
    tokens : sequence of cyclopts.Token
        Tokens of the option.

    Returns
    -------
    RowChoice

    Raises
    ------
    ValueError
        If it is not a list of positions and ranges.
    """
    token = tokens[0]
    pieces = [_piece(text) for text in token.value.split(",")]
    known = tuple(piece for piece in pieces if piece is not None)
    if len(known) < len(pieces):
        raise ValueError(
            f"{token.keyword} must be positions or ranges separated by commas, such as 0:10 or "
            f"3,17,20:25. Got {token.value!r}."
        )
    return RowChoice(token.value, known, (token.keyword or "rows").lstrip("-"))


CHOSEN = Parameter(
    converter=_row_choice, accepts_keys=False, n_tokens=1, allow_leading_hyphen=True
)  # fmt: skip


def _piece(text: str) -> int | slice | None:
    """Return a position or a range; None for any other text."""
    found = _PIECE.fullmatch(text)
    if found is None or not text.strip():
        return None
    start, colon, stop, step = found.groups()
    if colon is None:
        return int(start)
    ends = [None if end is None else int(end) for end in (start, stop, step)]
    return None if ends[2] == 0 else slice(*ends)
