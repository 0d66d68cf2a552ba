"""Kill commands by SIGKILL at random moments, and count what is left of the user's files.

Each trial starts a command, kills it, checks what is at its output, and runs the next command of
that name. A trial has failed if something is gone that was there, if files of two trainings,
languages or tables stand beside each other, if the next command fails, or if it leaves anything
behind. Half of the kills are at random times; the others are just before a random one of the
command's file operations, where a kill does most harm.

    python benchmarks/kills.py --kills 200
    python benchmarks/kills.py --kills 200 --only sweep    # others keep their figures and commit
    python benchmarks/kills.py --kills 3 --out -           # prints it

Isthmus is imported once, and each command runs in a fork. Linux and macOS.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from isthmus.cli import main as isthmus
from isthmus.runs import verify_runs

TINY = "--epochs 2 --hidden-dims 4 --latent-dim 2 --device cpu -q --checkpoint-every 1epochs"
# Audit events of Python for changes of files, which are raised before the change.
FILE_EVENTS = {
    "os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.scandir", "shutil.rmtree",
    "shutil.copyfile", "tempfile.mkdtemp",
}  # fmt: skip


def is_file_event(event: str, arguments: tuple[object, ...]) -> bool:
    """Return whether an audit event is about files of the command, and not of Python."""
    if event != "open":
        return event in FILE_EVENTS
    path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes) else "/"
    return not path.startswith("/") or path.startswith(os.getcwd())


def forked(work: Callable[[], object]) -> int:
    """Start a fork, with output to a log, as the leader of its own group."""
    if pid := os.fork():
        return pid
    try:
        os.setsid()
        log = os.open("log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        for stream in (1, 2):
            os.dup2(log, stream)
        work()
    except SystemExit as leaving:
        os._exit(int(leaving.code or 0))
    except BaseException:
        import traceback

        traceback.print_exc()
        os._exit(99)
    os._exit(0)


def ended(pid: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def run(command: str) -> int:
    return ended(forked(lambda: isthmus(command.split())))


def counted(command: str) -> tuple[float, int]:
    """Return the time of a command, and the number of its file operations."""

    def work() -> None:
        events = [0]

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            events[0] += is_file_event(event, arguments)

        sys.addaudithook(hook)
        try:
            isthmus(command.split())
        finally:
            Path("events").write_text(str(events[0]))

    began = time.perf_counter()
    code = ended(forked(work))
    assert code == 0, Path("log.txt").read_text()[-2000:]
    seconds = time.perf_counter() - began
    number = int(Path("events").read_text())
    os.unlink("events")
    return seconds, number


def killed_at_event(command: str, number: int) -> int:
    """Run a command that is killed before one of its file operations."""

    def work() -> None:
        events = [0]

        def hook(event: str, arguments: tuple[object, ...]) -> None:
            if is_file_event(event, arguments):
                events[0] += 1
                if events[0] == number:
                    os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        isthmus(command.split())

    return ended(forked(work))


def killed_at_time(command: str, seconds: float) -> int:
    pid = forked(lambda: isthmus(command.split()))
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return ended(pid)


@dataclass
class Case:
    """A command, what is there before it, and what may be there after a kill."""

    command: str
    check: Callable[[], str]  # the trouble, or an empty string
    again: Callable[[], str] | None = None  # the next command of this name; default: the same
    allowed: tuple[str, ...] = ()  # names at the end, beside those at the start


# --- what may be there ----------------------------------------------------------------------------


def trouble_of_run(name: str, seeds: tuple[int, ...]) -> str:
    """Return what is wrong with a run that must be whole, of one seed and in one language."""
    folder = Path(name)
    if not folder.is_dir():
        return f"{name} is gone"
    (result,) = verify_runs([folder])
    bad = [check["message"] for check in result["checks"] if check["status"] == "failed"]
    if bad:
        return f"{name}: {bad[0]}"
    seed = json.loads((folder / "model/model.json").read_text())["seed"]
    report = json.loads((folder / "report.json").read_text())
    if seed not in seeds or report["settings"]["random_state"] != seed:
        return f"{name}: model of seed {seed}, report of {report['settings']['random_state']}"
    card = (folder / "MODEL_CARD.md").read_text()
    if ("## Description" in card) != (report["language"] == "en"):
        return f"{name}: report in {report['language']}, card in another language"
    return ""


def trouble_of_file(name: str, contents: list[bytes]) -> str:
    path = Path(name)
    if not path.is_file():
        return f"{name} is gone"
    return "" if path.read_bytes() in contents else f"{name} has parts of its contents"


def new_run() -> str:
    """Return what is wrong after a killed training of a new run: no half of it may look whole."""
    if not Path("new/report.json").is_file() or not Path("new/MODEL_CARD.md").is_file():
        return ""
    return trouble_of_run("new", (0,))


def train_again(command: str) -> str:
    """Run the command again; where that is refused, continue the run, or replace it."""
    if run(command) == 0:
        return ""
    if Path("new/checkpoint/start.json").is_file() and not Path("new/report.json").is_file():
        return "" if run("train --resume new -q") == 0 else "cannot be resumed"
    return "" if run(f"{command} --force") == 0 else "can be neither resumed nor forced"


def whole_sweep() -> str:
    for name in ("1-latent_dim-1", "2-latent_dim-2"):
        if Path("sweep", name, "report.json").is_file() and Path("sweep/sweep.html").is_file():
            bad = trouble_of_run(f"sweep/{name}", (0,))
            if bad:
                return bad
    return ""


def cases() -> dict[str, Case]:
    train = f"train rows.csv --exclude kind --out new {TINY}"
    force = f"train rows.csv --exclude kind --out base --force --seed 1 {TINY}"
    sweep = f"sweep rows.csv --exclude kind --out sweep {TINY}".replace(
        "--latent-dim 2", "--latent-dim 1,2"
    ).replace(" --checkpoint-every 1epochs", "")
    old = {name: Path(name).read_bytes() for name in ("codes.csv", "scores.csv", "filled.csv")}
    outputs = {
        "encode": ("encode base rows.csv -o codes.csv", "codes.csv"),
        "score": ("score odd rows.csv -o scores.csv", "scores.csv"),
        "impute": ("impute base rows.csv -o filled.csv", "filled.csv"),
    }
    made = {
        "train": Case(train, new_run, lambda: train_again(train), ("new",)),
        "train --force": Case(force, lambda: trouble_of_run("base", (0, 1))),
        "report": Case("report base --lang zh", lambda: trouble_of_run("base", (0,))),
        "evaluate": Case("evaluate base --json", lambda: trouble_of_run("base", (0,))),
    }
    for name, (command, file) in outputs.items():
        code = run(command)
        assert code == 0, Path("log.txt").read_text()[-2000:]
        new = Path(file).read_bytes()
        assert new != old[file]
        Path(file).write_bytes(old[file])
        made[name] = Case(command, lambda f=file, b=[old[file], new]: trouble_of_file(f, b))
    made["sweep"] = Case(sweep, whole_sweep, None, ("sweep",))
    return made


# --- trials ---------------------------------------------------------------------------------------


def names() -> set[str]:
    return {entry.name for entry in Path().iterdir()} - {"log.txt"}


def hidden() -> list[str]:
    return sorted(str(path) for path in Path().rglob(".*"))


def trial(case: Case, kill: Callable[[str], int], start: Path) -> tuple[bool, str]:
    """Return whether the command was killed, and what went wrong."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place, "place")
        shutil.copytree(start, folder)
        os.chdir(folder)
        before = names()
        code = kill(case.command)
        trouble = in_fork(case.check)
        if not trouble:
            trouble = (
                case.again() if case.again else f"again: {c}" if (c := run(case.command)) else ""
            )
        trouble = trouble or in_fork(case.check)
        if not trouble and names() != before | {*case.allowed}:
            trouble = f"left over: {sorted(names() ^ (before | {*case.allowed}))}"
        trouble = trouble or (f"left over: {hidden()}" if hidden() else "")
        if trouble and Path("log.txt").is_file():
            lines = Path("log.txt").read_text().strip().splitlines()
            trouble += f" ({lines[-1][:300]})" if lines else ""
        os.chdir("/")
        return code == -signal.SIGKILL, trouble


