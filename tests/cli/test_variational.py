"""`isthmus train --estimator vae`, and commands on its run."""

from __future__ import annotations

import json

import numpy as np
from PIL import Image

import isthmus

VAE = ("--estimator", "vae", "--latent-dim", "4", "--hidden-dims", "16", "--epochs", "3", "-q")


def test_a_run_tells_of_its_units_and_parts_and_reads_new_pictures_as_its_own(cli, tmp_path):
    outcome = cli("train", "digits", "--binarise", "threshold", *VAE, "--out", "run")
    assert outcome.code == 0, outcome.err
    report = json.loads((tmp_path / "run/report.json").read_text())
    assert report["model"]["likelihood"] == "bernoulli"
    assert report["model"]["active_units"] <= 4
    figures = {figure["file"]: figure for figure in report["figures"]}
    assert "figures/divergences.svg" in figures
    assert figures["figures/loss_curves.svg"]["arguments"]["parts"] == ["reconstruction", "kl"]
    assert "Divergence per unit" in (tmp_path / "run/report.html").read_text()
    assert "samples new rows" in (tmp_path / "run/MODEL_CARD.md").read_text()
    loaded = isthmus.load(tmp_path / "run")
    np.save(tmp_path / "new.npy", np.full((3, 8, 8), 200, np.uint8))
    assert cli("encode", "run", "new.npy", "-o", "codes.npy").code == 0
    codes = np.load(tmp_path / "codes.npy")
    assert np.allclose(codes, loaded.transform(np.ones((3, 64))), atol=1e-6)
    assert cli("doctor", "run").code == 0


def test_a_folder_of_pictures_trains_convolutions(cli, tmp_path):
    draws = np.random.default_rng(0)
    (tmp_path / "photos").mkdir()
    for k in range(30):
        colour = draws.integers(0, 200, 3) + draws.integers(0, 50, (9, 7, 3))
        Image.fromarray(colour.astype(np.uint8)).save(tmp_path / "photos" / f"{k:02}.png")
    words = "train photos --estimator vae --network conv --latent-dim 3 --channels 4,8 --epochs 1"
    outcome = cli(*words.split(), "--out", "run")
    assert outcome.code == 0, outcome.err
    told = " ".join(cli("info", "run").out.split())
    assert "9x7x3, convolutions 4-8, code 3, mirrored decoder" in told
    assert cli("sample", "run", "-n", "4", "-o", "grid.png").code == 0


def test_convolutions_refuse_a_table(cli, tmp_path):
    np.savetxt(
        tmp_path / "a.csv", np.eye(9), delimiter=",", header="a,b,c,d,e,f,g,h,i", comments=""
    )
    outcome = cli("train", "a.csv", "--estimator", "vae", "--network", "conv", "--out", "run")
    assert outcome.code == 2
    assert "The network 'conv' applies to pictures. a contains a table: use another one" in (
        " ".join(outcome.err.split())
    )


def test_an_invalid_likelihood_is_refused_at_once(cli):
    outcome = cli("train", "digits", "--estimator", "vae", "--likelihood", "bernouli")
    assert outcome.code == 2
    assert "Did you mean `bernoulli`?" in outcome.err


def test_beta_and_free_bits_below_zero_are_named_together(cli):
    outcome = cli("train", "digits", "--estimator", "vae", "--beta", "-1", "--free-bits", "-2")
    assert outcome.code == 2
    assert "--beta must be a number of at least 0. Got -1." in outcome.err
    assert "--free-bits must be a number of at least 0. Got -2." in outcome.err


def test_bernoulli_of_other_values_is_refused_before_training(cli):
    words = ("--estimator", "vae", "--likelihood", "bernoulli", "--scaling", "standard")
    outcome = cli("train", "digits", *words)
    assert outcome.code == 3
    assert "requires scaled values from 0 to 1" in outcome.err
