"""Accelerators: optional, faster implementations, each of which can be switched off."""

from ._accelerated import accelerated as accelerated
from ._accelerated import accelerates as accelerates
from ._accelerated_training import new_optimizer as new_optimizer
from ._accelerated_training import optimizers as optimizers
from ._accelerated_training import train as train
from ._switches import ACCELERATORS as ACCELERATORS
from ._switches import is_on as is_on
from ._switches import switched_off as switched_off

__all__ = [
    "ACCELERATORS",
    "accelerated",
    "accelerates",
    "is_on",
    "new_optimizer",
    "optimizers",
    "switched_off",
    "train",
]
