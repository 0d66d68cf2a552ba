"""Continued training: chunks, warm starts, and tensors as input."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from scipy import sparse
from sklearn.decomposition import PCA

from isthmus import Autoencoder, load
from isthmus.errors import DataError, UsageError

SMALL = {"latent_dim": 2, "hidden_dims": (16,), "random_state": 0, "batch_size": 32}


@pytest.fixture(name="X")
def make_rows(rng):
    """Rows on a curved sheet: eight values depend on two, but not linearly."""
    t = rng.uniform(-2, 2, size=(600, 2))
    waves = np.c_[np.sin(t), np.cos(t), t[:, :1] * t[:, 1:], t**2, t.sum(axis=1)]
    return 3 + 10 * waves


def pieces(X, n=6):
    return np.array_split(X, n)


def test_pieces_over_and_over_teach_it_more_than_pca_knows(X):
    ae = Autoencoder(**SMALL)
    for _ in range(30):
        for piece in pieces(X):
            ae.partial_fit(piece)
    standard = (X - X.mean(axis=0)) / X.std(axis=0)
    pca = PCA(2).fit(standard)
    residual = np.square(standard - pca.inverse_transform(pca.transform(standard))).mean()
    assert ae.reconstruction_error(X).mean() < 0.5 * residual


def test_the_scaling_of_pieces_ends_as_that_of_all_rows(X):
    ae = Autoencoder(**SMALL, scaling="standard")
    for piece in pieces(X):
        ae.partial_fit(piece)
    np.testing.assert_allclose(ae.scaling_.shift, X.mean(axis=0))
    np.testing.assert_allclose(ae.scaling_.scale, X.std(axis=0))


@pytest.mark.parametrize("kind", ["minmax", "unit", "symmetric"])
def test_ranges_follow_the_pieces_too(X, kind):
    ae, whole = Autoencoder(**SMALL, scaling=kind), Autoencoder(**SMALL, scaling=kind, epochs=1)
    for piece in pieces(X):
        ae.partial_fit(piece)
    whole.set_params(early_stopping=False).fit(X)
    np.testing.assert_allclose(ae.scaling_.shift, whole.scaling_.shift)
    np.testing.assert_allclose(ae.scaling_.scale, whole.scaling_.scale)


def test_each_piece_is_one_epoch_of_the_history(X):
    ae = Autoencoder(**SMALL)
    for piece in pieces(X, 3):
        ae.partial_fit(piece)
    assert [record["epoch"] for record in ae.history_] == [1, 2, 3]
    assert ae.best_epoch_ == 3


def test_the_same_pieces_give_the_same_bytes(X):
    def codes():
        ae = Autoencoder(**SMALL)
        for piece in pieces(X):
            ae.partial_fit(piece)
        return ae.transform(X).tobytes()

    assert codes() == codes()


@pytest.mark.parametrize("optimizer", ["muon", "adam", "sgd"])
def test_momenta_go_on_from_piece_to_piece(X, optimizer):
    """One pass over two chunks is one pass over the same batches in that order."""
    halves = Autoencoder(**SMALL | {"batch_size": 300}, optimizer=optimizer, scaling="none")
    X = X / 30
    for piece in (X[:300], X[300:]):
        halves.partial_fit(piece)
    restarted = Autoencoder(**SMALL | {"batch_size": 300}, optimizer=optimizer, scaling="none")
    restarted.partial_fit(X[:300])
    restarted._optimizer = None
    restarted.partial_fit(X[300:])
    assert not np.array_equal(halves.transform(X), restarted.transform(X))


def test_pieces_may_be_sparse_or_single_rows(X):
    ae = Autoencoder(latent_dim=2, hidden_dims=(8,), random_state=0)
    ae.partial_fit(sparse.csr_array(np.abs(X[:100])))
    ae.partial_fit(sparse.csr_array(np.abs(X[100:101])))
    assert ae.transform(X[:3]).shape == (3, 2)


def test_quartiles_cannot_follow_pieces(X):
    ae = Autoencoder(**SMALL, scaling="robust").partial_fit(X[:100])
    with pytest.raises(UsageError, match="requires all rows at once"):
        ae.partial_fit(X[100:])


def test_a_piece_with_other_columns_is_refused(X):
    ae = Autoencoder(**SMALL).partial_fit(X)
    with pytest.raises(ValueError, match="expecting 8 features"):
        ae.partial_fit(X[:, :5])


def test_a_piece_with_infinite_values_changes_nothing(X):
    ae = Autoencoder(**SMALL).partial_fit(X)
    before = ae.transform(X).tobytes()
    broken = X.copy()
    broken[0, 0] = np.inf
    with pytest.raises(DataError, match="infinite"):
        ae.partial_fit(broken)
    assert ae.transform(X).tobytes() == before


def test_a_later_piece_may_have_missing_values(X):
    ae = Autoencoder(**SMALL).partial_fit(X)
    broken = X.copy()
    broken[0, 0] = np.nan
    assert np.isfinite(ae.partial_fit(broken).transform(broken)).all()


def test_a_pickled_estimator_takes_further_pieces(X):
    ae = pickle.loads(pickle.dumps(Autoencoder(**SMALL).partial_fit(X[:300])))
    before = ae.reconstruction_error(X).mean()
    for _ in range(20):
        ae.partial_fit(X)
    assert ae.reconstruction_error(X).mean() < before


def test_fit_then_pieces_keeps_the_scaling(X):
    ae = Autoencoder(**SMALL, epochs=2).fit(X)
    shift = ae.scaling_.shift.copy()
    ae.partial_fit(X + 100)
    np.testing.assert_array_equal(ae.scaling_.shift, shift)


def test_a_loaded_model_takes_further_pieces(X, tmp_path):
    Autoencoder(**SMALL, epochs=2).fit(X).save(tmp_path / "model")
    ae = load(tmp_path / "model").partial_fit(X)
    assert [record["epoch"] for record in ae.history_] == [1, 2, 3]


def test_a_warm_start_goes_on_and_a_cold_one_begins_anew(X):
    warm = Autoencoder(**SMALL, epochs=5, warm_start=True, early_stopping=False)
    first = warm.fit(X).reconstruction_error(X).mean()
    second = warm.fit(X).reconstruction_error(X).mean()
    assert second < first
    assert [record["epoch"] for record in warm.history_] == list(range(1, 11))
    cold = Autoencoder(**SMALL, epochs=5, early_stopping=False)
    assert cold.fit(X).transform(X).tobytes() == cold.fit(X).transform(X).tobytes()
    assert len(cold.history_) == 5


def test_the_best_epoch_of_a_warm_start_counts_on(X):
    ae = Autoencoder(**SMALL, epochs=3, warm_start=True).fit(X).fit(X)
    assert 4 <= ae.best_epoch_ <= 6


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.uint8, torch.bfloat16])
def test_tensors_in_tensors_out(X, dtype, device):
    rows = torch.from_numpy(np.clip(X, 0, 60)).to(dtype).to(device)
    ae = Autoencoder(**SMALL, epochs=1).fit(rows)
    codes = ae.transform(rows)
    assert isinstance(codes, torch.Tensor)
    assert codes.device == rows.device
    assert codes.dtype == (torch.float64 if dtype == torch.float64 else torch.float32)
    as_arrays = ae.transform(
        rows.float().cpu().numpy() if dtype == torch.bfloat16 else rows.cpu().numpy()
    )
    np.testing.assert_array_equal(codes.cpu().numpy(), as_arrays)
    assert isinstance(ae.inverse_transform(codes), torch.Tensor)


def test_the_shares_of_an_error_add_up_and_name_the_odd_feature(X):
    ae = Autoencoder(**SMALL, epochs=20).fit(X)
    odd = X[:5].copy()
    odd[:, 3] += 1000
    shares = ae.explain(odd)
    assert shares.shape == (5, 8)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares >= 0).all()
    assert (shares.argmax(axis=1) == 3).all()


def test_the_shares_by_hand(X):
    ae = Autoencoder(**SMALL, epochs=1, scaling="none").fit(X)
    errors = np.square(ae.reconstruct(X) - X)
    by_hand = errors / errors.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(ae.explain(X), by_hand, rtol=1e-3, atol=1e-6)
