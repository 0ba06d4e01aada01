"""QR codes drawn as vectors, so that they stay sharp at any size."""

from typing import Any

import segno
from fpdf import FPDF
from fpdf.drawing import PaintedPath
from fpdf.enums import PathPaintRule

CORRECTION = "m"  # 15 %: survives a fold or a stamp, and the modules stay large enough for 100 dpi


def rows(payload: str) -> tuple[bytes, ...]:
    """The code as rows of modules, 1 is dark; without its quiet zone."""
    code: Any = segno.make_qr(payload, error=CORRECTION, boost_error=False)
    return tuple(bytes(row) for row in code.matrix)


def picture(payload: str) -> str:
    """The code as the address of an image, dark on white with its quiet zone."""
    code: Any = segno.make_qr(payload, error=CORRECTION)
    return code.svg_data_uri(scale=4, border=4, dark="#000", light="#fff", omitsize=True)


def draw(pdf: FPDF, payload: str, *, x: float, y: float, side: float) -> None:
    """Draw the code of `payload` into a square, in the document's unit, as one filled path.

    The caller leaves four modules of white around it.
    """
    matrix = rows(payload)
    module = side / len(matrix)
    path: Any = PaintedPath()  # fpdf2 draws it, but its annotation names another class
    path.style.paint_rule = PathPaintRule.FILL_NONZERO
    path.style.fill_color = "#000000"
    for row, cells in enumerate(matrix):
        for start, length in _dark_stretches(cells):
            path.rectangle(x + start * module, y + row * module, length * module, module)
    pdf.draw_path(path, copy=False)


def _dark_stretches(cells: bytes) -> list[tuple[int, int]]:
    """Where dark modules begin in a row, and how many follow."""
    stretches: list[tuple[int, int]] = []
    for place, dark in enumerate(cells):
        if dark and stretches and sum(stretches[-1]) == place:
            stretches[-1] = (stretches[-1][0], stretches[-1][1] + 1)
        elif dark:
            stretches.append((place, 1))
    return stretches
