"""What the numbers of a code mean: variance explained, Jacobians, traversals."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from isthmus import Autoencoder, StackedAutoencoder
from isthmus._translation import translate
from isthmus.errors import UsageError


@pytest.fixture(scope="module")
def digits():
    return load_digits().data


@pytest.fixture(scope="module")
def fitted(digits):
    return Autoencoder(latent_dim=4, hidden_dims=(16,), epochs=10, random_state=0).fit(digits)


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    age = rng.normal(40, 10, 400)
    weight = rng.normal(70, 8, 400)
    return pd.DataFrame(
        {"age": age, "years": age * 2, "weight": weight, "sex": np.where(weight > 70, "m", "f")}
    )


def test_the_jacobians_of_a_linear_autoencoder_are_its_weights(digits):
    linear = Autoencoder(latent_dim=3, hidden_dims=(), output_activation="identity", epochs=3)
    meanings = linear.fit(digits).code_meanings(digits)
    (first, _), (last, _) = linear.network_.layers()
    np.testing.assert_allclose(meanings["encoder"], first.weight.detach().numpy(), rtol=1e-6)
    np.testing.assert_allclose(meanings["decoder"], last.weight.detach().numpy().T, rtol=1e-6)
    np.testing.assert_allclose(meanings["encoder_rms"], np.abs(meanings["encoder"]), rtol=1e-6)


def test_the_jacobians_are_the_limits_of_finite_differences(digits, fitted):
    rows, step = digits[:50], 0.16  # 0.01 in scaled units, of 16 shades
    meanings = fitted.code_meanings(rows)
    for pixel in (20, 35):
        moved = np.zeros(64)
        moved[pixel] = step
        up, down = fitted.transform(rows + moved), fitted.transform(rows - moved)
        slope = (up - down).mean(axis=0) / (2 * step / 16)
        np.testing.assert_allclose(meanings["encoder"][:, pixel], slope, rtol=0.02, atol=1e-4)
    codes = fitted.transform(rows)
    for unit in (0, 3):
        moved = np.eye(4)[unit] * 0.01
        up, down = (fitted.inverse_transform(codes + sign * moved) for sign in (1, -1))
        slope = (up - down).mean(axis=0) / 16 / 0.02
        np.testing.assert_allclose(meanings["decoder"][unit], slope, rtol=0.02, atol=1e-4)


def test_jacobians_do_not_depend_on_the_size_of_blocks(digits, fitted, monkeypatch):
    whole = fitted.code_meanings(digits[:300])
    monkeypatch.setattr("isthmus.rows._encoded_rows.block_size", lambda _: 7)
    blocks = fitted.code_meanings(digits[:300])
    for name in ("encoder", "decoder", "variance_explained", "column_sd"):
        np.testing.assert_allclose(blocks[name], whole[name], rtol=1e-4, atol=1e-7)


def test_the_variance_that_a_unit_explains_is_lost_at_its_mean(digits, fitted):
    meanings = fitted.code_meanings(digits)
    codes = fitted.transform(digits)
    scatter = np.square(digits - digits.mean(axis=0)).sum()

    def explained(Z):
        return 1 - np.square(fitted.inverse_transform(Z) - digits).sum() / scatter

    assert meanings["total_explained"] == pytest.approx(explained(codes), abs=1e-5)
    for unit in range(4):
        fixed = codes.copy()
        fixed[:, unit] = codes[:, unit].mean()
        lost = explained(codes) - explained(fixed)
        assert meanings["variance_explained"][unit] == pytest.approx(lost, abs=1e-4)
    assert (np.diff(meanings["variance_explained"][meanings["order"]]) <= 0).all()


def test_a_dead_unit_explains_nothing_and_comes_last(digits, fitted):
    with_dead = Autoencoder(latent_dim=4, hidden_dims=(16,), epochs=1, random_state=0)
    with_dead.fit(digits)
    last, _ = with_dead.network_.encoder.layers()[-1]
    last.weight.data[2] = 0
    meanings = with_dead.code_meanings(digits)
    assert meanings["order"][-1] == 2
    assert meanings["variance_explained"][2] == pytest.approx(0, abs=1e-6)
    assert not meanings["encoder"][2].any()
    repr(meanings)


def test_traversals_decode_two_deviations_to_each_side(digits, fitted):
    meanings = fitted.code_meanings(digits, n_units=2, n_steps=3)
    unit = meanings["order"][0]
    codes = fitted.transform(digits).mean(axis=0, dtype=np.float64)
    codes[unit] += 2 * fitted.transform(digits)[:, unit].std()
    assert meanings["traversals"].shape == (2, 3, 64)
    expected = fitted.inverse_transform(codes[None].astype(np.float32))[0]
    np.testing.assert_allclose(meanings["traversals"][0, 2], expected, rtol=1e-3, atol=1e-3)


def test_a_table_is_told_by_its_columns(table):
    ae = Autoencoder(latent_dim=2, epochs=60, random_state=0).fit(table)
    meanings = ae.code_meanings(table)
    names = [*meanings["columns"]]
    assert {*names} == {*table.columns}
    assert meanings["decoder"].shape == (2, 4)
    # Columns that go together are moved together.
    age, years = (np.abs(meanings.effects[:, names.index(name)]) for name in ("age", "years"))
    np.testing.assert_allclose(age, years, rtol=0.15)
    assert meanings["signed"][names.index("age")]
    assert not meanings["signed"][names.index("sex")]
    assert (meanings["decoder"][:, names.index("sex")] >= 0).all()
    text, page = repr(meanings), meanings._repr_html_()
    assert re.search(r"age [\d.]+ to [\d.]+", text)
    assert "variance explained" in page
    assert max(map(len, text.splitlines())) <= 88


def test_the_values_between_which_a_column_moves_are_told_in_chinese(table):
    meanings = (
        Autoencoder(2, random_state=0, epochs=2, device="cpu").fit(table).code_meanings(table)
    )
    moved = meanings.moves(int(meanings["shown"][0]))
    assert any(" to " in each for each in moved)
    for each in moved:
        assert translate(each, "zh") == each.replace(" to ", " 到 ")


def test_stacks_have_meanings_and_missing_cells_do_not_count(table):
    table = table.copy()
    table.loc[:40, "age"] = np.nan
    stack = StackedAutoencoder((4, 2), pretraining_epochs=2, epochs=2, random_state=0).fit(table)
    meanings = stack.code_meanings(table)
    assert np.isfinite(meanings["encoder"]).all()
    assert np.isfinite(meanings["variance_explained"]).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_units": 65}, "`n_units` of code_meanings must be an integer from 1 to 64, as a figure "
         "of more units cannot be read. Got 65."),
        ({"n_units": 0}, "must be an integer from 1 to 64"),
        ({"n_steps": 1}, "`n_steps` of code_meanings must be an integer of at least 2. Got 1."),
        ({"n_rows": 1}, "`n_rows` of code_meanings must be an integer of at least 2. Got 1."),
    ],
)  # fmt: skip
def test_numbers_out_of_range_are_refused(digits, fitted, options, message):
    with pytest.raises(UsageError, match=re.escape(message)):
        fitted.code_meanings(digits, **options)
