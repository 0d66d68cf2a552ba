"""Where rows come from: sources, splits, scaling, batches."""

from ._blocks import row_blocks as row_blocks
from ._dataset import Dataset as Dataset
from ._dataset import fingerprint as fingerprint
from ._dataset import quantity as quantity
from ._dataset import safe_name as safe_name
from ._finite import check_finite as check_finite
from ._named import NAMED_SOURCES as NAMED_SOURCES
from ._rows import LabelledRows as LabelledRows
from ._rows import Rows as Rows
from ._rows import block_size as block_size
from ._scaling import AS_IS as AS_IS
from ._scaling import SCALINGS as SCALINGS
from ._scaling import RunningScaling as RunningScaling
from ._scaling import Scaling as Scaling
from ._scaling import check_spread as check_spread
from ._scaling import fit_scaling as fit_scaling
from ._sources import options_of as options_of
from ._sources import read_source as read_source
from ._split import split_rows as split_rows
from ._temporary import release_pages as release_pages
from ._temporary import temporary_matrix as temporary_matrix
from ._words import Words as Words

__all__ = [
    "AS_IS",
    "NAMED_SOURCES",
    "SCALINGS",
    "Dataset",
    "LabelledRows",
    "Rows",
    "RunningScaling",
    "Scaling",
    "Words",
    "block_size",
    "check_finite",
    "check_spread",
    "fingerprint",
    "fit_scaling",
    "options_of",
    "quantity",
    "read_source",
    "release_pages",
    "row_blocks",
    "safe_name",
    "split_rows",
    "temporary_matrix",
]
