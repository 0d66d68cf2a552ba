"""Named sources: digits, and the search and download of MNIST-style files."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from isthmus.errors import DataError, SourceNotFoundError
from isthmus.sources import _download
from isthmus.sources import _named_sources as _named
from isthmus.sources._read_source import read_source

PIXELS = {"train": np.arange(5 * 6, dtype=np.uint8).reshape(5, 2, 3)}
PIXELS["t10k"] = PIXELS["train"][:2]
LABELS = {"train": np.array([3, 1, 4, 1, 5], np.uint8), "t10k": np.array([9, 2], np.uint8)}


def idx(array) -> bytes:
    return bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes() + array.tobytes()


def contents() -> dict[str, bytes]:
    """Return the four files, unpacked, under their usual names."""
    return {
        "train-images-idx3-ubyte": idx(PIXELS["train"]),
        "train-labels-idx1-ubyte": idx(LABELS["train"]),
        "t10k-images-idx3-ubyte": idx(PIXELS["t10k"]),
        "t10k-labels-idx1-ubyte": idx(LABELS["t10k"]),
    }


def put(folder: Path, *, packed=True, leave_out=(), rename=lambda name: name) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents().items():
        if name not in leave_out:
            path = folder / (rename(name) + (".gz" if packed else ""))
            path.write_bytes(gzip.compress(content) if packed else content)
    return folder


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch) -> Path:
    """Isolate the test from the user's files and the network."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(_named.platformdirs, "user_cache_dir", lambda name: str(folder / name))
    monkeypatch.delenv("ISTHMUS_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "*")
    serve(monkeypatch, [])
    return folder / "isthmus"


def serve(monkeypatch, mirrors, files=None, *, unpacked=True):
    """Make `mirrors` the only ones, and the MD5s those of `files`."""
    files = files or {name: gzip.compress(c, mtime=0) for name, c in contents().items()}
    md5 = tuple(
        hashlib.md5(gzip.decompress(content) if unpacked else content).hexdigest()
        for content in files.values()
    )
    for name, public in list(_named._PUBLIC.items()):
        changed = replace(public, mirrors=tuple(mirrors), md5=md5, md5_of_unpacked=unpacked)
        monkeypatch.setitem(_named._PUBLIC, name, changed)
    return files


@pytest.fixture
def server(tmp_path):
    """Serve a folder on this machine: (its URL, the folder, the requested paths)."""
    folder = tmp_path / "served"
    folder.mkdir()
    asked: list[str] = []

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=str(folder))

        def log_message(self, *args):
            asked.append(self.path)

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/", folder, asked
        running.shutdown()
        thread.join()


def publish(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / f"{name}.gz").write_bytes(content)


def check(data, name="mnist"):
    assert (data.name, data.kind, data.picture_shape) == (name, "pictures", (2, 3))
    assert data.X.dtype == np.uint8
    np.testing.assert_array_equal(data.X, PIXELS["train"].reshape(5, 6))
    np.testing.assert_array_equal(data.X_test, PIXELS["t10k"].reshape(2, 6))
    np.testing.assert_array_equal(data.y, LABELS["train"])
    np.testing.assert_array_equal(data.y_test, LABELS["t10k"])


def test_digits_need_no_file():
    data = read_source("digits")
    assert (data.X.shape, data.X.dtype, data.picture_shape) == ((1797, 64), np.uint8, (8, 8))
    assert (data.X.min(), data.X.max()) == (0, 16)
    assert sorted(set(data.y)) == list(range(10))


@pytest.mark.parametrize("folder", [".", "mnist", "MNIST/raw"])
@pytest.mark.parametrize("packed", [True, False])
def test_mnist_is_found_below_data_dir(tmp_path, folder, packed):
    put(tmp_path / "data" / folder, packed=packed)
    check(read_source("mnist", data_dir=tmp_path / "data"))


