"""Memory that is reused, by name."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import torch

from isthmus import Autoencoder
from isthmus._memory import FRESH
from isthmus.accelerators import Workspace, new_workspace, switched_off
from isthmus.accelerators import _workspace as module


def test_fewer_rows_use_the_same_memory_and_other_shapes_or_types_do_not():
    workspace, like = Workspace(), torch.empty(0)
    first = workspace.empty("a", (4, 3), like)
    assert first.shape == (4, 3)
    fewer = workspace.empty("a", (2, 3), like)
    assert fewer.shape == (2, 3) and fewer.data_ptr() == first.data_ptr()
    assert workspace.empty("a", (4, 3), like) is first
    assert workspace.empty("a", (5, 3), like).data_ptr() != first.data_ptr()
    assert workspace.empty("a", (5, 3), like.double()).dtype == torch.float64
    assert workspace.empty("a", (5, 2), like).shape == (5, 2)
    assert workspace.nbytes == 5 * 2 * 4


def test_names_have_memory_of_their_own():
    workspace, like = Workspace(), torch.empty(0)
    one, two = (workspace.empty(name, (4, 3), like) for name in ("one", ("two", 2)))
    assert one.data_ptr() != two.data_ptr()


def test_what_is_given_is_contiguous_in_any_number_of_axes():
    workspace, like = Workspace(), torch.empty(0)
    for shape in ((9, 3), (2, 3), (4, 2, 5, 5), (3, 2, 5, 5), (7,), (5,)):
        given = workspace.empty("a", shape, like)
        assert given.shape == shape and given.is_contiguous()


def test_memory_that_inference_allocated_can_be_written_to_outside_of_it():
    workspace, like = Workspace(), torch.empty(0)
    with torch.inference_mode():
        workspace.empty("a", (4, 3), like)
    workspace.empty("a", (4, 3), like).zero_()


def test_switched_off_each_call_allocates():
    assert isinstance(new_workspace(), Workspace)
    with switched_off("workspace"):
        memory = new_workspace()
    like = torch.empty(0)
    assert memory is FRESH
    assert memory.empty("a", (4, 3), like) is not memory.empty("a", (4, 3), like)


def test_a_training_has_one_workspace_which_ends_with_it(monkeypatch):
    made = []
    plain_init = Workspace.__init__

    def noted(self):
        plain_init(self)
        made.append(weakref.ref(self))

    monkeypatch.setattr(module.Workspace, "__init__", noted)
    X = np.random.default_rng(0).integers(0, 9, (80, 6), dtype=np.uint8)
    fitted = Autoencoder(2, (4,), epochs=2, random_state=0, device="cpu").fit(X)
    gc.collect()
    assert len(made) == 1
    assert made[0]() is None
    fitted.transform(X)
    assert len(made) == 2
