"""What a training step minimises: pure functions of tensors."""

from ._classification import Classification as Classification
from ._corruption import NOISES as NOISES
from ._corruption import Corruption as Corruption
from ._losses import LOSSES as LOSSES
from ._losses import ReconstructionLoss as ReconstructionLoss
from ._reconstruction import Reconstruction as Reconstruction
from ._shifted import Shifted as Shifted
from ._shifts import Shifts as Shifts
from ._trimmed import trimmed_mean as trimmed_mean

__all__ = [
    "LOSSES",
    "NOISES",
    "Classification",
    "Corruption",
    "Reconstruction",
    "ReconstructionLoss",
    "Shifted",
    "Shifts",
    "trimmed_mean",
]
