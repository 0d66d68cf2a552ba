"""`isthmus export` checks a file on rows of the run and says how."""

from __future__ import annotations

import importlib
import json
import shutil

import pytest

from isthmus.artifacts import model_hash

pytestmark = pytest.mark.timeout(600)  # the first export imports for ten seconds on an idle machine


def needs_packages():
    for name in ("onnx", "onnxruntime", "onnxscript"):
        pytest.importorskip(name)


def test_the_file_is_checked_on_held_out_rows(cli, digits_run, tmp_path):
    needs_packages()
    done = cli("export", digits_run, "-o", "encoder.onnx")
    assert done.code == 0, done.err
    assert done.out == ""
    first, second = done.err.splitlines()
    assert first.startswith("Wrote the encoder to encoder.onnx (")
    assert first.endswith(": from rows to codes.")
    assert second.startswith(
        "Checked with 359 inputs from the held-out rows, in batches of 1, 2 and 1,000: "
    )
    runtime = importlib.import_module("onnxruntime")
    session = runtime.InferenceSession(
        tmp_path / "encoder.onnx", providers=["CPUExecutionProvider"]
    )
    stored = session.get_modelmeta().custom_metadata_map
    assert stored["isthmus.checked_on"] == "held-out"
    assert stored["isthmus.model_sha256"] == model_hash(digits_run / "model")
    assert json.loads(stored["isthmus.picture_shape"]) == [8, 8]


def test_json_is_the_metadata_of_the_file(cli, digits_run):
    done = cli("export", digits_run, "-o", "decoder.pt2", "--part", "decoder", "--json")
    facts = done.document
    assert facts["part"] == "decoder"
    assert facts["difference"] < facts["tolerance"] == 1e-4
    assert facts["n_bytes"] > 1000
    assert facts["files"] == ["decoder.pt2"]
    assert done.err == ""


def test_what_cannot_be_exported_is_one_sentence(cli, digits_run, tmp_path):
    assert cli("export", digits_run, "-o", "m.txt").sentence == (
        "The output's name must end in .onnx or .pt2. Got 'm.txt'."
    )
    assert cli("export", digits_run, "-o", "m.pt2", "--part", "scor").sentence.endswith(
        "Got 'scor'. Did you mean `score`?"
    )
    assert cli("export", digits_run, "-o", "m.pt2", "--weights", "int8").sentence == (
        "--weights must be 'float32' for .pt2 files. Got 'int8': export to a .onnx file."
    )
    assert "must be one of encoder, decoder, reconstruction for Autoencoder. Got 'score'" in (
        cli("export", digits_run, "-o", "m.pt2", "--part", "score").sentence
    )
    assert "No run or model found at none" in cli("export", "none", "-o", "m.pt2").sentence
    assert list(tmp_path.iterdir()) == []


def test_a_model_without_its_rows_asks_for_some(cli, digits_run, tmp_path):
    shutil.copytree(digits_run / "model", tmp_path / "model")
    words = ("export", "model", "-o", "encoder.pt2")
    assert cli(*words).sentence.endswith("Name rows of the same kind with --check SOURCE.")
    done = cli(*words, "--check", "digits")
    assert "Checked with 1,000 inputs from the rows of `--check`" in done.err


def test_a_missing_package_names_the_extra(cli, digits_run, monkeypatch):
    checks = importlib.import_module("isthmus.exports._export_checks")
    monkeypatch.setattr(checks, "_PACKAGES", ("onnx_of_nobody",))
    assert cli("export", digits_run, "-o", "m.onnx").sentence == (
        "onnx_of_nobody is not installed. Run `pip install 'isthmus[export]'`."
    )
