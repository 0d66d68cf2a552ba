"""The tree of errors: each class, and its exit code on the command line."""

from __future__ import annotations

import re

import pytest

from isthmus import errors
from isthmus.errors import did_you_mean, gathered

TREE = [
    (errors.IsthmusError, Exception, 1),
    (errors.UsageError, ValueError, 2),
    (errors.MissingExtraError, ImportError, 2),
    (errors.OutputExistsError, FileExistsError, 2),
    (errors.DataError, ValueError, 3),
    (errors.SourceNotFoundError, FileNotFoundError, 3),
    (errors.ArtifactError, ValueError, 3),
    (errors.TrainingError, RuntimeError, 1),
    (errors.LostProcessError, RuntimeError, 1),
    (errors.ExportError, RuntimeError, 1),
    (errors.StoppedError, RuntimeError, 143),
    (errors.BoundError, RuntimeError, 4),
    (errors.WriteError, OSError, 1),
]


@pytest.mark.parametrize(
    ("cls", "builtin", "exit_code"), TREE, ids=lambda v: getattr(v, "__name__", v)
)
def test_an_error_is_ours_and_the_builtin_and_knows_its_exit_code(cls, builtin, exit_code):
    assert issubclass(cls, errors.IsthmusError) and issubclass(cls, builtin)
    assert cls.exit_code == exit_code


@pytest.mark.parametrize("cls", [cls for cls, *_ in TREE], ids=lambda cls: cls.__name__)
def test_a_message_comes_out_as_it_went_in(cls):
    assert str(cls("One sentence.")) == "One sentence."


def test_the_drawn_tree_has_every_class_with_its_builtin():
    drawn = dict(re.findall(r"(\w+Error) *(?:\((\w+)\))?", errors.__doc__ or ""))
    assert set(drawn) == {cls.__name__ for cls, *_ in TREE}
    assert all(drawn[cls.__name__] == b.__name__ for cls, b, _ in TREE[1:])


def test_the_table_above_has_every_public_class():
    assert {cls.__name__ for cls, *_ in TREE} | {"did_you_mean", "gathered"} == set(errors.__all__)


@pytest.mark.parametrize("given", ["latent_dims", "Latent_Dim", "latentdim"])
def test_the_near_name_is_suggested(given):
    known = ("latent_dim", "epochs", "scaling")
    assert did_you_mean(given, known) == " Did you mean `latent_dim`?"


def test_nothing_is_suggested_where_nothing_is_near():
    assert did_you_mean("zzz", ("latent_dim", "epochs")) == ""
    assert did_you_mean("latent_dim", ()) == ""


def refuse(*several: errors.IsthmusError) -> None:
    with gathered() as attempt:
        for error in several:
            with attempt():
                raise error


def test_several_problems_are_told_at_once_and_each_once():
    usage = [errors.UsageError("Two.", "One."), errors.UsageError("Three.", "Two.")]
    with pytest.raises(errors.UsageError, match=r"^One\. Two\. Three\.$"):
        refuse(errors.DataError("One."), *usage)


def test_an_error_of_another_kind_does_not_wait():
    with pytest.raises(errors.TrainingError):
        refuse(errors.TrainingError("Now."))


def test_rows_alone_at_fault_are_an_error_of_rows():
    with pytest.raises(errors.DataError, match=r"^One\.$"):
        refuse(errors.DataError("One."))
