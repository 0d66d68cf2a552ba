"""Option --device, whose name is checked before PyTorch is imported."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from cyclopts import Parameter, Token

from ..errors import did_you_mean

__all__ = ["DEVICE", "device_name"]

# Those of torch.device that a network can be trained on; whether this machine has one is only known
# to PyTorch, which says so later.
_TYPES = ("cpu", "cuda", "hpu", "mps", "mtia", "npu", "privateuseone", "xla", "xpu")
_USUAL = ("auto", "cpu", "cuda")
_FORM = re.compile(r"([a-z]+)(:[0-9]{1,3})?")


def device_name(kind: Any, tokens: Sequence[Token]) -> str:
    """Return the name of a device such as ``auto``, ``cpu`` or ``cuda:1``.

    Parameters
    ----------
    kind : type
        Ignored; for cyclopts.
    tokens : sequence of cyclopts.Token
        Tokens of the option.

    Returns
    -------
    str

    Raises
    ------
    ValueError
        If PyTorch has no devices of this name.
    """
    name = tokens[0].value
    match = _FORM.fullmatch(name)
    if name == "auto" or (match and match[1] in _TYPES):
        return name
    raise ValueError(
        "--device must be 'auto' or a device that torch can use on this machine, such as 'cpu'. "
        f"Got {name!r}.{did_you_mean(name, _USUAL)}"
    )


DEVICE = Parameter(metavar="NAME", converter=device_name)
