"""scikit-learn's face: joins data, networks, objectives and training."""

from ._autoencoder import Autoencoder as Autoencoder
from ._base import BaseAutoencoder as BaseAutoencoder
from ._load import ESTIMATORS as ESTIMATORS
from ._load import load as load

__all__ = ["ESTIMATORS", "Autoencoder", "BaseAutoencoder", "load"]
