"""A file of results for each file of a source that is a folder or a pattern."""

from __future__ import annotations

from pathlib import Path

from ..errors import OutputExistsError, UsageError
from ..sources import NAMED_SOURCES, picture_tars, shards_of, stem_of
from ._output_paths import FILLED_SUFFIXES
from ._source_paths import located

__all__ = ["shard_outputs"]


def shard_outputs(source: str, out: Path) -> list[tuple[Path, Path]] | None:
    """Return the files of a source, and the file of results for each.

    Parameters
    ----------
    source : str
        Source on the command line.
    out : pathlib.Path
        Folder of the results. A .csv or .parquet file keeps its name there, another one gets the
        ending .parquet.

    Returns
    -------
    list of tuple of pathlib.Path, or None
        None if the source is not several files.

    Raises
    ------
    OutputExistsError
        If the folder is that of the source, or in it.
    UsageError
        If two files of results would have one name.
    """
    if source in NAMED_SOURCES:
        return None
    path = Path(located({"source": source})["source"])
    files = [] if path.is_file() else shards_of(path) or _tars(path)
    if not files:
        return None
    folder = path if path.is_dir() else None
    if folder is not None and out.resolve().is_relative_to(folder.resolve()):
        raise OutputExistsError(
            f"The output must not be in the source. {out} is in {source}: choose another name."
        )
    targets = [out / _name(file, folder) for file in files]
    twice = next((target for target in targets if targets.count(target) > 1), None)
    if twice is not None:
        raise UsageError(
            f"Each file of {source} needs its own file of results. Several would be written to "
            f"{twice}: rename them."
        )
    return list(zip(files, targets, strict=True))


def _tars(path: Path) -> list[Path]:
    return picture_tars(path) if path.is_dir() else []


def _name(file: Path, folder: Path | None) -> Path:
    own = Path(file.name) if folder is None else file.relative_to(folder)
    if own.suffix.lower() in FILLED_SUFFIXES:
        return own
    return own.with_name(f"{stem_of(own)}.parquet")
