"""Memory that is used again."""

from __future__ import annotations

import torch

from isthmus._scratch import Scratch


def test_fewer_rows_use_the_same_memory_and_other_shapes_or_types_do_not():
    scratch, like = Scratch(), torch.empty(0)
    first = scratch.matrix(4, 3, like)
    assert first.shape == (4, 3)
    fewer = scratch.matrix(2, 3, like)
    assert fewer.shape == (2, 3) and fewer.data_ptr() == first.data_ptr()
    assert scratch.matrix(4, 3, like) is first
    assert scratch.matrix(5, 3, like).data_ptr() != first.data_ptr()
    assert scratch.matrix(5, 3, like.double()).dtype == torch.float64
    assert scratch.matrix(5, 2, like).shape == (5, 2)


def test_what_is_given_is_contiguous():
    scratch, like = Scratch(), torch.empty(0)
    assert scratch.matrix(9, 3, like).is_contiguous()
    assert scratch.matrix(2, 3, like).is_contiguous()
