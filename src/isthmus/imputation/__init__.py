"""First fills of missing cells, which networks then correct."""

from ._first_fills import FirstFills as FirstFills
from ._gaussian import Gaussian as Gaussian
from ._hidden_copies import hidden_copies as hidden_copies
from ._hidden_copies import single_hidden_cells as single_hidden_cells
from ._low_rank_gaussian import LowRankGaussian as LowRankGaussian
from ._near_rows import NearRows as NearRows

__all__ = [
    "FirstFills",
    "Gaussian",
    "LowRankGaussian",
    "NearRows",
    "hidden_copies",
    "single_hidden_cells",
]
