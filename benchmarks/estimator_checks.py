"""Counts of scikit-learn's own checks of every public estimator.

Each estimator is checked with its default parameters, with warnings as errors. The counts are
stored in estimator_checks.json by version of scikit-learn, next to those of other versions; for
the oldest one:

    python benchmarks/estimator_checks.py
    scripts/test-oldest .venv-oldest && .venv-oldest/bin/python benchmarks/estimator_checks.py
"""

from __future__ import annotations

import json
import sys
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import sklearn
from _machine import HERE, write
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import check_estimator

import isthmus


def main() -> None:
    target = HERE / f"{Path(__file__).stem}.json"
    versions = json.loads(target.read_text())["scikit_learn"] if target.exists() else {}
    versions[sklearn.__version__] = {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "estimators": {cls.__name__: count(cls()) for cls in estimators()},
    }
    in_order = sorted(versions.items(), key=lambda pair: [int(n) for n in pair[0].split(".")])
    write(__file__, {"parameters": "the defaults", "scikit_learn": dict(in_order)})


def estimators() -> list[Any]:
    public = [getattr(isthmus, name) for name in isthmus.__all__]
    return [cls for cls in public if isinstance(cls, type) and issubclass(cls, BaseEstimator)]


def count(estimator: Any) -> dict[str, Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        results = check_estimator(estimator, on_fail=None, on_skip=None)
    statuses = Counter(result["status"] for result in results)
    told = [result for result in results if result["status"] != "passed"]
    found = {
        "checks": len(results),
        "passed": statuses["passed"],
        "failed": statuses["failed"],
        "expected_to_fail": statuses["xfail"],
        "skipped": statuses["skipped"],
        "reasons": {result["check_name"]: str(result["exception"]) for result in told},
    }
    name = type(estimator).__name__
    print(f"{name}, scikit-learn {sklearn.__version__}: {json.dumps(found)}", file=sys.stderr)
    return found


if __name__ == "__main__":
    main()
