"""A saved model whose parts do not fit together is refused before it takes memory."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pyarrow as pa
import pytest
import torch

import isthmus
from isthmus.artifacts import signed
from isthmus.errors import ArtifactError
from isthmus.estimators._tensor_budget import TensorBudget


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    rows = pa.table({"a": [0.5, 2.0, 1.0, 3.5] * 3, "b": ["x", "y", "x", "z"] * 3})
    model = isthmus.Autoencoder(1, hidden_dims=(3,), epochs=1, device="cpu", random_state=0)
    model.fit(rows).save(folder / "model")
    return folder / "model"


def changed(saved, folder, place, value):
    """Copy a model with another value in its document, whose digest is right."""
    shutil.copytree(saved, folder)
    document = json.loads((folder / "model.json").read_text())
    owner = document
    for key in place[:-1]:
        owner = owner[key]
    owner[place[-1]] = value
    (folder / "model.json").write_text(json.dumps(signed(document)))
    return folder


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (("parameters", "hidden_dims"), [], None),  # the network's own sizes are used
        (("parameters", "hidden_dims"), [0], "`hidden_dims` of Autoencoder must be"),
        (("parameters", "epochs"), "x", "`epochs` of Autoencoder must be"),
        (("n_features_in",), None, "a value in it has another type or form"),
        (("preprocessing", "blocks", 0, "columns"), [10**9], "it is damaged ("),
        (("preprocessing", "blocks", 0, "columns"), ["a"], "the columns of a block are not"),
        (("preprocessing", "blocks", 0, "columns"), [0, 0], "it is damaged ("),
        (("preprocessing", "blocks", 1, "column"), "other", "its table has no column other"),
        (("preprocessing", "table", 0, "name"), 3, "a column of its table has no name"),
    ],
)
def test_a_document_that_does_not_fit_is_refused(saved, tmp_path, place, value, reason):
    folder = changed(saved, tmp_path / "model", place, value)
    if reason is None:
        isthmus.load(folder)
        return
    with pytest.raises(ArtifactError, match=re.escape(reason)):
        isthmus.load(folder)


def test_layers_larger_than_the_weights_are_not_created(saved, tmp_path):
    document = json.loads((saved / "model.json").read_text())
    (name,) = [n for n, v in document["network"].items() if v == [3]]
    folder = changed(saved, tmp_path / "model", ("network", name), [30_000_000])
    with pytest.raises(ArtifactError, match="describes layers that are larger than its weights"):
        isthmus.load(folder)


def test_the_budget_counts_every_form_of_a_size_and_the_number_of_tensors():
    tensors = {"a": np.zeros(10)}
    with TensorBudget(tensors):
        torch.empty(3, 4)
        torch.zeros(100, 100)
    for create in (
        lambda: torch.empty(5000, 5000),
        lambda: torch.zeros((5000, 5000)),
        lambda: torch.full(size=(5000, 5000), fill_value=0.0),
        lambda: torch.nn.Linear(5000, 5000),
        lambda: [torch.empty(0) for _ in range(10_100)],
    ):
        with pytest.raises(ValueError, match="larger than its weights"), TensorBudget(tensors):
            create()


@pytest.mark.parametrize("kind", ["BF16", "F8_E4M3"])
def test_weights_of_a_type_that_numpy_lacks_are_refused(saved, tmp_path, kind):
    folder = tmp_path / "model"
    shutil.copytree(saved, folder)
    header = json.dumps({"network.a": {"dtype": kind, "shape": [0], "data_offsets": [0, 0]}})
    content = len(header).to_bytes(8, "little") + header.encode()
    (folder / "model.safetensors").write_bytes(content)
    document = json.loads((folder / "model.json").read_text())
    from isthmus._digests import digest_of_file

    digest = digest_of_file(folder / "model.safetensors")
    (folder / "model.json").write_text(json.dumps(signed(document, tensors=digest)))
    with pytest.raises(ArtifactError, match=r"cannot be read|is not a complete model"):
        isthmus.load(folder)
