"""`isthmus sweep`: values on the command line, output, and resuming."""

from __future__ import annotations

import importlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr
from pathlib import Path

import pytest

from isthmus._translation import width
from isthmus.estimators import Autoencoder, AutoencoderOutlierDetector, StackedAutoencoder

pytestmark = pytest.mark.usefixtures("blank_figures")

_options = importlib.import_module("isthmus.cli._options")
declared = importlib.import_module("isthmus.cli._declared_parameters").declared

START = [sys.executable, "-c", "from isthmus.cli import main; main()"]
SOURCE = Path(__file__).resolve().parents[2] / "src"


@pytest.fixture(name="sweep")
def sweep_of_a_table(cli, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")

    def tiny(*words):
        own = ("--epochs", "1", "--device", "cpu")
        own += () if "--hidden-dims" in words else ("--hidden-dims", "8")
        return cli("sweep", "rows.csv", "--columns", "a,b,c,d", *own, *words)

    return tiny


@pytest.mark.parametrize(
    ("estimator", "given", "one", "several"),
    [
        (Autoencoder, {"latent_dim": "2,4,8"}, {}, {"latent_dim": [2, 4, 8]}),
        (Autoencoder, {"latent_dim": "2/4"}, {}, {"latent_dim": [2, 4]}),
        (Autoencoder, {"latent_dim": "2"}, {"latent_dim": "2"}, {}),
        (Autoencoder, {"latent_dim": "2,"}, {"latent_dim": "2"}, {}),
        (Autoencoder, {"hidden_dims": "128,64"}, {"hidden_dims": "128,64"}, {}),
        (Autoencoder, {"hidden_dims": "128,64/256"}, {}, {"hidden_dims": [(128, 64), (256,)]}),
        (Autoencoder, {"hidden_dims": "()/64"}, {}, {"hidden_dims": [(), (64,)]}),
        (Autoencoder, {"activation": "relu,silu"}, {}, {"activation": ["relu", "silu"]}),
        (Autoencoder, {"learning_rate": "auto,1e-3"}, {}, {"learning_rate": ["auto", 1e-3]}),
        (Autoencoder, {"early_stopping": False}, {"early_stopping": False}, {}),
        (StackedAutoencoder, {"activation": "relu,silu"}, {"activation": "relu,silu"}, {}),
        (StackedAutoencoder, {"noise": "masking,gaussian"}, {}, {"noise": ["masking", "gaussian"]}),
        (AutoencoderOutlierDetector, {"noise": "0.2,0.5"}, {"noise": "0.2,0.5"}, {}),
        (AutoencoderOutlierDetector, {"noise": "0.2/0.5"}, {}, {"noise": [(0.2,), (0.5,)]}),
    ],
)
def test_commas_part_values_and_slashes_part_lists(estimator, given, one, several):
    assert _options.split_values(given, declared(estimator).by_name) == (one, several)


def test_a_table_sentences_and_the_folder(sweep, tmp_path):
    outcome = sweep("--latent-dim", "1,2,3", "--seeds", "2", "-q")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert re.split(r"  +", lines[0]) == [
        "latent_dim", "random_state", "train error", "held-out error", "PCA", "variance explained",
        "epochs", "seconds",
    ]  # fmt: skip
    assert [line.split()[:2] for line in lines[1:7]] == [[d, s] for d in "123" for s in "01"]
    assert len(set(map(len, lines[:7]))) == 1, "columns stand below one another"
    assert lines[-1] == "Sweep: runs/rows-sweep-1  (open runs/rows-sweep-1/sweep.html)"
    assert (tmp_path / "runs/rows-sweep-1/sweep.svg").is_file()


def test_json_is_what_the_folder_holds(sweep, tmp_path):
    document = sweep("--latent-dim", "1,2", "--json", "--out", "s").document
    assert document == json.loads((tmp_path / "s/sweep.json").read_text())


def test_off_a_terminal_there_is_one_plain_line_a_training(sweep):
    lines = sweep("--latent-dim", "1,2", "--out", "s").err.splitlines()
    assert len(lines) == 2
    for k, line in enumerate(lines, 1):
        assert re.fullmatch(
            rf"Training \[{k}/2\] {k}-latent_dim-{k}: held-out error [\d.]+, 1 epoch, [\d.]+ s",
            line,
        )
    assert sweep("--latent-dim", "1,2", "--out", "s").err == ("Already done: 2 of 2 trainings.\n")


def test_verbose_shows_the_epochs_too(sweep):
    lines = sweep("--latent-dim", "1,2", "-v").err.splitlines()
    assert [line.partition(" ")[0] for line in lines] == ["Training", "Training", "Epoch",
                                                          "Training"] * 2  # fmt: skip


def test_a_recipe_tells_the_estimator_and_with_it_what_commas_mean(cli, tmp_path):
    words = ("--recipe", "stacked-tutorial", "--epochs", "1", "--pretraining-epochs", "1")
    outcome = cli("sweep", "digits", *words, "--layer-dims", "8,2/8,4", "--json", "-q")
    rows = outcome.document["rows"]
    assert [(row["layer_dims"], row["code_size"]) for row in rows] == [("8,2", 2), ("8,4", 4)]


def test_a_config_file_gives_what_the_trainings_share(cli, sweep, tmp_path):
    assert sweep("--latent-dim", "1,2", "--out", "first", "-q").code == 0
    config = "first/1-latent_dim-1/config.yaml"
    document = cli("sweep", "--config", config, "--latent-dim", "1,3", "--json", "-q").document
    first = json.loads((tmp_path / "first/sweep.json").read_text())
    assert document["rows"][0]["held_out_error"] == first["rows"][0]["held_out_error"]


def test_all_values_that_the_rows_do_not_allow_are_told_before_anything_is_trained(sweep, tmp_path):
    words = ("--latent-dim", "2,5,9", "--max-shift", "0,1", "--picture-shape", "3,3")
    rule = "--latent-dim must be between 1 and 4 (the number of features)."
    for outcome in (sweep(*words), sweep(*words, "--seeds", "2", "--out", "s")):
        assert outcome.code == 2
        assert [outcome.sentence.count(f"{rule} Got {n}.") for n in (2, 5, 9)] == [0, 1, 1]
        assert outcome.sentence.count("--max-shift requires a --picture-shape of ") == 1
        assert not (tmp_path / "runs").exists() and not (tmp_path / "s").exists()


def test_all_values_that_break_their_own_rule_are_told_at_once(sweep):
    said = sweep("--latent-dim", "2,x,-3").sentence
    assert "Got 'x'." in said and "Got -3." in said and "Got 2." not in said


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ((), "A sweep requires a parameter with several values, such as `--latent-dim 2,4,8,16`."),
        (("--hidden-dims", "8,4"), "A sweep requires a parameter with several values"),
        (
            ("--latent-dim", "2"),
            "such as `--latent-dim 2,4,8,16`. Got --latent-dim 2, --hidden-dims 8, --epochs 1.",
        ),
        (
            ("--latent-dim", "-1"),
            "--latent-dim must be an integer of at least 1 or 'auto'. Got -1. "
            "A sweep requires a parameter with several values",
        ),
        (
            ("--latent-dim", "2,,4"),
            "--latent-dim must have a value before and after each comma. Got "
            "'2,,4': add the value, or remove the comma.",
        ),
        (("--latent-dim", ",2"), "--latent-dim must have a value before and after each comma."),
        (("--hidden-dims", "8//4"), "--hidden-dims must have a value before and after each slash."),
        (("--hidden-dims", "8,,4/2"), "--hidden-dims must have a value before and after each com"),
        (("--latent-dim", "2,2"), "Each value of --latent-dim must occur once. Got 2 twice."),
        (("--latent-dim", "2,x"), "--latent-dim must be an integer of at least 1"),
        (("--latent-dim", "1,2", "--jobs", "0"), "--jobs must be an integer of at least 1. Got 0."),
        (("--latent-dim", "1,2", "--seeds", "x"), "--seeds must be an integer. Got 'x'."),
        (("--latent-dim", "1,2", "--estimator", "tree"), "--estimator must be one of autoencoder"),
        (("--latent-dim", "2..8"), "requires --search N with the number of trainings"),
        (("--latent-dim", "8..2", "--search", "3"), "A range must be ascending. Got 8..2."),
        (("--latent-dim", "2..8", "--search", "3", "--seeds", "2"), "--seeds does not apply to a"),
        (("--layer-dims", "2/3"), "Autoencoder has no parameter --layer-dims."),
    ],
)
def test_invalid_options_get_one_sentence(sweep, tmp_path, words, sentence):
    outcome = sweep(*words)
    assert outcome.code == 2
    assert sentence in outcome.sentence
    assert not (tmp_path / "runs").exists()


