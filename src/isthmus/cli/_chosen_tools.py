"""Names of map layouts and log tools, checked before Matplotlib and PyTorch are imported."""

from __future__ import annotations

from collections.abc import Sequence

from ..errors import UsageError, did_you_mean

__all__ = ["LOGS", "MAPS", "check_logs", "check_map"]

# Those of `figures` and `logs`, which take seconds to import; a test compares them.
MAPS = ("pca", "umap")
LOGS = ("tensorboard", "mlflow", "wandb")


def check_map(map: str | None) -> None:
    """Raise ``UsageError`` if a layout of the map of codes is unknown."""
    if map is not None:
        _check("map", map, MAPS)


def check_logs(logs: Sequence[str] | None) -> None:
    """Raise ``UsageError`` if the tool of a log such as ``mlflow=runs.db`` is unknown."""
    for text in logs or ():
        _check("log", text.partition("=")[0], LOGS)


def _check(option: str, name: str, names: tuple[str, ...]) -> None:
    if name not in names:
        raise UsageError(
            f"`{option}` must be one of {', '.join(names)}. Got {name!r}."
            + did_you_mean(name, names)
        )
