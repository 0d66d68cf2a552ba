"""Findings about the units of a variational code: which of them follow the prior."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from ._findings import Finding, names_shown

__all__ = ["examine_units"]


def examine_units(active: ArrayLike) -> list[Finding]:
    """Find units of a variational code that say nothing about a row.

    Parameters
    ----------
    active : array-like of shape (latent_dim,), bool
        Whether the codes of a unit vary between rows, as ``active_units_``.

    Returns
    -------
    list of Finding
        ``posterior_collapse`` if no unit is active, ``inactive_units`` if some are not, or none.

    References
    ----------
    Burda, Grosse & Salakhutdinov (2016), Importance weighted autoencoders, ICLR, section 5.2.
    Bowman et al. (2016), Generating sentences from a continuous space, CoNLL.
    """
    is_active = np.asarray(active, dtype=bool)
    total, n_active = len(is_active), int(is_active.sum())
    if n_active == total:
        return []
    if not n_active:
        return [Finding("posterior_collapse", "problem", {"total": total})]
    inactive = np.flatnonzero(~is_active).tolist()
    units = names_shown(inactive, [*range(total)], total=len(inactive))
    values = {"n": len(inactive), "total": total, "units": units, "active": n_active}
    return [Finding("inactive_units", "note", values)]
