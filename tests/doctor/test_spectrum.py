"""The spectrum from known components equals that of the rows themselves."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

from isthmus.metrics import fit_pca
from isthmus.preprocessing import fit_scaling
from isthmus.rows import as_rows

_spectrum = importlib.import_module("isthmus.doctor._spectrum")


def rows_of(shape, rng, *, of_factors):
    noise = rng.normal(size=shape)
    factors = rng.normal(size=(shape[0], 3)) @ rng.normal(size=(3, shape[1])) * of_factors
    return noise + factors


@pytest.mark.parametrize("shape", [(400, 8), (40, 12), (12, 30)])
@pytest.mark.parametrize("of_factors", [0.0, 2.0])
@pytest.mark.parametrize("kind", ["none", "standard"])
def test_both_ways_agree(rng, shape, of_factors, kind):
    X = rows_of(shape, rng, of_factors=of_factors)
    X[:, 2] = 7.0  # constant
    X[:, 3] *= 1e4  # hides all others, unless each is scaled by itself
    scaling = fit_scaling(X, kind)
    varying = np.flatnonzero(np.ptp(X, axis=0) > 0)
    pca = fit_pca(as_rows(X, scaling), 1, 0)
    assert pca.is_whole
    found = _spectrum.spectrum_of(pca, varying, seed=0)
    expected = _spectrum.spectrum(X, scaling, seed=0)
    assert (found.n_rows, found.elbow) == (expected.n_rows, expected.elbow)
    assert found.variances[2] == 0
    np.testing.assert_allclose(found.mean, expected.mean, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(found.variances, expected.variances, rtol=1e-4)
    np.testing.assert_allclose(found.explained, expected.explained, rtol=1e-5)
    assert found.components_for(0.95) == expected.components_for(0.95)
