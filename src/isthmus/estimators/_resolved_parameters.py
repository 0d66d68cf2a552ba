"""What "auto" parameters of a fitted estimator became."""

from __future__ import annotations

import dataclasses
from typing import Any

__all__ = ["resolved_parameters"]


def resolved_parameters(estimator: Any) -> dict[str, Any]:
    """Return the values that "auto" parameters of a fitted estimator became.

    Parameters
    ----------
    estimator : estimator
        Fitted.

    Returns
    -------
    dict
        Values by the names of the parameters, in their order; those that are still unknown after
        fitting, such as "auto" parameters of a custom network, are left out.
    """
    given = estimator.get_params(deep=False)
    known = _known(estimator)
    return {name: known[name] for name, value in given.items() if _is_auto(value) and name in known}


def _is_auto(value: object) -> bool:
    return isinstance(value, str) and value == "auto"


def _known(estimator: Any) -> dict[str, Any]:
    preprocessor = getattr(estimator, "preprocessor_", None)
    network = getattr(getattr(estimator, "stack_", estimator), "_settings", {})
    is_mixed = preprocessor is not None and preprocessor.layout is not None
    found = {
        **dataclasses.asdict(estimator.settings_),
        "device": str(estimator.device_),
        "scaling": estimator.scaling_.kind,
        "latent_dim": getattr(estimator, "latent_dim_", None),
        "linear_path": getattr(estimator, "linear_path_", None),
        "activation": network.get("activations"),
        "output_activation": network.get("output_activation"),
        # Cells are hidden at the rate at which their column has missing cells.
        "noise": "masking" if is_mixed else "none",
        "picture_shape": getattr(preprocessor, "picture_shape", None),
        **getattr(estimator, "_own_resolved", {}),
    }
    return {name: value for name, value in found.items() if value is not None}
