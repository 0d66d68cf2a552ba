"""Reduce the font for Chinese figures, from Debian's WenQuanYi Micro Hei.

    apt-get download fonts-wqy-microhei && dpkg-deb -x fonts-wqy-microhei_*.deb wqy
    python scripts/font.py wqy/usr/share/fonts/truetype/wqy/wqy-microhei.ttc

It keeps ASCII, the characters of GB2312 and some mathematical symbols, without hinting. The same
font gives the same bytes.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

OUT = Path(__file__).parents[1] / "src/isthmus/figures/fonts/wqy-microhei-gb2312.ttf"


def characters() -> set[int]:
    """Return the code points to keep."""
    pairs = (bytes((high, low)) for high in range(0xA1, 0xF8) for low in range(0xA1, 0xFF))
    chinese = "".join(pair.decode("gb2312", "ignore") for pair in pairs)
    return {*range(0x20, 0x7F), *map(ord, chinese), *0x2018, 0x2019, *map(ord, "—–…“”·²³×−≤≥≠≈±°→")}


def main(source: str) -> None:
    font = TTFont(source, fontNumber=0, recalcTimestamp=False)
    options = Options()
    options.hinting = False
    options.layout_features = []
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    options.notdef_outline = True
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters())
    subsetter.subset(font)
    # The reduced font has its own name, so that it is not mistaken for an installed whole one.
    for record in font["name"].names:
        if record.nameID in (1, 4):
            record.string = "Isthmus Micro Hei"
        elif record.nameID in (3, 6):
            record.string = "IsthmusMicroHei"
    OUT.parent.mkdir(parents=True, exist_ok=True)
    font.save(OUT)
    print(f"{OUT}: {OUT.stat().st_size:,} bytes, {len(font.getBestCmap()):,} characters")


if __name__ == "__main__":
    main(sys.argv[1])
