"""Cuts Noto Serif SC to what Chinese official documents need.

Kept: all Han of the font (basic block, extension A, and the few hundred beyond U+FFFF), ASCII and
Latin-1, Chinese punctuation and full-width forms, circled and Roman numbers, units, arrows, boxes.
Dropped: kana, hangul, alternative glyphs, vertical setting, hints.

A PDF font can be addressed only up to U+FFFF by the library in use, so each Han beyond that gets a
second address in the private use area, U+E000 onwards in order; base/paper finds it by its glyph.
"""
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

KEEP = [
    (0x20, 0x7E), (0xA0, 0xFF), (0x0100, 0x017F), (0x01CD, 0x01DC),  # Latin, pinyin
    (0x02C6, 0x02DD), (0x0391, 0x03C9), (0x0400, 0x0451),            # Greek, Cyrillic
    (0x2010, 0x2027), (0x2030, 0x203E), (0x20AC, 0x20AC),
    (0x2100, 0x214F), (0x2150, 0x218F), (0x2190, 0x2199), (0x2200, 0x22FF),
    (0x2460, 0x24FF), (0x2500, 0x257F), (0x25A0, 0x25FF), (0x2605, 0x2606),
    (0x3000, 0x303F), (0x3105, 0x312F), (0x3220, 0x3243), (0x3280, 0x32B0),
    (0x3380, 0x33DF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF),
    (0xFE30, 0xFE4F), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF),
]


def main(source, target):
    options = subset.Options()
    options.layout_features = []
    options.hinting = False
    options.glyph_names = False
    options.notdef_outline = True
    options.recalc_timestamp = False
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "VORG", "vmtx", "vhea", "STAT", "DSIG"]
    options.name_IDs = [0, 1, 2, 3, 4, 5, 6, 13, 14]
    font = subset.load_font(source, options)
    cutter = subset.Subsetter(options)
    cutter.populate(unicodes=[c for low, high in KEEP for c in range(low, high + 1)])
    cutter.subset(font)

    far = sorted(c for c in font.getBestCmap() if c > 0xFFFF)
    for table in font["cmap"].tables:
        if table.isUnicode():
            for n, c in enumerate(far):
                table.cmap[0xE000 + n] = font.getBestCmap()[c]
    font.save(target)
    check = TTFont(target)
    print(len(check.getBestCmap()), "characters,", len(far), "beyond U+FFFF,", check["maxp"].numGlyphs, "glyphs")


if __name__ == "__main__":
    main(*sys.argv[1:])
