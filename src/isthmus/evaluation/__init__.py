"""Evaluation of a fitted autoencoder and comparison with PCA."""

from ._beside_pca import BesidePCA as BesidePCA
from ._beside_pca import beside_pca as beside_pca
from ._bounds import check_bounds as check_bounds
from ._bounds import parse_bounds as parse_bounds
from ._class_labels import check_classes as check_classes
from ._comparison import COMPARISON_SCHEMA as COMPARISON_SCHEMA
from ._comparison import compare as compare
from ._comparison_result import Comparison as Comparison
from ._evaluate import EVALUATION_SCHEMA as EVALUATION_SCHEMA
from ._evaluate import evaluate as evaluate
from ._evaluate_checks import check_settings as check_settings
from ._evaluate_table import EstimateText as EstimateText
from ._evaluate_table import estimate_text as estimate_text
from ._evaluate_table import evaluation_table as evaluation_table
from ._evaluate_words import MESSAGES as MESSAGES
from ._evaluate_words import METRICS as METRICS
from ._evaluate_words import Metric as Metric
from ._evaluate_words import coded_message as coded_message
from ._evaluation import Evaluation as Evaluation
from ._level_confusions import LevelConfusion as LevelConfusion
from ._level_confusions import level_confusions as level_confusions
from ._missing_shares import MissingShares as MissingShares
from ._missing_shares import missing_shares as missing_shares
from ._pca_sizes import pca_errors as pca_errors
from ._records import metric_record as metric_record
from ._training_length import is_underfit as is_underfit
from ._training_length import last_losses as last_losses
from ._training_length import loss_fall as loss_fall
from ._training_length import may_be_undertrained as may_be_undertrained

__all__ = [
    "COMPARISON_SCHEMA",
    "EVALUATION_SCHEMA",
    "MESSAGES",
    "METRICS",
    "BesidePCA",
    "Comparison",
    "EstimateText",
    "Evaluation",
    "LevelConfusion",
    "Metric",
    "MissingShares",
    "beside_pca",
    "check_bounds",
    "check_classes",
    "check_settings",
    "coded_message",
    "compare",
    "estimate_text",
    "evaluate",
    "evaluation_table",
    "is_underfit",
    "last_losses",
    "level_confusions",
    "loss_fall",
    "may_be_undertrained",
    "metric_record",
    "missing_shares",
    "parse_bounds",
    "pca_errors",
]
