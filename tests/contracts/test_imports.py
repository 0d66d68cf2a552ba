"""Imports only point down, nothing prints or changes global settings, and help is fast."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

PACKAGE = "isthmus"
SOURCE = Path(__file__).resolve().parents[2] / "src" / PACKAGE

# Lowest first. A name sees itself and those of lower layers: no sibling, nothing higher.
LAYERS = (
    ("errors",),
    ("_exchange", "_folder_locks", "_freed_memory", "_machine_memory", "_write_errors"),
    ("_column_statistics", "_files", "_lazy_names", "_reading_threads", "_row_blocks", "_version"),
    ("_chunks", "_documents", "_file_changes", "_owned_folders"),
    (
        "_estimator_registry",
        "_extras",
        "_finite",
        "_parameter_rules",
        "_random",
        "_reading",
        "_selected_rows",
        "_translation",
    ),
    ("_damage", "_digests", "_rendered", "_stage_names", "sources"),
    ("preprocessing",),
    ("rows",),
    ("imputation", "nn", "objectives", "training"),
    ("accelerators",),
    ("artifacts",),
    ("estimators",),
    ("exports", "metrics"),
    ("evaluation",),
    ("doctor",),
    ("figures",),
    ("displays",),
    ("pages",),
    ("logs", "recipes"),
    ("runs",),
    ("sweeps",),
    ("cli",),
    ("__main__",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

# Global settings of the process. They belong to the user, the command line's user included.
FORBIDDEN_CALLS = (
    "logging.basicConfig",
    "matplotlib.rc",
    "matplotlib.rcParams.update",
    "matplotlib.style.use",
    "matplotlib.use",
    "numpy.random.seed",
    "numpy.random.set_state",
    "numpy.seterr",
    "os.chdir",
    "os.putenv",
    "random.seed",
    "random.setstate",
    "torch.cuda.manual_seed",
    "torch.cuda.manual_seed_all",
    "torch.manual_seed",
    "torch.random.manual_seed",
    "torch.seed",
    "torch.set_default_device",
    "torch.set_default_dtype",
    "torch.set_float32_matmul_precision",
    "torch.set_num_interop_threads",
    "torch.set_num_threads",
    "torch.set_rng_state",
    "torch.use_deterministic_algorithms",
)
FORBIDDEN_TARGETS = ("matplotlib.rcParams", "os.environ", "torch.backends")
FORBIDDEN_MODULES = ("matplotlib.pyplot", "pylab")  # pyplot keeps figures and chooses a backend


def layer_of(name: str) -> str:
    """Return the first name below the package, or '' for the package itself."""
    return name.split(".")[1] if "." in name else ""


@dataclass(frozen=True)
class Module:
    """One source file, parsed."""

    name: str
    is_package: bool
    tree: ast.Module

    @property
    def layer(self) -> str:
        return layer_of(self.name)

    def absolute(self, node: ast.ImportFrom) -> str:
        """Return the module that a ``from ... import`` names, dots resolved."""
        if node.level == 0:
            return node.module or ""
        parts = self.name.split(".")
        keep = len(parts) - node.level + self.is_package
        return ".".join([*parts[:keep], *([node.module] if node.module else [])])


def parse(text: str, name: str, *, is_package: bool = False) -> Module:
    return Module(name, is_package, ast.parse(text))


@cache
def modules() -> tuple[Module, ...]:
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        parts = [PACKAGE, *path.relative_to(SOURCE).with_suffix("").parts]
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found.append(parse(path.read_text(encoding="utf-8"), name, is_package=is_package))
    return tuple(found)


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Yield ``(line, dotted name)`` for every import, at the top or inside a function.

    ``from a import b`` yields ``a.b``: whether ``b`` is a module or a name does not matter to the
    layer, except for ``from isthmus import b``, where the package's own names are lazy anyway.
    """
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.absolute(node)
            yield from ((node.lineno, f"{base}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in ("import_module", "__import__"):
            first = node.args[0] if node.args else None
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield node.lineno, first.value


def _called(node: ast.Call) -> str:
    function = node.func
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def upward_imports(module: Module) -> list[str]:
    """List the imports of ``module`` that do not point down."""
    found = []
    for line, name in imports(module):
        if name.split(".")[0] != PACKAGE:
            continue
        layer = layer_of(name)
        if layer == module.layer or RANK.get(layer, len(LAYERS)) < RANK[module.layer]:
            continue
        found.append(f"{module.name}:{line} imports {name}")
    return found


def private_imports(module: Module) -> list[str]:
    """List the imports that reach past another package's ``__init__`` into its private files."""
    found = []
    for line, name in imports(module):
        parts = name.split(".")
        foreign = parts[0] == PACKAGE and len(parts) > 2 and parts[1] != module.layer
        if foreign and any(re.match(r"_(?!_)", part) for part in parts[2:]):
            found.append(f"{module.name}:{line} imports {name}")
    return found


def _aliases(module: Module) -> dict[str, str]:
    """Map each name that an import binds, anywhere in the file, to what it stands for."""
    bound = {}
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                bound[alias.asname or alias.name.split(".")[0]] = (
                    alias.name if alias.asname else alias.name.split(".")[0]
                )
        elif isinstance(node, ast.ImportFrom):
            base = module.absolute(node)
            bound.update({a.asname or a.name: f"{base}.{a.name}" for a in node.names})
    return bound


def _dotted(node: ast.expr, aliases: dict[str, str]) -> str:
    """Return ``numpy.random.seed`` for ``np.random.seed``, or '' for anything not imported."""
    parts: list[str] = []
    while isinstance(node, ast.Attribute | ast.Subscript):
        if isinstance(node, ast.Attribute):
            parts.insert(0, node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in aliases:
        return ".".join([aliases[node.id], *parts])
    return ""


def _targets(node: ast.AST) -> list[ast.expr]:
    match node:
        case ast.Assign(targets=targets) | ast.Delete(targets=targets):
            return targets
        case ast.AugAssign(target=target) | ast.AnnAssign(target=target):
            return [target]
        case _:
            return []


def global_changes(module: Module) -> list[str]:
    """List what in ``module`` changes a setting of the whole process, or prints outside cli."""
    aliases = _aliases(module)
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            name = _dotted(node.func, aliases)
            if name in FORBIDDEN_CALLS or name.rpartition(".")[0] in FORBIDDEN_TARGETS[:1]:
                found.append(f"{module.name}:{node.lineno} calls {name}")
        for target in _targets(node):
            name = _dotted(target, aliases)
            if any(name == top or name.startswith(f"{top}.") for top in FORBIDDEN_TARGETS):
                found.append(f"{module.name}:{target.lineno} assigns to {name}")
    for line, name in imports(module):
        if any(name == top or name.startswith(f"{top}.") for top in FORBIDDEN_MODULES):
            found.append(f"{module.name}:{line} imports {name}")
    return found


def prints(module: Module) -> list[str]:
    """List what writes to stdout or stderr; printing to a stream passed in does not count."""
    aliases = _aliases(module)
    standard = ("sys.stdout", "sys.stderr")
    found = []
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        stream = next((word.value for word in node.keywords if word.arg == "file"), None)
        to_standard = stream is None or _dotted(stream, aliases) in standard
        is_print = isinstance(node.func, ast.Name) and node.func.id == "print" and to_standard
        if is_print or _dotted(node.func, aliases).startswith(
            tuple(f"{s}.write" for s in standard)
        ):
            found.append(f"{module.name}:{node.lineno}")
    return found


def test_every_file_has_a_layer() -> None:
    homeless = {m.layer for m in modules() if m.layer} - RANK.keys()
    assert not homeless, f"give these a line in LAYERS and in docs/architecture.md: {homeless}"


def test_file_names_are_unique_across_packages() -> None:
    names = [m.name.rpartition(".")[2] for m in modules() if not m.is_package]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_imports_only_point_down() -> None:
    inside = [m for m in modules() if m.layer in RANK]
    assert [line for m in inside for line in upward_imports(m)] == []


def test_packages_see_one_another_through_their_public_names() -> None:
    inside = [m for m in modules() if m.layer in RANK]
    assert [line for m in inside for line in private_imports(m)] == []


def test_only_the_command_line_prints() -> None:
    library = [m for m in modules() if m.layer not in ("cli", "__main__")]
    assert [line for m in library for line in prints(m)] == []


def test_nothing_changes_global_settings() -> None:
    found = [line for m in modules() for line in global_changes(m)]
    # A user's dropout draws from torch's global generator: set there inside a fork, which puts the
    # state back when it is left.
    forked = [line for line in found if "estimators._custom" in line and "set_rng_state" in line]
    assert len(forked) <= 2
    # The command line chooses the threads of its own process, and puts the number back.
    threads = [line for line in found if "cli._busy_machine" in line and "set_num_threads" in line]
    # A display without axes is shown where the user shows figures, and closed by the user.
    shown = [line for line in found if "displays._display:" in line and "pyplot" in line]
    assert len(shown) == 1
    assert [line for line in found if line not in (*forked, *threads, *shown)] == []


@pytest.mark.parametrize(
    "text",
    [
        "from isthmus.estimators import Autoencoder",
        "from ..estimators import Autoencoder",
        "from .. import runs",
        "from isthmus import Autoencoder",
        "import isthmus.cli",
        "import isthmus",
        "from ..objectives import masking_noise",
        "def f():\n    from isthmus.training import fit",
        "import importlib\nimportlib.import_module('isthmus.cli')",
    ],
)
def test_the_check_sees_an_import_that_points_up_or_sideways(text: str) -> None:
    assert upward_imports(parse(text, "isthmus.nn._mlp"))


@pytest.mark.parametrize(
    "text", ["from ..errors import UsageError", "from ._blocks import Linear", "import torch"]
)
def test_the_check_accepts_an_import_that_points_down(text: str) -> None:
    assert upward_imports(parse(text, "isthmus.nn._mlp")) == []


def test_the_check_sees_a_private_file_of_another_package() -> None:
    assert private_imports(parse("from isthmus.nn._mlp import MLP", "isthmus.estimators._base"))
    assert not private_imports(parse("from ._mlp import MLP", "isthmus.nn", is_package=True))
    assert not private_imports(parse("from .._random import stream", "isthmus.nn._mlp"))


@pytest.mark.parametrize(
    "text",
    [
        "import torch\ntorch.manual_seed(0)",
        "from torch import manual_seed as seed\nseed(0)",
        "import numpy as np\nnp.random.seed(0)",
        "import torch\ndef f():\n    torch.set_num_threads(1)",
        "import matplotlib as mpl\nmpl.rcParams['font.size'] = 9",
        "import matplotlib as mpl\nmpl.rcParams.update({})",
        "from matplotlib import rcParams\nrcParams['font.size'] = 9",
        "import matplotlib\nmatplotlib.use('Agg')",
        "import matplotlib.pyplot as plt",
        "import os\nos.environ['OMP_NUM_THREADS'] = '1'",
        "import torch\ntorch.backends.cudnn.benchmark = True",
    ],
)
def test_the_check_sees_a_changed_global_setting(text: str) -> None:
    assert global_changes(parse(text, "isthmus.nn._mlp"))


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("print('x')", 1),
        ("import sys\nprint('x', file=sys.stderr)", 1),
        ("import sys\nsys.stdout.write('x')", 1),
        ("def f(stream):\n    print('x', file=stream)", 0),
    ],
)
def test_the_check_sees_a_print(text: str, lines: int) -> None:
    assert len(prints(parse(text, "isthmus.nn._mlp"))) == lines


def test_a_generator_of_ones_own_may_be_seeded() -> None:
    text = "import torch\ngenerator = torch.Generator()\ngenerator.manual_seed(0)"
    assert global_changes(parse(text, "isthmus.nn._mlp")) == []


# --- what a fresh interpreter loads ---------------------------------------------------------------

HELP = f"""
import sys
sys.argv = ["{PACKAGE}", "--help"]
from {PACKAGE}.cli import main
code = 0
try:
    code = main()
except SystemExit as stop:
    code = stop.code
assert not code, code
"""
REPORT = """
heavy = {"torch", "sklearn", "scipy", "matplotlib", "pyarrow"} & sys.modules.keys()
sys.stderr.write(" ".join(sorted(heavy)))
"""


def run_python(code: str) -> subprocess.CompletedProcess[str]:
    """Run ``code`` in a fresh interpreter that finds the package where this one does."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return done


def needs_command_line() -> None:
    spec = importlib.util.find_spec(f"{PACKAGE}.cli")
    if spec is None or spec.origin is None:  # without an __init__.py it is only a folder
        pytest.skip("there is no command line yet")


def test_importing_the_package_loads_nothing_heavy() -> None:
    assert run_python(f"import sys, {PACKAGE}\n{REPORT}").stderr == ""


def test_help_loads_nothing_heavy() -> None:
    needs_command_line()
    done = run_python(HELP + REPORT)
    assert done.stderr == ""
    assert PACKAGE in done.stdout


def test_a_fit_imports_no_symbolic_algebra() -> None:
    """Some corners of torch are slow to import, by a second."""
    code = f"""
import sys
import numpy as np
from {PACKAGE} import Autoencoder, StackedAutoencoder
X = np.random.default_rng(0).normal(size=(40, 4))
for optimizer in ("muon", "adam"):
    Autoencoder(2, hidden_dims=(3,), epochs=2, optimizer=optimizer, random_state=0).fit(X).score(X)
StackedAutoencoder((3, 2), epochs=1, pretraining_epochs=1, random_state=0).fit(X).transform(X)
assert "sympy" not in sys.modules
"""
    assert run_python(code).stderr == ""


def test_help_answers_in_under_half_a_second() -> None:
    """The best of several runs, by the clock; by processor time if the machine is overloaded.

    Help neither waits nor uses threads, so on an idle machine the two are equal.
    """
    needs_command_line()
    clock, processor = [], []
    for _ in range(5):
        start, before = time.perf_counter(), os.times()
        run_python(HELP)
        after = os.times()
        clock.append(time.perf_counter() - start)
        used = after.children_user + after.children_system
        processor.append(used - before.children_user - before.children_system)
        if clock[-1] < 0.5:
            return
    overbooked = os.getloadavg()[0] > (os.cpu_count() or 1) * 0.75
    assert min(processor if overbooked else clock) < 0.5, f"clock {clock}, processor {processor}"
