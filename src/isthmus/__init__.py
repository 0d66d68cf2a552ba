"""Autoencoders for compact codes of unlabelled rows, checked against PCA."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._lazy_names import lazy_names
from ._version import __version__ as __version__

if TYPE_CHECKING:
    from .doctor import examine_model as examine_model
    from .doctor import examine_rows as examine_rows
    from .doctor import explain_rows as explain_rows
    from .estimators import Autoencoder as Autoencoder
    from .estimators import AutoencoderImputer as AutoencoderImputer
    from .estimators import AutoencoderOutlierDetector as AutoencoderOutlierDetector
    from .estimators import ConvAutoencoder as ConvAutoencoder
    from .estimators import PatchOutlierDetector as PatchOutlierDetector
    from .estimators import SparseAutoencoder as SparseAutoencoder
    from .estimators import StackedAutoencoder as StackedAutoencoder
    from .estimators import StackedAutoencoderClassifier as StackedAutoencoderClassifier
    from .estimators import VariationalAutoencoder as VariationalAutoencoder
    from .estimators import load as load
    from .evaluation import evaluate as evaluate

__all__ = [
    "Autoencoder",
    "AutoencoderImputer",
    "AutoencoderOutlierDetector",
    "ConvAutoencoder",
    "PatchOutlierDetector",
    "SparseAutoencoder",
    "StackedAutoencoder",
    "StackedAutoencoderClassifier",
    "VariationalAutoencoder",
    "__version__",
    "evaluate",
    "examine_model",
    "examine_rows",
    "explain_rows",
    "load",
]

# Loaded on first use: `import isthmus` and `isthmus --help` must not import torch.
_HOMES = {
    "Autoencoder": ".estimators",
    "AutoencoderImputer": ".estimators",
    "AutoencoderOutlierDetector": ".estimators",
    "ConvAutoencoder": ".estimators",
    "PatchOutlierDetector": ".estimators",
    "SparseAutoencoder": ".estimators",
    "StackedAutoencoder": ".estimators",
    "StackedAutoencoderClassifier": ".estimators",
    "VariationalAutoencoder": ".estimators",
    "examine_model": ".doctor",
    "examine_rows": ".doctor",
    "explain_rows": ".doctor",
    "evaluate": ".evaluation",
    "load": ".estimators",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES, __all__)
