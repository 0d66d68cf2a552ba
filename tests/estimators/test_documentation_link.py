"""A notebook shows an estimator with a link to its page, if the site has an address."""

from __future__ import annotations

import pytest
from sklearn.utils import estimator_html_repr

from isthmus import Autoencoder, AutoencoderOutlierDetector
from isthmus.estimators import _documentation_link


class Own(Autoencoder):
    """An estimator of another package."""


def test_without_a_documentation_url_there_is_no_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_documentation_link, "documentation_site", lambda: "")
    assert Autoencoder()._get_doc_link() == ""
    assert "<a " not in estimator_html_repr(Autoencoder()).partition("<style>")[0]


def test_the_link_leads_to_the_page_of_the_class(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_documentation_link, "documentation_site", lambda: "https://docs.test/en/")
    page = "https://docs.test/en/api/isthmus.AutoencoderOutlierDetector.html"
    assert AutoencoderOutlierDetector()._get_doc_link() == page
    assert page in estimator_html_repr(AutoencoderOutlierDetector())
    assert Own()._get_doc_link() == ""  # pages of other packages are elsewhere


def test_the_address_is_the_project_url_of_the_installed_package(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Metadata:
        def get_all(self, name: str) -> list[str]:
            assert name == "Project-URL"
            return ["Source, https://code.test/x", "Documentation, https://docs.test"]

    monkeypatch.setattr(_documentation_link, "metadata", lambda name: Metadata())
    assert _documentation_link.documentation_site.__wrapped__() == "https://docs.test"
