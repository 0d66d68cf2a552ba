"""Options over config file over recipe, and errors of invalid settings."""

from __future__ import annotations

import inspect
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import yaml

import isthmus
from isthmus._reading import name_list
from isthmus.cli._options import LEFT_OUT
from isthmus.estimators import TRAINABLE

pytestmark = pytest.mark.usefixtures("blank_figures")


@pytest.fixture(name="settings")
def make_settings(cli, monkeypatch):
    """Return the arguments of `run_training` for a command, without training."""
    asked = {}

    def note(config, **_):
        asked.update(config)
        return Path("run"), {}

    def read(whole, _):
        if whole["estimator"] == "auto":  # the rows are digits
            whole["estimator"] = "autoencoder"
        return SimpleNamespace(X=np.zeros((4, 64)))

    monkeypatch.setattr("isthmus.cli._train_command.read_training_rows", read)
    monkeypatch.setattr("isthmus.runs.run_training", note)
    monkeypatch.setattr("isthmus.cli._train_command._say_summary", lambda *_: None)

    def of(*words):
        outcome = cli("train", *words)
        assert outcome.code == 0, outcome.err
        return asked

    return of


@pytest.fixture(name="config")
def make_config(tmp_path):
    def write(document):
        path = tmp_path / "config.yaml"
        path.write_text(document if isinstance(document, str) else yaml.safe_dump(document))
        return path

    return write


def test_every_constructor_parameter_is_an_option(cli):
    text = cli("train", "--help-all").out
    for estimator in TRAINABLE.values():
        for name in inspect.signature(estimator).parameters:
            if name in LEFT_OUT and name not in ("device", "verbose"):
                continue  # --seed; and what no command line can spell
            assert f"--{name.replace('_', '-')} " in text, name


@pytest.mark.parametrize(
    ("words", "name", "value"),
    [
        (("--hidden-dims", "16,8"), "hidden_dims", (16, 8)),
        (("--hidden-dims", "16"), "hidden_dims", (16,)),
        (("--hidden-dims", ""), "hidden_dims", ()),
        (("--latent-dim=3",), "latent_dim", 3),
        (("--latent-dim", "auto"), "latent_dim", "auto"),
        (("--learning-rate", "1e-3"), "learning_rate", 1e-3),
        (("--activation", "relu"), "activation", "relu"),
        (("--scaling", "none"), "scaling", "none"),
        (("--weight-decay", "0"), "weight_decay", 0),
        (("--no-early-stopping",), "early_stopping", False),
        (("--early-stopping",), "early_stopping", True),
        (("--seed", "5"), "random_state", 5),
    ],
)
def test_an_option_reaches_the_estimator(settings, words, name, value):
    assert settings(*words)["parameters"][name] == value


def test_digits_and_seed_0_unless_told(train, tmp_path):
    assert train("--out", "run", "-q").code == 0
    config = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert config["source"] == {"source": "digits"}
    assert config["parameters"]["random_state"] == 0


def test_options_win_over_the_file_and_the_file_over_the_recipe(settings, config):
    path = config({"parameters": {"latent_dim": 3, "activation": "elu"}, "test_fraction": 0.4})
    words = ("--recipe", "tutorial", "--config", path, "--latent-dim", "5", "--batch-size", "16")
    whole = settings(*words)
    found = whole["parameters"]
    assert found["latent_dim"] == 5, "option over file"
    assert found["activation"] == "elu", "file over recipe"
    assert found["batch_size"] == 16, "option over recipe"
    assert found["latent_activation"] == "relu", "the recipe's own"
    assert whole["test_fraction"] == 0.4


@pytest.mark.parametrize("recipe", ["tutorial", "tutorial-sigmoid", "stacked-tutorial"])
def test_a_recipe_serves_other_rows(cli, recipe, tmp_path):
    words = ("--recipe", recipe, "--epochs", "1", "--test-fraction", "0.9")
    assert cli("train", "digits", *words, "--out", "run", "-q").code == 0
    config = yaml.safe_load((tmp_path / "run/config.yaml").read_text())
    assert config["source"] == {"source": "digits"}
    assert (config["parameters"]["optimizer"], config["parameters"]["epochs"]) == ("adam", 1)


