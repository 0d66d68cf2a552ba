"""`read_source`: the reader of each source, and errors for everything else."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from isthmus.errors import DataError, SourceNotFoundError, UsageError
from isthmus.sources._read_source import NAMED_SOURCES, options_of, read_source

COLUMNS = ("columns", "exclude", "id", "kinds", "missing", "label", "text_column")
LATER = ("window", "stride", "stream", "memory")


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_source_is_a_string_or_a_path(tmp_path, kind):
    np.save(tmp_path / "rows.npy", np.ones((2, 3)))
    assert read_source(kind(tmp_path / "rows.npy")).X.shape == (2, 3)


def test_an_unknown_source_suggests_a_named_one():
    with pytest.raises(
        SourceNotFoundError, match=r"source `mnits` not found. Did you mean `mnist`\?"
    ):
        read_source("mnits")


def test_an_unknown_source_suggests_a_file_beside_it(tmp_path):
    (tmp_path / "sales.csv").write_text("a\n1\n")
    with pytest.raises(SourceNotFoundError, match=r"Did you mean `sales.csv`\?"):
        read_source(tmp_path / "sale.csv")


def test_an_unknown_path_is_said_to_be_no_file_or_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        SourceNotFoundError, match=r"File or folder `no/such/qqqqqq` not found. Check"
    ):
        read_source("no/such/qqqqqq")


@pytest.mark.parametrize("source", ["qqqqqq", "a\0b", "q" * 5000])
def test_an_unknown_source_far_from_all_lists_the_named_ones(tmp_path, monkeypatch, source):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        SourceNotFoundError, match=r"Named sources are `digits`, `mnist`, `fashion-"
    ):
        read_source(source)


def test_an_empty_source_is_refused():
    with pytest.raises(
        UsageError, match=r"must be a name, a file or a folder. Got an empty string"
    ):
        read_source("")


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("a.pkl", "save the array or table"),
        ("a.sav", "save the table as CSV"),
        ("a.tgz", "unpack it"),
        ("README", "Supported are"),
    ],
)
def test_an_unsupported_kind_says_what_is_supported(tmp_path, name, instead):
    (tmp_path / name).write_bytes(b"")
    with pytest.raises(
        UsageError, match=rf"{name}` has an unsupported file type.*{instead}.*\.parquet"
    ):
        read_source(tmp_path / name)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("digits", ()),
        ("mnist", ("data_dir",)),
        ("rows.npy", ()),
        ("rows.npz", ("label", "key")),
        ("rows.csv", (*COLUMNS, "header", "skip_bad")),
        ("rows.parquet", COLUMNS),
        ("rows.txt", ("text_lines",)),
        ("rows.mat", ("label", "key")),
        ("rows.xlsx", (*COLUMNS, "sheet", "header")),
        ("rows.png", ("image_size", "colour")),
        ("rows-idx3-ubyte.gz", ()),
        ("folder", ("image_size", "colour", "skip_bad")),
    ],
)
@pytest.mark.parametrize(
    "option",
    [
        *COLUMNS,
        *("image_size", "colour", "data_dir"),
        *("header", "skip_bad", "sheet", "key", "text_lines"),
    ],
)
def test_an_option_without_effect_is_refused(tmp_path, name, meant, option):
    if name == "folder":
        (tmp_path / name).mkdir()
    elif name not in NAMED_SOURCES:
        (tmp_path / name).write_bytes(b"")
    source = name if name in NAMED_SOURCES else tmp_path / name
    values = {"columns": ["a"], "label": "b", "text_column": "a", "image_size": 8, "colour": True}
    values |= {"exclude": ["a"], "id": ["a"], "kinds": {"a": "id"}, "missing": ["0"]}
    values |= {"header": True, "skip_bad": True, "sheet": "a", "key": "a", "text_lines": True}
    value = values.get(option, tmp_path / "no")
    error = DataError if option in meant else UsageError
    with pytest.raises(error) as caught:
        read_source(source, **{option: value})
    if option not in meant:
        assert f"`{option}` does not apply to" in str(caught.value)
    assert (option in options_of(source)) == (option in meant)


@pytest.mark.parametrize(
    ("source", "meant"),
    [
        ("Rows.TSV.gz", (*COLUMNS, *LATER, "header", "skip_bad", "max_memory")),
        ("a.JPG", ("image_size", "colour", "binarise")),
        ("a.TXT", ("text_lines", "max_memory")),
        ("q" * 5000, ()),
    ],
)
def test_what_is_not_there_has_the_options_that_its_name_tells(source, meant):
    assert options_of(source) == meant


def test_a_folder_of_idx_files_has_no_pictures_to_resize(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"")
    assert options_of(tmp_path) == ("binarise",)
    with pytest.raises(UsageError, match=r"`image_size` does not apply to the MNIST-style set"):
        read_source(tmp_path, image_size=8)


def test_a_named_source_wins_over_a_file_of_that_name(tmp_path, monkeypatch):
    (tmp_path / "digits").mkdir()
    monkeypatch.chdir(tmp_path)
    assert len(read_source("digits").X) == 1797
    with pytest.raises(DataError, match=r"contains no pictures"):
        read_source("./digits")


def test_an_idx_file_is_a_source(tmp_path):
    path = tmp_path / "letters-idx3-ubyte"
    path.write_bytes(bytes((0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2, 1, 2, 3, 4)))
    data = read_source(path)
    assert (data.X.tolist(), data.picture_shape) == ([[1, 2], [3, 4]], (1, 2))


def test_a_folder_with_the_ending_of_a_file_is_still_a_folder(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(DataError, match=r"contains no pictures"):
        read_source(tmp_path / "a.csv")


def test_one_column_may_be_given_as_a_string(tmp_path):
    (tmp_path / "a.csv").write_text("age,b\n1,2\n")
    assert read_source(tmp_path / "a.csv", columns="age").feature_names == ("age",)


def test_reading_sources_prints_nothing(capfd):
    read_source("digits")
    assert capfd.readouterr() == ("", "")


def test_the_modules_of_sources_import_no_torch():
    code = (
        "import importlib.util, sys, types;"
        "p = importlib.util.find_spec('isthmus').submodule_search_locations[0];"
        "m = types.ModuleType('isthmus.data'); m.__path__ = [p + '/data'];"
        "sys.modules['isthmus.data'] = m;"
        "import isthmus.sources._read_source; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
