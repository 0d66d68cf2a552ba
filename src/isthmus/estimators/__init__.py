"""scikit-learn's face: joins data, networks, objectives and training."""

from ._autoencoder import Autoencoder as Autoencoder
from ._base import BaseAutoencoder as BaseAutoencoder
from ._classifier import StackedAutoencoderClassifier as StackedAutoencoderClassifier
from ._load import ESTIMATORS as ESTIMATORS
from ._load import TRAINABLE as TRAINABLE
from ._load import load as load
from ._outliers import AutoencoderOutlierDetector as AutoencoderOutlierDetector
from ._stacked import StackedAutoencoder as StackedAutoencoder

__all__ = [
    "ESTIMATORS",
    "TRAINABLE",
    "Autoencoder",
    "AutoencoderOutlierDetector",
    "BaseAutoencoder",
    "StackedAutoencoder",
    "StackedAutoencoderClassifier",
    "load",
]
