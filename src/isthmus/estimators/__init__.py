"""Estimators with scikit-learn's API, built on networks, objectives and training."""

from .._estimator_registry import TRAINABLE as TRAINABLE
from .._estimator_registry import estimator_named as estimator_named
from .._estimator_registry import estimator_names as estimator_names
from .._estimator_registry import plugin as plugin
from .._estimator_registry import register_estimator as register_estimator
from ._auto_choices import auto_latent_dim as auto_latent_dim
from ._auto_choices import resolve_device as resolve_device
from ._autoencoder import Autoencoder as Autoencoder
from ._base import BaseAutoencoder as BaseAutoencoder
from ._conv_autoencoder import ConvAutoencoder as ConvAutoencoder
from ._first_layer_changes import first_layer_changes as first_layer_changes
from ._imputer import AutoencoderImputer as AutoencoderImputer
from ._labels import UNLABELLED as UNLABELLED
from ._labels import is_unlabelled as is_unlabelled
from ._labels import marked_labels as marked_labels
from ._latents import Latents as Latents
from ._load import load as load
from ._meanings_view import CodeMeanings as CodeMeanings
from ._outlier_detector import AutoencoderOutlierDetector as AutoencoderOutlierDetector
from ._patch_outlier_detector import PatchOutlierDetector as PatchOutlierDetector
from ._resolved_parameters import resolved_parameters as resolved_parameters
from ._sparse_autoencoder import SparseAutoencoder as SparseAutoencoder
from ._stacked_autoencoder import StackedAutoencoder as StackedAutoencoder
from ._stacked_classifier import StackedAutoencoderClassifier as StackedAutoencoderClassifier
from ._variational_autoencoder import VariationalAutoencoder as VariationalAutoencoder

__all__ = [
    "TRAINABLE",
    "UNLABELLED",
    "Autoencoder",
    "AutoencoderImputer",
    "AutoencoderOutlierDetector",
    "BaseAutoencoder",
    "CodeMeanings",
    "ConvAutoencoder",
    "Latents",
    "PatchOutlierDetector",
    "SparseAutoencoder",
    "StackedAutoencoder",
    "StackedAutoencoderClassifier",
    "VariationalAutoencoder",
    "auto_latent_dim",
    "estimator_named",
    "estimator_names",
    "first_layer_changes",
    "is_unlabelled",
    "load",
    "marked_labels",
    "plugin",
    "register_estimator",
    "resolve_device",
    "resolved_parameters",
]
