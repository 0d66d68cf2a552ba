"""scikit-learn's face: joins data, networks, objectives and training."""

from ._autoencoder import Autoencoder as Autoencoder
from ._base import BaseAutoencoder as BaseAutoencoder
from ._load import ESTIMATORS as ESTIMATORS
from ._load import load as load
from ._outliers import AutoencoderOutlierDetector as AutoencoderOutlierDetector

__all__ = ["ESTIMATORS", "Autoencoder", "AutoencoderOutlierDetector", "BaseAutoencoder", "load"]
