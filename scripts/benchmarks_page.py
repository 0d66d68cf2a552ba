"""Write docs/benchmarks.md from the JSON files in benchmarks/.

python scripts/benchmarks_page.py > docs/benchmarks.md
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"


def page() -> str:
    parts = [
        "# Benchmarks",
        "Made by `scripts/benchmarks_page.py` from the JSON files in `benchmarks/`, each written "
        "by the script of its name. Seconds differ from machine to machine and from hour to hour: "
        "compare within a table, whose figures come from one run on one machine, and mind the "
        "losses beside them.",
        *same_work(),
        *time_to_quality(),
        *few_steps(),
        *classical(),
        *small(),
        *encode(),
        *device(),
    ]
    return "\n\n".join(parts) + "\n"


def same_work() -> Iterable[str]:
    figures = read("tutorial")
    medians, rounds = figures["medians"], figures["rounds"]
    names = {
        "gemm_rod": "the matrix products alone (a bound, no training)",
        "epoch": "**Isthmus**",
        "epoch_compiled": "Isthmus with `compile=True`, after compiling",
        "plain_loop": "plain torch: modules, autograd, fused Adam",
        "compiled_loop": "the same under torch.compile, after compiling",
        "jax_scan": "JAX: an epoch is one jitted scan, after compiling",
        "jax_step": "JAX: a jitted step, called from Python, after compiling",
        "lightning": "Lightning",
        "pythae": "pythae",
        "skorch": "skorch",
        "pyod": "PyOD (its fit also scores every row)",
        "tutorial_rod": "the tutorial's own loop, with its validation pass",
    }
    yield "## The first tutorial's work, an epoch of it"
    yield (
        "60,000 rows of MNIST, 784-128-64-32 and back, ReLU, squared error, Adam 1e-3, batches of "
        f"256. Medians of {len(rounds)} rounds, in which all take turns. {machine(figures)}"
    )
    yield table(
        ["", "seconds", "of Isthmus's", "in the rounds"],
        [
            [
                title,
                f"{medians[name]:.2f}",
                f"{medians[name] / medians['epoch']:.2f}",
                ", ".join(f"{r[name]:.2f}" for r in rounds),
            ]
            for name, title in names.items()
            if name in medians
        ],
    )
    losses = figures["train_loss_after_each_epoch"]
    yield (
        "The same weights to begin with and the same batches give the plain loop "
        f"{numbers(losses['plain_loop'], 6)} as mean training losses of its epochs, and Isthmus "
        f"{numbers(losses['here'], 6)}; a plain loop whose weights begin 1.2e-7 of themselves "
        f"elsewhere gives {numbers(losses['plain_loop_nudged'], 6)}, so rounding alone does that. "
        "The other libraries train the same network on [0, 1] with a sigmoid, "
        "from weights and batches of their own. With `compile=True` the first epoch takes "
        f"{figures['compile_seconds']:.0f} s longer."
    )
    yield from jax_loops(figures)


def jax_loops(figures: dict[str, Any]) -> Iterable[str]:
    compiling = figures.get("jax_compile_seconds")
    if not compiling:
        return
    losses, versions = figures["train_loss_after_each_epoch"], figures["peers"]
    yield (
        "The loops in JAX begin with the plain loop's weights and take its batches too: the scan "
        f"gives {numbers(losses['jax_scan'], 6)}, the step {numbers(losses['jax_step'], 6)}. "
        f"Their first epochs take {compiling['jax_scan']:.1f} and {compiling['jax_step']:.1f} s "
        f"longer. (jax {versions['jax']}, optax {versions['optax']}.)"
    )


def time_to_quality() -> Iterable[str]:
    figures = read("tutorial")
    recipe, rod = figures["tutorial_recipe"], figures["medians"]["tutorial_rod"]
    yield "## The first tutorial's result, sooner"
    yield (
        "Its network, ReLU on the code included, and its batches, by Muon: `isthmus train mnist "
        "--recipe tutorial --optimizer auto --epochs N`. Validation loss on the 10,000 test rows. "
        "The tutorial's own code ended between 0.0336 and 0.0490 after 50 epochs of four seeds: "
        "runs of another day, which no file here holds."
    )
    rows = [
        [
            "Adam, 50 (seed 0)",
            f"{recipe['validation_loss'][-1]:.4f}",
            f"{recipe['training_seconds']:.2f}",
            f"{50 * rod / recipe['training_seconds']:.0f}",
        ]
    ]
    runs = figures["tutorial_recipe_by_muon"]
    for n in sorted({run["epochs"] for run in runs}):
        of_n = [run for run in runs if run["epochs"] == n]
        seconds = statistics.median(run["training_seconds"] for run in of_n)
        losses = ", ".join(f"{run['validation_loss'][-1]:.4f}" for run in of_n)
        rows.append([f"Muon, {n}", losses, f"{seconds:.2f}", f"{50 * rod / seconds:.0f}"])
    yield table(["epochs", "loss, by seed", "seconds", "times sooner than 50 of its epochs"], rows)


def few_steps() -> Iterable[str]:
    figures = read("few_steps")
    yield "## Few steps"
    yield (
        "Muon's own settings are others below 500 steps. Held-out squared error as a share of "
        "PCA's, the default network without early stopping, means of three seeds (MNIST: one). "
        f"{machine(figures)}"
    )
    yield table(
        ["set", "epochs", "steps", *(described(s) for s in figures["settings"].values())],
        [
            [row["set"], str(row["epochs"]), str(row["steps"])]
            + [f"{row[name]:.2f}" for name in figures["settings"]]
            for row in figures["rows"]
        ],
    )


def described(settings: dict[str, Any]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in settings.items())


def classical() -> Iterable[str]:
    figures = read("classical")
    yield "## 784-1000-500-250-30"
    yield (
        "MNIST's 10,000 test rows, squared error a picture, pixels in [0, 1]; training seconds. "
        f"The number of epochs and `max_shift` were chosen by this error. {machine(figures)}"
    )
    rows = [[name, f"{error:.2f}", "", "", ""] for name, error in figures["published"].items()]
    for name, title in (("hinton2006", "`--recipe hinton2006`"), ("deep-30", "`--recipe deep-30`")):
        run = figures[name]
        seconds, errors = run["seconds_until"], run["test_squared_error_after"]
        below = [s for s, e in zip(seconds, errors, strict=True) if e < 3]
        rows.append(
            [
                title,
                f"{run['test_squared_error']:.2f}",
                str(run["epochs"]),
                f"{run['training_seconds']:.0f}",
                f"{below[0]:.0f}" if below else "",
            ]
        )
    pca = figures["hinton2006"]["pca_test_squared_error"]
    rows.append(["PCA-30 here", f"{pca:.2f}", "", "", ""])
    yield table(["", "test error", "epochs", "seconds", "seconds to 3.00"], rows)


def small() -> Iterable[str]:
    figures = read("small")
    yield "## Small work"
    yield machine(figures)
    yield table(
        ["", "seconds"],
        [
            ["`import isthmus`, beyond the interpreter", f"{figures['import_isthmus']:.3f}"],
            ["`isthmus --help`, beyond the interpreter", f"{figures['isthmus_help']:.2f}"],
            [
                "a fit of 100 rows x 10 features, 10 epochs",
                f"{figures['fit_100_rows_10_features_10_epochs']:.3f}",
            ],
            ["100 epochs of digits (1,797 rows)", f"{figures['fit_digits_100_epochs']:.1f}"],
        ],
    )


def encode() -> Iterable[str]:
    figures = read("encode")
    medians = figures["medians"]
    yield "## Encoding a file"
    yield (
        "1,000,000 rows of 784 bytes from one .npy file to another through 784-256-128-32. "
        f"{machine(figures)}"
    )
    yield table(
        ["", ""],
        [
            ["the matrix products alone", f"{medians['products']:.2f} s"],
            ["encoding", f"{medians['encode']:.2f} s"],
            ["the whole command, start-up included", f"{medians['command']:.2f} s"],
            [
                "share of the bound (median of the rounds)",
                f"{100 * figures['share_of_the_bound']:.0f} %",
            ],
            ["peak memory", f"{medians['peak_memory_mb']:.0f} MB"],
            [
                "peak memory for a tenth of the rows",
                f"{figures['peak_memory_mb_of_a_tenth_of_the_rows']:.0f} MB",
            ],
        ],
    )


def device() -> Iterable[str]:
    figures = read("device")
    sizes, tutorial = figures["sizes"], figures["tutorial"]
    on_cpu = figures["device"] == "cpu"
    yield "## Wide layers, and the device at hand"
    yield (
        "`benchmarks/device.py` takes a CUDA device if there is one. "
        + ("There was none: no figure on this page comes from a GPU. " if on_cpu else "")
        + f"{figures['layers']} layers, {sizes['width']} wide, batches of "
        f"{sizes['batch_size']:,}, by Adam: the rate of the matrix products in training, beside "
        "that of one such product alone, in 10^12 operations a second. "
        f"{machine(figures)}"
    )
    yield table(
        ["`precision`", "alone", "in training", "share"],
        [
            [
                name,
                f"{of_it['matrix_rate']:.3g}",
                f"{of_it['rate_in_training']:.3g}",
                f"{100 * of_it['share']:.0f} %",
            ]
            for name, of_it in figures["wide_stack"].items()
        ],
    )
    if not on_cpu:
        one_by_one = figures["tutorial_step_by_step"]["training_seconds"]
        yield (
            f"The first tutorial's {tutorial['epochs']} epochs took "
            f"{tutorial['training_seconds']:.1f} s, with every step made anew {one_by_one:.1f} s; "
            f"validation loss {tutorial['validation_loss']:.4f}. ({figures['device']}.)"
        )


def read(name: str) -> dict[str, Any]:
    figures: dict[str, Any] = json.loads((BENCHMARKS / f"{name}.json").read_text())
    return figures


def machine(figures: dict[str, Any]) -> str:
    facts = figures["machine"]
    return (
        f"({facts['processor_name']}, {facts['threads']} threads, torch {facts['torch']}; "
        f"isthmus {facts['isthmus']}.)"
    )


def numbers(values: Sequence[float], digits: int) -> str:
    return ", ".join(f"{value:.{digits}f}" for value in values)


def table(head: list[str], rows: list[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


if __name__ == "__main__":
    print(page(), end="")
