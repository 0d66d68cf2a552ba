"""Doctor: findings about rows and models."""

from ._code_findings import CodeFigures as CodeFigures
from ._code_findings import code_figures as code_figures
from ._code_findings import examine_codes as examine_codes
from ._drift import ColumnDistance as ColumnDistance
from ._drift import Drift as Drift
from ._drift import measure_drift as measure_drift
from ._explained_rows import ExplainedRow as ExplainedRow
from ._explained_rows import Explanations as Explanations
from ._explained_rows import Reason as Reason
from ._explained_rows import explain_rows as explain_rows
from ._explained_rows import unlike_sentence as unlike_sentence
from ._finding_list import Findings as Findings
from ._findings import FINDINGS as FINDINGS
from ._findings import SEVERITIES as SEVERITIES
from ._findings import Finding as Finding
from ._findings import worst_first as worst_first
from ._mixed_tables import encoded_rows as encoded_rows
from ._model_findings import examine_history as examine_history
from ._model_findings import examine_model as examine_model
from ._row_findings import examine_rows as examine_rows
from ._row_sketch import ColumnSketch as ColumnSketch
from ._row_sketch import RowSketch as RowSketch
from ._row_sketch import row_errors as row_errors
from ._row_sketch import sketch_rows as sketch_rows
from ._table_findings import examine_table as examine_table
from ._unlike_kinds import examine_kinds as examine_kinds

__all__ = [
    "FINDINGS",
    "SEVERITIES",
    "CodeFigures",
    "ColumnDistance",
    "ColumnSketch",
    "Drift",
    "ExplainedRow",
    "Explanations",
    "Finding",
    "Findings",
    "Reason",
    "RowSketch",
    "code_figures",
    "encoded_rows",
    "examine_codes",
    "examine_history",
    "examine_kinds",
    "examine_model",
    "examine_rows",
    "examine_table",
    "explain_rows",
    "measure_drift",
    "row_errors",
    "sketch_rows",
    "unlike_sentence",
    "worst_first",
]
