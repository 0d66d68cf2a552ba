"""Figures of merit, and PCA beside the model."""

from ._beside_pca import BesidePCA as BesidePCA
from ._beside_pca import beside_pca as beside_pca
from ._reconstruction import ReconstructionFigures as ReconstructionFigures
from ._reconstruction import verdict as verdict

__all__ = ["BesidePCA", "ReconstructionFigures", "beside_pca", "verdict"]
