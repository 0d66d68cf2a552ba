"""Metrics: pure functions of arrays."""

from ._bootstrap import Bootstrap as Bootstrap
from ._bootstrap import Estimate as Estimate
from ._bootstrap import estimate as estimate
from ._elbow import elbow as elbow
from ._neighbours import continuity as continuity
from ._neighbours import neighbours_kept as neighbours_kept
from ._neighbours import trustworthiness as trustworthiness
from ._pca import MOST_FEATURES as MOST_FEATURES
from ._pca import Components as Components
from ._pca import NestedPCA as NestedPCA
from ._pca import fit_pca as fit_pca
from ._pca_verdict import PCA_REMARKS as PCA_REMARKS
from ._pca_verdict import pca_remark as pca_remark
from ._pca_verdict import verdict as verdict
from ._picture_similarity import can_measure_similarity as can_measure_similarity
from ._picture_similarity import signal_to_noise as signal_to_noise
from ._picture_similarity import structural_similarity as structural_similarity
from ._probes import Labelled as Labelled
from ._probes import clusters as clusters
from ._probes import probe as probe
from ._ranked_scores import resampled_areas as resampled_areas
from ._reconstruction_figures import ReconstructionFigures as ReconstructionFigures
from ._sample_quality import precision_recall as precision_recall

__all__ = [
    "MOST_FEATURES",
    "PCA_REMARKS",
    "Bootstrap",
    "Components",
    "Estimate",
    "Labelled",
    "NestedPCA",
    "ReconstructionFigures",
    "can_measure_similarity",
    "clusters",
    "continuity",
    "elbow",
    "estimate",
    "fit_pca",
    "neighbours_kept",
    "pca_remark",
    "precision_recall",
    "probe",
    "resampled_areas",
    "signal_to_noise",
    "structural_similarity",
    "trustworthiness",
    "verdict",
]
