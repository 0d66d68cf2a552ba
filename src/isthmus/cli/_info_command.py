"""isthmus info."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from .._damage import what_is_wrong
from .._documents import read_text_file
from .._translation import Message, check_language, locale_language, translate, width
from ..errors import ArtifactError
from ._resumed_training import to_continue
from ._terminal_tables import results_table
from ._terminal_text import say, say_json

__all__ = ["info"]


def info(
    run: Path,
    /,
    *,
    lang: Annotated[str | None, Parameter(metavar="en|zh")] = None,
    as_json: Annotated[bool, Parameter(name="--json")] = False,
) -> int:
    """Show what a run is and how well it performs.

    Parameters
    ----------
    run
        Run folder, or saved model.
    lang
        Language of the output: en or zh. Default: that of the locale.
    as_json
        Print one JSON document on stdout instead of text: all data of the model and the report.
    """
    language = locale_language() if lang is None else lang
    check_language(language)
    from ..artifacts import REPORT, find_artifact, read_artifact, read_json, read_report
    from ..runs import is_unfinished

    continues = is_unfinished(run)
    if continues and not (run / REPORT).is_file():
        _say_unfinished(run, language, as_json=as_json)
        return 0
    artifact = find_artifact(run)
    model, tensors = read_artifact(artifact)
    path = artifact.parent / REPORT
    report = read_report(artifact.parent) if path.is_file() else None
    if as_json:
        whole = None if report is None else read_json(path)
        say_json({"model": model, "report": whole})
        return 0
    try:
        lines = _lines(_facts(model, tensors), language)
        if report is not None:
            lines += [
                "",
                results_table(report, language),
                "",
                translate(report["verdict"], language),
            ]
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise ArtifactError(
            f"{run} is not a complete run: its {REPORT} is damaged ({what_is_wrong(error)})."
        ) from None
    if continues:
        lines += ["", translate(to_continue(run), language)]
    say("\n".join(lines))
    return 0


def _say_unfinished(run: Path, language: str, *, as_json: bool) -> None:
    """Show a run whose training is not finished, and how to continue it."""
    from ..runs import METRICS, read_unfinished

    config = read_unfinished(run).config
    metrics = run / METRICS
    try:
        n_epochs = len(read_text_file(metrics).splitlines()) if metrics.is_file() else 0
    except (OSError, ValueError) as error:
        raise ArtifactError(f"{metrics} cannot be read: {error}.") from None
    if as_json:
        unfinished = {"config": config, "epochs": n_epochs}
        say_json({"model": None, "report": None, "unfinished": unfinished})
        return
    facts: dict[Message, Any] = {
        Message("estimator"): config["estimator"],
        Message("source"): config["source"]["source"],
        Message("epochs"): _of_asked(n_epochs, config["parameters"].get("epochs")),
        Message("status"): Message("not finished"),
    }
    rest = Message(
        "If the training does not run, continue it with `isthmus train --resume {run}`.",
        run=str(run),
    )
    say("\n".join([*_lines(facts, language), "", translate(rest, language)]))


def _of_asked(n_epochs: int, asked: object) -> str | Message:
    """Return the number of epochs that are done, of so many if they are known."""
    if not isinstance(asked, int):
        return str(n_epochs)
    return Message("{n} of at most {most}", n=n_epochs, most=asked)


def _lines(facts: dict[Message, Any], language: str) -> list[str]:
    names = [translate(name, language) for name in facts]
    most = max(14, *(width(name) + 2 for name in names))
    return [
        f"{name}{' ' * (most - width(name))}{translate(value, language)}"
        for name, value in zip(names, facts.values(), strict=True)
    ]


def _layers(model: dict[str, Any]) -> str:
    if "network" not in model:  # several networks of one kind
        given = model["parameters"]
        widths = [model["n_features_in"], *given["hidden_dims"], given["latent_dim"]]
        return Message.plural(
            "{n} network of {widths}, mirrored decoder",
            "{n} networks of {widths}, mirrored decoders",
            given["n_members"],
            widths="-".join(map(str, widths)),
        )
    network = model["network"]
    if "encoder" in network:
        return Message(
            "{encoder} and {decoder}", encoder=network["encoder"], decoder=network["decoder"]
        )
    if "channels" in network:
        return _convolutions(network)
    if "layer_dims" not in network and "hidden_dims" not in network:  # an estimator of others
        widths = [model["n_features_in"], network["latent_dim"], model["n_features_in"]]
        return "-...-".join(map(str, widths))
    inner = network.get("layer_dims") or [*network["hidden_dims"], network["latent_dim"]]
    n_inputs = network["n_features"] if "n_features" in network else sum(network["sizes"])
    widths = [n_inputs, *inner]
    if "classes" in model:
        return "-".join(map(str, [*widths, len(model["classes"])]))
    if network.get("linear_path"):
        return Message(
            "{widths} beside a linear path, mirrored decoder", widths="-".join(map(str, widths))
        )
    return Message("{widths}, mirrored decoder", widths="-".join(map(str, widths)))


def _convolutions(network: dict[str, Any]) -> str:
    channels, height, width = network["shape"]
    words = {
        "picture": f"{height}x{width}x{channels}",
        "stages": "-".join(map(str, network["channels"])),
        "size": network["latent_dim"],
    }
    if network.get("linear_path"):
        return Message(
            "{picture}, convolutions {stages}, code {size}, beside a linear path, mirrored decoder",
            **words,
        )
    return Message("{picture}, convolutions {stages}, code {size}, mirrored decoder", **words)


def _epochs(model: dict[str, Any]) -> str:
    if "best_epoch" not in model:
        return Message("{n} per network", n=model["training"]["epochs"])
    return Message("{n} (best: {best})", n=len(model["history"]), best=model["best_epoch"])


def _losses(last: dict[str, Any]) -> str:
    if last["validation_loss"] is None:
        return Message("train {train:.4g}", train=last["train_loss"])
    return Message(
        "train {train:.4g}, validation {validation:.4g}",
        train=last["train_loss"],
        validation=last["validation_loss"],
    )


def _scaling(model: dict[str, Any]) -> str:
    blocks = model["preprocessing"]["blocks"]
    kinds = dict.fromkeys(block.get("scaling", block["block"]) for block in blocks)
    return Message("{names}", names=list(kinds))


def _facts(model: dict[str, Any], tensors: dict[str, Any]) -> dict[Message, Any]:
    about = model["about"]
    weights = sum(t.size for name, t in tensors.items() if name.startswith(("network.", "member")))
    return {
        Message("estimator"): model["estimator"],
        Message("source"): about.get("source", {}).get("source", Message("unknown")),
        Message("layers"): _layers(model),
        Message("weights"): f"{weights:,}",
        Message("scaling"): _scaling(model),
        Message("epochs"): _epochs(model),
        Message("final loss"): _losses(model["history"][-1]),
        Message("seed"): model["seed"],
        Message("saved with"): f"isthmus {model['isthmus_version']}",
    }
