#!/usr/bin/env python3
"""Makes the fonts of the printed report from Debian's `fonts-noto-cjk` and `fonts-dejavu-core`.

    apt-get install fonts-noto-cjk fonts-dejavu-core && pip install fonttools && python3 subset.py

Kept: Latin with its extensions, Greek, Cyrillic, punctuation, currency, arrows, mathematics, box drawing,
geometric shapes, Hangul jamo and the 2,350 syllables of KS X 1001. Everything else is printed as U+XXXX.
"""

from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTCollection, TTFont

HERE = Path(__file__).parent
NOTO = Path("/usr/share/fonts/opentype/noto")
MONO = Path("/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf")
RANGES = [
    (0x20, 0x7E), (0xA0, 0x24F), (0x2B0, 0x2FF), (0x370, 0x3FF), (0x400, 0x52F), (0x1E00, 0x1EFF),
    (0x2000, 0x206F), (0x20A0, 0x20BF), (0x2100, 0x214F), (0x2190, 0x21FF), (0x2200, 0x22FF),
    (0x2300, 0x23FF), (0x2460, 0x24FF), (0x2500, 0x25FF), (0x2600, 0x267F), (0x2700, 0x27BF),
    (0x3000, 0x303F), (0x3131, 0x318E), (0xFF01, 0xFF5E), (0xFFFD, 0xFFFD),
]


def hangul():
    """The syllables that KS X 1001 encodes: rows 0xB0 to 0xC8 of EUC-KR."""
    for lead in range(0xB0, 0xC9):
        for trail in range(0xA1, 0xFF):
            yield ord(bytes([lead, trail]).decode("euc_kr"))


def write(font, points, name):
    options = subset.Options()
    options.layout_features = ["kern", "liga", "mark", "mkmk", "ccmp", "tnum", "locl"]
    options.name_IDs = ["*"]
    options.notdef_outline = True
    options.hinting = False
    options.desubroutinize = False
    options.drop_tables += ["vhea", "vmtx", "VORG", "BASE", "DSIG"]
    worker = subset.Subsetter(options)
    worker.populate(unicodes=points)
    worker.subset(font)
    font["head"].modified = font["head"].created
    font.recalcTimestamp = False
    font.save(HERE / name)


def main():
    latin = {point for first, last in RANGES for point in range(first, last + 1)}
    for weight in ("Regular", "Bold"):
        collection = TTCollection(NOTO / f"NotoSansCJK-{weight}.ttc")
        face = next(font for font in collection.fonts if font["name"].getDebugName(1).startswith("Noto Sans CJK KR"))
        write(face, latin | set(hangul()), f"NotoSansCJKkr-{weight}.subset.otf")
    write(TTFont(MONO), latin, "DejaVuSansMono.subset.ttf")


if __name__ == "__main__":
    main()
