"""Where source, split, fit, evaluation and report come together, and leave a run's folder."""

from ._ablation import ablate_pretraining as ablate_pretraining
from ._apply import FittedRun as FittedRun
from ._apply import check_output as check_output
from ._apply import mapped as mapped
from ._apply import open_run as open_run
from ._apply import write_rows as write_rows
from ._codes import picture_grid as picture_grid
from ._compare import compare_runs as compare_runs
from ._compare import comparison_figure as comparison_figure
from ._doctor import examine_run as examine_run
from ._doctor import examine_source as examine_source
from ._doctor import is_run as is_run
from ._environment import environment as environment
from ._evaluate import evaluate_run as evaluate_run
from ._folder import MetricsFile as MetricsFile
from ._folder import new_run_folder as new_run_folder
from ._log_tools import LOGS as LOGS
from ._log_tools import MLflowLog as MLflowLog
from ._log_tools import TensorBoardLog as TensorBoardLog
from ._log_tools import WandbLog as WandbLog
from ._log_tools import make_log as make_log
from ._logs import RunLog as RunLog
from ._rebuild import rebuild_report as rebuild_report
from ._search import Range as Range
from ._search import run_search as run_search
from ._sweep import SweepWatcher as SweepWatcher
from ._sweep import run_sweep as run_sweep
from ._sweep_findings import draw_sweep as draw_sweep
from ._train import run_training as run_training

__all__ = [
    "LOGS",
    "FittedRun",
    "MLflowLog",
    "MetricsFile",
    "Range",
    "RunLog",
    "SweepWatcher",
    "TensorBoardLog",
    "WandbLog",
    "ablate_pretraining",
    "check_output",
    "compare_runs",
    "comparison_figure",
    "draw_sweep",
    "environment",
    "evaluate_run",
    "examine_run",
    "examine_source",
    "is_run",
    "make_log",
    "mapped",
    "new_run_folder",
    "open_run",
    "picture_grid",
    "rebuild_report",
    "run_search",
    "run_sweep",
    "run_training",
    "write_rows",
]
