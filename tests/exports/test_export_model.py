"""Exported files hold what estimators compute, or do not exist."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
import zipfile

import numpy as np
import pandas as pd
import pytest

import isthmus
from isthmus._random import torch_generator
from isthmus.errors import DataError, ExportError, UsageError
from isthmus.nn import MLP

onnx = pytest.importorskip("onnx")
runtime = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")

pytestmark = pytest.mark.timeout(600)  # the first export imports for ten seconds on an idle machine

exports = importlib.import_module("isthmus.exports")
_export_model = importlib.import_module("isthmus.exports._export_model")
_rounded = importlib.import_module("isthmus.exports._rounded_weights")

SMALL = {"epochs": 1, "random_state": 0, "device": "cpu", "hidden_dims": (6,)}
TOWNS = ("Ulm", "Bonn", "Kiel")


def table(n=60):
    rng = np.random.default_rng(0)
    made = pd.DataFrame(
        {
            "size": rng.choice(["low", "medium", "high"], n),
            "wealth": rng.lognormal(size=n),
            "town": rng.choice(TOWNS, n),
            "seen": pd.date_range("1968-01-01", periods=n, freq="37h"),
        }
    )
    made.loc[::7, "wealth"] = np.nan
    made.loc[::11, "town"] = None
    return made


def columns_of(rows):
    """Return the inputs of a graph, as a user makes them of a table."""
    seconds = (rows["seen"] - pd.Timestamp(0)).dt.total_seconds()
    texts = {
        name: rows[name].astype(object).where(rows[name].notna(), "") for name in ("size", "town")
    }
    numbers = {"wealth": rows["wealth"], "seen": seconds}
    return {
        **{name: column.to_numpy(np.float64)[:, None] for name, column in numbers.items()},
        **{name: column.to_numpy(object)[:, None] for name, column in texts.items()},
    }


def session(path):
    return runtime.InferenceSession(path, providers=["CPUExecutionProvider"])


@pytest.fixture(scope="module")
def of_table(tmp_path_factory):
    """An exported reconstruction of a mixed table, with its model."""
    model = isthmus.Autoencoder(2, **SMALL).fit(table())
    path = tmp_path_factory.mktemp("table") / "model.onnx"
    return model, exports.export_model(model, path, table(), part="reconstruction")


@pytest.fixture(scope="module")
def of_numbers(tmp_path_factory):
    """An exported encoder of numbers in int8, with its model and rows."""
    X = np.random.default_rng(0).normal(size=(80, 5)).astype(np.float32)
    model = isthmus.Autoencoder(2, **SMALL).fit(X)
    path = tmp_path_factory.mktemp("numbers") / "encoder.onnx"
    return model, X, exports.export_model(model, path, X, weights="int8", about={"run": "mine"})


def test_a_table_has_one_input_and_one_output_for_each_column(of_table):
    model, exported = of_table
    rows = table()
    assert exported.inputs == ["size", "wealth", "town", "seen"]
    got = session(exported.path).run(exported.outputs, columns_of(rows))
    back = dict(zip(exported.inputs, (values[:, 0] for values in got), strict=True))
    expected = model.reconstruct(rows)
    assert list(back["size"]) == list(expected["size"])
    assert list(back["town"]) == list(expected["town"])
    np.testing.assert_allclose(back["wealth"], expected["wealth"], rtol=1e-5)
    seconds = (expected["seen"] - pd.Timestamp(0)).dt.total_seconds()
    np.testing.assert_allclose(back["seen"], seconds, rtol=1e-6)


def test_levels_that_training_did_not_know_and_missing_ones_are_those_of_the_estimator(of_table):
    model, exported = of_table
    rows = table(4)
    rows["town"] = ["Rome", "", "Kiel", None]
    got = session(exported.path).run(["reconstructed_wealth"], columns_of(rows))[0]
    expected = model.reconstruct(rows)["wealth"]
    np.testing.assert_allclose(got[:, 0], expected, rtol=1e-5)


@pytest.mark.parametrize("made", ["of_numbers", "of_table"])
def test_the_number_of_rows_is_free_and_called_batch(made, request):
    *_, exported = request.getfixturevalue(made)
    own = session(exported.path)
    assert {each.shape[0] for each in (*own.get_inputs(), *own.get_outputs())} == {"batch"}


def test_the_file_tells_what_it_is_and_how_it_was_checked(of_numbers):
    model, _, exported = of_numbers
    stored = session(exported.path).get_modelmeta().custom_metadata_map
    assert stored["isthmus.version"] == isthmus.__version__
    assert stored["isthmus.run"] == "mine"
    assert stored["isthmus.part"] == "encoder"
    assert json.loads(stored["isthmus.batches"]) == [1, 2, 1000]
    assert float(stored["isthmus.difference"]) == exported.difference < 1e-5
    assert float(stored["isthmus.tolerance"]) == exports.TOLERANCE == 1e-4
    assert exported.n_rows == 160  # with those of which cells were removed
    assert exported.path.stat().st_size == exported.n_bytes
    assert isinstance(model, isthmus.Autoencoder)


def test_the_file_holds_no_path_of_this_machine(of_table):
    _, exported = of_table
    assert b"/" + b"isthmus/estimators" not in exported.path.read_bytes()
    assert b".py" not in exported.path.read_bytes()


def test_int8_weights_are_stored_so_and_their_cost_is_told(of_numbers):
    model, X, exported = of_numbers
    types = {tensor.data_type for tensor in onnx.load(exported.path).graph.initializer}
    assert onnx.TensorProto.INT8 in types
    codes = session(exported.path).run(None, {"rows": X})[0]
    largest = np.abs(codes - model.transform(X)).max() / model.transform(X).std()
    assert 1e-4 < exported.loss["mean_difference"] < exported.loss["largest_difference"] < 0.1
    assert largest <= exported.loss["largest_difference"] * 1.01
    assert exported.loss["squared_error"] == pytest.approx(
        exported.loss["squared_error_float32"], rel=0.05
    )


def test_rounding_leaves_the_estimator_as_it_was(of_numbers):
    model, X, exported = of_numbers
    assert (model.transform(X) != session(exported.path).run(None, {"rows": X})[0]).any()
    again = isthmus.Autoencoder(2, **SMALL).fit(X)
    np.testing.assert_array_equal(model.transform(X), again.transform(X))


@pytest.mark.parametrize("weights", ["bfloat16", "int8"])
def test_rounded_weights_are_restored_to_the_bit_by_onnx_runtime(weights, tmp_path):
    network = MLP((6, 4), generator=torch_generator(0, "weights"))
    before = network[0].weight.detach().numpy().copy()
    [one] = _rounded.round_weights(network, weights)
    np.testing.assert_array_equal(network[0].weight.detach().numpy(), one.values)
    assert 0 < np.abs(one.values - before).max() < 0.01
    make = onnx.helper
    for name, values in (("plain", one.values), ("transposed", np.ascontiguousarray(one.values.T))):
        graph = make.make_graph(
            [make.make_node("Identity", ["w"], ["out"])], "g", [],
            [make.make_tensor_value_info("out", onnx.TensorProto.FLOAT, list(values.shape))],
            [onnx.numpy_helper.from_array(values, "w")],
        )  # fmt: skip
        opsets = [make.make_opsetid("", 20)]
        model = make.make_model(graph, opset_imports=opsets, ir_version=10)
        path = tmp_path / f"{name}.onnx"
        path.write_bytes(_rounded.with_rounded_weights(model, [one]).SerializeToString())
        assert all(t.data_type != onnx.TensorProto.FLOAT or t.dims[1:] == [] for t in
                   onnx.load(path).graph.initializer)  # fmt: skip
        np.testing.assert_array_equal(session(path).run(None, {})[0], values)


def test_a_file_of_torch_export_computes_the_same(tmp_path, of_numbers):
    import torch

    model, X, _ = of_numbers
    exported = exports.export_model(model, tmp_path / "decoder.pt2", X, part="decoder")
    codes = model.transform(X)
    module = torch.export.load(exported.path).module()
    got = module(torch.from_numpy(codes)).detach().numpy()
    np.testing.assert_allclose(got, model.inverse_transform(codes), atol=1e-5)
    with zipfile.ZipFile(exported.path) as archive:
        [name] = [one for one in archive.namelist() if one.endswith("isthmus.json")]
        assert json.loads(archive.read(name))["part"] == "decoder"
        assert not any(b"isthmus/estimators" in archive.read(one) for one in archive.namelist())


def test_a_file_that_computes_something_else_never_exists(tmp_path, monkeypatch, of_numbers):
    model, X, exported = of_numbers

    def wrong(graph, input, output):
        made = onnx.load(exported.path)
        bias = next(t for t in made.graph.initializer if t.name.endswith("bias"))
        values = onnx.numpy_helper.to_array(bias) + np.float32(0.01)
        bias.CopyFrom(onnx.numpy_helper.from_array(values, bias.name))
        return made

    monkeypatch.setattr(_export_model, "onnx_model", wrong)
    path = tmp_path / "encoder.onnx"
    path.write_text("mine")
    with pytest.raises(ExportError, match=r"within 0\.0001 of the scale .* in batches of 1, so no"):
        exports.export_model(model, path, X)
    assert path.read_text() == "mine"
    assert [one.name for one in tmp_path.iterdir()] == ["encoder.onnx"]


def test_another_process_without_torch_and_isthmus_gets_the_same_codes(tmp_path, of_numbers):
    _, X, exported = of_numbers
    np.save(tmp_path / "rows.npy", X)
    program = """
