"""Artifacts are written whole or not at all, and read with checks."""

from __future__ import annotations

import hashlib
import json
import pickletools
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from isthmus.artifacts import (
    ARRAYS,
    SCHEMA_VERSION,
    find_artifact,
    model_hash,
    read_arrays,
    read_artifact,
    read_document,
    read_json,
    signed,
    write_artifact,
)
from isthmus.artifacts import _artifact_files as _store
from isthmus.errors import ArtifactError, OutputExistsError, UsageError

TENSORS = {
    "network.weight": np.arange(6, dtype=np.float32).reshape(2, 3),
    "scaling.shift": np.array([1e9 + 0.1]),
}
FILES = ["model.json", "model.safetensors"]


@pytest.fixture
def saved(tmp_path):
    write_artifact(tmp_path / "model", {"estimator": "first"}, TENSORS)
    return tmp_path / "model"


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def edit(folder, **changes):
    document = json.loads((folder / "model.json").read_text()) | changes
    (folder / "model.json").write_text(json.dumps(signed(document)))


# --- writing --------------------------------------------------------------------------------------


def test_what_was_written_is_read(saved):
    document, tensors = read_artifact(saved)
    assert document.pop("sha256").keys() == {"document", "tensors"}
    assert document == {"format": "isthmus", "schema_version": SCHEMA_VERSION, "estimator": "first"}
    assert set(tensors) == set(TENSORS)
    for name, tensor in tensors.items():
        assert tensor.dtype == TENSORS[name].dtype
        assert_array_equal(tensor, TENSORS[name])


def test_an_artifact_is_two_files_and_nothing_beside_them(saved):
    assert names(saved) == FILES
    assert names(saved.parent) == ["model"]


def test_there_is_no_pickle_in_it(saved):
    for file in saved.iterdir():
        assert not zipfile.is_zipfile(file)
        with pytest.raises(ValueError, match=r"opcode|exhausted|expected|literal|newline|bytes"):
            list(pickletools.genops(file.read_bytes()))


def test_parents_are_made(tmp_path):
    write_artifact(tmp_path / "a" / "b" / "model", {}, TENSORS)
    assert names(tmp_path / "a" / "b" / "model") == FILES


def test_transposed_arrays_come_back_as_they_looked(tmp_path):
    write_artifact(tmp_path / "model", {}, {"w": TENSORS["network.weight"].T})
    assert_array_equal(read_artifact(tmp_path / "model")[1]["w"], TENSORS["network.weight"].T)


def test_text_of_any_script_is_kept(tmp_path):
    write_artifact(tmp_path / "model", {"about": {"列": "größe"}}, {})
    assert read_artifact(tmp_path / "model")[0]["about"] == {"列": "größe"}
    assert "größe" in (tmp_path / "model" / "model.json").read_text(encoding="utf-8")


def test_an_artifact_is_replaced(saved):
    write_artifact(saved, {"estimator": "second"}, {})
    assert read_artifact(saved)[0]["estimator"] == "second"
    assert names(saved.parent) == ["model"]


def test_an_empty_folder_may_become_an_artifact(tmp_path):
    (tmp_path / "model").mkdir()
    write_artifact(tmp_path / "model", {}, TENSORS)
    assert names(tmp_path / "model") == FILES


@pytest.mark.parametrize("foreign", ["folder", "file", "artifact and more"])
def test_what_is_no_artifact_is_never_replaced(tmp_path, foreign):
    place = tmp_path / "model"
    if foreign == "file":
        place.write_text("thesis")
    else:
        place.mkdir()
        (place / "thesis.txt").write_text("thesis")
    if foreign == "artifact and more":
        (place / "model.json").write_text("{}")
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    message = (
        rf"^A model is saved as a folder of its own\. {re.escape(str(place))} is an existing file: "
        if foreign == "file"
        else rf"must not contain other files, but {re.escape(str(place))} does\."
    )
    with pytest.raises(OutputExistsError, match=message):
        write_artifact(place, {}, TENSORS)
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before


# --- a crash in between ---------------------------------------------------------------------------


def crash(*args, **kwargs):
    raise OSError(28, "No space left on device")


