"""isthmus export."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from .._translation import Message, check_language, gettext_noop, locale_language, translate
from ._dry_run import DryRun, say_dry_run
from ._run_source import check_places
from ._source_options import LaterRowsOptions
from ._status_line import Status
from ._terminal_text import say, say_json

if TYPE_CHECKING:
    from ..exports import Exported

__all__ = ["export"]

_NO_OPTIONS = LaterRowsOptions()
_ROWS = {
    "held-out": gettext_noop("held-out rows"),
    "training": gettext_noop("training rows"),
    "given": gettext_noop("rows of `--check`"),
}


def export(
    run: Path,
    /,
    *,
    out: Annotated[Path, Parameter(name=("--out", "-o"), metavar="FILE")],
    part: Annotated[str | None, Parameter(metavar="NAME")] = None,
    weights: Annotated[str, Parameter(metavar="TYPE")] = "float32",
    inputs: Annotated[str, Parameter(metavar="columns|matrix")] = "columns",
    check: Annotated[str | None, Parameter(metavar="SOURCE")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    dry_run: DryRun = False,
    rows: Annotated[LaterRowsOptions, Parameter(name="*")] = _NO_OPTIONS,
) -> int:
    """Export a trained run to ONNX or torch.export, and check the file.

    Parameters
    ----------
    run
        Run folder, or saved model.
    out
        .onnx file for ONNX Runtime and other programs, or .pt2 file for PyTorch. Replaces an
        existing file, but never a file of a run, and only if the new one computes the same as the
        run.
    part
        Part to export: encoder, decoder, reconstruction (both), score (of outlier detectors) or
        probabilities (of classifiers). Default: the encoder, or what only a detector or a
        classifier has.
    weights
        Type of the weights in a .onnx file: float32, bfloat16 (half the size) or int8 (a quarter).
        What rounding costs is printed. Computations are in float32. Default: float32.
    inputs
        For tables with categories: one input for each column, with texts for categories, or the
        matrix that `prepared_rows` returns in Python. Default: columns.
    check
        Rows to check the file with. Default: the held-out rows of the run.
    as_json
        Print one JSON document on stdout instead of text: the metadata of the file.
    lang
        Language of what is printed: en or zh. Default: that of the locale.
    dry_run
        Say what would be read and written, and write nothing.
    rows
        Options for reading rows.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    status = Status(language)
    from ..exports import check_export_options
    from ..runs import check_output

    check_export_options(out, part, inputs, weights)
    check_output(out, (".onnx", ".pt2"))
    check_places(run, check, status)
    if dry_run:
        return say_dry_run({run: None, check: None}, [out], language, as_json=as_json)
    from ..runs import export_run

    status(Message("Exporting {run}...", run=str(run)))
    exported, which = export_run(
        run,
        out,
        check=check,
        part=part,
        inputs=inputs,
        weights=weights,
        reading=rows.reading,
        data_dir=rows.data_dir,
    )
    if as_json:
        files = {"files": [str(exported.path)], "n_bytes": exported.n_bytes}
        say_json({**files, **exported.metadata})
        return 0
    for line in _lines(exported, which):
        say(translate(line, language), stream=sys.stderr)
    return 0


def _lines(exported: Exported, which: str) -> list[Message]:
    """Return what was written, how it was checked, and what rounding cost."""
    facts, loss = exported.metadata, exported.loss
    lines = [
        Message(
            "Wrote the {part} to {file} ({size}): from {inputs} to {outputs}.",
            part=exported.part,
            file=str(exported.path),
            size=_size(exported.n_bytes),
            inputs=_listed(exported.inputs),
            outputs=_listed(exported.outputs),
        ),
        Message(
            "Checked with {n:,} inputs from the {rows}, in batches of 1, 2 and 1,000: the largest "
            "difference from the run is {difference:.2g} of the scale of the outputs "
            "({tolerance:g} is allowed).",
            n=exported.n_rows,
            rows=Message(_ROWS[which]),
            difference=exported.difference,
            tolerance=facts["tolerance"],
        ),
    ]
    if loss:
        lines.append(
            Message(
                "Weights in {weights} change the outputs by {mean:.2g} of their scale on average, "
                "and by {largest:.2g} at most.",
                weights=str(facts["weights"]),
                mean=loss["mean_difference"],
                largest=loss["largest_difference"],
            )
        )
    if "squared_error" in loss:
        lines.append(
            Message(
                "Mean squared error of the reconstruction: {after:.4g} (`float32`: {before:.4g}).",
                after=loss["squared_error"],
                before=loss["squared_error_float32"],
            )
        )
    return lines


def _listed(names: list[str]) -> str:
    shown = names if len(names) <= 3 else [*names[:2], "...", names[-1]]
    return ", ".join(shown)


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.2f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:.1f} kB"
