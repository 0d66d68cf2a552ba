"""What a training step minimises: pure functions of tensors."""

from ._losses import mean_squared_error as mean_squared_error

__all__ = ["mean_squared_error"]