def in_fork(check: Callable[[], str]) -> str:
    """Run a check in a fork, because this process must not compute with torch."""
    ended(forked(lambda: Path("answer").write_text(check())))
    answer = Path("answer").read_text()
    os.unlink("answer")
    return answer


def prepare(start: Path) -> None:
    """Write rows with missing cells, two runs and the old outputs."""
    start.mkdir()
    os.chdir(start)
    rows = np.random.default_rng(0).normal(size=(60, 4)).round(3).astype(str)
    rows[::7, 1] = ""
    lines = [f"{','.join(row)},{'xy'[k % 2]}" for k, row in enumerate(rows)]
    Path("rows.csv").write_text("\n".join(["a,b,c,d,kind", *lines]) + "\n")
    for name in ("codes.csv", "scores.csv", "filled.csv"):
        Path(name).write_text("before\n")
    assert run(f"train rows.csv --exclude kind --out base {TINY}") == 0, Path("log.txt").read_text()
    odd = "--estimator outlier-detector --epochs 2 --device cpu -q"
    assert run(f"train rows.csv --exclude kind --out odd {odd}") == 0, Path("log.txt").read_text()
    os.unlink("log.txt")


def blank_figures() -> None:
    """Draw blank figures: drawing is most of the time of a small training."""
    from matplotlib.figure import Figure

    drawn = importlib.import_module("isthmus.figures._figure_spec")._FIGURES
    for name in drawn:
        drawn[name] = lambda **values: Figure((1, 1))


