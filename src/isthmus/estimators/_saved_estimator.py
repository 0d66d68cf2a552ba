"""Base class of estimators that can be saved and loaded."""

from __future__ import annotations

import os
from abc import abstractmethod
from dataclasses import asdict
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted
from torch import nn

from .._damage import DamageError
from .._parameter_rules import Rule, check_parameters, plain_value
from .._version import __version__
from ..artifacts import ARRAYS, write_artifact
from ..preprocessing import Preprocessor
from ..training import History, Settings
from ._auto_choices import resolve_device
from ._checked_rows import check_varies, column_names, set_table_columns
from ._documentation_link import DocumentationLink
from ._owned_preprocessing import OwnsPreprocessing
from ._shared_parameters import rules_of
from ._tensor_budget import TensorBudget

__all__ = ["SavedEstimator", "within"]

Tensors = dict[str, NDArray[Any]]


class SavedEstimator(DocumentationLink, OwnsPreprocessing):
    """Parameter rules and saving that all estimators share.

    A subclass defines its fitted modules and other fitted values. ``_rules`` are those of
    parameters that are not shared, or differ from the shared ones.
    """

    _rules: ClassVar[dict[str, Rule]] = {}

    @abstractmethod
    def _modules(self) -> dict[str, nn.Module]:
        """Return the fitted modules by the names of their tensors in an artifact."""

    @abstractmethod
    def _facts(self) -> tuple[dict[str, Any], Tensors]:
        """Return the other fitted values: in JSON types, and as arrays."""

    @abstractmethod
    def _rebuild(self, document: dict[str, Any], tensors: Tensors) -> None:
        """Restore the values of ``_facts``, and create the modules without their weights."""

    @classmethod
    def parameter_rules(cls) -> dict[str, Rule]:
        """Return the rules of the constructor's parameters, by name."""
        return rules_of(cls) | cls._rules

    def check_parameters(self) -> None:
        """Raise ``UsageError`` with all invalid parameters."""
        check_parameters(type(self).__name__, self.get_params(deep=False), self.parameter_rules())

    def check_rows(
        self, X: Any, y: Any = None, *, preprocessor: Preprocessor | None = None
    ) -> None:
        """Raise the errors that ``fit`` would raise for these rows, without training.

        Parameters
        ----------
        X : array-like, sparse matrix, table or sequence of texts
            Training rows, finite.
        y : array-like of shape (n_samples,), default=None
            Labels, for an estimator that trains on them.
        preprocessor : isthmus.preprocessing.Preprocessor, default=None
            Return value of ``fit_preprocessing`` for these rows.

        Raises
        ------
        UsageError
            If a parameter does not suit the rows, or the device is not available.
        DataError
            If the rows do not suit a parameter.
        """
        X, _ = self._readable(X, preprocessor)
        self._check_matrix(X)

    def _check_matrix(self, X: Any) -> None:
        resolve_device(self.device)
        check_varies(X)

    def save(
        self,
        folder: str | os.PathLike[str],
        *,
        about: dict[str, Any] | None = None,
        arrays: Tensors | None = None,
    ) -> None:
        """Save the fitted model as an artifact: weights and a JSON document, no pickle.

        Parameters
        ----------
        folder : path
            Folder of its own, written atomically; an existing artifact is replaced.
        about : dict, default=None
            Metadata to store, in JSON types: where the rows came from, their labels.
        arrays : dict of str to ndarray, default=None
            Further metadata, such as a sketch of the training rows, for
            ``isthmus.artifacts.read_arrays``.

        Raises
        ------
        OutputExistsError
            If the path is a file, or a folder that contains anything but an artifact.
        UsageError
            If ``folder`` cannot be a path.
        """
        check_is_fitted(self)
        names = column_names(self)
        document = {
            "isthmus_version": __version__,
            "estimator": type(self).__name__,
            "parameters": self._plain_parameters(),
            "preprocessing": self.preprocessor_.facts(),
            "n_features_in": self.n_features_in_,
            "feature_names_in": None if names is None else [str(name) for name in names],
            "seed": self.seed_,
            "training": asdict(self.settings_),
            "history": self.history_,
            "about": about or {},
        }
        facts, tensors = self._facts()
        tensors |= {f"{ARRAYS}{name}": array for name, array in (arrays or {}).items()}
        for name, tensor in self.preprocessor_.tensors().items():
            tensors[f"preprocessing.{name}"] = tensor
        for owner, module in self._modules().items():
            for name, weight in module.state_dict().items():
                tensors[f"{owner}.{name}"] = weight.detach().cpu().numpy()
        write_artifact(folder, document | facts, tensors)

    def _restore(self, document: dict[str, Any], tensors: Tensors) -> None:
        _check_finite(tensors)
        self.n_features_in_ = int(document["n_features_in"])
        if document["feature_names_in"] is not None:
            self.feature_names_in_ = np.array(document["feature_names_in"], dtype=object)
        self.seed_: int = document["seed"]
        self.settings_ = Settings(**document["training"])
        self.history_ = History(document["history"])
        self.preprocessor_ = Preprocessor.from_facts(
            document["preprocessing"], within(tensors, "preprocessing.")
        )
        if self.preprocessor_.table is not None:  # earlier versions stored the matrix's width
            set_table_columns(self, self.preprocessor_)
        self.device_ = resolve_device(self.device)
        with TensorBudget(tensors):
            self._rebuild(document, tensors)
        for owner, module in self._modules().items():
            own = within(tensors, f"{owner}.")
            _check_types(module.state_dict(), own)
            module.load_state_dict({name: torch.from_numpy(own[name]) for name in own})

    def _plain_parameters(self) -> dict[str, Any]:
        """Return the parameters in JSON types, with the seed that was used."""
        kept = self.get_params(deep=False)
        for name in ("callbacks", "encoder", "decoder"):  # objects, which JSON cannot store
            kept.pop(name, None)
        if not isinstance(kept["random_state"], int | np.integer):
            kept["random_state"] = self.seed_
        return {name: plain_value(value) for name, value in kept.items()}


def _check_finite(tensors: Tensors) -> None:
    for name, tensor in tensors.items():
        if (
            tensor.dtype.kind == "f"
            and not name.startswith(ARRAYS)
            and not np.isfinite(tensor).all()
        ):
            raise DamageError(f"the tensor {name} has values that are not finite")


def _check_types(expected: dict[str, torch.Tensor], own: Tensors) -> None:
    for name, tensor in own.items():
        found, wanted = torch.from_numpy(tensor).dtype, getattr(expected.get(name), "dtype", None)
        if wanted is not None and found != wanted:
            raise DamageError(f"the tensor {name} must be {wanted}, and is {found}")


def within(tensors: Tensors, prefix: str) -> Tensors:
    """Return the tensors whose names have a prefix, without it."""
    return {
        name.removeprefix(prefix): tensor
        for name, tensor in tensors.items()
        if name.startswith(prefix)
    }
