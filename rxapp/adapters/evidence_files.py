"""Files that prove something: only pictures and PDFs, made anew so that nothing else rides along.

A picture is decoded and written again, which drops positions, hidden parts and scripts. A PDF is
opened by two readers, for each silently mends what the other refuses.
"""

import io
from dataclasses import dataclass
from threading import Lock
from typing import Any

import pikepdf
import pypdfium2
from pi_heif import register_heif_opener
from PIL import Image, ImageOps, UnidentifiedImageError

from rxapp.errors import Invalid, NotFound

LARGEST = 10 * 1024 * 1024
MOST_PAGES = 30
LONG_SIDE, PREVIEW_SIDE = 2400, 900
PAGE_WIDTH, PAGE_PIXELS = 1400, 6_000_000
MOST_PIXELS = 60_000_000
_FORMATS = ("JPEG", "PNG", "WEBP", "HEIF")
# Scripts, actions, forms and attachments; what is drawn on the pages stays.
_ACTIVE = ("/OpenAction", "/AA", "/JavaScript", "/AcroForm", "/Names", "/Collection")
_CARRIERS = ("/FileAttachment", "/RichMedia", "/Screen", "/Movie", "/Sound", "/3D", "/Link")
_LOCKED = "PDF 文件有密码保护，请取消密码后再上传。"
_BROKEN = "PDF 文件已损坏或不完整，请重新生成后再上传。"
_KINDS = "只能上传照片（JPG、PNG、WEBP、HEIC）或 PDF 文件。"
_TOO_FINE = "照片的像素过多，请缩小后再上传。"

# One file at a time: the PDF reader is not made for two threads, and a large photograph
# takes its share of the machine's memory.
_one_at_a_time = Lock()

register_heif_opener(thumbnails=False)
Image.MAX_IMAGE_PIXELS = MOST_PIXELS


@dataclass(frozen=True)
class EvidenceFile:
    """A file as it is kept: its bytes, what they are, a picture of its first page."""

    content: bytes
    suffix: str
    media_type: str
    preview: bytes
    pages: int


def accept(content: bytes) -> EvidenceFile:
    """The file made anew, or Invalid (field file) with the one reason it was not taken."""
    if not content:
        raise _fault("文件是空的，请重新选择。")
    if len(content) > LARGEST:
        raise _fault("文件超过10兆字节，请压缩或重新拍照后再上传。")
    with _one_at_a_time:
        if content.lstrip()[:5] == b"%PDF-":
            return _pdf(content)
        return _picture(content)


def render_page(content: bytes, page: int, *, width: int = PAGE_WIDTH) -> bytes:
    """One page of a kept file, the first is 1, as a JPEG to read on the screen.

    A picture is its own only page. NotFound for a page there is not.
    """
    with _one_at_a_time:
        if content[:5] != b"%PDF-":
            return _jpeg(_page_of_picture(content, page, width), LONG_SIDE, 85)
        return _jpeg(_page_of_pdf(content, page, width), LONG_SIDE, 85)


def _page_of_picture(content: bytes, page: int, width: int) -> Image.Image:
    if page != 1:
        raise NotFound()
    picture = _decoded(content)
    picture.thumbnail((width, LONG_SIDE))
    return picture


def _page_of_pdf(content: bytes, page: int, width: int) -> Image.Image:
    document = pypdfium2.PdfDocument(content)
    try:
        if not 1 <= page <= len(document):
            raise NotFound()
        drawn = document[page - 1]
        wide, high = (max(side, 1) for side in drawn.get_size())
        # A strip as long as a street is shown smaller, never larger than what memory bears.
        scale = min(width / wide, LONG_SIDE / high, (PAGE_PIXELS / (wide * high)) ** 0.5)
        return _flat(drawn.render(scale=scale).to_pil())
    finally:
        document.close()


def _picture(content: bytes) -> EvidenceFile:
    try:
        picture = _decoded(content)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _fault(_TOO_FINE) from None
    except UnidentifiedImageError:
        raise _fault(_KINDS) from None
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


def _pdf(content: bytes) -> EvidenceFile:
    pages, preview = _first_page(content)
    if pages > MOST_PAGES:
        raise _fault(f"PDF 文件超过{MOST_PAGES}页，请只保留需要的页面。")
    return EvidenceFile(_plain(content), ".pdf", "application/pdf", preview, pages)


def _first_page(content: bytes) -> tuple[int, bytes]:
    try:
        document = pypdfium2.PdfDocument(content)
        try:
            page = document[0]
            scale = min(PREVIEW_SIDE / max(*page.get_size(), 1), 3)
            picture = page.render(scale=scale).to_pil()
            return len(document), _jpeg(_flat(picture), PREVIEW_SIDE, 75)
        finally:
            document.close()
    except Exception as error:
        locked = "password" in str(error).lower()
        raise _fault(_LOCKED if locked else _BROKEN) from None


def _plain(content: bytes) -> bytes:
    """The same pages without scripts, actions, forms and attachments."""
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            if document.is_encrypted:
                raise _fault(_LOCKED)
            _drop(document.Root, _ACTIVE)
            for page in document.pages:
                _disarm(page.obj)
            written = io.BytesIO()
            document.remove_unreferenced_resources()
            document.save(written, static_id=True)
            return written.getvalue()
    except pikepdf.PasswordError:
        raise _fault(_LOCKED) from None
    except Invalid:
        raise
    except Exception:
        raise _fault(_BROKEN) from None


def _disarm(page: Any) -> None:
    # A seal may be drawn as an annotation: what is only looked at stays.
    _drop(page, ("/AA",))
    if "/Annots" not in page:
        return
    kept = [each for each in page.Annots if str(each.get("/Subtype")) not in _CARRIERS]
    for each in kept:
        _drop(each, ("/A", "/AA"))
    page.Annots = pikepdf.Array(kept)


def _drop(where: Any, names: tuple[str, ...]) -> None:
    for name in names:
        if name in where:
            del where[name]


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
