"""Latents measured on codes that are read block by block."""

import numpy as np
import pytest
from scipy import sparse

from isthmus.estimators._latents import measure_latents

CODES = np.array([[0, 2, 0], [1, 2, 0], [3, 0, 0], [1, 5, 0], [0, 2, 0.0]])


def blocks(size):
    for start in range(0, len(CODES), size):
        where = slice(start, min(start + size, len(CODES)))
        yield where, sparse.csr_array(CODES[where])


@pytest.mark.parametrize("size", [1, 2, 5])
def test_blocks_of_any_size_give_the_same_latents(size):
    found = measure_latents(blocks(size), 3, 3)
    assert found[0] == {
        "latent": 0,
        "density": 0.6,
        "mean_activation": pytest.approx(5 / 3),
        "top_rows": [2, 1, 3],
        "top_activations": [3.0, 1.0, 1.0],
    }
    assert found[1]["top_rows"] == [3, 0, 1]  # of equal activations the first rows
    assert found[2] == {
        "latent": 2,
        "density": 0.0,
        "mean_activation": None,
        "top_rows": [],
        "top_activations": [],
    }
    assert (found.n_rows, found.per_row, found.dead) == (5, 1.4, [2])
    assert [one["latent"] for one in found.most_frequent(2)] == [1, 0]
