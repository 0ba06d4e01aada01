"""Make the fonts the certificate is printed with, from the npm package of Noto Serif SC.

    python assets_src/fonts/make_fonts.py                 # fetches the package with npm pack
    python assets_src/fonts/make_fonts.py --package DIR   # uses an unpacked copy

The regular face carries all 8,105 standard characters (tgh8105.txt), the heading face only the
first 3,500 of them: headings that need more are set in the regular face.
"""

import argparse
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

PACKAGE = "@expo-google-fonts/noto-serif-sc@0.4.3"
HERE = Path(__file__).resolve().parent
TARGET = HERE.parents[1] / "rxapp" / "adapters" / "fonts"
EVERYDAY = 3500  # tgh8105.txt lists the everyday characters first

# GB 2312 rows 1-3 and 6: Chinese punctuation, circled and Roman numbers, full-width forms, Greek.
SYMBOL_ROWS = (0xA1, 0xA2, 0xA3, 0xA6, 0xA8)
MORE_SYMBOLS = "·—–•≤℃№™©®€〇"


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the fonts of the certificate.")
    parser.add_argument("--package", type=Path, help="unpacked npm package")
    package = parser.parse_args().package
    with tempfile.TemporaryDirectory() as scratch:
        make(package or fetch(Path(scratch)))


def fetch(folder: Path) -> Path:
    """Download and unpack the package into `folder`; needs npm."""
    subprocess.run(["npm", "pack", PACKAGE], cwd=folder, check=True, capture_output=True)
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        archive.extractall(folder, filter="data")
    return folder / "package"


def make(package: Path) -> None:
    TARGET.mkdir(parents=True, exist_ok=True)
    standard = "".join((HERE / "tgh8105.txt").read_text(encoding="utf-8").split())
    regular, heading = package / "400Regular", package / "600SemiBold"
    write(next(regular.glob("*.ttf")), standard, TARGET / "serif-regular.ttf")
    write(next(heading.glob("*.ttf")), standard[:EVERYDAY], TARGET / "serif-heading.ttf")
    shutil.copyfile(package / "LICENSE_FONT", TARGET / "OFL.txt")


def write(source: Path, characters: str, target: Path) -> None:
    """Subset `source` to `characters` and the symbols; refuse if a character is not in it."""
    font = TTFont(source, recalcTimestamp=False)
    refuse_missing(font, characters + symbols())
    options = subset.Options(layout_features=[], hinting=False, name_IDs=[0, 1, 2, 3, 4, 5, 6, 13])
    options.drop_tables += ["BASE", "GDEF", "GPOS", "GSUB", "STAT", "VORG", "vhea", "vmtx"]
    worker = subset.Subsetter(options)
    worker.populate(text=characters + symbols())
    worker.subset(font)
    refuse_composites(font)
    font.save(target)
    print(f"{target.name}: {len(font.getGlyphOrder())} glyphs, {target.stat().st_size:,} bytes")


def refuse_missing(font: TTFont, characters: str) -> None:
    cmap = font.getBestCmap() or {}
    missing = [character for character in characters if ord(character) not in cmap]
    if missing:
        raise SystemExit(f"not in the font, add a fallback: {''.join(missing)}")


def refuse_composites(font: TTFont) -> None:
    """The certificate copies single outlines; a glyph made of other glyphs would print empty."""
    outlines = font["glyf"]
    composite = [name for name in font.getGlyphOrder() if outlines[name].isComposite()]
    if composite:
        raise SystemExit(f"made of other glyphs: {' '.join(composite)}")


def symbols() -> str:
    """Latin, digits, punctuation of both widths, Greek, circled and Roman numbers."""
    pairs = (bytes((row, cell)) for row in SYMBOL_ROWS for cell in range(0xA1, 0xFF))
    chinese = "".join(pair.decode("gb2312", "ignore") for pair in pairs)
    latin = "".join(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100))))
    circled = "".join(map(chr, (*range(0x2460, 0x2474), *range(0x2160, 0x216C))))
    return latin + chinese + circled + MORE_SYMBOLS


if __name__ == "__main__":
    main()
