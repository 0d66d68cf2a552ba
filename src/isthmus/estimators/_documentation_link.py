"""Link from the estimator's representation in notebooks to its documentation."""

from __future__ import annotations

import functools
from importlib.metadata import PackageNotFoundError, metadata

__all__ = ["DocumentationLink"]


class DocumentationLink:
    """scikit-learn's link to the documentation, for the estimators of this package.

    The address is the project URL "Documentation" of the installed package; without one there is
    no link.
    """

    _doc_link_module = "isthmus"

    @property
    def _doc_link_template(self) -> str:
        site = documentation_site()
        return f"{site.rstrip('/')}/api/isthmus.{{estimator_name}}.html" if site else ""


@functools.cache
def documentation_site() -> str:
    """Return the address of the documentation, or an empty string."""
    try:
        urls = metadata("isthmus").get_all("Project-URL") or []
    except PackageNotFoundError:  # a checkout on the path, which is not installed
        urls = []
    pairs = (str(url).split(", ", 1) for url in urls)
    return next((pair[-1] for pair in pairs if pair[0].lower() == "documentation"), "")