def test_another_source_takes_no_columns_from_the_file(train, config, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")
    path = config({"source": {"source": "other.csv", "columns": ["p"], "label": "q"}})
    assert train("rows.csv", "--config", path, "--out", "run", "-q").code == 0
    source = yaml.safe_load((tmp_path / "run/config.yaml").read_text())["source"]
    assert source == {"source": str(tmp_path / "rows.csv")}


@pytest.mark.parametrize(
    ("source", "kept"), [("fashion-mnist", {"data_dir": "data"}), ("digits", {}), ("rows.csv", {})]
)
def test_another_source_takes_the_files_folder_of_data_only_if_it_has_one(
    settings, config, source, kept
):
    path = config({"source": {"source": "mnist", "data_dir": "data"}})
    assert settings(source, "--config", path)["source"] == {"source": source, **kept}


def test_an_option_completes_the_files_source(train, config, write_table, tmp_path):
    write_table(tmp_path / "rows.csv")
    path = config({"source": {"source": "rows.csv", "columns": ["a", "b"]}})
    assert train("--config", path, "--label", "kind", "--out", "run", "-q").code == 0
    model = json.loads((tmp_path / "run/model/model.json").read_text())
    assert model["preprocessing"]["feature_names"] == ["a", "b"]
    assert model["about"]["label"] == "kind"


def test_a_file_may_spell_numbers_as_people_do(settings, config):
    path = config("parameters: {learning_rate: 1e-3, hidden_dims: 16, activation: relu}\n")
    text = path.read_text()
    assert "1e-3" in text, "YAML 1.1 reads this as a word"
    found = settings("--config", path, "--hidden-dims", "4")["parameters"]
    assert found["learning_rate"] == 1e-3
    assert found["hidden_dims"] == (4,)


def test_columns_may_be_called_by_numbers_in_a_file(train, config, tmp_path):
    (tmp_path / "rows.csv").write_text("0,1,2\n" + "1.5,2.5,3\n2.5,1.5,4\n" * 10)
    path = config("source: {source: rows.csv, columns: [0, 1], label: 2}\n")
    assert train("--config", path).code == 0


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1, 2]", "must map keys such as source and parameters to values. Got a list."),
        ("", "must map keys such as source and parameters to values. Got nothing."),
        ("a: [1", "is not valid YAML: "),
        ("a: !!python/object:os.system x", "is not valid YAML: could not determine a constructor"),
        ("parametres: {}", "Got 'parametres'. Did you mean `parameters`?"),
        ("source: {sorce: a}", "Got 'sorce'. Did you mean `source`?"),
        ("source: [a]", "must be a name, a path or a mapping. Got ['a']."),
        ("parameters: [a]", "must map names to values. Got ['a']."),
        ("parameters: {callbacks: 1}", "must not have callbacks, which are for Python."),
        ("parameters: {latnt_dim: 3}", "has no parameter `latnt_dim`. Did you mean `latent_dim`?"),
        ("parameters: {latent_dim: x}", "`latent_dim` of Autoencoder must be an integer"),
        ("parameters: {random_state: x}", "`random_state` must be None, an int"),
        (
            "estimator: autoencodr",
            "`estimator` must be one of autoencoder, conv, sparse, stacked, stacked-classifier, "
            "outlier-detector, patch-detector, vae, auto. Got 'autoencodr'.",
        ),
        ("test_fraction: 1", "`test_fraction` must be a number of at least 0 and below 1. Got 1."),
        (
            "test_fraction: x",
            "`test_fraction` must be a number of at least 0 and below 1. Got 'x'.",
        ),
        ("source: digitz", "File, folder or named source `digitz` not found."),
    ],
)
def test_a_wrong_config_file_is_told_in_one_sentence(cli, config, tmp_path, text, says):
    outcome = cli("train", "--config", config(text))
    assert says in outcome.sentence
    assert outcome.code == (3 if "source: digitz" in text else 2)
    assert [entry.name for entry in tmp_path.iterdir()] == ["config.yaml"]


