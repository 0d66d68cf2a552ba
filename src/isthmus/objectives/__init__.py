"""Training objectives, and the losses that they use."""

from ._cell_correction import CellCorrection as CellCorrection
from ._cell_losses import CellLosses as CellLosses
from ._cell_reconstruction import CellReconstruction as CellReconstruction
from ._classification import Classification as Classification
from ._corruption import NOISES as NOISES
from ._corruption import Corruption as Corruption
from ._evidence_bound import EvidenceBound as EvidenceBound
from ._evidence_bound import kl_to_prior as kl_to_prior
from ._hidden_cells import HiddenCells as HiddenCells
from ._likelihoods import LIKELIHOODS as LIKELIHOODS
from ._likelihoods import Likelihood as Likelihood
from ._losses import LOSSES as LOSSES
from ._losses import Loss as Loss
from ._reconstruction import Reconstruction as Reconstruction
from ._shifted import Shifted as Shifted
from ._shifts import Shifts as Shifts
from ._sparse_reconstruction import SparseReconstruction as SparseReconstruction
from ._trimmed import trimmed_mean as trimmed_mean
from ._trimmed_cells import TrimmedCellDenoising as TrimmedCellDenoising
from ._trimmed_denoising import TrimmedDenoising as TrimmedDenoising

__all__ = [
    "LIKELIHOODS",
    "LOSSES",
    "NOISES",
    "CellCorrection",
    "CellLosses",
    "CellReconstruction",
    "Classification",
    "Corruption",
    "EvidenceBound",
    "HiddenCells",
    "Likelihood",
    "Loss",
    "Reconstruction",
    "Shifted",
    "Shifts",
    "SparseReconstruction",
    "TrimmedCellDenoising",
    "TrimmedDenoising",
    "kl_to_prior",
    "trimmed_mean",
]
