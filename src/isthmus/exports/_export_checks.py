"""What can be refused before a model is exported."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from .._extras import imported
from ..errors import UsageError, did_you_mean

__all__ = [
    "FROM_ROWS",
    "INPUTS",
    "PARTS",
    "SUFFIXES",
    "TO_ROWS",
    "WEIGHT_TYPES",
    "check_export_options",
]

SUFFIXES = (".onnx", ".pt2")
PARTS = ("encoder", "decoder", "reconstruction", "score", "probabilities")
FROM_ROWS = ("encoder", "reconstruction", "score", "probabilities")  # parts that take rows
TO_ROWS = ("decoder", "reconstruction")  # parts that return rows
INPUTS = ("columns", "matrix")
WEIGHT_TYPES = ("float32", "bfloat16", "int8")
_PACKAGES = ("onnx", "onnxscript", "onnxruntime")


def check_export_options(path: Path, part: str | None, inputs: str, weights: str) -> None:
    """Raise the errors of options that do not depend on the model.

    Parameters
    ----------
    path : pathlib.Path
        File to write.
    part : str or None
        One of ``PARTS``.
    inputs : str
        One of ``INPUTS``.
    weights : str
        One of ``WEIGHT_TYPES``.

    Raises
    ------
    UsageError
        If an option is unknown, or does not apply to the type of the file.
    MissingExtraError
        If a package of the extra is not installed.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"The output's name must end in .onnx or .pt2. Got {str(path)!r}.")
    for name, value, known in (
        ("part", part, PARTS),
        ("inputs", inputs, INPUTS),
        ("weights", weights, WEIGHT_TYPES),
    ):
        if value is not None and value not in known:
            raise UsageError(
                f"`{name}` must be one of {', '.join(known)}. Got {value!r}."
                + did_you_mean(value, known)
            )
    if suffix == ".pt2":
        if weights != "float32":
            raise UsageError(
                f"`weights` must be 'float32' for .pt2 files. Got {weights!r}: export to a .onnx "
                "file."
            )
        return
    for package in _PACKAGES:
        if importlib.util.find_spec(package) is None:
            imported(package, "export")
