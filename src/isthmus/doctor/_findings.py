"""The doctor's findings: a code for each, and its messages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from .._translation import Message, gettext_noop

__all__ = ["FINDINGS", "SEVERITIES", "Finding", "FindingText", "names_shown", "worst_first"]

SEVERITIES = ("note", "warning", "problem")  # in ascending order

_N_NAMES = 5
_LONGEST_NAME = 40


class FindingText(NamedTuple):
    """Messages of a finding: what was seen, why it matters, what to do.

    ``advice_for_one`` is the advice where the code cannot be shorter, ``advice_for_loss`` that for
    models trained with another loss than the squared error.
    """

    seen: str
    matters: str
    advice: str
    advice_for_one: str | None = None
    advice_for_loss: str | None = None


# Neutral in number ("Dead units: 1 of 4"): none needs a plural form. A list among the values is
# joined by commas.
FINDINGS: dict[str, FindingText] = {
    # --- of rows ---
    "few_rows": FindingText(
        gettext_noop("Few training rows: {n_rows:,} for code size {latent_dim}."),
        gettext_noop(
            "With fewer than {enough} rows per value of the code, the model fits chance patterns "
            "of these rows."
        ),
        gettext_noop("Add rows, or reduce the code size."),
        gettext_noop("Add rows."),
    ),
    "long_code": FindingText(
        gettext_noop(
            "The code size ({latent_dim}) is not smaller than the number of columns ({n_features})."
        ),
        gettext_noop("Such a code can copy each row, so the model need not learn any structure."),
        gettext_noop("Reduce the code size, add columns, or train with noise."),
    ),
    "constant_columns": FindingText(
        gettext_noop("Constant columns in the training rows: {n:,} of {total:,} ({columns})."),
        gettext_noop("They carry no information."),
        gettext_noop(
            "Drop them, or check how the file was read. Constant pixels at the border of pictures "
            "are harmless."
        ),
    ),
    "duplicate_columns": FindingText(
        gettext_noop("Columns identical to another column: {n:,} of {total:,} ({columns})."),
        gettext_noop("A repeated column counts more than once in the error."),
        gettext_noop("Keep one of each with `columns`."),
    ),
    "leak": FindingText(
        gettext_noop(
            "Held-out rows that are also training rows: {n:,} of {total:,} ({share:.1%})."
        ),
        gettext_noop("The held-out error is too low: the model was trained on some of these rows."),
        gettext_noop(
            "Remove duplicates before the split. In data where equal rows are common, such as a "
            "few columns of small integers, take this into account."
        ),
    ),
    "wild_scales": FindingText(
        gettext_noop(
            "Columns with less than a thousandth of the range of {widest}: {n:,} of {total:,} "
            "({columns}). The scaling `{scaling}` does not change this."
        ),
        gettext_noop(
            "The squared error almost ignores them: they hold {share:.2g} of the variance."
        ),
        gettext_noop(
            "Set `scaling` to `standard` or `robust`, which scale each column separately."
        ),
    ),
    "wild_scales_evened": FindingText(
        gettext_noop(
            "Columns with less than a thousandth of the range of {widest}: {n:,} of {total:,} "
            "({columns})."
        ),
        gettext_noop(
            "The scaling `{scaling}` gives all columns equal weight; with `unit` or `none` only "
            "{widest} would count."
        ),
        gettext_noop("Keep `scaling` as it is."),
    ),
    "outliers": FindingText(
        gettext_noop(
            "Rows furthest from the mean: {n:,} of {total:,} hold {share:.0%} of the variance, "
            "most of it in {columns} (rows: {rows})."
        ),
        gettext_noop(
            "The squared error grows with the square of the distance: these rows dominate it."
        ),
        gettext_noop(
            "Check these rows. Take logarithms of skewed columns, remove errors, or train with "
            "the loss `huber`."
        ),
    ),
    "near_linear": FindingText(
        gettext_noop(
            "PCA at the same code size ({latent_dim}) explains {share:.1%} of the variance; "
            "components needed for 95%: {k95}."
        ),
        gettext_noop("An autoencoder can improve little on that: PCA may be good enough here."),
        gettext_noop(
            "Use PCA, or reduce the code size below {k95}, where PCA explains less than 95%."
        ),
        gettext_noop("Use PCA."),
    ),
    "suggested_latent_dim": FindingText(
        gettext_noop(
            "Principal components for 95% of the variance: {k95}; components above noise: {elbow} "
            "(parallel analysis, n = {n_rows:,})."
        ),
        gettext_noop(
            "A code size below both numbers loses common structure; one above both also encodes "
            "noise. An autoencoder often needs fewer dimensions than PCA."
        ),
        gettext_noop("Try these code sizes: {sizes}."),
    ),
    "independent_columns": FindingText(
        gettext_noop("No principal component is above noise (parallel analysis, n = {n_rows:,})."),
        gettext_noop(
            "Independent columns cannot be compressed. This test does not see nonlinear relations."
        ),
        gettext_noop(
            "Check that these are the right columns, and that the model beats the mean on held-out "
            "rows."
        ),
    ),
    # --- of a table's columns ---
    "sentinel": FindingText(
        gettext_noop(
            "The value {value} stands apart from all other values in {columns}: {n:,} of {total:,} "
            "cells ({share:.1%})."
        ),
        gettext_noop(
            "If it stands for missing cells, the model learns it as a measurement, and mean and "
            "variance of the column are wrong."
        ),
        gettext_noop(
            "If it stands for missing cells, read the rows with `--missing {value}`. Otherwise "
            "keep it."
        ),
    ),
    "missing_cells": FindingText(
        gettext_noop("Columns with missing cells: {n:,} of {total:,} ({columns})."),
        gettext_noop(
            "Missing cells do not count in the error, so the model learns less of such columns."
        ),
        gettext_noop("Leave out columns that are mostly empty with `--exclude`."),
    ),
    "skewed_columns": FindingText(
        gettext_noop(
            "Columns with heavy tails: {n:,} of {total:,} ({columns}). Cells more than {limit:g} "
            "standard deviations from the mean hold up to {share:.0%} of the variance."
        ),
        gettext_noop(
            "Few cells set the scale of such a column, and all others look almost equal to the "
            "model."
        ),
        gettext_noop(
            "Set `scaling` to `squash`, which clips far values softly, or to `rank_gauss`, which "
            "keeps only the order of values."
        ),
    ),
    "unlike_kinds": FindingText(
        gettext_noop(
            "Columns of mostly numbers that are read as text: {n:,} of {total:,} ({columns}; other "
            "values: {words})."
        ),
        gettext_noop(
            "The order and distance of their numbers are lost, because each text is a level of its "
            "own."
        ),
        gettext_noop(
            "If these values stand for missing cells, name them with `--missing`; otherwise "
            "correct them."
        ),
    ),
    # --- of new rows ---
    "drift": FindingText(
        gettext_noop(
            "These rows are unlike the training rows: error {ratio:,.10g} times higher; columns "
            "that differ most: {columns}."
        ),
        gettext_noop("Codes and scores of rows unlike the training rows are not reliable."),
        gettext_noop(
            "Check units, kinds and missing cells of these columns. If the change is real, train "
            "again with such rows."
        ),
    ),
    "drift_of_columns": FindingText(
        gettext_noop(
            "These rows are unlike the training rows; columns that differ most: {columns}."
        ),
        gettext_noop("Codes and scores of rows unlike the training rows are not reliable."),
        gettext_noop(
            "Check units, kinds and missing cells of these columns. If the change is real, train "
            "again with such rows."
        ),
    ),
    "drift_of_errors": FindingText(
        gettext_noop("These rows are unlike the training rows: error {ratio:,.10g} times higher."),
        gettext_noop("Codes and scores of rows unlike the training rows are not reliable."),
        gettext_noop("Check how the rows were made, or train again with such rows."),
    ),
    # --- of a fitted model ---
    "dead_units": FindingText(
        gettext_noop("Dead units in the code (constant for all rows): {n} of {total} ({units})."),
        gettext_noop("They carry no information: the effective code size is {live}."),
        gettext_noop(
            "Train with another seed or a lower `learning_rate`. If the units stay dead, code size "
            "{live} is enough for these rows."
        ),
    ),
    "dead_latents": FindingText(
        gettext_noop("Dead latents: {n:,} of {total:,} ({share:.1%}) on {n_rows:,} training rows."),
        gettext_noop("No code contains them: the model has only {live:,} latents."),
        gettext_noop(
            "Train longer, raise `k` or `aux_coefficient`, or lower `learning_rate`. If there are "
            "few rows, reduce `n_latents`."
        ),
    ),
    "dead_relu_units": FindingText(
        gettext_noop("Dead ReLU units in the code (zero for all rows): {n} of {total} ({units})."),
        gettext_noop(
            "They carry no information and cannot recover, since a ReLU has no gradient there: the "
            "effective code size is {live}."
        ),
        gettext_noop("Set {parameter} to `identity`, or train with another seed."),
    ),
    "saturated_units": FindingText(
        gettext_noop("Saturated units in the code: {n} of {total} ({units})."),
        gettext_noop(
            "For nearly all rows they are at a limit of the {activation}, where the gradient is "
            "almost zero: they stop learning and act as on-off switches."
        ),
        gettext_noop("Set {parameter} to `identity`, lower `learning_rate`, or change `scaling`."),
    ),
    "correlated_units": FindingText(
        gettext_noop(
            "Units in the code that duplicate another unit (correlation above {limit}): {n} of "
            "{total} (pairs: {units})."
        ),
        gettext_noop("They add almost no information."),
        gettext_noop("Reduce the code size by {n}, and check that the error stays the same."),
    ),
    "low_rank_codes": FindingText(
        gettext_noop("The effective rank of the codes is {rank:.1f}, at code size {total}."),
        gettext_noop(
            "The units are correlated: fewer units ({fitting}) could carry about as much linear "
            "information."
        ),
        gettext_noop("Try code size {fitting}, and compare the held-out errors."),
    ),
    "posterior_collapse": FindingText(
        gettext_noop("Posterior collapse: none of the {total} units of the code is active."),
        gettext_noop(
            "The code of every row follows the prior, so it says nothing about the row, and "
            "reconstructions are close to the mean."
        ),
        gettext_noop(
            "Increase `beta_warmup` (such as 0.5), set `free_bits` (such as 0.1), or lower `beta`."
        ),
    ),
    "inactive_units": FindingText(
        gettext_noop("Units of the code that are not active: {n} of {total} ({units})."),
        gettext_noop(
            "They follow the prior and say almost nothing about a row: the effective code size is "
            "{active}. This does no harm, and is usual if the code is larger than the rows need."
        ),
        gettext_noop(
            "For the same model with a shorter code, set the code size to {active}. If "
            "reconstructions are too coarse, increase `beta_warmup`, set `free_bits` (such as "
            "0.1), or lower `beta`."
        ),
    ),
    "lost_columns": FindingText(
        gettext_noop(
            "Columns with less than {limit:.0%} of their variance explained on {which} rows: {n:,} "
            "of {total:,} ({columns})."
        ),
        gettext_noop("The code carries almost no information about them."),
        gettext_noop(
            "If they matter, increase the code size: a column unrelated to the others needs a unit "
            "of its own."
        ),
    ),
    "no_better_than_mean": FindingText(
        gettext_noop(
            "The model is no better than the mean on {which} rows: it explains {share:.1%} of "
            "their variance."
        ),
        gettext_noop(
            "The mean explains 0%. Below that, the reconstructions are farther from the rows than "
            "the mean is."
        ),
        gettext_noop(
            "Check the loss curves: train longer, with `optimizer` and `learning_rate` at `auto`. "
            "If PCA is no better, the columns have no common structure."
        ),
        advice_for_loss=gettext_noop(
            "Check the loss curves, and compare the codes with those of PCA by `isthmus evaluate`: "
            "the model was trained with another loss (`{loss}`), so its codes may still be good."
        ),
    ),
    "overfitting": FindingText(
        gettext_noop(
            "Overfitting: the model explains {train:.1%} of the variance of training rows, but "
            "{held_out:.1%} of held-out rows."
        ),
        gettext_noop("Part of what it learned does not hold for new rows."),
        gettext_noop(
            "Add rows, reduce the code size or {widths}, turn on `early_stopping`, or train with "
            "noise (set `noise` to `masking`)."
        ),
    ),
    "underfitting": FindingText(
        gettext_noop(
            "Underfitting: even on training rows the squared error per row is {ours:.4g}, vs. "
            "{pca:.4g} for PCA."
        ),
        gettext_noop(
            "A large enough network matches PCA almost exactly, so this one is too narrow or was "
            "not trained long enough."
        ),
        gettext_noop(
            "Increase `epochs`, keep `optimizer` and `learning_rate` at `auto`, increase {widths}, "
            "and check for dead units."
        ),
    ),
    "still_falling": FindingText(
        gettext_noop("The {kind} loss was still falling: by {fall:.1%} in {epochs}."),
        gettext_noop("Training stopped before the loss converged."),
        gettext_noop("Increase `epochs`; start with {more}."),
    ),
    "still_falling_below_zero": FindingText(
        gettext_noop(
            "The {kind} loss was still falling: {fall:.1%} of its whole fall came in {epochs}."
        ),
        gettext_noop("Training stopped before the loss converged."),
        gettext_noop("Increase `epochs`; start with {more}."),
    ),
    "loss_rose": FindingText(
        gettext_noop(
            "The validation loss was lowest at epoch {best} of {total}, and ended {rise:.1%} "
            "higher."
        ),
        gettext_noop("The model overfits after that epoch, and the last weights were kept."),
        gettext_noop(
            "Turn on `early_stopping`, which restores the best weights, or set `epochs` to {best}."
        ),
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
        """What was seen, in one English sentence."""
        return Message(FINDINGS[self.code].seen, **self.values)

    @property
    def matters(self) -> str:
        """Why it matters."""
        return Message(FINDINGS[self.code].matters, **self.values)

    @property
    def advice(self) -> str:
        """What to do."""
        text = FINDINGS[self.code]
        is_one = 1 in (self.values.get("latent_dim"), self.values.get("k95"))
        special = text.advice_for_one if is_one else None
        if "loss" in self.values:
            special = text.advice_for_loss
        advice = special or text.advice
        return Message(advice, **self.values)

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
        Message("column {k}", k=k) if names is None else f"`{_short(str(names[k]))}`" for k in first
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
