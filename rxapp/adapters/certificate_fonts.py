"""The certificate's typefaces: read once, cut down to the characters of one page in a millisecond.

Opening a Chinese font and subsetting it with fontTools is what a certificate costs. So the bytes,
the character map and the outlines' places are read once and never change (any thread may use
them), and each page gets a small font of its own, made by copying outlines.
"""

import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from fontTools.ttLib import TTFont

FOLDER = Path(__file__).parent / "fonts"
POINT = 25.4 / 72  # millimetres

_COPIED = ("OS/2", "name", "post")


@dataclass(frozen=True, eq=False)
class Face:
    """One typeface, never changed after it was read."""

    key: str
    glyphs: Mapping[int, int]  # character code → glyph number
    advances: tuple[int, ...]  # by glyph number, in font units
    bearings: tuple[int, ...]
    offsets: tuple[int, ...]
    outlines: bytes
    tables: Mapping[str, bytes]
    units_per_em: int

    def has(self, text: str) -> bool:
        return all(ord(character) in self.glyphs for character in text)

    def width(self, text: str) -> float:
        """Width at size 1; every character must be in the face."""
        return sum(self.advances[self.glyphs[ord(c)]] for c in text) / self.units_per_em


@dataclass(frozen=True, eq=False)
class Fonts:
    """The faces of a certificate: `regular` first, then `fallbacks`, in that order.

    `heading` has the everyday characters only; a heading that needs others is set in regular, so
    that no word mixes two weights.
    """

    regular: Face
    heading: Face
    fallbacks: tuple[Face, ...] = ()

    def missing(self, text: str) -> str:
        """The characters of `text` that no face has, each once."""
        faces = (self.regular, *self.fallbacks)
        lost = (c for c in text if not any(face.has(c) for face in faces))
        return "".join(dict.fromkeys(lost))

    def runs(self, text: str, *, heading: bool = False) -> list[tuple[Face, str]]:
        """`text` cut into pieces that one face can print."""
        if heading and self.heading.has(text):
            return [(self.heading, text)]
        pieces: list[tuple[Face, str]] = []
        for character in text:
            face = self._face_of(character)
            if pieces and pieces[-1][0] is face:
                pieces[-1] = (face, pieces[-1][1] + character)
            else:
                pieces.append((face, character))
        return pieces

    def width(self, text: str, size: float, *, heading: bool = False) -> float:
        """Width in millimetres of `text` set at `size` points."""
        runs = self.runs(text, heading=heading)
        return sum(face.width(piece) for face, piece in runs) * size * POINT

    def _face_of(self, character: str) -> Face:
        for face in (self.regular, *self.fallbacks):
            if face.has(character):
                return face
        raise LookupError(character)


@cache
def default_fonts() -> Fonts:
    """The shipped faces; any `fallback*.ttf` beside them is asked for what they lack."""
    extra = sorted(FOLDER.glob("fallback*.ttf"))
    return Fonts(
        regular=load_face(FOLDER / "serif-regular.ttf"),
        heading=load_face(FOLDER / "serif-heading.ttf"),
        fallbacks=tuple(load_face(path) for path in extra),
    )


def load_face(path: Path) -> Face:
    """Read a TrueType font whose outlines are not made of other outlines."""
    raw = path.read_bytes()
    font: Any = TTFont(BytesIO(raw), lazy=True)
    order = font.getGlyphOrder()
    metrics = [font["hmtx"][name] for name in order]
    return Face(
        key=path.stem.lower(),
        glyphs={code: font.getGlyphID(name) for code, name in font.getBestCmap().items()},
        advances=tuple(advance for advance, _ in metrics),
        bearings=tuple(bearing for _, bearing in metrics),
        offsets=tuple(font["loca"].locations),
        outlines=font.reader["glyf"],
        tables={tag: font.reader[tag] for tag in (*_COPIED, "head", "hhea", "maxp")},
        units_per_em=font["head"].unitsPerEm,
    )


def cut(face: Face, characters: Iterable[str]) -> bytes:
    """A TrueType font of `face` with only these characters (and the space)."""
    codes = sorted({ord(c) for c in characters} | {0x20})
    glyphs = [0, *(face.glyphs[code] for code in codes)]
    outlines = [_padded(face.outlines[face.offsets[g] : face.offsets[g + 1]]) for g in glyphs]
    metrics = ((face.advances[g], face.bearings[g]) for g in glyphs)
    head, hhea, maxp = (face.tables[tag] for tag in ("head", "hhea", "maxp"))
    tables = (
        {tag: face.tables[tag] for tag in _COPIED}
        | {
            "cmap": _cmap(codes),
            "glyf": b"".join(outlines),
            "head": head[:50] + struct.pack(">h", 1) + head[52:],  # long outline offsets
            "hhea": hhea[:34] + struct.pack(">H", len(glyphs)),
            "hmtx": b"".join(struct.pack(">Hh", *metric) for metric in metrics),
            "loca": _loca(outlines),
            "maxp": maxp[:4] + struct.pack(">H", len(glyphs)) + maxp[6:],
        }
    )
    return _font_file(tables)


def _padded(data: bytes) -> bytes:
    return data + b"\0" * (-len(data) % 4)


def _cmap(codes: list[int]) -> bytes:
    """Format 12: each character is a group of its own, glyph numbers follow the order of codes."""
    groups = b"".join(struct.pack(">LLL", c, c, i) for i, c in enumerate(codes, start=1))
    subtable = struct.pack(">HHLLL", 12, 0, 16 + len(groups), 0, len(codes)) + groups
    return struct.pack(">HHHHL", 0, 1, 3, 10, 12) + subtable


def _loca(outlines: list[bytes]) -> bytes:
    places = [0]
    for outline in outlines:
        places.append(places[-1] + len(outline))
    return struct.pack(f">{len(places)}L", *places)


def _font_file(tables: Mapping[str, bytes]) -> bytes:
    """Checksums stay zero: the PDF writer saves the font again and computes them."""
    place = 12 + 16 * len(tables)
    directory, body = b"", b""
    for tag, data in sorted(tables.items()):
        directory += struct.pack(">4sLLL", tag.encode(), 0, place + len(body), len(data))
        body += _padded(data)
    return struct.pack(">LHHHH", 0x00010000, len(tables), 0, 0, 0) + directory + body
