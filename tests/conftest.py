"""Fixtures of every test: no network, leak guards, data folders, a device and a generator."""

from __future__ import annotations

import contextlib
import errno
import importlib
import os
import random
import socket
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NoReturn

# With it, `isthmus train` uses as many threads on a busy machine as on an idle one.
os.environ.setdefault("OMP_NUM_THREADS", str(os.cpu_count() or 1))

import numpy as np
import pytest

# Imported here because importing them changes what the leak guards watch: rich draws from `random`,
# scikit-learn sets variables for OpenMP. Otherwise the first test that needs them would be blamed.
import rich.style  # noqa: F401
import sklearn  # noqa: F401

ROOT = Path(__file__).resolve().parent.parent


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slow", action="store_true", help="run the tests marked slow as well")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption("--slow"):
        return
    slow = [item for item in items if item.get_closest_marker("slow")]
    if slow:
        config.hook.pytest_deselected(items=slow)
        items[:] = [item for item in items if not item.get_closest_marker("slow")]


# --- no network -----------------------------------------------------------------------------------


def _is_local(host: object) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    return name in (None, "", "localhost", "::1") or (
        isinstance(name, str) and name.startswith("127.")
    )


@pytest.fixture(scope="session", autouse=True)
def _no_network() -> Iterator[None]:
    """Make this look like a machine without a network, except the loopback interface.

    The errors are those of the operating system, so code that handles a missing network is tested
    as it is, and code that needs one fails at once instead of after a timeout.
    """
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    getaddrinfo = socket.getaddrinfo

    def leaves(sock: socket.socket, address: Any) -> bool:
        return sock.family in (socket.AF_INET, socket.AF_INET6) and not _is_local(address[0])

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if leaves(self, address):
            raise OSError(errno.ENETUNREACH, f"tests have no network, so not {address}")
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        return errno.ENETUNREACH if leaves(self, address) else connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        if not _is_local(host):
            raise socket.gaierror(socket.EAI_NONAME, f"tests have no network, so not {host}")
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield


# --- leak guards ----------------------------------------------------------------------------------

# pytest names the running test there, torch its compiler's cache when an optimizer is first used.
_NOT_OURS = ("PYTEST_CURRENT_TEST", "TORCHINDUCTOR_CACHE_DIR")


def _shared_state() -> dict[str, Any]:
    """Copy the process-wide state that a test, or the library in it, must not change.

    Only imported modules are checked: importing torch for a test that does not need it would cost
    seconds. ``dict.copy`` avoids ``RcParams.__getitem__``, which would choose a backend.
    """
    bits = np.random.get_state(legacy=False)  # noqa: NPY002 (the very state that is guarded)
    state: dict[str, Any] = {
        "the state of Python's `random`": random.getstate(),
        "the state of NumPy's global generator": (
            bits["state"]["key"].tobytes(),
            bits["state"]["pos"],
            bits["has_gauss"],
            bits["gauss"],
        ),
        "os.environ": {k: v for k, v in os.environ.items() if k not in _NOT_OURS},
        "the working folder": os.getcwd(),
    }
    if (torch := sys.modules.get("torch")) is not None and hasattr(torch, "get_rng_state"):
        state["the state of torch's global generator"] = torch.get_rng_state().numpy().tobytes()
        state["torch's number of threads"] = torch.get_num_threads()
        state["torch's default dtype"] = torch.get_default_dtype()
    if (matplotlib := sys.modules.get("matplotlib")) is not None:
        state["matplotlib.rcParams"] = dict.copy(matplotlib.rcParams)
    return state


@pytest.fixture(autouse=True)
def _leak_guard() -> Iterator[None]:
    """Fail a test that changed process-wide state."""
    before = _shared_state()
    yield
    after = _shared_state()
    leaks = [name for name, value in before.items() if after[name] != value]
    if leaks:
        _fail_with_leaks(leaks, before, after)


def _fail_with_leaks(leaks: list[str], before: dict[str, Any], after: dict[str, Any]) -> NoReturn:
    lines = []
    for name in leaks:
        old, new = before[name], after[name]
        if isinstance(old, dict):
            keys = sorted(k for k in old.keys() | new.keys() if old.get(k) != new.get(k))
            lines.append(f"{name}: {', '.join(keys)}")
        elif isinstance(old, tuple | bytes):
            lines.append(name)
        else:
            lines.append(f"{name}: {old} became {new}")
    # No traceback: it would show the values of the environment's variables.
    pytest.fail(
        f"the test changed what the whole process shares: {'; '.join(lines)}", pytrace=False
    )


# --- what tests ask for ---------------------------------------------------------------------------


@pytest.fixture
def rng() -> np.random.Generator:
    """A fresh generator with the seed 0."""
    return np.random.default_rng(0)


