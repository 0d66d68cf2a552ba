"""Checks of a run's files beside its model, for `isthmus verify`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from .._documents import parse_json, parse_yaml, read_text_file
from .._estimator_registry import saved_estimator
from .._translation import Message
from ..artifacts import (
    CHECKPOINTS,
    REPORT,
    digest_of_file,
    model_hash,
    read_json,
    read_report,
    unreadable,
)
from ..errors import ArtifactError
from ._checked_model import Checks
from ._evaluation_file import EVALUATION, evaluation_for_page
from ._kept_split import SPLIT
from ._report_arrays import ARRAYS, read_arrays
from ._run_folder import CONFIG, METRICS, damage_of, read_settings
from ._unfinished import check_checkpoints, is_unfinished, read_unfinished
from .kinds import kind_named

__all__ = ["check_files"]

_ENVIRONMENT, _PAGE, _CARD = "environment.json", "report.html", "MODEL_CARD.md"


def check_files(folder: Path, model: dict[str, Any], checks: Checks) -> None:
    """Check that a run's files can be read, and are those of its model.

    Parameters
    ----------
    folder : pathlib.Path
        Run folder.
    model : dict
        Document of its model; empty if it cannot be read.
    checks : Checks
        Gets the results.
    """
    for check in (_config, _environment, _metrics):
        check(folder, model, checks)
    report = _report(folder, model, checks)
    _arrays(folder, report.get("arrays_sha256"), checks)
    _page(folder, str(report.get("language") or "en"), checks)
    _card(folder, checks)
    _evaluation(folder, checks)
    _checkpoints(folder, checks)


def _class_of(model: dict[str, Any]) -> Any:
    return saved_estimator(model["estimator"])


def _config(folder: Path, model: dict[str, Any], checks: Checks) -> None:
    with checks.of(CONFIG, Message("settings of this model")):
        config = _plain(read_settings(folder))
        kept = model.get("parameters") or {}
        given = config["parameters"]
        differing = [name for name, value in given.items() if kept.get(name, value) != value]
        if model and kind_named(config["estimator"]).estimator is not _class_of(model):
            differing.insert(0, "estimator")
        about = model.get("about") or {}
        if _plain(about.get("source", config["source"])) != config["source"]:
            differing.append("source")
        split = about.get(SPLIT) or {}
        if split.get("test_fraction", config["test_fraction"]) != config["test_fraction"]:
            differing.append("test_fraction")
        if differing:
            raise ArtifactError(
                Message(
                    "{path} has other settings than the model was trained with ({names}). Restore "
                    "it from a copy.",
                    path=str(folder / CONFIG),
                    names=[f"`{name}`" for name in differing],
                )
            )


def _environment(folder: Path, model: dict[str, Any], checks: Checks) -> None:
    with checks.of(_ENVIRONMENT, Message("rows and seed of this model")):
        facts = read_json(folder / _ENVIRONMENT)
        split = (model.get("about") or {}).get(SPLIT) or {}
        known = {"data": split.get("data"), "seed": model.get("seed")}
        _compare(folder / _ENVIRONMENT, facts, known)


def _metrics(folder: Path, model: dict[str, Any], checks: Checks) -> None:
    lines: list[Any] = []

    def told() -> str:
        return Message.plural("{n:,} line", "{n:,} lines", len(lines))

    with checks.of(METRICS, told), damage_of(folder, METRICS):
        lines += map(parse_json, _text_of(folder / METRICS).splitlines())
        by_epoch: dict[str, list[Any]] = {}
        for line in lines:
            by_epoch.setdefault(_epoch(line), []).append(line)
        history = model.get("history") or []
        missing = [record for record in history if record not in by_epoch.get(_epoch(record), ())]
        if missing:
            raise ArtifactError(
                Message.plural(
                    "{path} lacks {n:,} epoch of the model's history. Restore it from a copy.",
                    "{path} lacks {n:,} epochs of the model's history. Restore it from a copy.",
                    len(missing),
                    path=str(folder / METRICS),
                )
            )


def _epoch(record: Any) -> str:
    return repr(record.get("epoch")) if isinstance(record, dict) else ""


def _report(folder: Path, model: dict[str, Any], checks: Checks) -> dict[str, Any]:
    """Check the report's document, and return it; empty if it cannot be read."""
    report: dict[str, Any] = {}
    figures: list[str] = []

    def told() -> str:
        return Message.plural(
            "of this model, with {n} figure", "of this model, with {n} figures", len(figures)
        )

    with checks.of(REPORT, told), damage_of(folder, REPORT):
        report |= read_report(folder)
        split = (model.get("about") or {}).get(SPLIT) or {}
        expected = {"fingerprint": split.get("data")}
        _compare(folder / REPORT, report.get("source") or {}, expected)
        expected = {"estimator": model.get("estimator")}
        _compare(folder / REPORT, report.get("model") or {}, expected)
        if "model_sha256" in report and model:
            saved = (model.get("sha256") or {}).get("tensors") or model_hash(folder)
            _compare(folder / REPORT, report, {"model_sha256": saved})
        figures += [
            str(entry["file"]) for entry in report.get("figures", []) if not entry.get("left_out")
        ]
        missing = [file for file in figures if not (folder / file).is_file()]
        if missing:
            raise ArtifactError(
                Message(
                    "{path} lacks the figures {names} of its report. Draw them again with `isthmus "
                    "report {path}`.",
                    path=str(folder),
                    names=missing,
                )
            )
    return report


