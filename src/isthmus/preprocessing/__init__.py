"""Preprocessing: between what people have and what a network sees."""

from ._scaling import AS_IS as AS_IS
from ._scaling import SCALINGS as SCALINGS
from ._scaling import RunningScaling as RunningScaling
from ._scaling import Scaling as Scaling
from ._scaling import check_spread as check_spread
from ._scaling import fit_scaling as fit_scaling
from ._words import Words as Words

__all__ = [
    "AS_IS",
    "SCALINGS",
    "RunningScaling",
    "Scaling",
    "Words",
    "check_spread",
    "fit_scaling",
]