def _data_folder(name: str, wanted: str) -> Path:
    """Find the folder ``name`` that contains ``wanted`` (a glob pattern), or skip the test."""
    tops = [ROOT.parent / "shared" / "data"]
    if given := os.environ.get("ISTHMUS_DATA"):
        tops.insert(0, Path(given))
    for top in tops:
        for folder in (top / name, top):
            if any(folder.glob(wanted)):
                return folder
    pytest.skip(f"no {name} data: set ISTHMUS_DATA to a folder with {name}/{wanted}")


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """The folder with the four IDX files of MNIST, gzipped or not."""
    return _data_folder("mnist", "train-images*idx3-ubyte*")


@pytest.fixture(scope="session")
def anomaly_dir() -> Path:
    """The folder with the labelled tables for outlier detection, as NPZ files."""
    return _data_folder("anomaly", "*.npz")


@pytest.fixture(scope="session")
def text_dir() -> Path:
    """The folder with AG News' test part."""
    return _data_folder("text", "ag_news_test.csv")


@pytest.fixture(scope="session")
def mixed_dir() -> Path:
    """The folder with published tables of mixed columns."""
    return _data_folder("tables/mixed", "*.csv")


_CELL: dict[type, Any] = {
    str: lambda at, v: f'<c r="{at}" t="inlineStr"><is><t>{v}</t></is></c>',
    bool: lambda at, v: f'<c r="{at}" t="b"><v>{int(v)}</v></c>',
    type(None): lambda at, v: "",
}


def _write_workbook(path: Path, sheets: dict[str, list[Any]]) -> Path:
    """Write a mapping of names to rows as the smallest .xlsx that is one."""
    with zipfile.ZipFile(path, "w") as archive:
        names = [*sheets]
        kind = "http://schemas.openxmlformats.org"
        archive.writestr(
            "[Content_Types].xml",
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        )
        office = f"{kind}/officeDocument/2006/relationships/officeDocument"
        archive.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{kind}/package/2006/relationships"><Relationship Id="r"'
            f' Type="{office}" Target="xl/workbook.xml"/></Relationships>',
        )
        entries = "".join(
            f'<sheet name="{name}" sheetId="{k}" r:id="rId{k}"/>' for k, name in enumerate(names, 1)
        )
        archive.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{kind}/spreadsheetml/2006/main" xmlns:r="{kind}/officeDocument/2006/'
            f'relationships"><sheets>{entries}</sheets></workbook>',
        )
        links = "".join(
            f'<Relationship Id="rId{k}" Type="{kind}/officeDocument/2006/relationships/worksheet"'
            f' Target="worksheets/sheet{k}.xml"/>'
            for k in range(1, len(names) + 1)
        )
        archive.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{kind}/package/2006/relationships">{links}</Relationships>',
        )
        for k, name in enumerate(names, 1):
            rows = ""
            for i, row in enumerate(sheets[name], 1):
                cells = "".join(
                    _CELL.get(type(v), lambda at, v: f'<c r="{at}"><v>{v}</v></c>')(
                        f"{chr(65 + j)}{i}", v
                    )
                    for j, v in enumerate(row)
                )
                rows += f'<row r="{i}">{cells}</row>'
            archive.writestr(
                f"xl/worksheets/sheet{k}.xml",
                f'<worksheet xmlns="{kind}/spreadsheetml/2006/main"><sheetData>{rows}</sheetData>'
                "</worksheet>",
            )
    return path


@pytest.fixture(scope="session")
def workbook() -> Callable[[Path, dict[str, list[Any]]], Path]:
    """A function that writes sheets, as a mapping of names to rows, as an .xlsx file."""
    return _write_workbook


@contextlib.contextmanager
def _blank_paper() -> Iterator[None]:
    from matplotlib.figure import Figure

    drawn = importlib.import_module("isthmus.figures._figure_spec")._FIGURES
    with pytest.MonkeyPatch.context() as patch:
        for name in drawn:
            patch.setitem(drawn, name, lambda **values: Figure((1, 1)))
        yield


@pytest.fixture(scope="session")
def blank_paper() -> Callable[[], contextlib.AbstractContextManager[None]]:
    """A context in which figures are blank paper, for runs that several tests share."""
    return _blank_paper


@pytest.fixture
def blank_figures(request: pytest.FixtureRequest) -> Iterator[None]:
    """Blank paper in place of a run's figures, for tests of trainings that do not look at them.

    Drawing is most of the time of a small training. The files and the page are written as usual.
    A test marked ``drawn_figures`` has its figures drawn.
    """
    is_drawn = request.node.get_closest_marker("drawn_figures")
    with contextlib.nullcontext() if is_drawn else _blank_paper():
        yield


@pytest.fixture(params=["on", "off"])
def accelerators(request: pytest.FixtureRequest) -> Iterator[str]:
    """Both settings: with all accelerators, and with none."""
    from isthmus.accelerators import switched_off

    with switched_off() if request.param == "off" else contextlib.nullcontext():
        yield request.param


@pytest.fixture(params=["cpu", "cuda"])
def device(request: pytest.FixtureRequest) -> str:
    """Each available device: the CPU always, CUDA if torch has it."""
    import torch

    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device here")
    return str(request.param)
