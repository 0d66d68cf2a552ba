"""Update the gettext catalogs: extract the messages, update each .po and compile its .mo.

    python scripts/translations.py

It needs Babel, of the extra `dev`. New messages are added to src/isthmus/locale/*/LC_MESSAGES/
isthmus.po without a translation, and the script then ends with status 1: translate them and run it
again. Messages that the source no longer has are removed.
"""

from __future__ import annotations

import io
import sys
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "isthmus"
# Functions and which of their arguments are messages: singular and plural for `Message.plural`.
KEYWORDS = {"Message": None, "gettext_noop": None, "plural": (1, 2)}


def extracted() -> Catalog:
    """Return the messages of the source, without translations."""
    catalog = Catalog(project="isthmus", charset="utf-8")
    found = extract_from_dir(
        SOURCE, method_map=[("**.py", "python")], keywords=KEYWORDS, comment_tags=()
    )
    for file, _, message, _, _ in found:
        catalog.add(message, locations=[(f"src/isthmus/{Path(file).as_posix()}", None)])
    return catalog


def read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale=po.parents[1].name)


def updated(catalog: Catalog, template: Catalog) -> bytes:
    """Return the text of a .po with the messages of the template."""
    catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
    catalog.obsolete.clear()
    text = io.BytesIO()
    write_po(text, catalog, width=100, include_lineno=False, sort_by_file=True)
    return text.getvalue()


def compiled(catalog: Catalog) -> bytes:
    """Return the .mo of a catalog."""
    data = io.BytesIO()
    write_mo(data, catalog)
    return data.getvalue()


def main() -> int:
    template, missing = extracted(), 0
    for po in sorted(SOURCE.glob("locale/*/LC_MESSAGES/isthmus.po")):
        po.write_bytes(updated(read(po), template))
        catalog = read(po)
        po.with_suffix(".mo").write_bytes(compiled(catalog))
        for message in catalog:
            if message.id and not (all(message.string) if message.pluralizable else message.string):
                print(f"{po}: no translation of {message.id!r}", file=sys.stderr)
                missing += 1
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
