"""Environment of a run."""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version
from typing import Any

import torch

from .._version import __version__

__all__ = ["environment", "peak_memory"]


def environment() -> dict[str, Any]:
    """Return versions, threads and machine, in JSON types."""
    packages = ("numpy", "scikit-learn", "scipy", "safetensors", "pyarrow")
    return {
        "isthmus": __version__,
        "python": platform.python_version(),
        "torch": torch.__version__,
        **{name: version(name) for name in packages},
        "platform": platform.platform(),
        "processor": platform.machine(),
        "threads": torch.get_num_threads(),
        "cuda": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


def peak_memory() -> float | None:
    """Return the peak memory of this process, in MB; None on Windows."""
    try:
        import resource
    except ImportError:  # not on Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) / (1e6 if sys.platform == "darwin" else 1e3)
