"""The training loop, its optimizers and its hooks; it knows no network."""

from ._callbacks import Callback as Callback
from ._callbacks import EpochLines as EpochLines
from ._callbacks import Plan as Plan
from ._callbacks import as_callbacks as as_callbacks
from ._callbacks import epoch_line as epoch_line
from ._loop import Settings as Settings
from ._loop import best_epoch as best_epoch
from ._loop import mean_loss as mean_loss
from ._loop import new_optimizer as new_optimizer
from ._loop import train as train
from ._optimizers import OPTIMIZERS as OPTIMIZERS
from ._optimizers import SCHEDULES as SCHEDULES
from ._optimizers import Optimizer as Optimizer
from ._optimizers import defaults_of as defaults_of
from ._steps import Trainable as Trainable

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "Callback",
    "EpochLines",
    "Optimizer",
    "Plan",
    "Settings",
    "Trainable",
    "as_callbacks",
    "best_epoch",
    "defaults_of",
    "epoch_line",
    "mean_loss",
    "new_optimizer",
    "train",
]
