"""Optimizer state in the format of ``torch.optim``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from torch import Tensor

__all__ = ["load_optimizer_state", "optimizer_state"]


def optimizer_state(
    groups: Sequence[dict[str, Any]], state: dict[Tensor, dict[str, Tensor]]
) -> dict[str, Any]:
    """Return the state like ``torch.optim.Optimizer.state_dict``.

    Parameters
    ----------
    groups : sequence of dict
        Settings with ``params``, the parameters.
    state : dict of Tensor to dict
        State of each parameter; parameters without steps are missing.

    Returns
    -------
    dict
        ``state`` by the index of the parameter, and ``param_groups`` with these indices.
    """
    every = [p for group in groups for p in group["params"]]
    number = {id(p): k for k, p in enumerate(every)}
    return {
        # Copies: an optimizer that loads them may update them in place.
        "state": {
            k: {name: value.clone() for name, value in state[p].items()}
            for k, p in enumerate(every)
            if p in state
        },
        "param_groups": [
            {
                **{k: v for k, v in group.items() if k != "params"},
                "params": [number[id(p)] for p in group["params"]],
            }
            for group in groups
        ],
    }


def load_optimizer_state(
    groups: Sequence[dict[str, Any]], saved: dict[str, Any]
) -> dict[Tensor, dict[str, Tensor]]:
    """Load the settings of a saved state, and return the state of each parameter.

    Parameters
    ----------
    groups : sequence of dict
        Settings with ``params``; changed in place.
    saved : dict
        In the format of ``torch.optim``, with as many parameters.

    Returns
    -------
    dict of Tensor to dict

    Raises
    ------
    ValueError
        If the numbers of parameters differ.
    """
    sizes = [len(group["params"]) for group in groups]
    if sizes != [len(group["params"]) for group in saved["param_groups"]]:
        raise ValueError(
            f"The saved optimizer must have as many parameters as this one, {sizes}. Got "
            f"{[len(group['params']) for group in saved['param_groups']]}."
        )
    state = {}
    for group, given in zip(groups, saved["param_groups"], strict=True):
        for p, number in zip(group["params"], given["params"], strict=True):
            if number in saved["state"]:
                state[p] = saved["state"][number]
        group.update({k: v for k, v in given.items() if k != "params"})
    return state
