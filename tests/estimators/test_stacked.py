"""Stacked autoencoders: the training rows and the result of each stage."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from scipy import sparse
from sklearn.datasets import load_digits
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from isthmus import StackedAutoencoder, load
from isthmus.errors import DataError, UsageError
from isthmus.estimators import _reconstructing
from isthmus.rows import _temporary_matrix as _temporary

QUICK = {"pretraining_epochs": 2, "epochs": 2, "random_state": 0, "device": "cpu"}


@pytest.fixture(name="X", scope="module")
def make_rows():
    return load_digits().data.astype(np.uint8)[:400]


class Noting(torch.nn.Module):
    """A network that records its inputs."""

    def __init__(self, network):
        super().__init__()
        self.network, self.given = network, None

    def forward(self, x):
        self.given = x.clone()
        return self.network(x)


class Watched(_reconstructing.Reconstruction):
    """Records the training of each stage: the batches, and the inputs of its network."""

    def __init__(self, network, *args, **kwargs):
        super().__init__(Noting(network), *args, **kwargs)
        self.seen = []

    def training_loss(self, batch, generator):
        outcome = super().training_loss(batch, generator)
        self.seen.append((batch.clone(), self.network.given))
        return outcome


@pytest.fixture(name="stages")
def watch_stages(monkeypatch):
    """The (clean batch, given rows) pairs of each stage's steps, stage by stage."""
    made: list[Watched] = []

    def watched(*args, **kwargs):
        made.append(Watched(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(_reconstructing, "Reconstruction", watched)
    return made


def test_stage_two_learns_clean_codes_from_corrupted_ones(X, stages):
    # A stack that corrupts the rows instead, and encodes those, fails here.
    settings = QUICK | {"early_stopping": False, "fine_tune": False, "batch_size": 400}
    fitted = StackedAutoencoder((32, 8), noise="masking", noise_level=0.3, **settings).fit(X)
    assert len(stages) == 2
    clean_codes = torch.from_numpy(fitted.encode(X, layer=1))
    for batch, given in stages[1].seen:
        order = torch.cdist(batch, clean_codes).argmin(dim=1)
        assert_allclose(batch.numpy(), clean_codes[order].numpy(), atol=1e-6)
        masked = given != batch
        assert (given[masked] == 0).all()
        assert float(masked.float().mean()) == pytest.approx(0.3, abs=0.02)
    for batch, given in stages[0].seen:
        assert (given[given != batch] == 0).all() and (given != batch).any()


def test_in_a_chain_stage_two_takes_the_reconstructions_of_stage_one(X, stages):
    settings = QUICK | {"early_stopping": False, "fine_tune": False, "batch_size": 400}
    fitted = StackedAutoencoder((32, 8), "chain", **settings).fit(X)
    scaled = torch.from_numpy(fitted.scaling_.apply(X))
    with torch.no_grad():
        first = fitted.stack.stage(0)(scaled)
    batch, given = stages[1].seen[0]
    order = torch.cdist(batch, first).argmin(dim=1)
    assert_allclose(batch.numpy(), first[order].numpy(), atol=1e-6)
    assert torch.equal(batch, given), "no noise was asked for"


def test_levels_of_noise_are_those_of_the_layers_and_fine_tuning_has_the_first(X, stages):
    settings = QUICK | {"early_stopping": False, "batch_size": 400}
    StackedAutoencoder((32, 8), noise="masking", noise_level=(0.5, 0.1), **settings).fit(X)
    shares = []
    for stage in stages:
        batch, given = stage.seen[0]
        nonzero = batch != 0
        shares.append(float(((given != batch) & nonzero).sum() / nonzero.sum()))
    assert_allclose(shares, [0.5, 0.1, 0.5], atol=0.03)


def test_each_stages_history_is_kept_and_epochs_count_on(X):
    fitted = StackedAutoencoder((32, 16, 8), **QUICK).fit(X)
    stages = [record["stage"] for record in fitted.history_]
    expected = [name for name in ("layer 1", "layer 2", "layer 3", "fine-tuning") for _ in (0, 1)]
    assert stages == expected
    assert [record["epoch"] for record in fitted.history_] == list(range(1, 9))
    assert all(record["validation_loss"] > 0 for record in fitted.history_)


def test_pretraining_leaves_the_layers_below_alone(X, monkeypatch):
    kept = []
    run = StackedAutoencoder._run

    def noting(self, *args, **kwargs):
        run(self, *args, **kwargs)
        kept.append({k: v.clone() for k, v in self.stack.stage(0).state_dict().items()})

    monkeypatch.setattr(StackedAutoencoder, "_run", noting)
    StackedAutoencoder((32, 8), fine_tune=False, **QUICK).fit(X)
    assert len(kept) == 2
    assert all(torch.equal(kept[0][name], kept[1][name]) for name in kept[0])


def test_joint_is_the_same_network_trained_as_one(X):
    joint = StackedAutoencoder((32, 8), "joint", **QUICK).fit(X)
    assert len(joint.history_) == 2 and "stage" not in joint.history_[0]
    greedy = StackedAutoencoder((32, 8), **QUICK).fit(X)
    shapes = [[v.shape for v in e.network_.state_dict().values()] for e in (joint, greedy)]
    assert shapes[0] == shapes[1]


@pytest.mark.parametrize("stacking", ["greedy", "joint", "chain"])
@pytest.mark.parametrize("tied", ["never", "pretraining", "always"])
def test_saved_and_loaded_every_layer_gives_the_same_bytes(X, stacking, tied, tmp_path):
    fitted = StackedAutoencoder((32, 8), stacking, tied_weights=tied, **QUICK).fit(X)
    fitted.save(tmp_path / "model")
    loaded = load(tmp_path / "model")
    for layer in (1, 2, None):
        assert loaded.encode(X, layer=layer).tobytes() == fitted.encode(X, layer=layer).tobytes()
    assert loaded.reconstruct(X).tobytes() == fitted.reconstruct(X).tobytes()
    assert fitted.encode(X, layer=2).tobytes() == fitted.transform(X).tobytes()
    n_weights = sum(name.endswith("weight") for name in fitted.network_.state_dict())
    assert n_weights == (2 if tied == "always" else 4)


@pytest.mark.parametrize("loss", ["mean_absolute_error", "huber", "log_cosh"])
def test_a_robust_loss_is_not_led_astray_by_wild_values(loss, rng):
    X = rng.normal(size=(600, 2)) @ rng.normal(size=(2, 8))
    wild, hit = X.copy(), rng.random(X.shape) < 0.025
    wild[hit] += 10 * np.abs(rng.normal(size=hit.sum()))
    settings = {"scaling": "robust", "activation": "identity", "epochs": 100, "random_state": 0}
    settings |= {"stacking": "joint", "early_stopping": False, "batch_size": 64}
    robust, squared = (
        StackedAutoencoder((2,), loss=name, **settings).fit(wild).score(X)
        for name in (loss, "mean_squared_error")
    )
    assert robust > 0.95 and robust > squared + 0.1


def test_the_loss_decides_the_output(X):
    for loss, output in (("binary_cross_entropy", "sigmoid"), ("multinomial", "softmax")):
        fitted = StackedAutoencoder((16, 8), loss=loss, **QUICK).fit(X)
        assert fitted.stack.layers()[-1][1] == output


def test_inner_layers_that_do_not_suit_the_loss_are_trained_by_the_squared_error(X, monkeypatch):
    losses = []
    made = _reconstructing.Reconstruction

    def noting(network, loss, **kwargs):
        losses.append(loss)
        return made(network, loss, **kwargs)

    monkeypatch.setattr(_reconstructing, "Reconstruction", noting)
    cross = "binary_cross_entropy"
    StackedAutoencoder((16, 8, 4), activation=("sigmoid", "relu", "tanh"), loss=cross, **QUICK).fit(
        X
    )
    assert losses == [cross, cross, "mean_squared_error", cross]


def test_codes_beyond_the_limit_go_to_a_file_that_is_gone_afterwards(X, monkeypatch, tmp_path):
    settings = {**QUICK, "fine_tune": False}
    expected = StackedAutoencoder((32, 8), **settings).fit(X).transform(X)
    monkeypatch.setattr(_temporary, "_IN_MEMORY_BYTES", 1000)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    made = []
    memmap = np.memmap

    def noting(*args, **kwargs):
        made.append(memmap(*args, **kwargs))
        return made[-1]

    monkeypatch.setattr(np, "memmap", noting)
    spilled = StackedAutoencoder((32, 8), **settings).fit(X).transform(X)
    assert len(made) == 2  # the training rows' and the held-out rows'
    assert spilled.tobytes() == expected.tobytes()
    assert not list(tmp_path.iterdir())


def test_no_room_for_the_codes_is_one_sentence(X, monkeypatch):
    monkeypatch.setattr(_temporary, "_IN_MEMORY_BYTES", 1000)

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(DataError, match=r"GiB in .*No space left on device\. Free some space"):
        StackedAutoencoder((32, 8), **QUICK).fit(X)


def test_text_goes_through_a_pipeline_without_being_made_dense(monkeypatch):
    texts = ["the cat sat", "the dog sat", "a stock fell", "a stock rose", "stocks and dogs"] * 20
    sizes = []
    toarray = sparse.csr_matrix.toarray

    def counted(self, *args, **kwargs):
        sizes.append(self.shape[0])
        return toarray(self, *args, **kwargs)

    monkeypatch.setattr(sparse.csr_matrix, "toarray", counted)
    stack = StackedAutoencoder((6, 2), batch_size=16, validation_fraction=0.2, **QUICK)
    codes = make_pipeline(TfidfVectorizer(max_features=50), stack).fit_transform(texts * 20)
    assert codes.shape == (2000, 2) and np.isfinite(codes).all()
    assert sizes and max(sizes) <= 1024  # never all 2,000 rows


def test_warm_start_goes_on_with_the_stack_as_one(X):
    fitted = StackedAutoencoder((16, 8), warm_start=True, **QUICK).fit(X)
    before = fitted.history_[-1]["train_loss"]
    fitted.fit(X)
    assert [record["stage"] for record in fitted.history_[-2:]] == ["fine-tuning"] * 2
    assert len(fitted.history_) == 8 and fitted.history_[-1]["train_loss"] < before


def test_zero_pretraining_epochs_leave_the_layers_as_they_were_drawn(X):
    drawn = StackedAutoencoder((16, 8), **QUICK | {"pretraining_epochs": 0, "fine_tune": False})
    drawn.fit(X)
    assert drawn.history_ == [] and drawn.best_epoch_ == 0
    assert drawn.transform(X).shape == (400, 8)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"layer_dims": ()}, r"`layer_dims` .* a non-empty tuple .*Got \(\)"),
        ({"layer_dims": (8, 0)}, r"integer of at least 1.*Got \(8, 0\)"),
        ({"layer_dims": 8}, r"must be a non-empty tuple.*Got 8"),
        ({"noise": "salt_pepper"}, r"Did you mean `salt_and_pepper`"),
        ({"noise": "masking", "noise_level": 1.5}, r"must be from 0 to 1 for 'masking'\. Got 1\.5"),
        ({"noise_level": -0.1}, r"a number of at least 0.*Got -0\.1"),
        (
            {"noise_level": (0.1, 0.2, 0.3)},
            r"one per layer \(2\)\. Got 3.* together with `layer_dims`",
        ),
        ({"activation": ("relu",)}, r"one per layer \(2\)\. Got 1"),
        ({"noise": "masking", "emphasis": (0, 0)}, r"must have at least one number above 0"),
        ({"emphasis": (1.0,)}, r"`emphasis` .* two numbers"),
        ({"noise": "gaussian", "emphasis": (1.0, 0.5)}, r"leaves some values uncorrupted"),
        ({"loss": "cross_entropy"}, r"Did you mean `binary_cross_entropy`"),
        ({"stacking": "greedily"}, r"Did you mean `greedy`"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, dict) else "",
)
def test_parameters_that_make_no_sense_are_refused_in_one_sentence(X, parameters, message):
    with pytest.raises(UsageError, match=message):
        StackedAutoencoder(**{"layer_dims": (16, 8), **parameters}).fit(X)


