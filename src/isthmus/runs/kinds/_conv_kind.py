"""Runs of convolutional autoencoders."""

from __future__ import annotations

from ._kind import Kind

__all__ = ["ConvKind"]


class ConvKind(Kind):
    """Kind of convolutional autoencoders, which are for pictures."""

    requires_pictures = True
    tags = ("dimensionality-reduction", "representation-learning", "images")
    task = "image-feature-extraction"