@pytest.mark.parametrize("folder", ["fashion-mnist", "FashionMNIST/raw"])
def test_fashion_mnist_is_found_below_data_dir(tmp_path, folder):
    put(tmp_path / "data" / folder)
    check(read_source("fashion-mnist", data_dir=tmp_path / "data"), "fashion-mnist")
    check(read_source("fashion-mnist", data_dir=tmp_path / "data" / folder), "fashion-mnist")


@pytest.mark.parametrize(
    ("name", "folder"),
    [("fashion-mnist", "mnist"), ("mnist", "fashion"), ("mnist", "FashionMNIST/raw")],
)
def test_one_set_is_not_taken_for_the_other(tmp_path, name, folder):
    put(tmp_path / folder)
    with pytest.raises(SourceNotFoundError, match=rf"`{name}` is not on this machine"):
        read_source(name, data_dir=tmp_path / folder)


def test_names_with_a_dot_are_found(tmp_path):
    put(tmp_path / "d", packed=False, rename=lambda name: name.replace("-idx", ".idx"))
    check(read_source("mnist", data_dir=tmp_path / "d"))


def test_the_environment_and_then_the_cache_are_searched(tmp_path, monkeypatch, cache):
    put(cache / "mnist")
    check(read_source("mnist"))
    for path in (cache / "mnist").iterdir():
        path.unlink()
    monkeypatch.setenv("ISTHMUS_DATA", str(put(tmp_path / "env")))
    check(read_source("mnist"))
    check(read_source("mnist", data_dir=tmp_path))


def test_data_dir_comes_before_the_environment(tmp_path, monkeypatch):
    wrong = put(tmp_path / "env")
    (wrong / "train-images-idx3-ubyte.gz").write_bytes(b"damaged")
    monkeypatch.setenv("ISTHMUS_DATA", str(wrong))
    check(read_source("mnist", data_dir=put(tmp_path / "good")))


def test_a_data_dir_that_is_none_is_an_error(tmp_path):
    with pytest.raises(SourceNotFoundError, match=r"`data_dir` must be an existing folder. Got"):
        read_source("mnist", data_dir=tmp_path / "nowhere")


def test_missing_files_of_four_are_named(tmp_path):
    left_out = ["train-labels-idx1-ubyte", "t10k-images-idx3-ubyte"]
    put(tmp_path / "mnist", leave_out=left_out)
    message = (
        r"Missing, gzipped or not: `train-labels-idx1-ubyte.gz`, `t10k-images-idx3-ubyte.gz`\."
    )
    for source, options in (("mnist", {"data_dir": tmp_path}), (tmp_path / "mnist", {})):
        with pytest.raises(DataError, match=message):
            read_source(source, **options)


def test_a_folder_of_idx_files_is_a_source(tmp_path):
    check(read_source(put(tmp_path / "my letters")), "my-letters")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("train-labels-idx1-ubyte", idx(LABELS["t10k"]), "one label for each of the 5 pictures"),
        ("train-images-idx3-ubyte", idx(LABELS["train"]), "must contain pictures as bytes"),
        ("t10k-images-idx3-ubyte", idx(np.ones((2, 3, 3), np.uint8)), "must have the same size"),
        ("t10k-images-idx3-ubyte", b"\0\0\x08\x03", "is truncated"),
    ],
)
def test_files_that_do_not_fit_are_named(tmp_path, name, content, message):
    put(tmp_path / "mnist", packed=False)
    (tmp_path / "mnist" / name).write_bytes(content)
    with pytest.raises(DataError, match=rf"{name}.*{message}"):
        read_source("mnist", data_dir=tmp_path)


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist"])
@pytest.mark.parametrize("unpacked", [True, False])
def test_missing_files_are_downloaded_once(monkeypatch, cache, server, name, unpacked):
    url, folder, asked = server
    publish(folder, serve(monkeypatch, [url], unpacked=unpacked))
    data = read_source(name)
    check(data, name)
    assert data.notes == (f"Downloaded to `{cache / name}`.",)
    assert len(asked) == 4
    assert read_source(name).notes == ()
    assert len(asked) == 4
    assert sorted(path.name for path in (cache / name).iterdir()) == sorted(
        f"{stem}.gz" for stem in contents()
    )


