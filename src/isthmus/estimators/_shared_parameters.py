"""Parameters that estimators share: rule, default and documentation."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .._parameter_rules import Rule, boolean, choice, integer, real, sequence_of
from ..errors import UsageError
from ..nn import PRECISIONS
from ..objectives import LOSSES, NOISES
from ..preprocessing import SCALINGS
from ..training import OPTIMIZERS, SCHEDULES

__all__ = [
    "SHARED",
    "check_code_size",
    "check_denoising",
    "documented",
    "problems_of",
    "raise_all",
    "rules_of",
]

_C = TypeVar("_C", bound=type)


@dataclass(frozen=True)
class SharedParameter:
    """Declaration of a parameter, for all estimators that have it.

    Attributes
    ----------
    type : str
        Type as documented.
    default : object
        Default, unless an estimator has another.
    text : str
        Documentation.
    rule : Rule or None
        Valid values; None if they are checked where they are used.
    """

    type: str
    default: Any
    text: str
    rule: Rule | None = None


SHARED: dict[str, SharedParameter] = {
    "scaling": SharedParameter(
        "str",
        "auto",
        """Scaling of the features: "unit" or "symmetric" (one range for all columns, to [0, 1]
        or [-1, 1]), "minmax", "standard" or "robust" (per column), "squash" (robust, with a
        soft clip at 5) or "rank_gauss" (ranks mapped to a normal distribution) for columns with
        heavy tails, "none", or "auto": "unit" for bytes, sparse rows, texts and columns that
        share one range, else "standard".""",
        choice(*SCALINGS),
    ),
    "loss": SharedParameter(
        "str",
        "mean_squared_error",
        """Training loss: "mean_squared_error", "mean_absolute_error", "huber", "log_cosh",
        "binary_cross_entropy" (for rows scaled to [0, 1]) or "multinomial" (for word counts
        and similar weights; decoded codes are then shares that sum to 1, while
        ``reconstruct`` and all errors scale them to the total of each row). Inner layers of a
        stack whose activation does not suit the loss are trained with the squared error.""",
        choice(*LOSSES),
    ),
    "noise": SharedParameter(
        "str",
        "auto",
        """Corruption of the input in training, in a stack also of the input of each layer's
        training: "none", "masking" (to 0, in a table to missing), "gaussian", "salt_and_pepper"
        (to the lowest or highest value of the feature) or "swap" (with values of other rows).
        "auto" is "none", but for rows with missing values or categories it hides as many cells
        of each column as are missing in it, at least 2 %.""",
        choice("auto", *NOISES),
    ),
    "noise_level": SharedParameter(
        "float",
        0.25,
        """Fraction of the values that are corrupted, or the standard deviation for "gaussian".""",
        real(0),
    ),
    "emphasis": SharedParameter(
        "tuple of float",
        (1.0, 1.0),
        """Weights of corrupted and of uncorrupted values in the loss; (1.0, 0.0) trains on the
        corrupted ones only.""",
        sequence_of(real(0)),
    ),
    "max_shift": SharedParameter(
        "int",
        0,
        """Maximum shift of pictures in training, in pixels: each picture is moved at random in
        each epoch, and its edge fills the gap. This is data augmentation: with 1 on MNIST, an
        overfitted network had a lower error on new rows (docs/benchmarks.md).""",
        integer(0),
    ),
    "flip": SharedParameter(
        "bool",
        False,
        """Whether to mirror pictures left to right in training, each at random in each epoch. This
        is data augmentation for pictures of things that have no left and right, such as photos,
        not for digits or letters.""",
        boolean(),
    ),
    "picture_shape": SharedParameter(
        'tuple of int or "auto"',
        "auto",
        """Shape of pictures: (height, width), or (height, width, channels) of rows with the
        channels of each pixel next to each other. "auto" is the shape of the input pictures
        or of their source; without either, ``max_shift`` assumes square pictures.""",
        choice("auto") | sequence_of(integer(1)),
    ),
    "max_words": SharedParameter(
        "int",
        2000,
        """Number of words of texts to use as columns, by frequency and without English stop
        words; their values are tf-idf.""",
        integer(1),
    ),
    "linear_path": SharedParameter(
        'bool or "auto"',
        "auto",
        """Whether encoder and decoder each have a linear path beside their hidden layers, which is
        the solution of PCA and stays so; the hidden layers first add almost nothing to it. The
        decoder's path ends before the output activation. This requires a linear code and an output
        that is linear, "clip", "sigmoid" or "tanh". "auto" is True for tables with categories, for
        which errors are lower with it, and False for everything else (docs/linear-path.md).""",
        boolean() | choice("auto"),
    ),
    "optimizer": SharedParameter(
        "str",
        "auto",
        """"muon" (orthogonalised momentum, for the weight matrices), "adam", "adamw" or "sgd".
        "auto" is "muon": in the same number of steps its loss was lower on three of the four
        data sets used to choose the defaults, and equal on the fourth.""",
        choice("auto", *OPTIMIZERS),
    ),
    "learning_rate": SharedParameter(
        'float or "auto"',
        "auto",
        """Peak learning rate of each training. "auto" is 0.02 for "muon", 0.001 for "adam" and
        "adamw", 0.05 for "sgd". In a training of fewer than 500 steps, "auto" for "muon" is a
        learning rate of 0.03, the schedule "linear", no warm-up and a momentum of 0.9.""",
        real(0, 1e32, open_low=True) | choice("auto"),
    ),
    "schedule": SharedParameter(
        "str",
        "auto",
        """Decay of the learning rate over each training: "cosine", "linear" or "constant".
        "auto" is "cosine" for "muon", else "constant".""",
        choice("auto", *SCHEDULES),
    ),
    "warmup": SharedParameter(
        'float or "auto"',
        "auto",
        """Fraction of the steps in which the learning rate increases to its peak. "auto" is 0.1
        for "muon", else 0.""",
        real(0, 1) | choice("auto"),
    ),
    "momentum": SharedParameter(
        'float or "auto"',
        "auto",
        """Nesterov momentum of "muon" and "sgd", first beta of "adam" and "adamw". "auto" is
        0.95 for "muon", else 0.9.""",
        real(0, 1) | choice("auto"),
    ),
    "weight_decay": SharedParameter(
        "float",
        0.0,
        """L2 penalty for "adam" and "sgd", decoupled weight decay for "adamw" and "muon".""",
        real(0, 1e3),
    ),
    "batch_size": SharedParameter(
        'int or "auto"',
        "auto",
        """Rows per step. "auto" is about a tenth of the rows, a power of two from 32 to 512.""",
        integer(1) | choice("auto"),
    ),
    "epochs": SharedParameter(
        'int or "auto"',
        "auto",
        """Maximum number of passes over the rows. "auto" gives about 1,200 steps, with 10 to 100
        epochs.""",
        integer(1) | choice("auto"),
    ),
    "early_stopping": SharedParameter(
        "bool",
        True,
        """Whether to stop each training after ``patience`` epochs without a lower loss on
        held-out rows, and to restore the weights of its best epoch.""",
        boolean(),
    ),
    "patience": SharedParameter("int", 20, "Epochs to wait for a lower loss.", integer(1)),
    "validation_fraction": SharedParameter(
        "float",
        0.1,
        """Fraction of the rows to hold out for early stopping, unless rows are passed to
        ``fit``; rounded down. If this gives no rows, training does not stop early.""",
        real(0, 1),
    ),
    "device": SharedParameter(
        "str", "auto", """"auto" (a CUDA device if there is one), or the name of a torch device."""
    ),
    "precision": SharedParameter(
        "str",
        "float32",
        """"bfloat16" computes the matrix products of training in bfloat16, with torch.autocast:
        for wide layers on hardware that supports it; on other hardware it is slower, by a
        factor of 1.8 on the CPU in docs/benchmarks.md. Weights, optimizer, loss, codes and
        reconstructions stay in single precision.""",
        choice(*PRECISIONS),
    ),
    "compile": SharedParameter(
        "bool",
        False,
        """Whether to compile the network with torch.compile before training, which takes some
        seconds or more. Epochs of the layers in docs/benchmarks.md were slower with it; large
        custom networks may benefit.""",
        boolean(),
    ),
    "random_state": SharedParameter(
        "None, int, RandomState or Generator",
        None,
        """Seed of weights, noise, splits and shuffling. With an int, results are bitwise the
        same on the same machine with the same number of threads.""",
    ),
    "warm_start": SharedParameter(
        "bool",
        False,
        """Whether ``fit`` continues from the current weights, preprocessing and history; a stack
        without training its layers one by one.""",
        boolean(),
    ),
    "verbose": SharedParameter(
        "int",
        0,
        """1 shows each epoch: in a progress bar in notebooks, elsewhere in a line on stderr.""",
        integer(0) | boolean(),
    ),
    "callbacks": SharedParameter(
        "iterable",
        None,
        """``isthmus.training.Callback`` objects, or functions of an epoch's record; return True
        to stop the current training.""",
    ),
}


def rules_of(estimator: type) -> dict[str, Rule]:
    """Return the rules of an estimator's shared parameters.

    Parameters
    ----------
    estimator : type
        Class whose constructor has them.

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
    """Add the shared parameters that a class does not document to its docstring.

    A class decorator; the parameters are sorted in the order of the signature.

    Parameters
    ----------
    estimator : type
        Its docstring documents its own parameters, and shared ones that differ.

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
    """Return the problems of an estimator's ``noise``, ``noise_level`` and ``emphasis``.

    Parameters
    ----------
    estimator : estimator
        Estimator whose parameters follow their own rules.

    Returns
    -------
    list of str
        Messages.
    """
    owner = type(estimator).__name__
    noise, level, emphasis = (
        getattr(estimator, name, SHARED[name].default)
        for name in ("noise", "noise_level", "emphasis")
    )
    highest = max(level) if isinstance(level, tuple | list) else level
    problems = []
    if noise in ("masking", "salt_and_pepper", "swap") and highest > 1:
        problems.append(
            f"`noise_level` of {owner} must be from 0 to 1 for {noise!r}. Got {level!r}."
        )
    if len(emphasis) != 2:
        problems.append(
            f"`emphasis` of {owner} must be two numbers, for corrupted and uncorrupted values. "
            f"Got {emphasis!r}."
        )
    elif not any(emphasis):
        problems.append(
            f"`emphasis` of {owner} must have at least one number above 0. Got {emphasis!r}."
        )
    elif emphasis[0] != emphasis[1] and noise in ("auto", "none", "gaussian"):
        problems.append(
            f"`emphasis` of {owner} requires noise that leaves some values uncorrupted: 'masking', "
            f"'salt_and_pepper' or 'swap'. Got {noise!r}."
        )
    return problems


def check_code_size(estimator: Any, n_features: int) -> None:
    """Raise ``UsageError`` if a code would be longer than a row.

    Parameters
    ----------
    estimator : estimator
        With a valid ``latent_dim``.
    n_features : int
        Number of features.

    Raises
    ------
    UsageError
        If ``latent_dim`` is a larger number.
    """
    if not isinstance(estimator.latent_dim, str) and estimator.latent_dim > n_features:
        raise UsageError(
            f"`latent_dim` of {type(estimator).__name__} must be between 1 and {n_features} (the "
            f"number of features). Got {estimator.latent_dim}."
        )


def problems_of(check: Callable[..., Any], *arguments: Any) -> list[str]:
    """Return the messages of the ``UsageError`` that a check raises, if it does.

    Parameters
    ----------
    check : callable
        Called with the arguments.
    *arguments
        Arguments of the check.

    Returns
    -------
    list of str
    """
    try:
        check(*arguments)
    except UsageError as error:
        return list(error.args)
    return []


def raise_all(problems: list[str]) -> None:
    """Raise one ``UsageError`` with all problems, if there are any.

    Parameters
    ----------
    problems : list of str
        Messages.

    Raises
    ------
    UsageError
        If there is a problem.
    """
    if problems:
        raise UsageError(*problems)
