"""Kinds of estimators, with what a run measures and reports for each."""

from ._kind import Kind as Kind
from ._outcomes import Outcome as Outcome
from ._registry import KINDS as KINDS
from ._registry import kind_named as kind_named
from ._registry import kind_of as kind_of
from ._registry import register_kind as register_kind

__all__ = ["KINDS", "Kind", "Outcome", "kind_named", "kind_of", "register_kind"]
