"""Doctor: findings about rows and models."""

from ._code_findings import CodeFigures as CodeFigures
from ._code_findings import code_figures as code_figures
from ._code_findings import examine_codes as examine_codes
from ._findings import FINDINGS as FINDINGS
from ._findings import SEVERITIES as SEVERITIES
from ._findings import Finding as Finding
from ._findings import worst_first as worst_first
from ._model_findings import examine_history as examine_history
from ._model_findings import examine_model as examine_model
from ._row_findings import examine_rows as examine_rows

__all__ = [
    "FINDINGS",
    "SEVERITIES",
    "CodeFigures",
    "Finding",
    "code_figures",
    "examine_codes",
    "examine_history",
    "examine_model",
    "examine_rows",
    "worst_first",
]
