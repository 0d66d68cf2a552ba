"""Codes are the same bytes for any split into batches, any row order, any number of calls."""

from __future__ import annotations

import itertools
import random
from functools import cache

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from isthmus import Autoencoder

# Whole blocks have 1024 rows: the last is a part of one.
N = 2300
QUICK = settings(max_examples=20, deadline=None, derandomize=True, database=None)
# Widths at which products take different kernels: narrow and odd ones are the treacherous.
SHAPES = [(1, 1, ()), (3, 2, (5,)), (9, 5, ()), (17, 1, (8,)), (33, 11, (31,)), (64, 32, (50, 33))]


@cache
def fitted(shape):
    n_features, latent_dim, hidden_dims = shape
    X = np.random.default_rng(0).normal(size=(N, n_features)).astype(np.float32)
    model = Autoencoder(
        latent_dim=latent_dim,
        hidden_dims=hidden_dims,
        scaling="standard",
        epochs=1,
        batch_size=512,
        early_stopping=False,
        device="cpu",
        random_state=0,
    ).fit(X)
    return model, X


def outputs(model, X):
    Z = model.transform(X)
    return Z, model.inverse_transform(Z), model.reconstruction_error(X)


@cache
def whole(shape):
    return outputs(*fitted(shape))


cuts = st.lists(st.integers(1, N - 1), max_size=6, unique=True).map(sorted)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@QUICK
@given(cuts=cuts)
def test_any_split_into_batches_gives_the_same_bytes(shape, cuts):
    model, X = fitted(shape)
    pieces = [outputs(model, piece) for piece in np.split(X, cuts)]
    for joined, once in zip(
        map(np.concatenate, zip(*pieces, strict=True)), whole(shape), strict=True
    ):
        assert joined.tobytes() == once.tobytes()


@pytest.mark.parametrize("shape", SHAPES, ids=str)
@QUICK
@given(seed=st.integers(0, 2**32 - 1), n=st.integers(1, N))
def test_any_choice_and_order_of_rows_gives_the_same_bytes_row_for_row(shape, seed, n):
    model, X = fitted(shape)
    order = np.random.default_rng(seed).permutation(N)[:n]
    for moved, once in zip(outputs(model, X[order]), whole(shape), strict=True):
        assert moved.tobytes() == once[order].tobytes()


@QUICK
@given(calls=st.integers(1, 4), order=st.sampled_from(["C", "F"]))
def test_any_number_of_calls_and_any_memory_order_gives_the_same_bytes(calls, order):
    model, X = fitted(SHAPES[1])
    for _ in range(calls):
        for again, once in zip(
            outputs(model, np.array(X, order=order)), whole(SHAPES[1]), strict=True
        ):
            assert again.tobytes() == once.tobytes()


@QUICK
@given(cuts=cuts)
def test_sparse_rows_give_the_bytes_of_dense_ones_however_they_are_split(cuts):
    model, X = fitted(SHAPES[1])
    bounds = [0, *cuts, N]
    csr = sparse.csr_array(X)
    pieces = [model.transform(csr[a:b]) for a, b in itertools.pairwise(bounds)]
    assert np.concatenate(pieces).tobytes() == whole(SHAPES[1])[0].tobytes()


@st.composite
def small_fits(draw):
    n, d = draw(st.integers(2, 40)), draw(st.integers(1, 6))
    X = np.random.default_rng(draw(st.integers(0, 99))).normal(size=(n, d))
    parameters = {
        "latent_dim": draw(st.integers(1, d)),
        "hidden_dims": tuple(draw(st.lists(st.integers(1, 9), max_size=2))),
        "optimizer": draw(st.sampled_from(["adam", "adamw", "sgd", "muon"])),
        "scaling": draw(st.sampled_from(["auto", "none", "minmax", "robust"])),
        "batch_size": draw(st.integers(1, 64)),
        "epochs": draw(st.integers(1, 2)),
        "early_stopping": draw(st.booleans()),
        "random_state": draw(st.integers(0, 2**33)),
    }
    return X, parameters


def weights(X, parameters):
    model = Autoencoder(**parameters, learning_rate=1e-3, device="cpu").fit(X)
    return b"".join(p.detach().numpy().tobytes() for p in model.network_.parameters())


def global_states():
    bits = np.random.get_state(legacy=False)["state"]  # noqa: NPY002 (the very state that is guarded)
    torch_state = torch.get_rng_state().numpy().tobytes()
    return random.getstate(), bits["key"].tobytes(), bits["pos"], torch_state


@QUICK
@given(small_fits())
def test_the_same_seed_gives_the_same_bytes_of_weights_and_moves_no_global_state(case):
    before = global_states()
    first = weights(*case)
    assert global_states() == before
    assert weights(*case) == first


@QUICK
@given(small_fits())
def test_codes_and_reconstructions_keep_their_precision(case):
    X, parameters = case
    for dtype in (np.float32, np.float64):
        model = Autoencoder(**parameters, learning_rate=1e-3, device="cpu").fit(X.astype(dtype))
        Z = model.transform(X.astype(dtype))
        assert Z.dtype == model.inverse_transform(Z).dtype == dtype
        assert Z.shape == (len(X), parameters["latent_dim"])
