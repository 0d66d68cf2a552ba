"""isthmus latents."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._translation import Message, check_language, locale_language, translate
from ..errors import UsageError
from ._options import whole_number
from ._run_source import all_rows, check_places
from ._said import Said
from ._source_options import RowsOptions
from ._status_line import Status
from ._terminal_tables import in_columns, say_table
from ._terminal_text import one_line, say, say_json, terminal_width

__all__ = ["latents"]

_NO_OPTIONS = RowsOptions()


def latents(
    run: Path,
    source: str | None = None,
    /,
    *,
    top: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 20,
    examples: Annotated[int, Parameter(metavar="N", converter=whole_number)] = 5,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    rows: Annotated[RowsOptions, Parameter(name="*")] = _NO_OPTIONS,
) -> None:
    """List the latents of a sparse autoencoder.

    Parameters
    ----------
    run
        Run folder, or saved model.
    source
        Rows with the columns of the training data. Default: the training source, followed by its
        test rows, if any.
    top
        Number of latents to list, those that most rows use first. Default: 20.
    examples
        Number of rows to show for each latent, those that activate it most first. Default: 5.
    lang
        Language of the output: en or zh. Default: that of the locale.
    as_json
        Print one JSON document on stdout instead of text.
    rows
        Options for reading rows.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    _check_counts(top=top, examples=examples)
    status = Status(language)
    check_places(run, source, status, needs=("latents", "list latents"))
    from ..runs import list_latents, open_run

    fitted = open_run(run, device=rows.device)
    fitted.check_can("latents", "list latents")
    status.reading(source or fitted.source_name)
    given = fitted.read_as_given(source, label=None, data_dir=rows.data_dir, **rows.reading)
    X, _ = all_rows(fitted.in_matrices(given, rows.reading.get("id")))
    Said(language).warn_of_drift(fitted, source, X)
    status(Message("Encoding rows..."))
    document = list_latents(fitted, given, X, n_latents=top, n_rows=examples)
    if as_json:
        say_json(document, indent=1)
        return
    _say(document, language)


def _check_counts(**counts: int) -> None:
    for name, n in counts.items():
        if n < 1:
            raise UsageError(f"`{name}` must be an integer of at least 1. Got {n}.")


def _say(document: dict[str, Any], language: str) -> None:
    found = document["latents"]
    if any(row["label"] for one in found for row in one["top_rows"]):
        for one in found:
            _say_examples(one, language)
    else:
        say_table(in_columns(_lines(found, language)))
        say()
    say(translate(_summary(document), language), style="bold")


def _lines(found: list[dict[str, Any]], language: str) -> list[list[str]]:
    heads = (
        Message("latent"), Message("density"), Message("mean activation"), Message("top rows"),
    )  # fmt: skip
    return [[translate(head, language) for head in heads]] + [
        [
            str(one["latent"]),
            f"{one['density']:.2%}",
            _activation(one),
            ", ".join(str(row["row"]) for row in one["top_rows"]),
        ]
        for one in found
    ]


def _say_examples(one: dict[str, Any], language: str) -> None:
    head = Message(
        "latent {latent}: density {density:.2%}, mean activation {activation}",
        latent=one["latent"],
        density=one["density"],
        activation=_activation(one),
    )
    say(translate(head, language), style="bold")
    for row in one["top_rows"]:
        line = f"{row['row']:>8}  {row['activation']:.3g}  {one_line(row['label'])}"
        say(_cut(line))
    say()


def _cut(line: str) -> str:
    from ..figures import shorten

    most = terminal_width()
    return line if most is None else shorten(line, most)


def _activation(one: dict[str, Any]) -> str:
    return "-" if one["mean_activation"] is None else f"{one['mean_activation']:.3g}"


def _summary(document: dict[str, Any]) -> Message:
    share = document["variance_unexplained"]
    unexplained = "-" if share is None else f"{share:z.1%}"
    return Message.plural(
        "{latents:,} latents on {n:,} row: {per_row:.1f} per row (L0), variance unexplained "
        "{unexplained}, {dead:,} dead ({share:.1%}).",
        "{latents:,} latents on {n:,} rows: {per_row:.1f} per row (L0), variance unexplained "
        "{unexplained}, {dead:,} dead ({share:.1%}).",
        document["n_rows"],
        latents=document["n_latents"],
        per_row=document["latents_per_row"],
        unexplained=unexplained,
        dead=document["dead"],
        share=document["dead"] / document["n_latents"],
    )
