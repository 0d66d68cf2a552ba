"""Switches of accelerators."""

from __future__ import annotations

import contextlib
import contextvars
import os
from collections.abc import Iterator

from ..errors import UsageError, did_you_mean

__all__ = ["ACCELERATORS", "VARIABLE", "is_on", "switched_off"]

VARIABLE = "ISTHMUS_ACCELERATORS"

ACCELERATORS: dict[str, str] = {
    "gradients": "bound operations instead of autograd for perceptrons",
    "fused-losses": "losses together with their derivatives",
    "flat-adam": "Adam and AdamW on all parameters as one vector",
    "gram-muon": "Muon by Gram matrices on the CPU, in bfloat16 on other devices",
    "shared-memory": "optimizer steps divided among processes of one machine, in shared memory",
    "cuda-graphs": "training steps recorded as a CUDA graph",
}

_switched_off: contextvars.ContextVar[frozenset[str]] = contextvars.ContextVar(
    "isthmus_accelerators_switched_off", default=frozenset()
)


def is_on(name: str) -> bool:
    """Return whether an accelerator is on.

    All are, unless the environment variable ``ISTHMUS_ACCELERATORS`` is "off" or a
    comma-separated list of names to switch off, or ``switched_off`` is active.

    Parameters
    ----------
    name : str
        One of ``ACCELERATORS``.

    Returns
    -------
    bool

    Raises
    ------
    UsageError
        If the environment variable has an unknown accelerator.
    """
    return name not in _switched_off.get() and name not in _left_out(os.environ.get(VARIABLE, ""))


@contextlib.contextmanager
def switched_off(*names: str) -> Iterator[None]:
    """Switch accelerators off for trainings and encodings that start within the context.

    Parameters
    ----------
    *names : str
        Names of ``ACCELERATORS``; none means all.

    Yields
    ------
    None

    Raises
    ------
    UsageError
        If an accelerator is unknown.
    """
    chosen = _checked(names, "`switched_off`") if names else frozenset(ACCELERATORS)
    token = _switched_off.set(_switched_off.get() | chosen)
    try:
        yield
    finally:
        _switched_off.reset(token)


def _left_out(value: str) -> frozenset[str]:
    names = [name.strip() for name in value.split(",") if name.strip()]
    if names == ["off"]:
        return frozenset(ACCELERATORS)
    return _checked(names, f"The environment variable {VARIABLE}")


def _checked(names: list[str] | tuple[str, ...], owner: str) -> frozenset[str]:
    for name in names:
        if name not in ACCELERATORS:
            rule = ", ".join(ACCELERATORS)
            raise UsageError(
                f"{owner} must be names of accelerators to switch off ({rule}), or 'off' for all. "
                f"Got {name!r}." + did_you_mean(name, ACCELERATORS)
            )
    return frozenset(names)
