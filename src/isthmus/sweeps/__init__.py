"""Sweeps: trainings over a grid or a search."""

from ._grid_sweep import SweepWatcher as SweepWatcher
from ._grid_sweep import run_sweep as run_sweep
from ._merged_sweep import merge_sweeps as merge_sweeps
from ._search_sweep import Range as Range
from ._search_sweep import run_search as run_search
from ._sweep_findings import draw_sweep as draw_sweep

__all__ = [
    "Range",
    "SweepWatcher",
    "draw_sweep",
    "merge_sweeps",
    "run_search",
    "run_sweep",
]