def test_a_download_goes_on_where_it_stopped(monkeypatch, cache, server):
    url, folder, asked = server
    publish(folder, serve(monkeypatch, [url]))
    put(cache / "mnist", leave_out=["t10k-labels-idx1-ubyte"])
    check(read_source("mnist"))
    assert asked == ["/t10k-labels-idx1-ubyte.gz"]


def test_the_next_mirror_is_tried(monkeypatch, server):
    url, folder, _ = server
    publish(folder, serve(monkeypatch, [f"{url}gone/", "http://127.0.0.1:9/", url]))
    check(read_source("mnist"))


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (gzip.compress(b"something else"), "its MD5 is [0-9a-f]{32} instead of [0-9a-f]{32}"),
        (gzip.compress(idx(PIXELS["train"]))[:-9], "incomplete gzip file"),
        (b"<html>please log in</html>", "incomplete gzip file"),
    ],
    ids=["another content", "cut short", "a login page"],
)
def test_a_wrong_download_leaves_nothing_behind(monkeypatch, cache, server, content, reason):
    url, folder, _ = server
    publish(folder, serve(monkeypatch, [url]))
    (folder / "train-images-idx3-ubyte.gz").write_bytes(content)
    with pytest.raises(SourceNotFoundError, match=reason):
        read_source("mnist")
    assert list((cache / "mnist").iterdir()) == []


@pytest.mark.parametrize("packed_too", [True, False])
def test_no_more_is_read_than_such_a_file_can_have(monkeypatch, cache, server, packed_too):
    url, folder, _ = server
    content = bytes(100_000)
    bomb = content if packed_too else gzip.compress(content)
    publish(folder, serve(monkeypatch, [url]) | {"train-images-idx3-ubyte": bomb})
    monkeypatch.setattr(_download, "_MOST_BYTES", 50_000)
    with pytest.raises(SourceNotFoundError, match=r"more than 50,000 bytes"):
        read_source("mnist")
    assert list((cache / "mnist").iterdir()) == []


def test_without_a_network_one_sentence_says_where_to_put_which_files(monkeypatch, cache):
    serve(monkeypatch, ["http://127.0.0.1:9/"])
    with pytest.raises(SourceNotFoundError) as caught:
        read_source("mnist")
    assert str(caught.value) == (
        "`mnist` is not on this machine and could not be downloaded (127.0.0.1:9: Connection"
        " refused). Put train-images-idx3-ubyte.gz, train-labels-idx1-ubyte.gz,"
        " t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz into"
        f" `{cache / 'mnist'}`, or pass their folder with --data-dir or ISTHMUS_DATA."
    )


def test_an_interrupted_download_leaves_nothing_behind(monkeypatch, cache, server):
    url, folder, _ = server
    publish(folder, serve(monkeypatch, [url]))

    def interrupt(*args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(_download, "_check", interrupt)
    with pytest.raises(KeyboardInterrupt):
        read_source("mnist")
    assert list((cache / "mnist").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_an_error(cache):
    cache.parent.mkdir()
    cache.write_bytes(b"a file in the way")
    with pytest.raises(SourceNotFoundError, match=r"could not be written to the cache"):
        read_source("mnist")


def test_the_real_mnist_has_the_published_shape_and_counts(mnist_dir):
    data = read_source("mnist", data_dir=mnist_dir)
    assert (data.X.shape, data.X_test.shape) == ((60000, 784), (10000, 784))
    assert data.picture_shape == (28, 28)
    assert data.X.mean(dtype=float) == pytest.approx(33.318, abs=1e-3)
    assert np.bincount(data.y_test).tolist() == [
        980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009,
    ]  # fmt: skip
