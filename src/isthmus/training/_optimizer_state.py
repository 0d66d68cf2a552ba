"""State of an optimizer in plain types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import Tensor

from ._optimizers import Optimizer

__all__ = ["copied", "load_optimizer_state", "optimizer_state"]


def optimizer_state(optimizer: Optimizer) -> dict[str, Any]:
    """Return a copy of an optimizer's state.

    Parameters
    ----------
    optimizer : Optimizer
        Of any kind.

    Returns
    -------
    dict
        In the format of ``torch.optim``, except that all keys are strings and tuples are lists.
    """
    whole = optimizer.state_dict()
    return {
        "state": {str(k): copied(v) for k, v in whole["state"].items()},
        "param_groups": [
            {k: _plain(v) for k, v in group.items()} for group in whole["param_groups"]
        ],
    }


def load_optimizer_state(optimizer: Optimizer, saved: Mapping[str, Any]) -> None:
    """Load a state into an optimizer of the same kind, for parameters of the same shapes.

    Parameters
    ----------
    optimizer : Optimizer
        Changed in place.
    saved : mapping
        As returned by ``optimizer_state``; accelerators may differ.
    """
    optimizer.load_state_dict(
        {
            "state": {int(k): copied(v) for k, v in saved["state"].items()},
            "param_groups": [
                {k: tuple(v) if k == "betas" else v for k, v in group.items()}
                for group in saved["param_groups"]
            ],
        }
    )


def copied(tensors: Mapping[str, Any]) -> dict[str, Any]:
    """Return a dict with a copy of each tensor.

    Parameters
    ----------
    tensors : mapping of str to Tensor or other
        Other values are kept.

    Returns
    -------
    dict
    """
    return {
        name: value.detach().clone() if isinstance(value, Tensor) else value
        for name, value in tensors.items()
    }


def _plain(value: Any) -> Any:
    """Return an optimizer setting as a number or a list."""
    if isinstance(value, Tensor):
        return value.item()
    return list(value) if isinstance(value, tuple) else value
