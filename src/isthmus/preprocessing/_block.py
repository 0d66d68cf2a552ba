"""Blocks: groups of columns of one kind, and their encoding for a network."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from .._damage import what_is_wrong
from ..errors import ArtifactError, DataError, UsageError, did_you_mean
from ..sources import table_numbers
from ._scaling import AS_IS, Scaling

__all__ = ["Block", "block_from_facts", "register_block"]

_REGISTERED: dict[str, type[Block]] = {}
_B = TypeVar("_B", bound="type[Block]")


class Block(ABC):
    """Columns of one kind, with their encoding for a network.

    ``read_table`` converts raw columns to a numeric matrix, and ``encode`` converts the matrix to
    network inputs. A subclass fits its parameters in ``fit`` and defines how an artifact stores
    them in ``facts``, ``tensors`` and ``from_facts``; ``register_block`` sets the name that
    artifacts use.

    Attributes
    ----------
    name : str
        Set by ``register_block``.
    kind : str
        Kind of rows if this is the only block: "numbers", "pictures" or "texts".
    takes_missing : bool
        Whether the block's columns may contain NaN. Otherwise they are checked for it.
    fits_statistics : bool
        Whether ``fit`` takes rows in chunks. Otherwise it gets a random sample of them.
    loss : str
        Name in ``isthmus.objectives.LOSSES`` of the loss that suits the encoded values.
    encoded_shape : tuple of int
        Shape of one encoded row; known once the block is fitted.
    """

    name: ClassVar[str] = ""
    kind: ClassVar[str] = "numbers"
    takes_missing: ClassVar[bool] = False
    fits_statistics: ClassVar[bool] = False
    loss: ClassVar[str] = "mean_squared_error"
    encoded_shape: tuple[int, ...]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "encode" in cls.__dict__ and "single" not in cls.__dict__:
            # The inherited shortcut would bypass the new encoding.
            cls.single = Block.single  # type: ignore[method-assign]

    @property
    def output_activation(self) -> str:
        """Activation whose range is that of the encoded values."""
        return "identity"

    @property
    def scaling(self) -> Scaling:
        """Affine map from the matrix to encoded values; the identity if there is none."""
        return AS_IS

    @property
    def is_fitted(self) -> bool:
        """Whether the block can encode rows."""
        return hasattr(self, "encoded_shape")

    @property
    def has_missing(self) -> bool:
        """Whether training rows had missing cells; they are NaN in encoded rows."""
        return False

    @property
    def feature_names(self) -> tuple[str, ...] | None:
        """Names of the matrix's columns, if reading defines its own."""
        return None

    @property
    def picture_shape(self) -> tuple[int, ...] | None:
        """Shape of a picture in the matrix: (height, width) or (height, width, channels)."""
        return None

    def read_table(self, table: pa.Table) -> NDArray[Any]:
        """Return the block's columns of a table as numbers.

        Parameters
        ----------
        table : pyarrow.Table
            The block's columns, in the order of training.

        Returns
        -------
        ndarray of shape (n_samples, n_columns)
            uint8 or float32 if that can hold every column, else float64. Missing values are NaN.

        Raises
        ------
        DataError
            If a column contains anything but numbers.
        """
        return table_numbers(Path("X"), table)

    @abstractmethod
    def fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Fit the encoding to training rows, and set ``encoded_shape``.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_columns)
            The block's columns of the matrix, any real dtype; may be a memory map.
        names : sequence of str, default=None
            Column names, for messages; None uses positions, from 0.

        Returns
        -------
        self

        Raises
        ------
        DataError
            If the rows cannot be used for fitting.
        """

    def partial_fit(self, X: Any, *, names: Sequence[str] | None = None) -> Self:
        """Fit the encoding incrementally; by default to the first chunk of rows only.

        Parameters
        ----------
        X : ndarray or CSR array of shape (n_samples, n_columns)
            The next rows.
        names : sequence of str, default=None
            Column names, for messages.

        Returns
        -------
        self
        """
        return self if self.is_fitted else self.fit(X, names=names)

    @abstractmethod
    def encode(self, X: NDArray[Any]) -> NDArray[np.float32]:
        """Convert rows of the matrix to network inputs.

        Parameters
        ----------
        X : ndarray of shape (n, n_columns)
            Dense rows.

        Returns
        -------
        ndarray of shape ``(n, *encoded_shape)``, float32
            A new array.
        """

    @abstractmethod
    def decode(self, encoded: NDArray[Any]) -> NDArray[np.float64]:
        """Map encoded rows back to the units of the matrix.

        Parameters
        ----------
        encoded : ndarray of shape ``(n, *encoded_shape)``
            As returned by ``encode`` or by a network.

        Returns
        -------
        ndarray of shape (n, n_columns), float64
        """

    def flatten(self, encoded: NDArray[Any]) -> NDArray[Any]:
        """Flatten encoded rows, in the order of the columns.

        Parameters
        ----------
        encoded : ndarray of shape ``(n, *encoded_shape)``
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
            Flattened encoded rows.

        Returns
        -------
        ndarray of shape ``(n, *encoded_shape)``
        """
        return flat.reshape(len(flat), *self.encoded_shape)

    def single(self) -> tuple[NDArray[np.float32], NDArray[np.float32]] | None:
        """Return the shift and factor that encode rows of bytes, or None if there are none.

        Returns
        -------
        tuple of two ndarrays or None
            ``encode`` then equals ``(x - shift) * factor``, reshaped to ``encoded_shape``.
        """
        return None

    @abstractmethod
    def facts(self) -> dict[str, Any]:
        """Return the fitted values except arrays, in JSON types.

        Returns
        -------
        dict
        """

    def tensors(self) -> dict[str, NDArray[Any]]:
        """Return the fitted arrays.

        Returns
        -------
        dict of str to ndarray
        """
        return {}

    @classmethod
    @abstractmethod
    def from_facts(cls, facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Self:
        """Return the block that returned ``facts`` and ``tensors``.

        Parameters
        ----------
        facts : mapping
            As returned by ``facts``.
        tensors : mapping of str to ndarray
            As returned by ``tensors``.

        Returns
        -------
        Block
            Fitted.
        """


def register_block(name: str) -> Callable[[_B], _B]:
    """Register a block class under the name that artifacts use (class decorator).

    Parameters
    ----------
    name : str
        Unique. The module that registers the class must be imported before an artifact with
        such a block is loaded.

    Returns
    -------
    callable
        Decorator that returns the class.

    Raises
    ------
    UsageError
        If another class is registered under this name.
    """

    def register(block: _B) -> _B:
        known = _REGISTERED.get(name)
        if known is not None and _path_of(known) != _path_of(block):
            raise UsageError(
                f"The name of a block must be unique. Got {name!r}, which is {_path_of(known)}: "
                "choose another."
            )
        block.name = name
        _REGISTERED[name] = block
        return block

    return register


def block_from_facts(facts: Mapping[str, Any], tensors: Mapping[str, NDArray[Any]]) -> Block:
    """Restore a block of any registered class from an artifact.

    Parameters
    ----------
    facts : mapping
        Must contain the name as ``block``.
    tensors : mapping of str to ndarray
        Arrays of the block.

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
            f"The preprocessing of this model has an unknown block {name!r}. Import the module "
            "that registers it first." + did_you_mean(str(name), sorted(_REGISTERED))
        )
    try:
        return _REGISTERED[name].from_facts(facts, tensors)
    except (AttributeError, DataError, KeyError, TypeError, ValueError) as error:
        raise ArtifactError(
            f"The preprocessing of this model cannot be read: its block {name!r} is damaged "
            f"({what_is_wrong(error)})."
        ) from None


def _path_of(block: type[Block]) -> str:
    return f"{block.__module__}.{block.__qualname__}"
