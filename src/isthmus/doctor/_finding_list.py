"""The findings of an examination."""

from __future__ import annotations

from .._rendered import Rendered, View
from ._findings import Finding

__all__ = ["Findings"]


class Findings(Rendered, list[Finding]):
    """Findings of ``examine_rows`` or ``examine_model``: a list, most severe first.

    A notebook shows what was seen, why it matters and what to do.
    """

    def _view(self) -> View:
        n = "No" if not self else f"{len(self):,}"
        return View(
            f"{n} finding{'' if len(self) == 1 else 's'}.",
            remarks=tuple(
                (finding.severity.capitalize(), finding.seen, finding.matters, finding.advice)
                for finding in self
            ),
        )
