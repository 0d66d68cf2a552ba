"""Findings of the doctor: a code and three sentences for each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._language import Sentence

__all__ = ["FINDINGS", "SEVERITIES", "Finding", "Sentences", "names_shown", "worst_first"]

SEVERITIES = ("note", "warning", "problem")  # in ascending order

_N_NAMES = 5
_LONGEST_NAME = 40


class Sentences(NamedTuple):
    """Templates of a finding: what was found, why it matters, what to do."""

    seen: str
    matters: str
    advice: str


# Independent of number ("Dead units: 1 of 4"), so that each can be translated as a whole. A list
# among the values is written with commas between its items.
FINDINGS: dict[str, Sentences] = {
    # --- of rows ---
    "few_rows": Sentences(
        "Rows to learn from: {n_rows:,}, for codes of {latent_dim} {latent_dim:number|numbers}.",
        "With under {enough} {enough:row|rows} for each number of the code (these would do for "
        "{fitting}), what a code keeps is partly what these rows happen to share.",
        "Add rows{latent_dim:|, or choose a shorter code}.",
    ),
    "long_code": Sentences(
        "A code has {latent_dim} {latent_dim:number|numbers}, and a row has {n_features} "
        "{n_features:column|columns}.",
        "A code that is not shorter than the row need not leave anything out, so nothing makes "
        "it learn what the rows have in common.",
        "Choose a code shorter than the row, add columns, or train with noise.",
    ),
    "constant_columns": Sentences(
        "Columns that never vary in the training rows: {n:,} of {total:,} ({columns}).",
        "Nothing can be learned from them.",
        "Leave them out, or check that they were read rightly; at the rim of pictures they are "
        "usual and do no harm.",
    ),
    "duplicate_columns": Sentences(
        "Columns that repeat another one, value by value: {n:,} of {total:,} ({columns}).",
        "A quantity that stands there twice counts twice in the error.",
        "Keep one of each, by `columns`.",
    ),
    "leak": Sentences(
        "Held-out rows that are also among the training rows: {n:,} of {total:,} ({share:.1%}).",
        "The held-out error is then partly that of rows the model has seen, and too low.",
        "Leave out copies before the split; where rows repeat by themselves, as with a few "
        "columns of small whole numbers, mind it when you read the figures.",
    ),
    "wild_scales": Sentences(
        "Columns whose range is under a thousandth of that of {widest}: {n:,} of {total:,} "
        "({columns}); the scaling `{scaling}` leaves it so.",
        "Squared error hardly counts them: they hold {share:.2g} of the variance.",
        "Set `scaling` to `standard` or `robust`, which scale each column by itself.",
    ),
    "wild_scales_evened": Sentences(
        "Columns whose range is under a thousandth of that of {widest}: {n:,} of {total:,} "
        "({columns}).",
        "The scaling `{scaling}` makes all columns count alike; `unit` or `none` would make "
        "{widest} count alone.",
        "Leave `scaling` as it is.",
    ),
    "outliers": Sentences(
        "The {n:,} {n:row|rows} furthest from the mean, of {total:,}, {n:holds|hold} {share:.0%} "
        "of all variance, most of it in {columns} ({n:row|rows} {rows}).",
        "Squared error counts a row by the square of its distance, so that the training serves "
        "these rows first.",
        "Look at them; take logarithms of skewed columns, leave out mistakes, or train with "
        "`--estimator stacked --loss huber`.",
    ),
    "near_linear": Sentences(
        "PCA with {latent_dim} {latent_dim:component|components}, as many as a code has numbers, "
        "keeps {share:.1%} of the variance.",
        "Little is left for an autoencoder to win: at this size PCA may well do, and 95 % of the "
        "variance it keeps with {k95} {k95:component|components}.",
        "Use PCA{k95:|, or shorten the code until PCA loses over 5 % of the variance}.",
    ),
    "suggested_latent_dim": Sentences(
        "Principal components that hold 95 % of the variance: {k95}; that stand out from what "
        "independent columns would give: {elbow} (parallel analysis; {n_rows:,} "
        "{n_rows:row|rows}).",
        "A code shorter than the smaller of the two loses what all rows share; one longer than the "
        "larger spends numbers on noise. An autoencoder often needs fewer than PCA.",
        "Try codes of such lengths: {sizes}.",
    ),
    "independent_columns": Sentences(
        "No principal component of {n_rows:,} {n_rows:row|rows} stands out from what independent "
        "columns would give (parallel analysis).",
        "Columns that have nothing in common cannot be told by fewer numbers; only what binds "
        "them along a curve is not seen by this.",
        "Check that these are the right columns, and see whether the model beats the mean on "
        "held-out rows.",
    ),
    # --- of a fitted model ---
    "dead_units": Sentences(
        "Units of the code that give every row the same number: {n} of {total} ({units}).",
        "They carry nothing: the code is {live} {live:number|numbers} long, and the "
        "reconstruction pays for the others.",
        "Train from another seed, or at a lower `learning_rate`; if it stays so, the rows need "
        "no more than {live} {live:number|numbers}.",
    ),
    "dead_relu_units": Sentences(
        "Dead units of the code, at zero for every row: {n} of {total} ({units}).",
        "They carry nothing and never come back, as a ReLU at zero has no gradient: the code is "
        "{live} {live:number|numbers} long, and the reconstruction pays for the others.",
        "Set `latent_activation` to `identity`, as the default has it; with the ReLU, another "
        "seed is another draw.",
    ),
    "saturated_units": Sentences(
        "Units of the code that stand at a limit of their activation for nearly all rows: {n} "
        "of {total} ({units}).",
        "There the {activation} has hardly a gradient, so that they learn no more, and they tell "
        "rows apart no better than a switch.",
        "Take an `identity` on the code, a lower `learning_rate`, or another `scaling`.",
    ),
    "correlated_units": Sentences(
        "Units of the code that follow another one (a correlation beyond {limit}): {n} of "
        "{total} (such as {units}).",
        "Two numbers that say the same are one.",
        "Shorten the code by as many, and see whether the error stays.",
    ),
    "low_rank_codes": Sentences(
        "The effective rank of the codes is {rank:.1f}, for {total} {total:number|numbers}.",
        "What the numbers say overlaps: about as much linear information would go into {fitting} "
        "of them.",
        "Try codes of {fitting} {fitting:number|numbers}, and compare the held-out errors.",
    ),
    "lost_columns": Sentences(
        "Columns of which under {limit:.0%} of the variance comes back, on {which} rows: {n:,} of "
        "{total:,} ({columns}).",
        "The code holds nothing about them, whatever it holds about the others.",
        "If they matter, lengthen the code; a column that has nothing in common with the others "
        "takes a number of its own.",
    ),
    "no_better_than_mean": Sentences(
        "The model explains {share:.1%} of the variance of {which} rows.",
        "The mean of all rows, which explains 0 %, would do as well.",
        "Look at the loss curves: train longer, or at another `learning_rate`. If PCA fares no "
        "better, the columns have nothing in common that a code could hold.",
    ),
    "overfitting": Sentences(
        "The model explains {train:.1%} of the variance of training rows, and {held_out:.1%} of "
        "held-out ones.",
        "It has learned much by heart that does not hold for new rows.",
        "Add rows, shorten the code or narrow `hidden_dims`, keep `early_stopping` on, or train "
        "with noise (`--estimator stacked --noise masking`).",
    ),
    "underfitting": Sentences(
        "On the training rows themselves the model's squared error a row is {ours:.4g}, and PCA's "
        "{pca:.4g}.",
        "A network can do nearly all that PCA does, so that this one is too narrow or has not been "
        "trained to its end.",
        "Raise `epochs`, leave `optimizer` and `learning_rate` at `auto`, widen `hidden_dims`, and "
        "see that no unit of the code is dead.",
    ),
    "still_falling": Sentences(
        "The {kind} loss still fell by {fall:.1%} over the last {n} of {total} "
        "{total:epoch|epochs}.",
        "Training stopped before the network had learned what it can.",
        "Raise `epochs`, to {more} for a start.",
    ),
    "loss_rose": Sentences(
        "The validation loss was lowest at epoch {best} of {total}, and is {rise:.1%} higher at "
        "the end.",
        "From there on the network learned by heart, and the weights kept are the last.",
        "Turn `early_stopping` on, which puts the best epoch's weights back, or set `epochs` to "
        "{best}.",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One finding of the doctor.

    Attributes
    ----------
    code : str
        Kind of finding, a key of ``FINDINGS``.
    severity : {"note", "warning", "problem"}
        Worth knowing; likely to reduce quality; the result is not usable as it is.
    values : dict
        Numbers and names in its sentences, in JSON types.
    """

    code: str
    severity: str
    values: dict[str, Any]

    @property
    def seen(self) -> str:
        """What was found, in one English sentence."""
        return Sentence(FINDINGS[self.code].seen, **self.values)

    @property
    def matters(self) -> str:
        """Why it matters."""
        return Sentence(FINDINGS[self.code].matters, **self.values)

    @property
    def advice(self) -> str:
        """What to do."""
        return Sentence(FINDINGS[self.code].advice, **self.values)

    def as_dict(self) -> dict[str, Any]:
        """Return the finding and its sentences in JSON types.

        Returns
        -------
        dict
            ``code``, ``severity``, ``values``, ``seen``, ``matters`` and ``advice``.
        """
        return {
            "code": self.code,
            "severity": self.severity,
            "values": dict(self.values),
            "seen": self.seen,
            "matters": self.matters,
            "advice": self.advice,
        }


def names_shown(which: Iterable[int], names: Sequence[object] | None, *, total: int) -> list[str]:
    """Return names of columns for a sentence: at most five, shortened and printable.

    Parameters
    ----------
    which : iterable of int
        Positions of the columns; at most five are used.
    names : sequence or None
        Names of all columns, of any type; None uses positions, from 0.
    total : int
        Number of columns to name; an ellipsis at the end stands for the others.

    Returns
    -------
    list of str
    """
    first = list(which)[:_N_NAMES]
    shown = [
        Sentence("column {k}", k=k) if names is None else f"`{_short(str(names[k]))}`"
        for k in first
    ]
    return [*shown, "..."] if total > len(first) else shown


def _short(name: str) -> str:
    name = name if len(name) <= _LONGEST_NAME else name[: _LONGEST_NAME - 3] + "..."
    # A terminal interprets control and format characters; escapes make them visible.
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in name)


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Return findings sorted by descending severity, otherwise in their order.

    Parameters
    ----------
    findings : iterable of Finding
        Any.

    Returns
    -------
    list of Finding
    """
    return sorted(findings, key=lambda finding: -SEVERITIES.index(finding.severity))
