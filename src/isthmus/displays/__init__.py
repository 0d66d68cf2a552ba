"""Displays: figures of a fitted estimator, for notebooks and scripts.

Each class follows scikit-learn's convention: ``from_estimator`` computes what is shown and draws
it, and ``plot`` draws it again, into any Matplotlib axes.
"""

from ._codes_display import CodesDisplay as CodesDisplay
from ._display import Display as Display
from ._errors_display import ErrorsDisplay as ErrorsDisplay
from ._history_display import HistoryDisplay as HistoryDisplay
from ._meanings_display import MeaningsDisplay as MeaningsDisplay
from ._reconstruction_display import ReconstructionDisplay as ReconstructionDisplay
from ._sizes_display import SizesDisplay as SizesDisplay

__all__ = [
    "CodesDisplay",
    "Display",
    "ErrorsDisplay",
    "HistoryDisplay",
    "MeaningsDisplay",
    "ReconstructionDisplay",
    "SizesDisplay",
]
