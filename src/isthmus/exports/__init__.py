"""Export of fitted estimators to ONNX and ``torch.export``, checked before a file exists."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._lazy_names import lazy_names

if TYPE_CHECKING:
    from ._compared_outputs import TOLERANCE as TOLERANCE
    from ._export_checks import check_export_options as check_export_options
    from ._export_model import Exported as Exported
    from ._export_model import export_model as export_model

__all__ = ["TOLERANCE", "Exported", "check_export_options", "export_model"]

# The command line checks options before it imports torch.
_HOMES = {
    "TOLERANCE": "._compared_outputs",
    "Exported": "._export_model",
    "check_export_options": "._export_checks",
    "export_model": "._export_model",
}

__getattr__, __dir__ = lazy_names(__name__, _HOMES, __all__)
