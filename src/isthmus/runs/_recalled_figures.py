"""Figures of a run, from the values that it stored."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from .._translation import Message
from ..errors import ArtifactError, UsageError
from ..figures import FigureSpec, check_map, is_known_figure, lay_out_codes, recalled_figures
from ._report_arrays import ARRAYS
from ._run_folder import damage_of

if TYPE_CHECKING:
    from .kinds import Kind

__all__ = ["figures_of_run", "kind_of_run"]


def figures_of_run(
    folder: Path,
    document: Mapping[str, Any],
    settings: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]] | None,
    map: str | None,
) -> tuple[list[FigureSpec] | None, str]:
    """Return a run's figures from stored values, and the layout of their map of codes.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    document, settings : mapping
        Content of report.json and of config.yaml.
    arrays : mapping of str to ndarray or None
        Arrays of report.npz, if there are any.
    map : {"pca", "umap"} or None
        Layout of the map; None keeps that of the run.

    Returns
    -------
    tuple of list of FigureSpec and str
        None instead of figures for a run of a version that did not store them.
    """
    entries = document.get("figures", [])
    if any("draws" in entry and not is_known_figure(entry["draws"]) for entry in entries):
        kind_of_run(document, settings)  # its package may register figures
    before = str(document.get("map", "pca"))
    chosen = before if map is None else map
    figures = _stored(folder, entries, arrays)
    if chosen != before:
        _check_map(folder, any("Z" in spec.arguments for spec in figures or ()), chosen)
        if figures is not None:
            figures = _laid_out_again(figures, arrays or {}, chosen)
    return figures, chosen


def kind_of_run(document: Mapping[str, Any], settings: Mapping[str, Any]) -> Kind:
    """Return the kind of a run; imports torch.

    Parameters
    ----------
    document, settings : mapping
        Content of report.json and of config.yaml.

    Returns
    -------
    Kind
    """
    from .kinds import kind_named

    return kind_named(str(document.get("kind", settings["estimator"])))


def _stored(
    folder: Path, entries: Sequence[Mapping[str, Any]], arrays: Mapping[str, NDArray[Any]] | None
) -> list[FigureSpec] | None:
    """Return a run's figures, or None for a run of a version that did not store them."""
    if arrays is None:
        if any("draws" in entry for entry in entries):
            raise ArtifactError(
                f"{folder} is not a complete run: its {ARRAYS}, with the data of its figures, is "
                "missing. Restore it, or train the run again."
            )
        return None
    with damage_of(folder, ARRAYS):
        return recalled_figures(entries, arrays)


def _check_map(folder: Path, has_map: bool, method: str) -> None:
    if not has_map:
        raise UsageError(
            f"`map` does not apply to {folder}: its report has no map of codes. Leave it out."
        )
    check_map(method)  # raises an error if UMAP is not installed


def _laid_out_again(
    figures: Sequence[FigureSpec], arrays: Mapping[str, NDArray[Any]], method: str
) -> list[FigureSpec]:
    """Return figures with the codes of maps laid out by another method."""
    return [
        _on_layout(spec, arrays["codes"], method) if "Z" in spec.arguments else spec
        for spec in figures
    ]


def _on_layout(spec: FigureSpec, codes: NDArray[Any], method: str) -> FigureSpec:
    before = spec.arguments["Z"]
    layout = lay_out_codes(
        codes, method=method, random_state=before.random_state, n_total=before.n_total
    )
    caption = spec.caption
    if isinstance(caption, Message) and "second" in caption.values:  # it describes the layout
        values = caption.values | {"second": layout.caption}
        caption = Message(caption.msgid, **values)
    return dataclasses.replace(spec, caption=caption, arguments={**spec.arguments, "Z": layout})
