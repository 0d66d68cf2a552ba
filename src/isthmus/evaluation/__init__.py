"""Figures of merit, PCA beside the model, and the doctor."""

from ._beside_pca import BesidePCA as BesidePCA
from ._beside_pca import beside_pca as beside_pca
from ._doctor_codes import CodeFigures as CodeFigures
from ._doctor_codes import code_figures as code_figures
from ._doctor_codes import examine_codes as examine_codes
from ._doctor_model import examine_history as examine_history
from ._doctor_model import examine_model as examine_model
from ._doctor_rows import examine_rows as examine_rows
from ._elbow import elbow as elbow
from ._findings import FINDINGS as FINDINGS
from ._findings import SEVERITIES as SEVERITIES
from ._findings import Finding as Finding
from ._findings import worst_first as worst_first
from ._pca import NestedPCA as NestedPCA
from ._pca import fit_pca as fit_pca
from ._reconstruction import ReconstructionFigures as ReconstructionFigures
from ._reconstruction import verdict as verdict

__all__ = [
    "FINDINGS",
    "SEVERITIES",
    "BesidePCA",
    "CodeFigures",
    "Finding",
    "NestedPCA",
    "ReconstructionFigures",
    "beside_pca",
    "code_figures",
    "elbow",
    "examine_codes",
    "examine_history",
    "examine_model",
    "examine_rows",
    "fit_pca",
    "verdict",
    "worst_first",
]