def test_other_arguments_in_the_same_folder_are_one_sentence(sweep):
    assert sweep("--latent-dim", "1,2", "--out", "s", "-q").code == 0
    outcome = sweep("--latent-dim", "1,3", "--out", "s")
    assert (outcome.code, outcome.sentence) == (
        2,
        "The sweep in s was started with other settings (--latent-dim): use the same "
        "settings, or choose another folder with --out.",
    )


def test_a_failure_is_told_last_and_by_the_exit_code(sweep):
    words = ("--optimizer", "adam", "--learning-rate", "1e-3,1e30", "--scaling", "none")
    outcome = sweep(*words, "--batch-size", "8", "-q")
    assert outcome.code == 1
    assert "1 of 2 trainings failed." in outcome.out
    assert re.fullmatch(
        r"isthmus: 2-learning_rate-1e30 failed: Training diverged: the loss is .*\n", outcome.err
    )


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("2..64", (2, 64)),
        ("1e-4..1e-1", (1e-4, 1e-1)),
        ("-1..1", (-1, 1)),
        ("2.5..3", (2.5, 3)),
        ("a..b", None),
        ("2..", None),
        ("2,4", None),
        ("1..2,3..4", None),
        (True, None),
    ],
)
def test_two_dots_make_a_range_of_two_numbers(text, ends):
    assert _options.bounds(text) == ends