def crash_at_rename(number):
    calls, rename = [], Path.rename

    def counted(self, target):
        calls.append(target)
        if len(calls) == number:
            raise KeyboardInterrupt
        return rename(self, target)

    return counted


WRITER = next(name for name in ("save", "save_file") if hasattr(_store, name))

CRASHES = {
    "tensors": (_store, WRITER, crash, OSError),
    "document": (_store, "_as_json", crash, OSError),
    "old one set aside": (Path, "rename", crash_at_rename(1), KeyboardInterrupt),
    "new one moved in": (Path, "rename", crash_at_rename(2), KeyboardInterrupt),
}


@pytest.mark.parametrize("moment", CRASHES)
def test_a_crash_leaves_the_old_artifact_whole_and_nothing_else(saved, monkeypatch, moment):
    *place, error = CRASHES[moment]
    monkeypatch.setattr("isthmus._owned_folders.exchange", lambda one, other: False)
    monkeypatch.setattr(*place)
    with pytest.raises(error):
        write_artifact(saved, {"estimator": "second"}, {})
    monkeypatch.undo()
    assert read_artifact(saved)[0]["estimator"] == "first"
    assert_array_equal(read_artifact(saved)[1]["network.weight"], TENSORS["network.weight"])
    assert names(saved.parent) == ["model"]


def test_a_crash_the_first_time_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(_store, WRITER, crash)
    with pytest.raises(OSError, match="No space left"):
        write_artifact(tmp_path / "model", {}, TENSORS)
    assert names(tmp_path) == []


def test_what_json_cannot_hold_is_refused_before_anything_is_replaced(saved):
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_artifact(saved, {"loss": float("nan")}, {})
    assert read_artifact(saved)[0]["estimator"] == "first"


# --- reading --------------------------------------------------------------------------------------


def test_a_run_around_the_artifact_will_do(saved):
    assert find_artifact(saved.parent) == saved
    assert read_artifact(saved.parent)[0]["estimator"] == "first"
    assert read_artifact(str(saved))[0]["estimator"] == "first"


def test_the_document_is_read_without_the_tensors(saved):
    (saved / "model.safetensors").unlink()
    assert read_document(saved.parent)["estimator"] == "first"


def test_nothing_there_is_told(tmp_path):
    with pytest.raises(ArtifactError, match=r"^No run or model found at .*nothing\. Check"):
        read_artifact(tmp_path / "nothing")


def test_a_folder_without_a_model_is_told(tmp_path):
    with pytest.raises(
        ArtifactError, match=r"contains no model\.json\. Pass the folder of a completed run"
    ):
        read_artifact(tmp_path)


def test_a_run_that_is_not_finished_is_told_with_the_way_to_continue_it(tmp_path):
    (tmp_path / "run/checkpoint").mkdir(parents=True)
    with pytest.raises(
        ArtifactError, match=r"is not finished\. Continue it with `isthmus train --r"
    ):
        find_artifact(tmp_path / "run")


def test_missing_tensors_are_told(saved):
    (saved / "model.safetensors").unlink()
    with pytest.raises(ArtifactError, match=r"model\.safetensors cannot be read: No such file"):
        read_artifact(saved)
    with pytest.raises(ArtifactError, match=r"model\.safetensors cannot be read: No such file"):
        model_hash(saved)


def sign_tensors(folder):
    digest = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    edit(folder, sha256={"tensors": digest})


@pytest.mark.parametrize("length", [0, 4, 50, -1])
def test_truncated_tensors_are_told(saved, length):
    file = saved / "model.safetensors"
    file.write_bytes(file.read_bytes()[:length])
    with pytest.raises(ArtifactError, match=r"model\.safetensors is damaged: its SHA"):
        read_artifact(saved)
    sign_tensors(saved)
    with pytest.raises(ArtifactError, match=r"model\.safetensors cannot be read: "):
        read_artifact(saved)