import sys

class Blocked:
    def find_spec(self, name, *rest):
        if name.partition(".")[0] in ("torch", "isthmus", "sklearn", "onnx"):
            raise ImportError(name)

sys.meta_path.insert(0, Blocked())
import numpy as np, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
np.save("codes.npy", session.run(["codes"], {"rows": np.load("rows.npy")})[0])
assert not {"torch", "isthmus"} & {*sys.modules}
"""
    command = [sys.executable, "-c", program, str(exported.path)]
    subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
    got = np.load(tmp_path / "codes.npy")
    np.testing.assert_allclose(got, session(exported.path).run(None, {"rows": X})[0], atol=1e-6)


class Custom(isthmus.PatchOutlierDetector):
    def __init__(self):
        pass


@pytest.mark.parametrize(
    ("part", "inputs", "suffix", "sentence"),
    [
        ("encoder", "columns", ".txt", r"must end in \.onnx or \.pt2\. Got "),
        ("encodr", "columns", ".onnx", r"`part` must be one of .* Did you mean `encoder`\?"),
        ("score", "columns", ".onnx", r"must be one of encoder, decoder, reconstruction for Auto"),
        ("encoder", "columns", ".pt2", r"takes numbers only, .*a table with categories: use inp"),
    ],
)
def test_what_cannot_be_exported_is_refused_in_one_sentence(
    part, inputs, suffix, sentence, tmp_path, of_table
):
    with pytest.raises(UsageError, match=sentence):
        exports.export_model(
            of_table[0], tmp_path / f"m{suffix}", table(), part=part, inputs=inputs
        )
    assert list(tmp_path.iterdir()) == []


def test_texts_and_names_are_refused_with_what_to_do(tmp_path):
    texts = ["red fox", "blue sky", "red sky", "blue fox"] * 5
    model = isthmus.Autoencoder(2, **SMALL).fit(texts)
    with pytest.raises(UsageError, match=r"cannot read texts: use inputs='matrix'"):
        exports.export_model(model, tmp_path / "m.onnx", texts)
    names = table()
    names["name"] = [f"{k} {k * 7919}" for k in range(len(names) - 1)] + ["0 0"]
    model = isthmus.Autoencoder(2, **SMALL).fit(names)
    with pytest.raises(UsageError, match=r"Got `name`: use inputs='matrix' \(--inputs matrix\)"):
        exports.export_model(model, tmp_path / "m.onnx", names)


def test_patch_detectors_and_no_rows_are_refused(tmp_path, of_numbers):
    model, X, _ = of_numbers
    with pytest.raises((DataError, ValueError), match=r"0 sample|At least one row"):
        exports.export_model(model, tmp_path / "m.onnx", X[:0])
    pictures = np.random.default_rng(0).normal(size=(12, 8, 8))
    patches = isthmus.PatchOutlierDetector(n_members=1, epochs=1, random_state=0).fit(pictures)
    with pytest.raises(UsageError, match="PatchOutlierDetector cannot be exported"):
        exports.export_model(patches, tmp_path / "m.onnx", pictures)
