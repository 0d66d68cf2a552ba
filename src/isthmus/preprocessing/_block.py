"""Blocks: columns of one kind, between what people have and what a network sees."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from ..errors import ArtifactError, DataError, UsageError, did_you_mean
from ..sources import table_numbers
from ._scaling import AS_IS, Scaling

__all__ = ["Block", "block_from_facts", "register_block"]

_REGISTERED: dict[str, type[Block]] = {}
_B = TypeVar("_B", bound="type[Block]")


class Block(ABC):
    """Columns of one kind: read from what people have, encoded for a network, and decoded.

    A matrix stands between reading and encoding: ``read`` makes numbers of raw columns, and
    ``encode`` makes what a network sees of these numbers. A subclass says what it learns from
    training rows in ``fit`` and how an artifact keeps it in ``facts``, ``tensors`` and
    ``from_facts``; ``register_block`` gives it the name that artifacts know it by.

    Attributes
    ----------
    name : str
        Given by ``register_block``.
    kind : str
        What the rows are, if this block is the only one: "numbers", "pictures" or "texts".
    takes_missing : bool
        Whether NaN may stand in the block's columns. They are checked for it otherwise.
    loss : str
        The loss, of ``isthmus.objectives.LOSSES``, that suits the encoded values.
    encoded_shape : tuple of int
        The shape of one encoded row; known once the block is fitted.
    """

    name: ClassVar[str] = ""
    kind: ClassVar[str] = "numbers"
    takes_missing: ClassVar[bool] = False
    loss: ClassVar[str] = "mean_squared_error"
    encoded_shape: tuple[int, ...]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "encode" in cls.__dict__ and "single" not in cls.__dict__:
            # The shortcut of a parent class would bypass the new encoding.
            cls.single = Block.single  # type: ignore[method-assign]

    @property
    def output_activation(self) -> str:
        """The activation whose range is that of the encoded values."""
        return "identity"

    @property
    def scaling(self) -> Scaling:
        """The affine map from the matrix to encoded values, if there is one, else the identity."""
        return AS_IS

    @property
    def is_fitted(self) -> bool:
        """Whether rows can be encoded."""
        return hasattr(self, "encoded_shape")

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the matrix's columns, where reading gives them names of its own."""
        return None

    @property
    def picture_shape(self) -> tuple[int, ...] | None:
        """The shape of a picture in the matrix, (height, width) or (height, width, channels)."""
        return None

    def read_table(self, table: pa.Table) -> NDArray[Any]:
        """Return the block's columns of a table as numbers.

        Parameters
        ----------
        table : pyarrow.Table
            The block's columns, in the order of the training.

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
            uint8 or float32 where that holds every column, else float64. A missing value is NaN.

        Raises
        ------
        DataError
            If a column holds something else than numbers.
        """
        return table_numbers(Path("X"), table)

    @abstractmethod
    def fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Learn from training rows how to encode, and set ``encoded_shape``.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_columns)
            The block's columns of the matrix, any real dtype, perhaps a memory map.
        names : sequence of str, default=None
            The columns' names, for messages; None means positions, from 0.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If nothing can be learned from such rows.
        """

    def partial_fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Learn from rows that come in pieces; without a method of its own, from the first piece.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_columns)
            The next rows.
        names : sequence of str, default=None
            The columns' names, for messages.

        Returns
        -------
        self
        """
        return self if self.is_fitted else self.fit(X, names=names)

    @abstractmethod
    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Map rows of the matrix to what a network sees.

        Parameters
        ----------
        X : ndarray of shape (n, n_columns)
            Dense rows.

        Returns
        -------
        ndarray of shape (n, *encoded_shape), float32
            A new array.
        """

    @abstractmethod
    def decode(self, encoded: NDArray[Any]) -> NDArray[np.float64]:
        """Map encoded rows back to the units of the matrix.

        Parameters
        ----------
        encoded : ndarray of shape (n, *encoded_shape)
            As ``encode`` or a network gives them.

        Returns
        -------
        ndarray of shape (n, n_columns), float64
        """

    def flatten(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """Lay encoded rows out flat, in the order of the columns.

        Parameters
        ----------
        encoded : ndarray of shape (n, *encoded_shape)
            Encoded rows.

        Returns
        -------
        ndarray of shape (n, n_encoded)
        """
        return encoded.reshape(len(encoded), math.prod(self.encoded_shape))

    def unflatten(self, flat: NDArray[Any]) -> NDArray[Any]:
        """Undo ``flatten``.

        Parameters
        ----------
        flat : ndarray of shape (n, n_encoded)
            Encoded rows, flat.

        Returns
        -------
        ndarray of shape (n, *encoded_shape)
        """
        return flat.reshape(len(flat), *self.encoded_shape)

    def single(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Return a shift and a factor for rows of bytes, or None if there are none.

        Returns
        -------
        tuple of two ndarrays or None
            ``(x - shift) * factor``, reshaped to ``encoded_shape``, is then what ``encode`` gives.
        """
        return None

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """Return what was learned, as JSON can hold it, without arrays.

        Returns
        -------
        dict
        """

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return what was learned, as arrays.

        Returns
        -------
        dict of str to ndarray
        """
        return {}

    @classmethod
    @abstractmethod
    def from_facts(cls, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return the block that ``facts`` and ``tensors`` were taken from.

        Parameters
        ----------
        facts : mapping
            What ``facts`` returned.
        tensors : mapping of str to ndarray
            What ``tensors`` returned.

        Returns
        -------
        Block
            Fitted.
        """


def register_block(name: str) -> Callable[[_B], _B]:
    """Give a block the name that artifacts know it by; a class decorator.

    Parameters
    ----------
    name : str
        Not that of another block. The module that registers it has to be imported before an
        artifact with such a block is loaded.

    Returns
    -------
    callable
        From the class to the class.

    Raises
    ------
    UsageError
        If another class has this name.
    """

    def register(block: _B) -> _B:
        known = _REGISTERED.get(name)
        if known is not None and _path_of(known) != _path_of(block):
            raise UsageError(
                f"A block's name must be its own. {name!r} is that of {_path_of(known)}: choose "
                "another."
            )
        block.name = name
        _REGISTERED[name] = block
        return block

    return register


def block_from_facts(facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Block:
    """Return a block of any registered kind from an artifact.

    Parameters
    ----------
    facts : mapping
        With ``block``, its name.
    tensors : mapping of str to ndarray
        Its own.

    Returns
    -------
    Block
        Fitted.

    Raises
    ------
    ArtifactError
        If no block has this name, or the facts are damaged.
    """
    name = facts.get("block")
    if name not in _REGISTERED:
        raise ArtifactError(
            f"The preprocessing of this model has a block {name!r}, which is not known here: "
            "import the module that registers it first."
            + did_you_mean(str(name), sorted(_REGISTERED))
        )
    try:
        return _REGISTERED[name].from_facts(facts, tensors)
    except (AttributeError, DataError, KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            f"The preprocessing of this model cannot be read: its block {name!r} is damaged "
            f"({type(error).__name__}: {error})."
        ) from None


def _path_of(block: type[Block]) -> str:
    return f"{block.__module__}.{block.__qualname__}"
