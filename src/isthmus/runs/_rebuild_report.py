"""A run's report once more, from what its folder holds: what `isthmus report` does."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .._files import write_text
from .._language import Sentence, check_language
from ..artifacts import REPORT, find_artifact, read_report
from ..errors import ArtifactError, IsthmusError, MissingExtraError
from ..estimators import StackedAutoencoderClassifier
from ..pages import page_text, write_card, write_report
from ._evaluation_file import evaluation_for_page
from ._fitted_run import FittedRun, open_run
from ._prepared import labelled
from ._run_folder import damage_of, read_settings
from ._run_rows import rows_again, whole_run_folder
from ._run_training import check_map_of, map_facts, measured
from .kinds._outcomes import Drawn, draw_filters, draw_losses, loss_name, save_drawn

__all__ = ["rebuild_report"]


def rebuild_report(
    run: str | os.PathLike[str],
    *,
    map: str | None = None,
    language: str = "en",
    out: str | os.PathLike[str] | None = None,
    device: str = "auto",
) -> tuple[Path, list[Sentence]]:
    """Write a run's report anew, maybe in another language.

    The numbers are those of report.json. Figures of rows are drawn from the source, where it can
    be read and is as it was; else those of the training stay, and the page says so. Loss curves
    and filters need the model alone. What ``isthmus evaluate`` left in the run stands on the page.

    Parameters
    ----------
    run : path
        Its folder.
    map : {"pca", "umap"}, default=None
        How the map of codes is drawn, from now on; None for what the run has.
    language : {"en", "zh"}, default="en"
        Of the page, its figures and the model card.
    out : path, default=None
        Where the page goes, and nothing else is then changed. None replaces report.html, figures
        and the model card in the run.
    device : str, default="auto"
        Where to compute.

    Returns
    -------
    tuple of pathlib.Path and list of Sentence
        Where the page is, and notes: why figures of rows are those of the training, or why an
        evaluation is left out.

    Raises
    ------
    IsthmusError
        If it is no whole run, or one of another schema version.
    """
    check_language(language)
    folder = whole_run_folder(run) or find_artifact(Path(run))
    document = read_report(folder) | {"language": language}
    fitted = open_run(folder, device=device)
    if map is not None:
        check_map_of(fitted.estimator, map)
    chosen = str(document.get("map", "pca")) if map is None else map
    try:
        drawn, reason = _drawn(folder, fitted, chosen, language)
    except MissingExtraError as error:
        raise MissingExtraError(
            f"{error} The map of {folder} is by UMAP; `--map pca` draws it anew without."
        ) from None
    is_old = None if reason is None else Sentence(_KEPT, reason=reason)
    evaluation, is_left_out = evaluation_for_page(folder)
    document.pop("evaluation", None)
    document |= {} if evaluation is None else {"evaluation": evaluation}
    notes = [note for note in (is_old, is_left_out) if note is not None]
    with damage_of(folder, REPORT):
        _tell(document, is_old)
        if is_old is None:  # else the map is the old one too
            document |= map_facts(document, chosen)
        return _written(folder, document, drawn, is_old, out), notes


def _written(
    folder: Path, document: dict[str, Any], drawn: list[Drawn], is_old: Sentence | None, out: Any
) -> Path:
    """Write the page, and what belongs to it, and return where it is."""
    with _place_of_figures(folder, out) as place:
        shown = save_drawn(place / "figures", drawn)
        fresh = {figure["file"] for figure in shown}
        kept = [f for f in document.get("figures", []) if is_old and f.get("file") not in fresh]
        document["figures"] = [*shown, *kept]
        if out is not None:
            write_text(Path(out), page_text(place, document))
            return Path(out)
    page = write_report(folder, document)
    write_card(folder, document)
    return page


def _drawn(
    folder: Path, fitted: FittedRun, map: str, language: str
) -> tuple[list[Drawn], str | None]:
    """Return all figures, or those that need no rows and why."""
    estimator = fitted.estimator
    try:
        own = rows_again(folder, fitted)
        parts = own.parts
        if isinstance(estimator, StackedAutoencoderClassifier):
            config = read_settings(folder)
            parts = labelled(parts, own.dataset, config, config["parameters"]["random_state"])
    except ArtifactError:
        raise
    except (IsthmusError, OSError) as error:
        shape = fitted.picture_shape
        weight = getattr(estimator, "first_layer_weight", lambda: None)()
        losses = draw_losses(estimator, loss_name(estimator), language=language)
        return [losses, *draw_filters(weight, shape)], str(error)
    return measured(estimator, own.dataset, parts, language, map=map).drawn, None


def _tell(document: dict[str, Any], note: str | None) -> None:
    """Say on the page which figures could not be drawn anew."""
    source = document.setdefault("source", {})
    earlier = [one for one in source.get("notes", []) if not _is_ours(one)]
    source["notes"] = [*earlier, *([] if note is None else [note])]


_KEPT = "Figures of rows are those of the training: the rows could not be read again. {reason}"


def _is_ours(note: object) -> bool:
    return isinstance(note, Sentence) and note.template == _KEPT


@contextmanager
def _place_of_figures(folder: Path, out: object) -> Iterator[Path]:
    """Give the run's folder, or a copy of its figures that goes away."""
    if out is None:
        yield folder
        return
    with tempfile.TemporaryDirectory() as scratch:
        if (folder / "figures").is_dir():
            shutil.copytree(folder / "figures", Path(scratch) / "figures")
        yield Path(scratch)