def test_any_byte_that_changes_is_noticed_or_harmless(saved):
    document, tensors = read_artifact(saved)
    n_noticed = 0
    for file in saved.iterdir():
        whole = file.read_bytes()
        for k, byte in enumerate(whole):
            for changed in (byte ^ 1, byte ^ 128, 32):
                file.write_bytes(whole[:k] + bytes([changed]) + whole[k + 1 :])
                try:
                    now, arrays = read_artifact(saved)
                except ArtifactError:
                    n_noticed += 1
                    continue
                assert now == document  # white space, or the same byte
                assert {name: a.tobytes() for name, a in arrays.items()} == {
                    name: a.tobytes() for name, a in tensors.items()
                }
        file.write_bytes(whole)
    assert n_noticed > 1000


@pytest.mark.parametrize("version", [2, 3])
def test_a_document_without_digests_is_one_of_an_earlier_schema(saved, version):
    edit(saved, schema_version=version)
    document = json.loads((saved / "model.json").read_text())
    del document["sha256"]
    (saved / "model.json").write_text(json.dumps(document))
    if version == 2:
        assert read_artifact(saved)[0]["estimator"] == "first"
    else:
        with pytest.raises(ArtifactError, match=r"model\.json is damaged: it has no SHA-256"):
            read_artifact(saved)


@pytest.mark.parametrize("reader", [read_artifact, read_document])
@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, 0, None, "1"])
def test_another_schema_is_told_with_the_version_that_wrote_it(saved, version, reader):
    edit(saved, schema_version=version, isthmus_version="9.1")
    message = (
        rf"must have a schema version from 1 to 3\. Got {version}: "
        r"use the Isthmus that saved it \(9\.1\), or train again\.$"
    )
    with pytest.raises(ArtifactError, match=message):
        reader(saved)


def test_a_document_of_something_else_is_told(saved):
    edit(saved, format="onnx")
    with pytest.raises(ArtifactError, match=r"is not a model saved by Isthmus\.$"):
        read_artifact(saved)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", r"model\.json is not valid JSON: .*\."),
        (b"", r"is not valid JSON"),
        (b"\xff\xfe", r"is not valid JSON"),
        (b"[1]", r"must contain a JSON object\. Got list\."),
    ],
)
def test_a_damaged_document_is_told(saved, text, message):
    (saved / "model.json").write_bytes(text)
    with pytest.raises(ArtifactError, match=message):
        read_artifact(saved)


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(ArtifactError, match=r"cannot be read: Is a directory\.$"):
        read_json(tmp_path)


def test_arrays_about_a_model_are_read_without_its_weights(saved, tmp_path):
    assert read_arrays(saved) == {}
    further = {**TENSORS, f"{ARRAYS}errors": np.arange(3.0)}
    write_artifact(tmp_path / "sketched", {}, further)
    (read,) = read_arrays(tmp_path / "sketched").items()
    assert read[0] == "errors"
    assert_array_equal(read[1], np.arange(3.0))
    (tmp_path / "sketched/model.safetensors").write_bytes(b"\0" * 9)
    sign_tensors(tmp_path / "sketched")
    with pytest.raises(ArtifactError, match=r"model.safetensors cannot be read"):
        read_arrays(tmp_path / "sketched")


def test_equal_tensors_have_equal_hashes(saved, tmp_path):
    write_artifact(tmp_path / "same", {"estimator": "second"}, TENSORS)
    write_artifact(tmp_path / "other", {}, {"a": np.zeros(1)})
    assert model_hash(saved) == model_hash(tmp_path / "same") != model_hash(tmp_path / "other")


@pytest.mark.parametrize(
    ("folder", "message"),
    [
        (
            "x" * 5000,
            r"^A path or a name in it is too long for the system: x{60}\.\.\. Shorten it\.$",
        ),
        ("x" * 300, r"^A path or a name in it is too long for the system: "),
        ("a\0b", r"^A path must not contain a null character\. Got a\\x00b: remove it\.$"),
        (None, r"^The folder of a model must be a text or a pathlib\.Path\. Got NoneType: "),
        (5, r"Got int: pass the path of the folder\.$"),
        (b"r", r"Got bytes: pass the path of the folder\.$"),
    ],
)
def test_what_cannot_be_a_path_is_refused_in_one_sentence(folder, message):
    for read in (read_artifact, read_document, read_arrays, model_hash):
        with pytest.raises(UsageError, match=message):
            read(folder)
    with pytest.raises(UsageError, match=message):
        write_artifact(folder, {"estimator": "first"}, TENSORS)