def test_a_search_prints_its_trials_and_draws_them(sweep, tmp_path):
    pytest.importorskip("optuna")
    words = ("--search", "3", "--latent-dim", "1..3", "--activation", "relu,silu", "--out", "s")
    outcome = sweep(*words)
    assert outcome.code == 0, outcome.err
    assert len(outcome.err.splitlines()) == 3
    assert outcome.out.startswith("latent_dim  activation  train error")
    assert (tmp_path / "s/sweep.svg").is_file()
    assert sweep(*words).err == "Already done: 3 of 3 trainings.\n"


@pytest.mark.parametrize("content", ["{", "[]", '{"plan": "x", "schema_version": 1, "data": "x"}'])
def test_a_damaged_sweep_is_told_and_left_alone(sweep, tmp_path, content):
    (tmp_path / "s").mkdir()
    (tmp_path / "s/sweep.json").write_text(content)
    outcome = sweep("--latent-dim", "1,2", "--out", "s")
    assert outcome.code == 3 and "s/sweep.json cannot be read" in outcome.sentence
    assert (tmp_path / "s/sweep.json").read_text() == content


def test_the_ends_of_a_searched_range_must_suit_the_rows(sweep, tmp_path):
    pytest.importorskip("optuna")
    outcome = sweep("--search", "3", "--latent-dim", "1..9", "--out", "s")
    assert (outcome.code, outcome.sentence) == (
        2,
        "--latent-dim must be between 1 and 4 (the number of features). Got 9.",
    )
    assert not (tmp_path / "s").exists()


