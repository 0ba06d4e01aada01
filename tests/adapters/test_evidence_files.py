"""Evidence: photographs and PDFs are taken and made anew, everything else is told why not."""

import io

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from rxapp.adapters import evidence_files
from rxapp.adapters.evidence_files import (
    LONG_SIDE,
    MOST_PAGES,
    PAGE_WIDTH,
    accept,
    render_page,
)
from rxapp.errors import Invalid, NotFound


def picture(kind: str = "JPEG", size: tuple[int, int] = (640, 480), **options: object) -> bytes:
    """A photograph with a red corner, so that it can be seen which way up it is."""
    made = Image.new("RGB", size, "white")
    made.paste((200, 0, 0), (0, 0, size[0] // 4, size[1] // 4))
    written = io.BytesIO()
    made.save(written, kind, **options)
    return written.getvalue()


def document(pages: int = 1, **options: object) -> bytes:
    """A PDF of empty pages."""
    made = pikepdf.new()
    for _ in range(pages):
        made.add_blank_page()
    written = io.BytesIO()
    made.save(written, **options)  # type: ignore[arg-type]
    return written.getvalue()


def refusal(content: bytes) -> str:
    with pytest.raises(Invalid) as refused:
        accept(content)
    assert set(refused.value.fields) == {"file"}
    return refused.value.fields["file"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "HEIF"])
def test_photographs_of_every_kind_become_jpeg(kind: str) -> None:
    content = heic() if kind == "HEIF" else picture(kind)
    made = accept(content)
    with Image.open(io.BytesIO(made.content)) as kept, Image.open(io.BytesIO(made.preview)) as seen:
        assert (kept.format, seen.format, made.media_type) == ("JPEG", "JPEG", "image/jpeg")
        assert max(seen.size) <= evidence_files.PREVIEW_SIDE
    assert (made.suffix, made.pages) == (".jpg", 1)


def test_a_large_photograph_becomes_smaller_and_keeps_its_shape() -> None:
    with Image.open(io.BytesIO(accept(picture(size=(6000, 3000))).content)) as kept:
        assert kept.size == (LONG_SIDE, LONG_SIDE // 2)


def test_where_it_was_taken_and_what_hangs_on_behind_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "相机厂"
    exif[0x0112] = 6  # lies on its side
    content = picture(exif=exif.tobytes()) + b"<script>alert(1)</script>PK\x03\x04"
    made = accept(content)
    assert b"script" not in made.content
    assert "相机厂".encode() not in made.content
    with Image.open(io.BytesIO(made.content)) as kept:
        assert dict(kept.getexif()) == {}
        assert kept.size == (480, 640)


def test_what_is_see_through_becomes_white() -> None:
    written = io.BytesIO()
    Image.new("RGBA", (80, 80), (0, 0, 0, 0)).save(written, "PNG")
    with Image.open(io.BytesIO(accept(written.getvalue()).content)) as kept:
        assert kept.getpixel((40, 40)) == (255, 255, 255)


def test_a_pdf_keeps_its_pages_and_shows_the_first() -> None:
    made = accept(document(3))
    assert (made.suffix, made.media_type, made.pages) == (".pdf", "application/pdf", 3)
    assert len(pypdfium2.PdfDocument(made.content)) == 3
    with Image.open(io.BytesIO(made.preview)) as seen:
        assert seen.format == "JPEG"


def test_scripts_actions_and_attachments_are_taken_out_of_a_pdf() -> None:
    made = pikepdf.new()
    page = made.add_blank_page()
    made.attachments["a.exe"] = pikepdf.AttachedFileSpec(made, b"MZ hidden", filename="a.exe")
    script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('x')")
    made.Root.OpenAction = made.make_indirect(script)
    made.Root.AA = pikepdf.Dictionary(WC=script)
    page.obj.AA = pikepdf.Dictionary(O=script)
    link = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Link, Rect=[0, 0, 9, 9], A=script
    )
    seal = pikepdf.Dictionary(
        Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Stamp, Rect=[0, 0, 9, 9], A=script
    )
    page.obj.Annots = pikepdf.Array([made.make_indirect(link), made.make_indirect(seal)])
    written = io.BytesIO()
    made.save(written)

    kept = accept(written.getvalue()).content
    with pikepdf.open(io.BytesIO(kept)) as cleaned:
        assert not {"/OpenAction", "/AA", "/Names"} & set(cleaned.Root.keys())
        assert len(cleaned.attachments) == 0
        first = cleaned.pages[0].obj
        assert "/AA" not in first
        # What is drawn, such as a seal, stays.
        assert [str(each.Subtype) for each in first.Annots] == ["/Stamp"]
        assert "/A" not in first.Annots[0]
    assert b"alert" not in kept
    assert b"MZ hidden" not in kept


@pytest.mark.parametrize(
    "content",
    [b"GIF89a" + b"\0" * 40, b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"PK\x03\x04" * 20,
     b"MZ\x90\0" * 20, b"<html><script>alert(1)</script></html>", b"hello"],
)  # fmt: skip
def test_other_kinds_are_refused(content: bytes) -> None:
    assert refusal(content) == "只能上传照片（JPG、PNG、WEBP、HEIC）或 PDF 文件。"


def test_a_picture_of_a_kind_nobody_asked_for_is_refused() -> None:
    assert "只能上传" in refusal(picture("BMP"))
    assert "只能上传" in refusal(picture("TIFF"))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photograph_cut_off_is_refused(kind: str) -> None:
    whole = picture(kind, (900, 900), quality=95) if kind != "PNG" else noise()
    assert accept(whole).pages == 1
    assert "损坏或不完整" in refusal(whole[: len(whole) // 2])


def test_a_bomb_of_pixels_is_refused_before_it_is_unpacked() -> None:
    written = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(written, "PNG")
    assert len(written.getvalue()) < 1_000_000
    assert "像素过多" in refusal(written.getvalue())


def test_nothing_and_too_much_are_refused() -> None:
    assert "空的" in refusal(b"")
    assert "10兆字节" in refusal(picture() + b"\0" * evidence_files.LARGEST)


def test_a_pdf_that_is_damaged_locked_or_too_long_is_refused() -> None:
    whole = document(2)
    assert "损坏或不完整" in refusal(whole[: len(whole) // 2])
    assert "损坏或不完整" in refusal(b"%PDF-1.7 nothing more")
    locked = document(encryption=pikepdf.Encryption(owner="o", user="u"))
    assert "密码保护" in refusal(locked)
    only_owned = document(encryption=pikepdf.Encryption(owner="o", user=""))
    assert "密码保护" in refusal(only_owned)
    assert accept(document(MOST_PAGES)).pages == MOST_PAGES
    assert f"超过{MOST_PAGES}页" in refusal(document(MOST_PAGES + 1))


def test_a_page_is_shown_as_a_picture_of_its_own() -> None:
    made = pikepdf.new()
    # A page, a strip as long as a street, a page as small as a seed.
    for size in ((595, 842), (200, 14_400), (3, 3)):
        made.add_blank_page(page_size=size)
    written = io.BytesIO()
    made.save(written)
    pages = [render_page(written.getvalue(), number) for number in (1, 2, 3)]
    sizes = []
    for page in pages:
        with Image.open(io.BytesIO(page)) as seen:
            assert seen.format == "JPEG"
            sizes.append(seen.size)
    assert sizes[0][0] == PAGE_WIDTH
    assert all(max(size) <= LONG_SIDE for size in sizes)
    for beyond in (0, 4, -1):
        with pytest.raises(NotFound):
            render_page(written.getvalue(), beyond)


def test_a_picture_is_its_own_only_page() -> None:
    kept = accept(picture(size=(3000, 2000))).content
    with Image.open(io.BytesIO(render_page(kept, 1))) as seen:
        assert seen.size[0] == PAGE_WIDTH
    with pytest.raises(NotFound):
        render_page(kept, 2)


def noise() -> bytes:
    """A picture that does not compress, so that half of the file is half of the picture."""
    import random

    made = Image.frombytes("RGB", (300, 300), random.Random(1).randbytes(270_000))
    written = io.BytesIO()
    made.save(written, "PNG")
    return written.getvalue()


def heic() -> bytes:
    """The smallest photograph as a telephone makes it."""
    import base64

    return base64.b64decode(HEIC)


# A red corner on white, 64 by 48.
HEIC = (
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAX1tZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAA"
    "AAAAAAAAAAACJpbG9jAAAAAERAAAEAAQAAAAABoQABAAAAAAAAAD0AAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAAB"
    "AABodmMxAAAAAA5waXRtAAAAAAABAAAA/WlwcnAAAADdaXBjbwAAAHZodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADw"
    "NgAAEAGEABDAH//wNwAAADAJAAAAMAAAMAHroCQGEAAQAqQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbq5Ka5uAhoMCAA"
    "AAMDIAAAAwAhYgABAAZEAcFzwIkAAAATY29scm5jbHgAAQANAAaAAAAAFGlzcGUAAAAAAAAAQAAAAEAAAAAoY2xhcA"
    "AAAEAAAAABAAAAMAAAAAEAAAAAAAAAAv////AAAAACAAAAEHBpeGkAAAAAAwgICAAAABhpcG1hAAAAAAAAAAEAAQWB"
    "AgMFhAAAAEVtZGF0AAAAOSgBrxmA+0tc3/6Ez9HV+ODduo7n308oMdjPJ/ez36d7jlvxhmmzbeYOUaovmp2BkX+d5s"
    "XBXgPPDw=="
)
