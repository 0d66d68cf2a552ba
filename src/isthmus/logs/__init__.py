"""Run logs: TensorBoard, MLflow and Weights & Biases."""

from ._log_tools import LOGS as LOGS
from ._log_tools import MLflowLog as MLflowLog
from ._log_tools import TensorBoardLog as TensorBoardLog
from ._log_tools import WandbLog as WandbLog
from ._log_tools import make_log as make_log
from ._run_logs import RunLog as RunLog
from ._run_logs import logged as logged

__all__ = [
    "LOGS",
    "MLflowLog",
    "RunLog",
    "TensorBoardLog",
    "WandbLog",
    "logged",
    "make_log",
]