def test_a_sweep_is_told_in_chinese_with_its_figure_and_its_runs(sweep, tmp_path):
    words = ("--latent-dim", "1,2,3", "--out", "s", "-q")
    outcome = sweep(*words, "--lang", "zh")
    assert (outcome.code, outcome.err) == (0, "")
    lines = outcome.out.splitlines()
    assert len({width(line) for line in lines[:4]}) == 1
    assert re.split(r"  +", lines[0])[:3] == ["latent_dim", "训练误差", "留出误差"]
    assert "误差\N{FULLWIDTH COLON}每行平方误差" in lines[5] and "最低的" in outcome.out
    assert lines[-1].startswith("扫描结果") and lines[-1].count("s/sweep.html") == 1
    page = (tmp_path / "s/1-latent_dim-1/report.html").read_text("utf-8")
    assert '<html lang="zh-CN">' in page
    document = json.loads((tmp_path / "s/sweep.json").read_text())
    assert all(message.isascii() for message in document["messages"])
    chinese = (tmp_path / "s/sweep.svg").read_bytes()
    assert sweep(*words).out.splitlines()[-1].startswith("Sweep: s  (open s/sweep.html)")
    assert (tmp_path / "s/sweep.svg").read_bytes() != chinese


def test_a_sweeps_progress_is_told_in_chinese(sweep):
    words = ("--latent-dim", "1,2", "--out", "s", "--lang", "zh")
    lines = sweep(*words).err.splitlines()
    comma, colon, number = "\N{FULLWIDTH COMMA}", "\N{FULLWIDTH COLON}", r"[\d.]+"
    end = rf"{colon}留出误差 {number}{comma}1 轮{comma}{number} 秒"
    for k, line in enumerate(lines, 1):
        assert re.fullmatch(rf"训练 \[{k}/2\] {k}-latent_dim-{k}{end}", line)
    assert len(lines) == 2
    assert sweep(*words).err == f"已完成{colon}2/2 次训练。\n"


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_on_a_terminal_a_bar_names_the_training_and_leaves_a_line(sweep, monkeypatch, screen):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    terminal = Terminal()
    with redirect_stderr(terminal):
        progress = importlib.import_module("isthmus.cli._sweep_progress").SweepProgress()
        progress.on_sweep_begin(Path("s"), 1, 3)
        (bar,) = progress.callbacks("2-latent_dim-4")
        bar.on_train_begin(importlib.import_module("isthmus.training").Plan(10, 1, 1, 2))
        bar.on_epoch_end({"epoch": 1, "train_loss": 0.5, "validation_loss": None})
        bar.on_train_end()
        row = {"train_error": 1.0, "held_out_error": None, "epochs": 2, "training_seconds": 0.1}
        progress.on_training_end("2-latent_dim-4", row)
    shown = terminal.getvalue()
    assert "[2/3] 2-latent_dim-4: epoch 1/2" in shown
    assert screen(shown) == [
        "Already done: 1 of 3 trainings.",
        "Training [2/3] 2-latent_dim-4: error 1, 2 epochs, 0.1 s",
    ]


@pytest.mark.parametrize("jobs", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_ctrl_c_leaves_whole_runs_whole_and_tells_how_to_go_on(tmp_path, jobs):
    words = ["sweep", "--epochs", "1,100000", "--hidden-dims", "8", "--no-early-stopping"]
    words += ["--jobs", str(jobs)]
    path = os.pathsep.join([str(SOURCE), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)
    with subprocess.Popen(
        [*START, *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,  # the terminal's Ctrl-C reaches all processes of its group
        # A shell lets its background jobs, such as these tests, ignore SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        folder = tmp_path / "runs/digits-sweep-1"
        until = time.monotonic() + 90
        # The model card is a run's last file.
        begun = (folder / "1-epochs-1/MODEL_CARD.md", folder / "2-epochs-100000/metrics.jsonl")
        while not all(path.exists() for path in begun) and time.monotonic() < until:
            time.sleep(0.05)
        time.sleep(0.5)  # until it is counted
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=60)
    assert process.returncode in (130, -signal.SIGINT) and out == ""
    *_, last = err.splitlines()
    assert last == (
        "isthmus: Interrupted: 1 of 2 trainings are done. Run the same command with `--out "
        "runs/digits-sweep-1` to continue."
    )
    assert "Traceback" not in err
    assert (folder / "1-epochs-1/report.html").is_file()
    assert not (folder / "2-epochs-100000/report.json").exists()
