"""The parameters that estimators share: rule, default and documentation of each, once."""

from __future__ import annotations

import inspect
import re
import textwrap
from dataclasses import dataclass
from typing import Any, TypeVar

from ..errors import UsageError
from ..nn import PRECISIONS
from ..objectives import LOSSES, NOISES
from ..preprocessing import SCALINGS
from ..training import OPTIMIZERS, SCHEDULES
from ._parameter_rules import Rule, boolean, choice, integer, real, sequence_of

__all__ = ["SHARED", "check_denoising", "documented", "raise_all", "rules_of"]

_C = TypeVar("_C", bound=type)


@dataclass(frozen=True)
class SharedParameter:
    """What a parameter is for every estimator that has it.

    Attributes
    ----------
    type : str
        As documented.
    default : object
        Of estimators that do not say otherwise.
    text : str
        What it does.
    rule : Rule or None
        What its values may be; None for what is checked where it is used.
    """

    type: str
    default: Any
    text: str
    rule: Rule | None = None


SHARED: dict[str, SharedParameter] = {
    "scaling": SharedParameter(
        "str",
        "auto",
        """From raw features to what the network sees: "unit" or "symmetric" (one range for all
        columns, to [0, 1] or [-1, 1]), "minmax", "standard" or "robust" (each column by itself),
        "none", or "auto": "unit" for bytes, sparse rows, texts and columns that share one range,
        else "standard".""",
        choice(*SCALINGS),
    ),
    "loss": SharedParameter(
        "str",
        "mean_squared_error",
        """"mean_squared_error", "mean_absolute_error", "huber", "log_cosh", "binary_cross_entropy"
        (for rows scaled to [0, 1]) or "multinomial" (for counts and other weights of words; what
        a code decodes to are then shares that add up to 1, while ``reconstruct`` and all errors
        take the shares of each row's own total). Inner layers of a stack whose activation does not
        suit it are trained by the squared error.""",
        choice(*LOSSES),
    ),
    "noise": SharedParameter(
        "str",
        "none",
        """What corrupts the input while the network trains, and in a stack the input of each
        layer's training: "masking" (to 0), "gaussian" or "salt_and_pepper" (to the lowest or
        highest value of the feature).""",
        choice(*NOISES),
    ),
    "noise_level": SharedParameter(
        "float",
        0.25,
        """The share of the numbers that are corrupted, or the standard deviation for
        "gaussian".""",
        real(0),
    ),
    "emphasis": SharedParameter(
        "tuple of float",
        (1.0, 1.0),
        """How much corrupted and how much untouched numbers count in the loss; (1.0, 0.0) trains
        on the corrupted ones alone.""",
        sequence_of(real(0)),
    ),
    "max_shift": SharedParameter(
        "int",
        0,
        """Of pictures: each is moved by up to so many pixels down and across, anew in each epoch,
        while the network trains on them; its edge fills what becomes free. More pictures than
        there are: with 1 on MNIST, a network that had learned its rows too well errs less on new
        ones (docs/benchmarks.md).""",
        integer(0),
    ),
    "picture_shape": SharedParameter(
        'tuple of int or "auto"',
        "auto",
        """The shape of pictures in rows of numbers: (height, width), or (height, width, channels)
        of rows that hold the channels pixel by pixel. "auto" is the shape of pictures that are
        given as such, or that their source tells; where neither is, ``max_shift`` takes rows for
        square pictures.""",
        choice("auto") | sequence_of(integer(1)),
    ),
    "max_words": SharedParameter(
        "int",
        2000,
        """Of texts: how many of their words, the most frequent ones but for English stop words,
        are the columns; their values are tf-idf.""",
        integer(1),
    ),
    "optimizer": SharedParameter(
        "str",
        "auto",
        """"muon" (momentum made orthogonal; for the weight matrices), "adam", "adamw" or "sgd".
        "auto" is "muon", which came further in as many steps on three of the four sets
        that the defaults were chosen on, and as far on the fourth.""",
        choice("auto", *OPTIMIZERS),
    ),
    "learning_rate": SharedParameter(
        'float or "auto"',
        "auto",
        """The full rate, of each training. "auto" is 0.02 for "muon", 0.001 for "adam" and
        "adamw", 0.05 for "sgd". In fewer than 500 steps "muon" comes further with a rate of 0.03
        that falls linearly from the first step on and a momentum of 0.9: there these are the
        "auto" of all four.""",
        real(0, 1e32, open_low=True) | choice("auto"),
    ),
    "schedule": SharedParameter(
        "str",
        "auto",
        """How the rate falls over each training: "cosine", "linear" or "constant". "auto" is
        "cosine" for "muon", else "constant".""",
        choice("auto", *SCHEDULES),
    ),
    "warmup": SharedParameter(
        'float or "auto"',
        "auto",
        """Share of the steps in which the rate grows to its full size. "auto" is 0.1 for "muon",
        else 0.""",
        real(0, 1) | choice("auto"),
    ),
    "momentum": SharedParameter(
        'float or "auto"',
        "auto",
        """Share of earlier gradients in a step: of "muon" and "sgd" in Nesterov's form, of "adam"
        and "adamw" the first constant. "auto" is 0.95 for "muon", else 0.9.""",
        real(0, 1) | choice("auto"),
    ),
    "weight_decay": SharedParameter(
        "float",
        0.0,
        """L2 penalty for "adam" and "sgd", decoupled for "adamw" and "muon".""",
        real(0, 1e3),
    ),
    "batch_size": SharedParameter(
        'int or "auto"',
        "auto",
        """Rows a step. "auto" is about a tenth of the rows, a power of two from 32 to 512.""",
        integer(1) | choice("auto"),
    ),
    "epochs": SharedParameter(
        'int or "auto"',
        "auto",
        """Passes over the rows, at most. "auto" is what gives about 1,200 steps, from 10 to
        100.""",
        integer(1) | choice("auto"),
    ),
    "early_stopping": SharedParameter(
        "bool",
        True,
        """Stop each training once ``patience`` epochs brought nothing better on held-out rows, and
        put back the weights of its best epoch.""",
        boolean(),
    ),
    "patience": SharedParameter("int", 20, "Epochs to wait.", integer(1)),
    "validation_fraction": SharedParameter(
        "float",
        0.1,
        """Share of the rows held out for that, unless ``fit`` is given some; rounded down, and
        with none held out training runs to its end.""",
        real(0, 1),
    ),
    "device": SharedParameter(
        "str", "auto", """"auto" (a CUDA device if there is one), or a device's name in torch."""
    ),
    "precision": SharedParameter(
        "str",
        "float32",
        """"bfloat16" computes the matrix products of the training in it, by torch.autocast: for
        wide layers on hardware that is made for it; others take longer, the CPU that was measured
        1.8 times as long (docs/benchmarks.md). Weights, optimizer and loss stay in single
        precision, and so do codes and reconstructions.""",
        choice(*PRECISIONS),
    ),
    "compile": SharedParameter(
        "bool",
        False,
        """Whether torch.compile translates the network before it trains, which takes some seconds
        or more. On the layers that were measured an epoch takes longer for it
        (docs/benchmarks.md); large networks of your own may gain.""",
        boolean(),
    ),
    "random_state": SharedParameter(
        "None, int, RandomState or Generator",
        None,
        """Seed of weights, noise, splits and shuffling. An int gives the same bytes on the same
        machine and thread count.""",
    ),
    "warm_start": SharedParameter(
        "bool",
        False,
        """Whether ``fit`` goes on from the weights, the preprocessing and the history that are
        there; a stack as one, without its layers.""",
        boolean(),
    ),
    "verbose": SharedParameter(
        "int", 0, "1 writes a line an epoch to stderr.", integer(0) | boolean()
    ),
    "callbacks": SharedParameter(
        "iterable",
        None,
        """``isthmus.training.Callback`` objects, or functions of an epoch's record; one that
        returns True stops the training at hand.""",
    ),
}


