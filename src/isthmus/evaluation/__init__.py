"""Figures of merit, PCA beside the model, and the doctor."""

from ._beside_pca import BesidePCA as BesidePCA
from ._beside_pca import beside_pca as beside_pca
from ._bounds import check_bounds as check_bounds
from ._bounds import parse_bounds as parse_bounds
from ._compare import COMPARISON_SCHEMA as COMPARISON_SCHEMA
from ._compare import compare as compare
from ._doctor_codes import CodeFigures as CodeFigures
from ._doctor_codes import code_figures as code_figures
from ._doctor_codes import examine_codes as examine_codes
from ._doctor_model import examine_history as examine_history
from ._doctor_model import examine_model as examine_model
from ._doctor_rows import examine_rows as examine_rows
from ._elbow import elbow as elbow
from ._evaluate import EVALUATION_SCHEMA as EVALUATION_SCHEMA
from ._evaluate import evaluate as evaluate
from ._evaluate_table import EstimateText as EstimateText
from ._evaluate_table import estimate_text as estimate_text
from ._evaluate_table import evaluation_table as evaluation_table
from ._evaluate_words import METRICS as METRICS
from ._evaluate_words import SENTENCES as SENTENCES
from ._evaluate_words import Metric as Metric
from ._evaluate_words import sentence as sentence
from ._findings import FINDINGS as FINDINGS
from ._findings import SEVERITIES as SEVERITIES
from ._findings import Finding as Finding
from ._findings import worst_first as worst_first
from ._labels import check_classes as check_classes
from ._neighbours import continuity as continuity
from ._neighbours import trustworthiness as trustworthiness
from ._pca import NestedPCA as NestedPCA
from ._pca import fit_pca as fit_pca
from ._pca_sizes import pca_errors as pca_errors
from ._reconstruction import ReconstructionFigures as ReconstructionFigures
from ._reconstruction import verdict as verdict

__all__ = [
    "COMPARISON_SCHEMA",
    "EVALUATION_SCHEMA",
    "FINDINGS",
    "METRICS",
    "SENTENCES",
    "SEVERITIES",
    "BesidePCA",
    "CodeFigures",
    "EstimateText",
    "Finding",
    "Metric",
    "NestedPCA",
    "ReconstructionFigures",
    "beside_pca",
    "check_bounds",
    "check_classes",
    "code_figures",
    "compare",
    "continuity",
    "elbow",
    "estimate_text",
    "evaluate",
    "evaluation_table",
    "examine_codes",
    "examine_history",
    "examine_model",
    "examine_rows",
    "fit_pca",
    "parse_bounds",
    "pca_errors",
    "sentence",
    "trustworthiness",
    "verdict",
    "worst_first",
]
