"""Training loop, optimizers, training state and callbacks, independent of the network."""

from ._callbacks import Callback as Callback
from ._callbacks import EpochLines as EpochLines
from ._callbacks import Plan as Plan
from ._callbacks import epoch_line as epoch_line
from ._checkpoint_file import joined_tensors as joined_tensors
from ._checkpoint_file import read_checkpoint as read_checkpoint
from ._checkpoint_file import split_tensors as split_tensors
from ._checkpointer import Checkpointer as Checkpointer
from ._given_callbacks import as_callbacks as as_callbacks
from ._gradient_means import N_TOLD as N_TOLD
from ._gradient_means import AllReduce as AllReduce
from ._gradient_means import GradientMean as GradientMean
from ._history import History as History
from ._history import parts_of as parts_of
from ._history import with_start as with_start
from ._loop import best_epoch as best_epoch
from ._loop import mean_losses as mean_losses
from ._loop import train as train
from ._lost_processes import lost_process as lost_process
from ._muon import Muon as Muon
from ._notebook_progress import NotebookProgress as NotebookProgress
from ._optimizer_state import load_optimizer_state as load_optimizer_state
from ._optimizer_state import optimizer_state as optimizer_state
from ._optimizers import OPTIMIZERS as OPTIMIZERS
from ._optimizers import MakeOptimizer as MakeOptimizer
from ._optimizers import Optimizer as Optimizer
from ._optimizers import defaults_of as defaults_of
from ._optimizers import make_optimizer as make_optimizer
from ._optimizers import new_optimizer as new_optimizer
from ._optimizers import set_rate as set_rate
from ._rank_messages import spread_document as spread_document
from ._ranks import ProcessRanks as ProcessRanks
from ._ranks import Ranks as Ranks
from ._ranks import current_ranks as current_ranks
from ._ranks import is_one_of_several as is_one_of_several
from ._ranks import shared_seed as shared_seed
from ._schedules import SCHEDULES as SCHEDULES
from ._schedules import scheduled_rate as scheduled_rate
from ._settings import Settings as Settings
from ._sharded_training import train_sharded as train_sharded
from ._steps import Steps as Steps
from ._steps import n_rows_of as n_rows_of
from ._time_limit import TimeLimit as TimeLimit
from ._train_state import TrainState as TrainState
from ._trainable import Trainable as Trainable

__all__ = [
    "OPTIMIZERS",
    "SCHEDULES",
    "AllReduce",
    "Callback",
    "Checkpointer",
    "EpochLines",
    "History",
    "MakeOptimizer",
    "Muon",
    "NotebookProgress",
    "Optimizer",
    "Plan",
    "ProcessRanks",
    "Ranks",
    "Settings",
    "Steps",
    "TimeLimit",
    "TrainState",
    "Trainable",
    "as_callbacks",
    "best_epoch",
    "current_ranks",
    "defaults_of",
    "epoch_line",
    "is_one_of_several",
    "joined_tensors",
    "load_optimizer_state",
    "lost_process",
    "make_optimizer",
    "mean_losses",
    "n_rows_of",
    "new_optimizer",
    "optimizer_state",
    "parts_of",
    "read_checkpoint",
    "scheduled_rate",
    "set_rate",
    "shared_seed",
    "split_tensors",
    "spread_document",
    "train",
    "train_sharded",
    "with_start",
]