def rules_of(estimator: type) -> dict[str, Rule]:
    """Return the rules of those shared parameters that an estimator has.

    Parameters
    ----------
    estimator : type
        Its constructor names them.

    Returns
    -------
    dict of str to Rule
    """
    names = inspect.signature(estimator).parameters
    return {
        name: shared.rule
        for name, shared in SHARED.items()
        if name in names and shared.rule is not None
    }


_ENTRY = re.compile(r"^(\w+) : .*\n(?:(?:[ ]{4}.*)?\n)*", re.MULTILINE)


def documented(estimator: _C) -> _C:
    """Complete a class's Parameters section by the shared parameters that it does not describe.

    A class decorator; all parameters then stand in the order of the signature.

    Parameters
    ----------
    estimator : type
        Its docstring describes parameters of its own, and those that mean more than usual.

    Returns
    -------
    type
        The same class.
    """
    if estimator.__doc__ is None:  # python -OO
        return estimator
    head, mark, rest = inspect.cleandoc(estimator.__doc__).partition("\nParameters\n----------\n")
    section, end, tail = rest.partition("\n\nAttributes\n")
    own = {found.group(1): found.group().rstrip() for found in _ENTRY.finditer(section + "\n")}
    entries = [
        own.get(name) or _entry(name, parameter.default)
        for name, parameter in inspect.signature(estimator).parameters.items()
    ]
    estimator.__doc__ = head + mark + "\n".join(entries) + end + tail
    return estimator


def _entry(name: str, default: Any) -> str:
    shared = SHARED[name]
    shown = f'"{default}"' if isinstance(default, str) else repr(default)
    words = " ".join(shared.text.split())
    text = textwrap.fill(words, 95, initial_indent="    ", subsequent_indent="    ")
    return f"{name} : {shared.type}, default={shown}\n{text}"


def check_denoising(estimator: Any) -> list[str]:
    """Return what is wrong with an estimator's ``noise``, ``noise_level`` and ``emphasis``.

    Parameters
    ----------
    estimator : estimator
        Each of its parameters keeps its own rule.

    Returns
    -------
    list of str
        Problems, as sentences.
    """
    owner = type(estimator).__name__
    noise, level, emphasis = (
        getattr(estimator, name, SHARED[name].default)
        for name in ("noise", "noise_level", "emphasis")
    )
    highest = max(level) if isinstance(level, tuple | list) else level
    problems = []
    if noise in ("masking", "salt_and_pepper") and highest > 1:
        problems.append(
            f"`noise_level` of {owner} must be a share from 0 to 1 for {noise!r}. Got {level!r}."
        )
    if len(emphasis) != 2:
        problems.append(
            f"`emphasis` of {owner} must be two numbers, for corrupted and for untouched features. "
            f"Got {emphasis!r}."
        )
    elif not any(emphasis):
        problems.append(
            f"`emphasis` of {owner} must leave something to learn from: one number above 0 at "
            f"least. Got {emphasis!r}."
        )
    elif emphasis[0] != emphasis[1] and noise in ("none", "gaussian"):
        problems.append(
            f"`emphasis` of {owner} needs noise that leaves some features alone: 'masking' or "
            f"'salt_and_pepper'. Got {noise!r}."
        )
    return problems


def raise_all(problems: list[str]) -> None:
    """Raise one ``UsageError`` that tells all problems, if there are any.

    Parameters
    ----------
    problems : list of str
        As sentences.

    Raises
    ------
    UsageError
        If there is one.
    """
    if problems:
        raise UsageError(*problems)