def test_a_config_file_that_cannot_be_read_is_exit_3(cli, tmp_path):
    outcome = cli("train", "--config", "none.yaml")
    assert (outcome.code, outcome.sentence) == (
        3,
        "The config file none.yaml cannot be read: No such file or directory.",
    )
    (tmp_path / "bytes.yaml").write_bytes(b"\xff\xfe\x00\x01")
    assert cli("train", "--config", "bytes.yaml").code == 3
    assert cli("train", "--config", tmp_path).sentence.endswith("Is a directory.")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("trian",), "Did you mean `train`?"),
        (("--foo",), "Options must follow a command"),
        (("train", "--latnt-dim", "3"), "Unknown option: --latnt-dim. Did you mean --latent-dim?"),
        (("train", "--no-force"), "Unknown option: --no-force."),
        (("train", "--recipe", "tutoral"), "Did you mean `tutorial`?"),
        (("train", "--epochs"), "--epochs requires a value."),
        (("train", "--epochs", "x"), "--epochs must be an integer of at least 1 or 'auto'."),
        (("train", "--epochs", "0", "--patience", "-1"), "--patience must be an integer"),
        (("train", "--hidden-dims", "8,x"), "--hidden-dims must be"),
        (
            ("train", "--hidden-dims", "128,,64"),
            "--hidden-dims must have a value before and after each comma. Got '128,,64': add the "
            "value, or remove the comma.",
        ),
        (("train", "--hidden-dims", "(,8)"), "--hidden-dims must have a value before and after"),
        (
            ("train", "x.csv", "--columns", "a,,b"),
            "--columns must be non-empty names separated by commas. Got 'a,,b'.",
        ),
        (("train", "x.csv", "--text-column", "a,"), "--text-column must be non-empty names"),
        (("train", "--activation", "rleu"), "Did you mean `relu`?"),
        (("train", "--activation", "a: b"), "--activation must be one of"),
        (("train", "--seed", "x"), "--seed must be an integer. Got 'x'."),
        (("train", "--seed", "-1"), "--seed must not be negative. Got -1."),
        (("train", "--device", "tpu"), "--device must be 'auto' or a device"),
        (
            ("train", "--estimator", "gan"),
            "outlier-detector, patch-detector, vae, auto. Got 'gan'.",
        ),
        (
            ("train", "--test-fraction", "1"),
            "--test-fraction must be a number of at least 0 and below 1.",
        ),
        (("train", "--test-fraction", "x"), "--test-fraction must be a number. Got 'x'."),
        (("train", "--early-stopping=maybe"), "--early-stopping must be true or false."),
        (("train", "--latent-dim", "65"), "--latent-dim must be between 1 and 64"),
        (("train", "--image-size", "3"), "--image-size does not apply to `digits`"),
        (
            ("train", "--estimator", "stacked", "--pretraining-epochs", "0", "--no-fine-tune"),
            "no fine-tuning: leave out --pretraining-epochs or --no-fine-tune.",
        ),
        (("doctor", "--latent-dim", "65"), "--latent-dim must be between 1 and 64"),
        (
            ("train", "x.csv", "--window", "-3"),
            "--window must be an integer of at least 2. Got -3.",
        ),
        (
            ("train", "x.csv", "--window", "x"),
            "--window must be an integer of at least 2. Got 'x'.",
        ),
        (
            ("train", "x.csv", "--window", "3", "--stride", "-3"),
            "--stride must be an integer of at least 1. Got -3.",
        ),
        (
            ("train", "x.csv", "--max-memory", "-5GB"),
            "--max-memory must be a size such as 500MB or 2GB. Got '-5GB'.",
        ),
        (
            ("train", "x.csv", "--memory", "8"),
            "--memory must be a size such as 500MB or 2GB. Got '8'.",
        ),
        (("train", "x.csv", "--max-memory", "--quiet"), "--max-memory requires a value."),
        (("train", "--columns", "a"), "--columns does not apply to `digits`"),
        (("train", "digits", "more"), "Unexpected argument 'more'"),
        (("encode",), "`isthmus encode` requires RUN"),
        (("encode", "run"), "`isthmus encode` requires --out"),
        (("reconstruct", "run", "-o", "x.png", "--pictures", "0"), "--pictures must be"),
        (("info",), "`isthmus info` requires RUN"),
    ],
)
def test_an_invalid_command_line_exits_with_2(cli, tmp_path, words, says):
    outcome = cli(*words)
    assert says in outcome.sentence
    assert outcome.code == 2
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


def test_all_wrong_options_are_told_at_once(cli):
    sentence = cli("train", "--epochs", "0", "--latent-dim", "0").sentence
    assert "--epochs" in sentence and "--latent-dim" in sentence


def test_debug_shows_where_an_error_came_from(cli):
    done = cli("train", "--recipe", "none", "--debug")
    assert done.code == 2
    assert "Traceback (most recent call last)" in done.err and "load_recipe" in done.err


@pytest.mark.parametrize("command", ["", "train", "encode", "reconstruct", "info"])
def test_help_is_on_stdout_and_exit_0(cli, command):
    outcome = cli(*command.split(), "--help")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.startswith(f"Usage: isthmus {command or 'COMMAND'}")


def test_no_command_shows_the_help(cli):
    assert cli().out == cli("--help").out


def test_version(cli):
    assert cli("--version").out == f"{isthmus.__version__}\n"


def test_a_name_that_holds_a_comma_stands_in_quotes():
    assert name_list('height, "a,b"', "columns") == ["height", "a,b"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("limit: 50-1", "`limit` of `source` must be N. Got '50-1'."),
        ("window: [1]", "`window` of `source` must be N. Got [1]."),
        ("limit: .inf", "`limit` of `source` must be N. Got inf."),
        ("kinds: [a]", "`kinds` of `source` must be NAME=KIND,.... Got ['a']."),
    ],
)
def test_a_reading_option_of_another_type_is_named(cli, tmp_path, text, told):
    (tmp_path / "settings.yaml").write_text(f"source: {{source: digits, {text}}}")
    outcome = cli("train", "--config", "settings.yaml")
    assert (outcome.code, outcome.sentence) == (2, told)