@pytest.mark.parametrize("loss", ["binary_cross_entropy", "multinomial"])
def test_a_loss_that_does_not_suit_the_rows_is_refused(loss, rng):
    X = rng.normal(size=(50, 4))
    with pytest.raises(
        DataError, match=rf"The loss '{loss}' requires scaled values .*Got -\d.*scaling"
    ):
        StackedAutoencoder((3, 2), loss=loss, scaling="standard", **QUICK).fit(X)


@pytest.mark.parametrize("layer", [0, 3, -1, "1", 1.0, 1.5, True])
def test_a_layer_that_is_not_there_is_refused(X, layer):
    fitted = StackedAutoencoder((16, 8), **QUICK).fit(X)
    with pytest.raises(UsageError, match=r"from 1 to 2 \(the number of layers\)"):
        fitted.encode(X, layer=layer)


def test_the_history_is_what_json_holds(X):
    json.dumps(StackedAutoencoder((16, 8), **QUICK).fit(X).history_, allow_nan=False)


def test_counts_come_back_as_shares_of_each_rows_own_total(rng):
    counts = rng.poisson(np.outer(rng.uniform(0.5, 4, size=60), rng.uniform(0, 3, size=8)))
    counts[0] = 0  # a text without any of the words
    fitted = StackedAutoencoder((6, 2), loss="multinomial", scaling="unit", **QUICK)
    fitted.fit(sparse.csr_array(counts.astype(np.float64)))
    shares = fitted.inverse_transform(fitted.transform(counts)) / counts.max()
    assert_allclose(shares.sum(axis=1), 1, rtol=1e-5)
    expected = shares * counts.sum(axis=1, keepdims=True)
    assert_allclose(fitted.reconstruct(counts), expected, rtol=1e-4)
    residual = np.square(expected - counts)
    assert_allclose(
        fitted.reconstruction_error(counts), residual.mean(axis=1) / counts.max() ** 2, rtol=1e-4
    )
    total = np.square(counts - counts.mean(axis=0)).sum()
    assert fitted.score(counts) == pytest.approx(1 - residual.sum() / total, rel=1e-4)
    given = torch.tensor(counts, dtype=torch.float32)
    assert isinstance(fitted.reconstruct(given), torch.Tensor)
