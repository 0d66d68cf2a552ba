"""What cannot work is refused before PyTorch and others are imported, which takes seconds."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "sklearn", "scipy", "pandas", "matplotlib")


@pytest.mark.parametrize(
    ("words", "message"),
    [
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
        (("score", "none", "-o", "scores.csv"), "No run or model found at none"),
        (("evaluate", "none"), "No run or model found at none"),
        (("compare", "none", "none"), "No run or model found at none"),
        (("runs", "none"), "Folder none not found"),
        (("runs", "--sort", "dat"), "Did you mean `date`?"),
        (("report", "none"), "No run or model found at none"),
    ],
)
def test_a_mistake_is_told_before_anything_slow_is_imported(tmp_path, words, message):
    for name in ("rows.parquet", "rows.npy"):
        (tmp_path / name).write_bytes(b"\x01\x02\x03 no rows")
    program = (
        "import sys\n"
        "from isthmus.cli import main\n"
        "try:\n"
        f"    main({list(words)})\n"
        "finally:\n"
        f"    loaded = set({HEAVY}) & set(sys.modules)\n"
        "    assert not loaded, loaded\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path
    )
    assert message in done.stderr
    assert "assert" not in done.stderr
    assert done.returncode in (2, 3)
