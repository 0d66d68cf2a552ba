"""Check the built site: no broken internal link, and no request to another host when a page opens.

python scripts/check_site.py build/docs
"""

from __future__ import annotations

import re
import sys
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

CSS_URL = re.compile(r"@import\s+[\"']([^\"']+)|url\(\s*[\"']?([^\"')]+)")
# Links that only name an address, and that a browser does not open by itself.
NAMES_ONLY = {"canonical", "prev", "next", "search", "index", "author", "copyright", "help"}


class Page(HTMLParser):
    """The links, the loaded files and the anchors of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: set[str] = set()
        self.loads: set[str] = set()
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag refers to."""
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found.get("id", ""), found.get("name", "")}
        if tag == "a" and "href" in found:
            self.links.add(found["href"])
        if tag == "link" and found.get("rel") not in NAMES_ONLY:
            self.loads.add(found["href"])
        if "src" in found:
            self.loads.add(found["src"])
        self.loads.update(part.split()[0] for part in found.get("srcset", "").split(",") if part)


@cache
def page(path: Path) -> Page:
    """Return the page of an HTML file."""
    return Page(path.read_text(encoding="utf-8"))


def is_remote(target: str) -> bool:
    """Return whether a target is on another host."""
    return bool(urlsplit(target).netloc)


def is_broken(target: str, source: Path) -> bool:
    """Return whether a relative link leads to no file, or to no anchor of it."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return False
    path = (source.parent / unquote(parts.path)).resolve() if parts.path else source
    path = path / "index.html" if path.is_dir() else path
    if not path.is_file():
        return True
    has_anchor = bool(parts.fragment) and path.suffix == ".html"
    return has_anchor and unquote(parts.fragment) not in page(path).anchors


def problems(site: Path) -> list[str]:
    """List the broken links and the remote files of a site, one sentence each."""
    found = []
    pages = [path for path in site.rglob("*.html") if "_static" not in path.parts]  # of the theme
    for path in sorted(pages):
        name, here = path.relative_to(site), page(path)
        found += [f"{name} loads {t} from another host." for t in here.loads if is_remote(t)]
        broken = [t for t in here.links | here.loads if is_broken(t, path)]
        found += [f"{name} links to {t}, which does not exist." for t in broken]
    for path in sorted(site.rglob("*.css")):
        urls = ["".join(m) for m in CSS_URL.findall(path.read_text(encoding="utf-8"))]
        found += [f"{path.relative_to(site)} loads {url}." for url in urls if is_remote(url)]
    return found


if __name__ == "__main__":
    FOUND = problems(Path(sys.argv[1]).resolve())
    print("\n".join(FOUND) or "No broken links, and nothing is loaded from another host.")
    sys.exit(bool(FOUND))
