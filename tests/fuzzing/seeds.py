"""Small valid files of each format, and what reads them."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import json
import lzma
import shutil
import struct
import tarfile
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from PIL import Image

import isthmus
from isthmus.artifacts import signed
from isthmus.cli import main
from isthmus.errors import IsthmusError
from isthmus.sources import read_source

__all__ = ["TARGETS", "FindingError", "Target", "tried"]

_CSV = b'name,age,"height, cm",born\nann,31,1.75,2001-02-03\n"b ""o""",,1.6,1999-12-31\nc,5,,\n' * 3
_JSONL = b'{"a": 1, "b": "x", "c": [1, 2]}\n{"a": 2.5, "b": null, "c": [3, 4]}\n'
_ARFF = b"@relation r\n@attribute a numeric\n@attribute b {x,y}\n@data\n1,x\n2.5,y\n?,x\n"
_QUOTED_ARFF = (
    b"% c\n@RELATION 'a b'\n@ATTRIBUTE \"n m\" string\n@attribute d date 'yyyy-MM-dd HH:mm'\n"
    b"@attribute l {'x y', \"z\", w}\n@DATA\n'it\\'s, a',\"2020-01-02 03:04\",'x y'\n?,?,w\n"
)
_YAML = (
    b"source: {source: digits, limit: 50}\nestimator: autoencoder\ntest_fraction: 0.2\n"
    b"parameters: &p\n  latent_dim: 2\n  hidden_dims: [8, 4]\n  random_state: 0\n"
)


class FindingError(AssertionError):
    """A file that ended in something else than one sentence."""


@dataclass(frozen=True)
class Target:
    """What is fuzzed.

    Attributes
    ----------
    seeds : callable
        Returns valid contents.
    read : callable
        Reads a file with such a content; a refusal is an ``IsthmusError``.
    suffix : str
        Ending of the file's name.
    """

    seeds: Callable[[], list[bytes]]
    read: Callable[[Path], Any]
    suffix: str = ""


def tried(target: Target, content: bytes, folder: Path) -> str:
    """Read a content, and raise ``FindingError`` if that ends in anything but rows or one sentence.

    Parameters
    ----------
    target : Target
        What reads it.
    content : bytes
        Of the file.
    folder : Path
        Where the file is written.

    Returns
    -------
    str
        The refusal, or "".
    """
    path = folder / f"file{target.suffix}"
    path.write_bytes(content)
    try:
        target.read(path)
    except IsthmusError as error:
        if error.__cause__ is not None:  # of a library, which its reader did not expect
            cause = error.__cause__
            raise FindingError(f"{type(cause).__name__}: {cause}") from error
        return str(error)
    except FindingError:
        raise
    except BaseException as error:
        raise FindingError(f"{type(error).__name__}: {error}") from error
    return ""


# --- contents -------------------------------------------------------------------------------------


def _written(write: Callable[[Any], Any]) -> bytes:
    target = io.BytesIO()
    write(target)
    return target.getvalue()


def _npy(array: Any) -> bytes:
    return _written(lambda target: np.save(target, array))


def _table() -> pa.Table:
    return pa.table({"a": [1, 2, None], "b": ["x", "y", "x"], "c": [[1.0, 2.0]] * 3})


def _arrow() -> bytes:
    def write(target: Any) -> None:
        with pa.ipc.new_file(target, _table().schema) as writer:
            writer.write_table(_table())

    return _written(write)


def _zip(name: str, content: bytes) -> bytes:
    def write(target: Any) -> None:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(name, content)

    return _written(write)


def _picture(form: str, mode: str = "RGB") -> bytes:
    array = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)
    picture = Image.fromarray(array).convert(mode)
    return _written(lambda target: picture.save(target, form))


def _tar() -> bytes:
    def write(target: Any) -> None:
        with tarfile.open(fileobj=target, mode="w") as tar:
            for name, content in (("a.png", _picture("PNG")), ("a.cls", b"1")):
                member = tarfile.TarInfo(name)
                member.size = len(content)
                tar.addfile(member, io.BytesIO(content))

    return _written(write)


def _workbook() -> bytes:
    from hostile_files import workbook

    rows = b'<row r="1"><c r="A1" t="inlineStr"><is><t>a</t></is></c></row>'
    rows += b'<row r="2"><c r="A2"><v>1</v></c></row><row r="3"><c r="A3"><v>2.5</v></c></row>'
    return workbook(rows)


def _mat() -> bytes:
    import scipy.io

    rows = {"X": np.arange(12.0).reshape(4, 3), "y": np.arange(4)[:, None]}
    return _written(lambda target: scipy.io.savemat(target, rows, do_compression=True))


def _sparse() -> bytes:
    import scipy.sparse

    return _written(lambda target: scipy.sparse.save_npz(target, scipy.sparse.eye(4, format="csr")))


def _idx(*shape: int) -> bytes:
    head = b"\0\0\x08" + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape)
    return head + bytes(range(int(np.prod(shape))))


# --- runs -----------------------------------------------------------------------------------------

_STORED = Path(__file__).parents[1] / "runs" / "earlier_reports" / "table"


def run_of(folder: Path) -> Path:
    """Return a run next to a file: a stored report, and a tiny model; made on the first call."""
    run = folder / "run"
    if run.exists():
        return run
    shutil.copytree(_STORED, run)
    rows = pa.table({"a": [0.5, 2.0, 1.0, 3.5], "b": ["x", "y", "x", "z"]})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = isthmus.Autoencoder(1, hidden_dims=(3,), epochs=1, device="cpu", random_state=0)
        model.fit(rows).save(run / "model")
    lines = "".join(json.dumps(record) + "\n" for record in model.history_)
    (run / "metrics.jsonl").write_text(lines)
    return run


