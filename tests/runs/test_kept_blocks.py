"""Blocks that are kept while a command runs, for one that continues it."""

from __future__ import annotations

import contextlib

import numpy as np
import pyarrow as pa
import pytest
from scipy import sparse

from isthmus._folder_locks import locked
from isthmus.errors import OutputExistsError, UsageError
from isthmus.runs import KeptBlocks, kept_blocks

FACTS = {"the model of the run": "abc", "options": {"`layer`": "1"}}


class StoppedError(Exception):
    pass


def never():
    raise AssertionError("the block is computed again")


def interrupted(out, blocks, facts=FACTS):
    with contextlib.suppress(StoppedError), kept_blocks(out, facts) as kept:
        kept.about["created"] = "yesterday"
        for k, block in enumerate(blocks):
            kept.block("rows", k, lambda block=block: block)
        raise StoppedError


BLOCKS = [
    np.arange(6, dtype=np.uint8).reshape(3, 2),
    np.array([[1.5, np.nan]], np.float32),
    sparse.csr_array([[0, 2.5], [0, 0]]),
    pa.table({"name": ["a", None], "share": pa.array([0.1, 0.2], pa.float32())}),
]


@pytest.mark.parametrize("block", BLOCKS)
def test_a_kept_block_comes_back_as_it_was(tmp_path, block):
    interrupted(tmp_path / "a.parquet", [block])
    with kept_blocks(tmp_path / "a.parquet", FACTS, resume=True) as kept:
        assert kept.n_kept == 1
        found = kept.block("rows", 0, never)
    assert type(found) is type(block)
    if isinstance(block, pa.Table):
        assert found.equals(block)
        return
    dense = (array.toarray() if sparse.issparse(array) else array for array in (found, block))
    np.testing.assert_array_equal(*dense)
    assert found.dtype == block.dtype


def test_nothing_is_written_before_the_first_block_and_nothing_stays_at_the_end(tmp_path):
    with kept_blocks(tmp_path / "a.npy", FACTS) as kept:
        assert list(tmp_path.iterdir()) == []
        kept.block("rows", 0, lambda: np.ones(3))
        assert [path.name for path in tmp_path.iterdir()] == [".a.npy.parts"]
    assert list(tmp_path.iterdir()) == []


def test_a_block_that_was_being_written_is_computed_again(tmp_path):
    interrupted(tmp_path / "a.npy", [np.ones(3)])
    (tmp_path / ".a.npy.parts" / ".rows-000001").write_bytes(b"\x93NUMPY")
    with kept_blocks(tmp_path / "a.npy", FACTS, resume=True) as kept:
        assert kept.n_kept == 1
        assert kept.block("rows", 1, lambda: np.zeros(2)).tolist() == [0, 0]


def test_without_resume_what_an_earlier_command_kept_is_deleted(tmp_path):
    interrupted(tmp_path / "a.npy", [np.ones(3)])
    with kept_blocks(tmp_path / "a.npy", FACTS) as kept:
        assert kept.n_kept == 0
        assert kept.block("rows", 0, lambda: np.zeros(1)).tolist() == [0]


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({**FACTS, "the model of the run": "xyz"}, "but the model of the run changed since then:"),
        ({**FACTS, "options": {"`layer`": "2"}}, "but `layer` was 1, and is 2 now:"),
        ({**FACTS, "options": {}}, "but `layer` was 1, and is not given now:"),
        (
            {**FACTS, "options": {"`layer`": "1", "`label`": "y"}},
            "but `label` was not given, and is y now:",
        ),
    ],
)
def test_other_facts_are_refused_and_what_is_kept_stays(tmp_path, facts, says):
    interrupted(tmp_path / "a.npy", [np.ones(3)])
    with (
        pytest.raises(UsageError, match=says) as error,
        kept_blocks(tmp_path / "a.npy", facts, resume=True),
    ):
        pass
    assert str(error.value).endswith("restore that, or start again without --resume.")
    with kept_blocks(tmp_path / "a.npy", FACTS, resume=True) as kept:
        assert kept.block("rows", 0, never).tolist() == [1, 1, 1]


@pytest.mark.parametrize("resume", [False, True])
def test_two_processes_do_not_write_one_output(tmp_path, resume):
    interrupted(tmp_path / "a.npy", [np.ones(3)])
    with (
        locked(tmp_path / ".a.npy.parts"),
        pytest.raises(
            OutputExistsError, match=r"^Another process is writing .*a\.npy\. Wait until"
        ),
        kept_blocks(tmp_path / "a.npy", FACTS, resume=resume),
    ):
        pass
    assert (tmp_path / ".a.npy.parts" / "rows-000000.npy").is_file()


def test_a_folder_without_a_manifest_counts_as_nothing(tmp_path):
    (tmp_path / ".a.npy.parts").mkdir()
    with kept_blocks(tmp_path / "a.npy", FACTS, resume=True) as kept:
        assert kept.n_kept == 0
        kept.block("rows", 0, lambda: np.ones(1))


def test_further_values_are_those_of_the_beginning(tmp_path):
    out = tmp_path / "a.npy"
    interrupted(out, [np.ones(3)])
    with kept_blocks(out, FACTS, resume=True) as kept:
        assert kept.about == {"created": "yesterday"}


def test_a_forgotten_block_is_computed_again(tmp_path):
    interrupted(tmp_path / "a.npy", [np.ones(3)])
    with kept_blocks(tmp_path / "a.npy", FACTS, resume=True) as kept:
        assert isinstance(kept, KeptBlocks)
        kept.forget("rows", 0)
        assert kept.block("rows", 0, lambda: np.zeros(2)).tolist() == [0, 0]