def _arrays(folder: Path, known: Any, checks: Checks) -> None:
    if known is not None or (folder / ARRAYS).is_file():
        with checks.of(ARRAYS, Message("values of the figures")):
            if not (folder / ARRAYS).is_file():
                raise ArtifactError(
                    Message(
                        "{path} lacks {file}, the values of its figures. Restore it from a copy, "
                        "or train the run again.",
                        path=str(folder),
                        file=ARRAYS,
                    )
                )
            read_arrays(folder)
            _compare(
                folder / ARRAYS, {"SHA-256": digest_of_file(folder / ARRAYS)}, {"SHA-256": known}
            )


def _page(folder: Path, language: str, checks: Checks) -> None:
    def whole(text: str) -> bool:
        return f'<html lang="{language}' in text and text.rstrip().endswith("</html>")

    _check_text(folder, _PAGE, Message("complete, in the language of the report"), whole, checks)


def _card(folder: Path, checks: Checks) -> None:
    def whole(text: str) -> bool:
        try:
            return isinstance(parse_yaml(text.split("---\n")[1]), dict)
        except (IndexError, ValueError, yaml.YAMLError):
            return False

    _check_text(folder, _CARD, Message("complete"), whole, checks)


def _check_text(
    folder: Path, file: str, told: str, whole: Callable[[str], bool], checks: Checks
) -> None:
    path = folder / file
    with checks.of(file, told), damage_of(folder, file):
        if not whole(_text_of(path)):
            raise ArtifactError(
                Message(
                    "{path} is not complete, or not of this report. Write it again with `isthmus "
                    "report {folder}`.",
                    path=str(path),
                    folder=str(folder),
                )
            )


def _text_of(path: Path) -> str:
    try:
        return read_text_file(path)
    except OSError as error:
        raise ArtifactError(unreadable(path, error.strerror)) from None


def _evaluation(folder: Path, checks: Checks) -> None:
    if (folder / EVALUATION).is_file():
        with checks.of(EVALUATION, Message("readable")):
            _, reason = evaluation_for_page(folder)
            if reason is not None:
                raise ArtifactError(reason)


def _compare(path: Path, got: dict[str, Any], expected: dict[str, Any]) -> None:
    """Raise ``ArtifactError`` for a known value of the model that a file has otherwise."""
    for name, value in expected.items():
        if value is not None and got.get(name) != value:
            raise ArtifactError(
                Message(
                    "{path} is not of this model: its {name} must be {value}. Got {got}. Restore "
                    "it from a copy, or train the run again.",
                    path=str(path),
                    name=name,
                    value=str(value),
                    got=str(got.get(name)),
                )
            )


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _checkpoints(folder: Path, checks: Checks) -> None:
    """Check what a training that ended early is continued from."""
    if is_unfinished(folder):
        with checks.of(CHECKPOINTS, Message("readable")):
            read_unfinished(folder)
            check_checkpoints(folder / CHECKPOINTS)
