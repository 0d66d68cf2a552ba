"""What cannot work is refused before PyTorch and others are imported, which takes seconds."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys

from isthmus.artifacts import SCHEMA_VERSION, signed
from isthmus.figures import MAPS
from isthmus.logs import LOGS

_chosen_tools = importlib.import_module("isthmus.cli._chosen_tools")
HEAVY = {"torch", "sklearn", "scipy", "pandas", "matplotlib"}


AT_ONCE = (
    (("train", "none.csv"), "File or folder `none.csv` not found"),
    (("train", "rows.parquet"), "`rows.parquet` cannot be read as Parquet"),
    (("train", "rows.npy"), "`rows.npy` is not a NumPy file"),
    (("train", "--latent-dim", "0"), "--latent-dim must be an integer of at least 1"),
    (("train", "--latent-dmi", "2"), "Did you mean --latent-dim?"),
    (("train", "--estimator", "stackd"), "Did you mean `stacked`?"),
    (("train", "--layer-dims", "8"), "Autoencoder has no parameter --layer-dims"),
    (("train", "--recipe", "tutrial"), "Did you mean `tutorial`?"),
    (("sweep", "none.csv", "--latent-dim", "2,4"), "`none.csv` not found"),
    (("doctor", "none.csv"), "`none.csv` not found"),
    (("impute", "none.csv"), "`none.csv` not found"),
    (("encode", "none", "-o", "codes.csv"), "No run or model found at none"),
    (("reconstruct", "none", "-o", "rows.csv"), "No run or model found at none"),
    (("sample", "none", "-o", "rows.csv"), "No run or model found at none"),
    (
        ("sample", "none", "-o", "rows.csv", "-n", "0"),
        "--rows must be an integer of at least 1",
    ),
    (("similar", "none", "--row", "x"), "--row must be positions or ranges separated by"),
    (("similar", "none"), "requires exactly one of --row, --like and --duplicates"),
    (("interpolate", "none", "-o", "a.csv", "--rows", "3"), "--rows must be two row numbers"),
    (("score", "none", "-o", "scores.csv"), "No run or model found at none"),
    (("evaluate", "none"), "No run or model found at none"),
    (("compare", "none", "none"), "No run or model found at none"),
    (("runs", "none"), "Folder none not found"),
    (("runs", "--sort", "dat"), "Did you mean `date`?"),
    (("encode", "none", "--rows", "x", "-o", "c.csv"), "--rows must be positions or ranges"),
    (("score", "none", "--part", "tst", "-o", "c.csv"), "Did you mean `test`?"),
    (("report", "none", "--format", "gif"), "--format must be one of pdf, svg, png"),
    (("report", "none"), "No run or model found at none"),
    (("report", "none", "--map", "tsne"), "--map must be one of pca, umap. Got 'tsne'."),
    (("train", "--map", "umpa"), "Did you mean `umap`?"),
    (("train", "--log", "tensorbord=runs"), "Did you mean `tensorboard`?"),
    (("train", "--device", "foo"), "--device must be 'auto' or a device that torch can use"),
    (("impute", "x.csv", "--device", "gpu"), "Got 'gpu'. Did you mean `cpu`?"),
    (("train", "--estimator", "vea"), "patch-detector, vae, auto. Got 'vea'. Did you mean `vae`?"),
    (
        ("train", "--estimator", "outlier-detector", "--max-time", "5s"),
        "--max-time does not apply to outlier-detector, whose networks must all be trained to the "
        "end. Leave it out, or lower --epochs or --n-members.",
    ),
    (("sample", "sparse", "-o", "a.csv"), "can draw new rows. Got sparse: train another one"),
    (("sample", "dense", "-o", "a.txt"), ".txt files, with the top words of each row, require a"),
    (("sample", "dense", "-o", "a.png"), ".png files require a run that was trained on pictures"),
    (("reconstruct", "dense", "-o", "a.pdf"), ".pdf files require a run that was trained on"),
    (("latents", "dense"), "Only runs of the estimator sparse can list latents. Got autoencoder"),
    (("encode", "dense", "--layer", "1", "-o", "a.csv"), "can return the features of a layer"),
    (("encode", "detector", "-o", "a.csv"), "can encode rows. Got outlier-detector"),
    (("score", "dense", "--maps", "maps", "-o", "a.csv"), "can map errors in pictures"),
    (("encode", "dense", "-o", "a.csv", "--device", "cud"), "Did you mean `cuda`?"),
    (("sweep", "--latent-dim", "2,4", "--log", "x"), "--log must be one of tensorboard, mlflow,"),
)


def refused(cases, folder, heavy):
    """Run all commands in one process; check their messages, and that nothing heavy is imported."""
    program = (
        "import sys\n"
        "from isthmus.cli import main\n"
        f"for words in {[list(words) for words, _ in cases]}:\n"
        "    try:\n"
        "        main(words)\n"
        "    except SystemExit as end:\n"
        "        assert end.code in (2, 3), (words, end.code)\n"
        f"    loaded = {heavy} & set(sys.modules)\n"
        "    assert not loaded, (words, loaded)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    told = done.stderr.splitlines()
    assert len(told) == len(cases), done.stderr
    for (words, message), line in zip(cases, told, strict=True):
        assert message in line, (words, line)


def test_names_that_are_checked_at_once_are_those_of_the_packages_that_use_them():
    assert (MAPS, tuple(LOGS)) == (_chosen_tools.MAPS, _chosen_tools.LOGS)


def test_a_mistake_is_told_before_anything_slow_is_imported(tmp_path):
    for name in ("rows.parquet", "rows.npy"):
        (tmp_path / name).write_bytes(b"\x01\x02\x03 no rows")
    owners = {"dense": "Autoencoder", "sparse": "SparseAutoencoder"}
    for name, owner in {**owners, "detector": "AutoencoderOutlierDetector"}.items():
        saved = {"format": "isthmus", "schema_version": SCHEMA_VERSION, "estimator": owner}
        saved["preprocessing"] = {"blocks": [{"block": "numeric"}]}
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.json").write_text(json.dumps(signed(saved)))
    refused(AT_ONCE, tmp_path, HEAVY)


LATER = (
    (("train", "ids.csv"), "choose its kind with `kinds`, such as `--kinds 'id=numeric'`"),
    (("train", "constant.csv"), "All 9 rows of constant are equal"),
    (("train", "one.csv"), "requires at least 2 training rows. `one` has 1: add rows."),
    (("train", "rows.csv", "--kinds", "a=foo"), "Got 'foo' for `a`"),
    (("train", "rows.csv", "--kinds", "c=numeric"), "must contain numbers. Got text in 20 rows"),
    (("train", "rows.csv", "--kinds", "z=numeric"), "It has no column `z`"),
    (("train", "rows.csv", "--max-words", "5"), "--max-words does not apply to rows of numbers"),
    (("train", "rows.csv", "--max-shift", "1"), "--max-shift applies to pictures"),
    (("train", "rows.csv", "--seed", "-1"), "--seed must not be negative. Got -1."),
    (("train", "rows.csv", "--test-fraction", "1"), "at least 0 and below 1. Got 1.0."),
    (("sweep", "ids.csv", "--latent-dim", "1,2"), "The table has no column to train on"),
    (("doctor", "ids.csv"), "The table has no column to train on"),
    (("doctor", "rows.csv", "--test-fraction", "1"), "at least 0 and below 1. Got 1.0."),
    (("impute", "ids.csv"), "ids has no missing cell among `id`, `part`"),
    (("impute", "rows.csv", "--seed", "-1"), "--seed must not be negative. Got -1."),
)


def test_a_table_that_cannot_be_trained_on_is_refused_before_anything_slow(tmp_path):
    files = {
        "ids": "id,part\n" + "".join(f"{k},part-{k}\n" for k in range(1, 9)),
        "constant": "a,b\n" + "3,1.5\n" * 9,
        "one": "a,b\n1,2\n",
        "rows": "a,b,c\n" + "".join(f"{k * k % 7},{k * k % 5},{'xyz'[k % 3]}\n" for k in range(20)),
    }
    for name, text in files.items():
        (tmp_path / f"{name}.csv").write_text(text)
    # PyArrow imports pandas, where it is installed, for its first conversion to NumPy.
    refused(LATER, tmp_path, HEAVY - {"pandas"})
