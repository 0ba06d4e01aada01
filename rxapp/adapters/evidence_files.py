"""Files that prove something: only pictures and PDFs, made anew so that nothing else rides along.

A picture is decoded and written again, which drops positions, hidden parts and scripts. A PDF is
opened by two readers, for each silently mends what the other refuses, and apart from the platform:
three kilobytes can keep a reader busy for hours, or take all memory there is.
"""

import io
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Lock
from typing import Any

from pi_heif import register_heif_opener
from PIL import Image, ImageOps, UnidentifiedImageError

from rxapp.adapters import pdf_reader
from rxapp.errors import Invalid, NotFound

LARGEST = 10 * 1024 * 1024
MOST_PAGES = 30
LONG_SIDE, PREVIEW_SIDE, PAGE_WIDTH = 2400, 900, 1400
MOST_PIXELS = 60_000_000
# The reader of PDFs ends itself sooner; this is for one that only waits.
MOST_SECONDS = 30
_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
_KINDS = "只能上传照片（JPG、PNG、WEBP、HEIC）或 PDF 文件。"
_TOO_FINE = "照片的像素过多，请缩小后再上传。"
_TOO_MUCH = "PDF 文件过于复杂，无法打开，请打印后拍照，或重新扫描后再上传。"
_FAULTS = {
    "locked": "PDF 文件有密码保护，请取消密码后再上传。",
    "broken": "PDF 文件已损坏或不完整，请重新生成后再上传。",
    "long": "PDF 文件超过{most}页，请只保留需要的页面。",
}
_READER = str(Path(pdf_reader.__file__))

# A large photograph takes its share of the machine's memory, a PDF one of its cores.
_one_picture = Lock()
_few_pdfs = BoundedSemaphore(2)

register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True)
class EvidenceFile:
    """A file as it is kept: its bytes, what they are, a picture of its first page.

    `ahead`: whether a store that is far has both already.
    """

    content: bytes
    suffix: str
    media_type: str
    preview: bytes
    pages: int
    ahead: bool = False


class OtherKind(Invalid):
    """Neither a picture nor a PDF."""


def accept(content: bytes) -> EvidenceFile:
    """The file made anew, or Invalid (field file) with the one reason it was not taken."""
    if not content:
        raise _fault("文件是空的，请重新选择。")
    if len(content) > LARGEST:
        raise _fault("文件超过10兆字节，请压缩或重新拍照后再上传。")
    return make_anew(content)


def make_anew(content: bytes, *, most_pages: int = MOST_PAGES) -> EvidenceFile:
    """A picture or PDF of any size made anew; OtherKind when it is neither."""
    if content.lstrip()[:5] == b"%PDF-":
        with _few_pdfs:
            return _pdf(content, most_pages)
    with _one_picture:
        return _picture(content)


def render_page(content: bytes, page: int, *, width: int = PAGE_WIDTH) -> bytes:
    """One page of a kept file, the first is 1, as a JPEG to read on the screen.

    A picture is its own only page. NotFound for a page there is not.
    """
    if content[:5] == b"%PDF-":
        with _few_pdfs:
            return _read_apart(content, "draw", page, width, LONG_SIDE)[1][0]
    with _one_picture:
        return _jpeg(_page_of_picture(content, page, width), LONG_SIDE, 85)


def _page_of_picture(content: bytes, page: int, width: int) -> Image.Image:
    if page != 1:
        raise NotFound()
    picture = _decoded(content)
    picture.thumbnail((width, LONG_SIDE))
    return picture


def _picture(content: bytes) -> EvidenceFile:
    try:
        picture = _decoded(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _fault(_TOO_FINE) from None
    except UnidentifiedImageError:
        raise OtherKind({"file": _KINDS}) from None
    except Invalid:
        raise
    except Exception:  # a broken file breaks its reader in any way it likes
        raise _fault("照片已损坏或不完整，请重新拍照或重新选择。") from None
    return EvidenceFile(
        content=_jpeg(picture, LONG_SIDE, 85),
        suffix=".jpg",
        media_type="image/jpeg",
        preview=_jpeg(picture, PREVIEW_SIDE, 75),
        pages=1,
    )


def _decoded(content: bytes) -> Image.Image:
    with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
        if opened.width * opened.height > MOST_PIXELS:
            raise _fault(_TOO_FINE)
        # A JPEG can be decoded at a fraction of its size, at a fraction of the memory.
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
        opened.load()
        opened.thumbnail((LONG_SIDE, LONG_SIDE))
        return _flat(ImageOps.exif_transpose(opened))


def _pdf(content: bytes, most_pages: int) -> EvidenceFile:
    said, (kept, preview) = _read_apart(content, "take", most_pages, PREVIEW_SIDE)
    return EvidenceFile(kept, ".pdf", "application/pdf", preview, said["pages"])


def _read_apart(content: bytes, *question: object) -> tuple[dict[str, Any], list[bytes]]:
    """What the reader of PDFs says; a file that brings it down or holds it up is Invalid."""
    try:
        done = subprocess.run(
            [sys.executable, "-I", _READER, *map(str, question)], input=content,
            capture_output=True, timeout=MOST_SECONDS, env={}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _fault(_TOO_MUCH) from None
    line, _, rest = done.stdout.partition(b"\n")
    if done.returncode or not line:
        raise _fault(_TOO_MUCH)
    said = json.loads(line)
    if "fault" in said:
        if said["fault"] == "missing":
            raise NotFound()
        raise _fault(_FAULTS[said["fault"]].format(most=question[1]))
    stream = io.BytesIO(rest)
    return said, [stream.read(size) for size in said["sizes"]]


def _flat(picture: Image.Image) -> Image.Image:
    # What was see-through is white on paper.
    clear = picture.convert("RGBA")
    white = Image.new("RGBA", clear.size, "white")
    return Image.alpha_composite(white, clear).convert("RGB")


def _jpeg(picture: Image.Image, long_side: int, quality: int) -> bytes:
    smaller = picture.copy()
    smaller.thumbnail((long_side, long_side))
    written = io.BytesIO()
    smaller.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()


def _fault(sentence: str) -> Invalid:
    return Invalid({"file": sentence})