def measured(n_kills: int, only: list[str], seed: int = 0) -> dict[str, dict[str, object]]:
    for module in ("estimators", "figures", "evaluation", "sweeps", "pages", "runs._run_training"):
        importlib.import_module(f"isthmus.{module}")
    blank_figures()
    draws, table = random.Random(seed), {}
    with tempfile.TemporaryDirectory() as top:
        start = Path(top, "start")
        prepare(start)
        for name, case in cases().items():
            if only and name not in only:
                continue
            place = Path(top, "measure")
            shutil.copytree(start, place)
            os.chdir(place)
            seconds, n_events = counted(case.command)
            os.chdir(start)
            shutil.rmtree(place)
            tried, troubles = 0, []
            while tried < n_kills:
                if draws.random() < 0.5:
                    kill = at_time(draws.random() * seconds)
                else:
                    kill = at_event(draws.randint(1, n_events))
                was_killed, trouble = trial(case, kill, start)
                if trouble:
                    troubles.append(trouble)
                if was_killed or trouble:
                    tried += 1
            table[name] = {
                "tried": tried,
                "held": tried - len(troubles),
                "failed": len(troubles),
                "file_operations": n_events,
                "troubles": troubles[:5],
            }
            print(name, table[name], file=sys.stderr, flush=True)
            os.chdir(top)
    return table


def at_time(seconds: float) -> Callable[[str], int]:
    return lambda command: killed_at_time(command, seconds)


def at_event(number: int) -> Callable[[str], int]:
    return lambda command: killed_at_event(command, number)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", help="- prints the table instead of writing kills.json")
    chosen = parser.parse_args()
    back = os.getcwd()
    table = measured(chosen.kills, chosen.only, chosen.seed)
    os.chdir(back)
    if chosen.out == "-":
        print(json.dumps(table))
        return
    from _machine import commit, write

    file = Path(__file__).with_suffix(".json")
    commands = json.loads(file.read_text())["commands"] if chosen.only else {}
    made = {"kills": chosen.kills, "seed": chosen.seed, "commit": commit()}
    commands |= {name: {**own, **made} for name, own in table.items()}
    write(__file__, {"commands": commands})


if __name__ == "__main__":
    main()
