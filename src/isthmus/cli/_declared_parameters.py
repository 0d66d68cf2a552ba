"""Parameters of estimators: name, type, default, text and rule; and what their runs can do.

Those of the estimators of Isthmus are stored in parameters.json, which ``scripts/parameters.py``
writes from their constructors, so that help and the check of a command line need not import torch.
Those of other estimators are read from the class.
"""

from __future__ import annotations

import functools
import importlib.resources
import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .._estimator_registry import TRAINABLE, estimator_named, estimator_names, unknown_estimator
from .._parameter_rules import Rule, problems_of, rule_of
from ..errors import UsageError, did_you_mean

__all__ = [
    "AUTO",
    "Declared",
    "DeclaredEstimator",
    "check_declared",
    "declared",
    "known_estimators",
    "parameters_of",
    "stored_document",
    "stored_estimators",
]

AUTO = "auto"  # the estimator is chosen when the rows are read
_BEFORE_CHOICE = "autoencoder"  # its parameters are accepted until then
_ABILITIES = (
    "encode",
    "explain",
    "impute",
    "interpolate",
    "latents",
    "reconstruct",
    "sample",
    "score_maps",
    "similar",
    "transform",
)


@dataclass(frozen=True)
class DeclaredEstimator:
    """Parameters of an estimator by name, the name of its class, and what its runs can do.

    Attributes
    ----------
    owner : str
        Name of the class.
    by_name : mapping of str to Declared
        Its parameters.
    abilities : tuple of str or None, default=None
        Names that ``Kind.can`` knows; None if only the kind can say it.
    can_stop_early : bool, default=True
        As of its kind.
    """

    owner: str
    by_name: Mapping[str, Declared]
    abilities: tuple[str, ...] | None = None
    can_stop_early: bool = True


@dataclass(frozen=True)
class Declared:
    """A constructor parameter of an estimator.

    Attributes
    ----------
    type : str
        Annotation, such as ``int | str``.
    default : object
        Number, string, bool, None, or a tuple of these.
    text : str
        Its description in one line.
    form : sequence or None
        ``Rule.form`` of its rule; None if only the estimator can check it.
    """

    type: str
    default: Any
    text: str
    form: Any = None

    @property
    def is_sequence(self) -> bool:
        """Whether a single number stands for a tuple of one."""
        return type(self.default) is tuple

    @property
    def may_be_sequence(self) -> bool:
        """Whether its values may be tuples, so that commas do not separate values."""
        return "tuple" in self.type


def declared(estimator: type) -> DeclaredEstimator:
    """Read the parameters of an estimator from its class."""
    from docstring_parser import parse

    texts = {p.arg_name: p.description or "" for p in parse(estimator.__doc__ or "").params}
    rules: dict[str, Rule] = getattr(estimator, "parameter_rules", dict)()
    return DeclaredEstimator(
        estimator.__name__,
        {
            name: Declared(
                str(parameter.annotation),
                parameter.default,
                " ".join(texts.get(name, "").replace("``", "`").split()),
                rules[name].form if name in rules else None,
            )
            for name, parameter in inspect.signature(estimator).parameters.items()
        },
    )


def stored_document() -> dict[str, Any]:
    """Return the content of parameters.json for the current estimators of Isthmus."""
    from ..estimators import TRAINABLE
    from ..runs import kind_named

    document = {}
    for name, estimator in TRAINABLE.items():
        own, kind = declared(estimator), kind_named(name)
        document[name] = {
            "class": own.owner,
            "abilities": [ability for ability in _ABILITIES if kind.can(ability)],
            "can_stop_early": kind.can_stop_early,
            "parameters": {
                key: [one.type, one.default, one.text, one.form] for key, one in own.by_name.items()
            },
        }
    return document


@functools.cache
def _stored() -> Mapping[str, DeclaredEstimator]:
    text = importlib.resources.files(__package__).joinpath("parameters.json").read_text("utf-8")
    return {
        name: DeclaredEstimator(
            own["class"],
            {
                key: Declared(kind, tuple(value) if isinstance(value, list) else value, *rest)
                for key, (kind, value, *rest) in own["parameters"].items()
            },
            tuple(own["abilities"]),
            own["can_stop_early"],
        )
        for name, own in json.loads(text).items()
    }


def stored_estimators() -> Mapping[str, DeclaredEstimator]:
    """Return the estimators of Isthmus by name."""
    return _stored()


def known_estimators() -> dict[str, DeclaredEstimator]:
    """Return the parameters of all registered estimators, by the name of the estimator."""
    others = {name: e for name, e in TRAINABLE.items() if name not in _stored()}
    return {**_stored(), **{name: declared(estimator) for name, estimator in others.items()}}


def parameters_of(name: object) -> DeclaredEstimator:
    """Return the parameters of an estimator.

    Parameters
    ----------
    name : object
        As for ``--estimator``, not case-sensitive; "auto" has the parameters of "autoencoder". The
        package that defines another estimator than those of Isthmus is imported.

    Returns
    -------
    DeclaredEstimator

    Raises
    ------
    UsageError
        If there is no such estimator, or its package cannot be imported.
    """
    word = str(name).lower()
    word = _BEFORE_CHOICE if word == AUTO else word
    if word in _stored():
        return _stored()[word]
    names = list(dict.fromkeys([*_stored(), *estimator_names()]))
    if word not in names:
        raise unknown_estimator(name, [*names, AUTO])
    return declared(estimator_named(word))


def check_declared(estimator: object, values: Mapping[str, Any]) -> None:
    """Raise the errors of unknown and invalid parameters that need no estimator.

    Parameters
    ----------
    estimator : object
        Its name.
    values : mapping
        Parameters, parsed.

    Raises
    ------
    UsageError
        With a message for each of them.
    """
    own = parameters_of(estimator)
    problems = [
        f"{own.owner} has no parameter `{name}`." + did_you_mean(name, own.by_name)
        for name in values
        if name not in own.by_name
    ]
    rules = {name: rule_of(one.form) for name, one in own.by_name.items() if one.form}
    rules = {name: rule for name, rule in rules.items() if {name, rule.at_most} & {*values}}
    others = {*rules, *(rule.at_most for rule in rules.values() if rule.at_most)}
    defaults = {name: own.by_name[name].default for name in others}
    problems = problems or problems_of(own.owner, {**defaults, **values}, rules)
    if problems:
        raise UsageError(*problems)
