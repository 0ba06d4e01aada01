"""Reads one PDF that a stranger sent, in a process of its own: a bad one ends it, nothing else.

Run by `evidence_files` as a plain script, without the settings and the keys of the platform:
`pdf_reader.py take 30 900` or `pdf_reader.py draw 2 1400 2400`, the file on standard input. The
answer is a line of JSON with the lengths of the parts that follow it, or with a word for the fault.
It imports nothing of the house.
"""

import io
import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

import pikepdf
import pypdfium2
from PIL import Image

MEMORY, SECONDS = 1024 * 1024 * 1024, 10
PAGE_PIXELS, SMALL = 6_000_000, 64
# Everything a page needs in order to be looked at; what is not here does not stay.
ROOT = {"/Type", "/Pages", "/Version", "/OCProperties"}
PAGE = {
    "/Type", "/Parent", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox",
    "/ArtBox", "/Rotate", "/UserUnit", "/Group", "/Annots",
}  # fmt: skip
# A seal, a signature or a filled-in field may be drawn as an annotation: its picture stays.
DRAWN = {
    "/Stamp", "/FreeText", "/Ink", "/Line", "/Square", "/Circle", "/Polygon", "/PolyLine",
    "/Highlight", "/Underline", "/Squiggly", "/StrikeOut", "/Widget",
}  # fmt: skip
ANNOTATION = {
    "/Type", "/Subtype", "/Rect", "/AP", "/AS", "/F", "/C", "/CA", "/BS", "/Border", "/QuadPoints",
    "/InkList", "/Vertices", "/L", "/LE", "/IC", "/RD",
}  # fmt: skip
# Whatever hangs on any object: who made it and where, files within, what points outside.
RIDERS = ("/Metadata", "/PieceInfo", "/AF", "/AA", "/OPI", "/Ref", "/Alternates", "/Thumb", "/PS")
OUTSIDE = ("/F", "/FFilter", "/FDecodeParms")


class Unreadable(Exception):
    """Why a file is not taken, in a word: locked, broken, long."""


def take(content: bytes, most_pages: int, side: int) -> tuple[int, bytes, bytes]:
    """How many pages there are, the file made anew, a picture of its first page.

    Every page of what is kept is drawn once, small, so that whoever decides can see every one.
    """
    with _opened(content) as document:
        pages = len(document)
    if pages > most_pages:
        raise Unreadable("long")
    kept = _plain(content)
    with _opened(kept) as document:
        if len(document) != pages:
            raise Unreadable("broken")
        preview = _drawn(document, 0, side, side)
        for page in range(1, pages):
            _drawn(document, page, SMALL, SMALL)
    return pages, kept, preview


def draw(content: bytes, page: int, width: int, height: int) -> bytes:
    """One page as a JPEG within these sides; the first is 1."""
    with _opened(content) as document:
        if not 1 <= page <= len(document):
            raise Unreadable("missing")
        return _drawn(document, page - 1, width, height)


def main() -> None:
    """Answer one question about the file on standard input, within limits."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked, numbers = sys.argv[1], [int(word) for word in sys.argv[2:]]
    content = sys.stdin.buffer.read()
    try:
        if asked == "take":
            pages, kept, preview = take(content, *numbers)
            _say({"pages": pages}, kept, preview)
        else:
            _say({}, draw(content, *numbers))
    except Unreadable as error:
        _say({"fault": str(error)})


def _say(words: dict[str, Any], *parts: bytes) -> None:
    line = json.dumps(words | {"sizes": [len(part) for part in parts]})
    sys.stdout.buffer.write(line.encode() + b"\n" + b"".join(parts))


def _opened(content: bytes) -> pypdfium2.PdfDocument:
    try:
        document = pypdfium2.PdfDocument(content)
        if len(document) < 1:
            raise Unreadable("broken")
        return document
    except pypdfium2.PdfiumError as error:
        raise Unreadable("locked" if "password" in str(error).lower() else "broken") from None


def _drawn(document: pypdfium2.PdfDocument, page: int, width: int, height: int) -> bytes:
    try:
        found = document[page]
        wide, high = (max(side, 1) for side in found.get_size())
        # A strip as long as a street is drawn smaller, never larger than what memory bears.
        scale = min(width / wide, height / high, (PAGE_PIXELS / (wide * high)) ** 0.5)
        picture: Image.Image = found.render(scale=scale).to_pil().convert("RGB")
        found.close()
    except (pypdfium2.PdfiumError, ValueError):
        raise Unreadable("broken") from None
    written = io.BytesIO()
    picture.save(written, "JPEG", quality=80, optimize=True)
    return written.getvalue()


def _plain(content: bytes) -> bytes:
    """The same pages without scripts, actions, links, attachments, and words about their maker."""
    # A whole file ends with its mark; what the other reader would mend may lack pages.
    if b"%%EOF" not in content[-2048:]:
        raise Unreadable("broken")
    try:
        with pikepdf.open(io.BytesIO(content)) as document:
            if document.is_encrypted:
                raise Unreadable("locked")
            _disarm(document)
            document.remove_unreferenced_resources()
            written = io.BytesIO()
            document.save(written, static_id=True)
            return written.getvalue()
    except pikepdf.PasswordError:
        raise Unreadable("locked") from None
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        raise Unreadable("broken") from None


def _disarm(document: pikepdf.Pdf) -> None:
    _keep(document.Root, ROOT)
    if "/Info" in document.trailer:
        del document.trailer["/Info"]
    for page in document.pages:
        _keep(page.obj, PAGE)
        if "/Annots" in page.obj:
            page.obj.Annots = pikepdf.Array(list(_annotations(page.obj.Annots)))
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary | pikepdf.Stream):
            _unload(each)


def _annotations(found: Any) -> Iterator[Any]:
    for each in found:
        if isinstance(each, pikepdf.Dictionary) and str(each.get("/Subtype")) in DRAWN:
            _keep(each, ANNOTATION)
            if each.Subtype == pikepdf.Name.Widget:
                # The seal of a signature: without its form nobody would draw it.
                each.Subtype = pikepdf.Name.Stamp
            yield each


def _unload(each: Any) -> None:
    is_stream = isinstance(each, pikepdf.Stream)
    for name in (*RIDERS, *OUTSIDE) if is_stream else RIDERS:
        if name in each:
            del each[name]
    if isinstance(each, pikepdf.Stream) and _is_photograph(each):
        bare: Any = bare_jpeg(each.read_raw_bytes())
        each.write(bare, filter=pikepdf.Name.DCTDecode)


def _is_photograph(stream: pikepdf.Stream) -> bool:
    name = stream.get("/Filter")
    if isinstance(name, pikepdf.Array) and len(name) == 1:
        name = name[0]
    return name == pikepdf.Name.DCTDecode and "/DecodeParms" not in stream


def _keep(where: Any, names: set[str]) -> None:
    for name in set(where.keys()) - names:
        del where[name]


def bare_jpeg(content: bytes) -> bytes:
    """A photograph within a page, without where and by what it was taken."""
    kept, at = [content[:2]], 2
    while content[at : at + 1] == b"\xff" and at + 4 <= len(content):
        marker, size = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker == 0xDA:  # the picture itself begins
            break
        # Of what applications add, only what says how to read the colours.
        if not (0xE1 <= marker <= 0xEF or marker == 0xFE) or marker in (0xE2, 0xEE):
            kept.append(content[at : at + 2 + size])
        at += 2 + size
    return b"".join(kept) + content[at:]


if __name__ == "__main__":
    main()
