"""What a training step minimises: pure functions of tensors."""

from ._losses import mean_squared_error as mean_squared_error
from ._trimmed import trimmed_mean as trimmed_mean

__all__ = ["mean_squared_error", "trimmed_mean"]
