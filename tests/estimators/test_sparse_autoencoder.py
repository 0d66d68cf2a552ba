"""Sparse autoencoder: codes, latents, parameters and what it learns."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler

from isthmus import SparseAutoencoder
from isthmus.errors import UsageError
from isthmus.estimators import Latents, load, resolved_parameters
from isthmus.nn import TopKAutoencoder
from isthmus.training import Callback, TrainState

SEEDED = {"device": "cpu", "random_state": 0}
QUICK = {"epochs": 2, **SEEDED}


@pytest.fixture(scope="module", name="X")
def digits():
    return load_digits().data.astype(np.float32)


@pytest.fixture(scope="module")
def trained(X):
    return SparseAutoencoder(128, 8, **{**QUICK, "epochs": 25}).fit(X[300:])


def test_codes_beat_as_many_principal_components_on_new_rows(trained, X):
    pca = PCA(8).fit(X[300:])
    error = np.square(X[:300] - trained.reconstruct(X[:300])).sum()
    assert error < 0.75 * np.square(X[:300] - pca.inverse_transform(pca.transform(X[:300]))).sum()


def test_the_auxiliary_loss_revives_latents(X):
    settings = {**QUICK, "epochs": 12, "early_stopping": False}
    dead = [
        len(SparseAutoencoder(512, 8, aux_coefficient=c, **settings).fit(X).latents(X).dead)
        for c in (1.0, 0.0)
    ]
    assert dead[0] < 0.6 * dead[1]


def test_a_row_revives_twice_as_many_latents_as_it_selects_unless_told_otherwise(X, monkeypatch):
    given = []
    select_among = TopKAutoencoder.select_among

    def noted(self, activations, latents, k):
        given.append(k)
        return select_among(self, activations, latents, k)

    monkeypatch.setattr(TopKAutoencoder, "select_among", noted)
    for aux_k in ("auto", 20):
        SparseAutoencoder(64, 3, aux_k=aux_k, dead_after=1, **QUICK).fit(X[:200])
    assert set(given) == {6, 20}


def test_codes_are_a_csr_array_with_at_most_k_positive_values_per_row(trained, X):
    Z = trained.transform(X)
    assert isinstance(Z, sparse.csr_array)
    assert Z.shape == (len(X), 128)
    assert Z.dtype == np.float32
    assert Z.data.min() > 0
    assert np.diff(Z.indptr).max() <= 8
    assert trained.transform(X[:3].astype(np.float64)).dtype == np.float64


def test_dense_output_and_tensors_have_the_same_values(trained, X, tmp_path):
    trained.save(tmp_path / "model")
    dense = load(tmp_path / "model", device="cpu").set_params(sparse_output=False)
    expected = trained.transform(X).toarray()
    np.testing.assert_array_equal(dense.transform(X), expected)
    codes = trained.transform(torch.from_numpy(X))
    assert isinstance(codes, torch.Tensor)
    np.testing.assert_array_equal(codes.numpy(), expected)


def test_sparse_and_dense_codes_decode_alike(trained, X):
    Z = trained.transform(X[:50])
    np.testing.assert_array_equal(
        trained.inverse_transform(Z), trained.inverse_transform(Z.toarray())
    )
    np.testing.assert_array_equal(trained.inverse_transform(Z), trained.reconstruct(X[:50]))


def test_pandas_output_requires_dense_codes(X):
    made = SparseAutoencoder(32, 4, **QUICK).fit(X[:100]).set_output(transform="pandas")
    with pytest.raises(ValueError, match="sparse"):
        made.transform(X[:100])
    made.set_params(sparse_output=False)
    assert made.transform(X[:100]).columns[0] == "sparseautoencoder0"


@pytest.mark.parametrize("selection", ["top_k", "batch_top_k", "lifetime"])
def test_a_code_does_not_depend_on_the_rows_beside_it(selection, X):
    made = SparseAutoencoder(64, 5, selection=selection, **QUICK).fit(X)
    whole = made.transform(X[:200]).toarray()
    parts = [made.transform(X[k : k + 1]).toarray() for k in (0, 17, 199)]
    np.testing.assert_array_equal(np.vstack(parts), whole[[0, 17, 199]])


@pytest.mark.parametrize("selection", ["batch_top_k", "lifetime"])
def test_thresholds_give_about_k_latents_per_row(selection, X):
    made = SparseAutoencoder(64, 5, selection=selection, **{**QUICK, "epochs": 20}).fit(X)
    counts = np.diff(made.transform(X).indptr)
    assert 3.5 < counts.mean() < 6.5
    assert counts.std() > 0.5


def test_lifetime_starts_small_with_directions_of_any_length_and_no_auxiliary_loss(X):
    made = SparseAutoencoder(64, 5, selection="lifetime", precision="bfloat16", **QUICK).fit(X)
    found = resolved_parameters(made)
    assert (found["unit_norm"], found["encoder_scale"], found["aux_coefficient"]) == (False, 0.1, 0)
    lengths = made.network_.decoder.directions.norm(dim=1)
    assert (lengths - 1).abs().max() > 0.01
    same = SparseAutoencoder(64, 5, unit_norm=True, **QUICK).fit(X)
    assert resolved_parameters(same)["aux_k"] == 10
    torch.testing.assert_close(same.network_.decoder.directions.norm(dim=1), torch.ones(64))


def test_training_in_bfloat16_ends_near_training_in_single_precision(X):
    settings = {"selection": "lifetime", "noise": "masking", **QUICK, "epochs": 5}
    scores = [
        SparseAutoencoder(128, 16, precision=precision, **settings).fit(X).score(X)
        for precision in ("float32", "bfloat16")
    ]
    assert scores[0] > 0.6
    assert abs(scores[0] - scores[1]) < 0.01


def test_latents_list_the_rows_that_activate_them_most(trained, X):
    found, Z = trained.latents(X, n_top=3), trained.transform(X).toarray()
    assert isinstance(found, Latents)
    assert len(found) == 128
    for one in found[:20]:
        own = Z[:, one["latent"]]
        n = (own > 0).sum()
        assert one["density"] == pytest.approx(n / len(X))
        assert one["top_rows"] == np.argsort(-own, kind="stable")[: min(3, n)].tolist()
        np.testing.assert_allclose(one["top_activations"], own[one["top_rows"]])
        if n:
            assert one["mean_activation"] == pytest.approx(own[own > 0].mean(), rel=1e-5)
    assert found.per_row == pytest.approx((Z > 0).sum() / len(X))
    assert found.dead == np.flatnonzero(~(Z > 0).any(axis=0)).tolist()


def test_latents_are_shown_as_a_table_of_the_most_frequent(trained, X):
    shown = repr(trained.latents(X))
    assert shown.startswith("128 latents on 1,797 rows: ")
    assert "The 20 most frequent:" in shown
    assert "<table" in trained.latents(X)._repr_html_()


def test_activations_are_those_before_the_selection(trained, X):
    A, Z = trained.activations(X[:40]), trained.transform(X[:40]).toarray()
    assert A.shape == Z.shape
    assert A.min() == 0
    np.testing.assert_allclose(np.sort(A)[:, -8:], np.sort(Z)[:, -8:])


def test_a_memory_map_gives_the_same_model_as_the_array(X, tmp_path):
    np.save(tmp_path / "rows.npy", X)
    mapped = np.load(tmp_path / "rows.npy", mmap_mode="r")
    first, second = (SparseAutoencoder(32, 4, **QUICK).fit(rows) for rows in (X, mapped))
    assert (first.transform(X) != second.transform(mapped)).nnz == 0


def test_missing_cells_and_categories_are_supported(rng):
    table = pd.DataFrame({"size": rng.normal(size=200), "kind": rng.choice(list("abc"), 200)})
    table.loc[::7, "size"] = np.nan
    made = SparseAutoencoder(16, 3, **{**QUICK, "epochs": 30}).fit(table)
    assert made.transform(table).shape == (200, 16)
    assert (made.reconstruct(table)["kind"] == table["kind"]).mean() > 0.9
    with_noise = SparseAutoencoder(16, 3, noise="gaussian", **QUICK)
    with pytest.raises(UsageError, match=r"must be 'none', 'masking' or 'swap'.* Got 'gaussian'\."):
        with_noise.fit(table)


def test_texts_and_pipelines_work(rng, X):
    words = ["river", "bank", "money", "water", "loan", "fish"]
    texts = [" ".join(rng.choice(words, 5)) for _ in range(60)]
    made = SparseAutoencoder(24, 2, **QUICK).fit(texts)
    assert made.transform(texts).shape == (60, 24)
    assert make_pipeline(made, MaxAbsScaler()).fit_transform(texts).shape == (60, 24)


class _Cut(Callback):
    def __init__(self):
        self.saved = None

    def on_train_begin(self, plan):
        self.plan = plan

    def on_step_end(self, step):
        if self.saved is None and self.plan.state.epoch == 1 and step == 3:
            self.saved = self.plan.state.state_dict()


def test_a_resumed_training_gives_the_same_bytes(X, monkeypatch):
    cut = _Cut()
    settings = {**QUICK, "epochs": 3, "batch_size": 64, "early_stopping": False}
    whole = SparseAutoencoder(32, 4, selection="batch_top_k", dead_after=100, **settings)
    whole.set_params(callbacks=[cut]).fit(X)
    again = SparseAutoencoder(32, 4, selection="batch_top_k", dead_after=100, **settings)
    begin = TrainState.begin

    def load_first(self):
        self.load_state_dict(cut.saved)
        begin(self)

    monkeypatch.setattr(TrainState, "begin", load_first)
    again.fit(X)
    for name, tensor in whole.network_.state_dict().items():
        assert torch.equal(tensor, again.network_.state_dict()[name]), name


def test_partial_fit_and_warm_start_go_on(X):
    made = SparseAutoencoder(32, 4, warm_start=True, **QUICK).fit(X)
    before = made.score(X)
    made.fit(X)
    assert len(made.history_) == 4
    assert made.score(X) > before
    assert SparseAutoencoder(32, 4, **QUICK).partial_fit(X[:500]).partial_fit(X[500:]).score(X) > 0


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_latents": 0}, r"`n_latents` of SparseAutoencoder must be .* at least 1\. Got 0\."),
        ({"k": 0}, r"`k` of SparseAutoencoder must be .* at least 1\. Got 0\."),
        (
            {"n_latents": 8, "k": 9},
            r"^`k` of SparseAutoencoder must be at most `n_latents` \(8\)\. Got 9: reduce `k`, or "
            r"raise `n_latents`\.$",
        ),
        ({"aux_coefficient": -1}, r"`aux_coefficient` of SparseAutoencoder must be .* Got -1"),
        ({"unit_norm": "no"}, r"`unit_norm` of SparseAutoencoder must be .* Got 'no'"),
        ({"encoder_scale": 0}, r"`encoder_scale` of SparseAutoencoder must be .* above 0.* Got 0"),
        ({"aux_k": 0}, r"`aux_k` of SparseAutoencoder must be .* Got 0"),
        ({"dead_after": "never"}, r"`dead_after` of SparseAutoencoder must be .* Got 'never'"),
        ({"selection": "topk"}, r"`selection` of SparseAutoencoder must be .* Got 'topk'"),
    ],
)
def test_invalid_parameters_are_refused(parameters, message, X):
    with pytest.raises(UsageError, match=message):
        SparseAutoencoder(**parameters).fit(X)