def _called(*words: Any) -> None:
    """Call the command line; its sentence is raised if its exit code is none of 0, 2 and 3."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main([str(word) for word in words])
        except SystemExit as end:
            if end.code not in (0, 2, 3, None):
                raise FindingError(err.getvalue()) from None


def _of_run(name: str) -> Callable[[], list[bytes]]:
    def seeds() -> list[bytes]:
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            return [(run_of(Path(folder)) / name).read_bytes()]

    return seeds


@contextlib.contextmanager
def _with(path: Path, name: str) -> Iterator[Path]:
    """Give the run the content of a file in place of one of its own."""
    run = run_of(path.parent)
    before = (run / name).read_bytes()
    (run / name).write_bytes(path.read_bytes())
    try:
        yield run
    finally:
        (run / name).write_bytes(before)


def _read_model(path: Path) -> None:
    """Load a model whose document is signed again, so that its digest is right."""
    with _with(path, "model/model.json") as run:
        with contextlib.suppress(ValueError, RecursionError, AttributeError):
            document = json.loads(path.read_bytes())
            (run / "model/model.json").write_text(json.dumps(signed(document)))
        isthmus.load(run)


def _read_tensors(path: Path) -> None:
    from isthmus._digests import digest_of_file

    with _with(path, "model/model.safetensors") as run:
        place = run / "model/model.json"
        before = place.read_text()
        tensors = digest_of_file(run / "model/model.safetensors")
        place.write_text(json.dumps(signed(json.loads(before), tensors=tensors)))
        try:
            isthmus.load(run)
        finally:
            place.write_text(before)


def _shown(name: str, *words: str) -> Callable[[Path], None]:
    def read(path: Path) -> None:
        with _with(path, name) as run:
            _called(words[0], run, *words[1:])

    return read


def _read_config(path: Path) -> None:
    from isthmus.cli._config import read_config

    read_config(path)


def _read_checkpoint(path: Path) -> None:
    from isthmus.training._checkpoint_file import read_checkpoint

    read_checkpoint(path)


def _checkpoint() -> list[bytes]:
    import tempfile

    import torch

    from isthmus.training._checkpoint_file import write_checkpoint

    with tempfile.TemporaryDirectory() as folder:
        document = {"step": 3, "weights": [torch.ones(2, 2)], "best": float("inf")}
        write_checkpoint(Path(folder, "a"), document)
        return [Path(folder, "a").read_bytes()]


def _source(suffix: str, *seeds: Callable[[], bytes]) -> Target:
    return Target(lambda: [seed() for seed in seeds], read_source, suffix)


def _json_of_rows() -> bytes:
    return b"[" + _JSONL.strip().replace(b"\n", b",") + b"]"


def _json_of_columns() -> bytes:
    return b'{"a": {"0": 1, "1": 2}, "b": {"0": "x", "1": null}}'


TARGETS: dict[str, Target] = {
    "csv": _source(".csv", lambda: _CSV, lambda: _CSV.decode().encode("utf-16")),
    "tsv": _source(".tsv", lambda: _CSV.replace(b",", b"\t")),
    "csv.gz": _source(".csv.gz", lambda: gzip.compress(_CSV, mtime=0)),
    "csv.bz2": _source(".csv.bz2", lambda: bz2.compress(_CSV)),
    "csv.xz": _source(".csv.xz", lambda: lzma.compress(_CSV)),
    "csv.zst": _source(".csv.zst", lambda: pa.compress(_CSV, "zstd", asbytes=True)),
    "csv.zip": _source(".csv.zip", lambda: _zip("a.csv", _CSV)),
    "txt": _source(".txt", lambda: b"a line of text\nanother line\n" * 4),
    "json": _source(".json", _json_of_rows, _json_of_columns),
    "jsonl": _source(".jsonl", lambda: _JSONL),
    "arff": _source(".arff", lambda: _ARFF, lambda: _QUOTED_ARFF),
    "parquet": _source(".parquet", lambda: _written(lambda t: pq.write_table(_table(), t))),
    "arrow": _source(".arrow", _arrow),
    "xlsx": _source(".xlsx", _workbook),
    "npy": _source(".npy", lambda: _npy(np.arange(12.0).reshape(4, 3))),
    "npz": _source(
        ".npz",
        lambda: _written(lambda t: np.savez_compressed(t, X=np.ones((4, 3)), y=[1] * 4)),
        _sparse,
    ),
    "mat": _source(".mat", _mat),
    "idx": _source(".idx", lambda: _idx(3, 2, 2), lambda: gzip.compress(_idx(3, 4), mtime=0)),
    "png": _source(".png", lambda: _picture("PNG"), lambda: _picture("PNG", "P")),
    "jpg": _source(".jpg", lambda: _picture("JPEG")),
    "gif": _source(".gif", lambda: _picture("GIF", "P")),
    "bmp": _source(".bmp", lambda: _picture("BMP")),
    "tif": _source(".tif", lambda: _picture("TIFF"), lambda: _picture("TIFF", "F")),
    "webp": _source(".webp", lambda: _picture("WEBP")),
    "ppm": _source(".ppm", lambda: _picture("PPM")),
    "tar": _source(".tar", _tar),
    "config": Target(lambda: [_YAML], _read_config, ".yaml"),
    "checkpoint": Target(_checkpoint, _read_checkpoint),
    "model.json": Target(_of_run("model/model.json"), _read_model),
    "model.safetensors": Target(_of_run("model/model.safetensors"), _read_tensors),
    "config.yaml": Target(_of_run("config.yaml"), _shown("config.yaml", "info")),
    "report.json": Target(_of_run("report.json"), _shown("report.json", "info")),
    "metrics.jsonl": Target(_of_run("metrics.jsonl"), _shown("metrics.jsonl", "info", "--json")),
}
