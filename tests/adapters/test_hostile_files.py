"""Every hostile file is refused with its sentence, or taken and made harmless."""

import io
import resource
import zlib

import pikepdf
import pytest
from PIL import Image

from rxapp.adapters import evidence_files
from rxapp.adapters.evidence_files import EvidenceFile, accept, render_page
from rxapp.errors import Invalid
from tests import hostile
from tests.hostile import Hostile


@pytest.mark.parametrize("sent", hostile.FILES, ids=[each.key for each in hostile.FILES])
def test_no_hostile_file_is_taken_as_it_is(sent: Hostile) -> None:
    content = sent.make()
    if sent.refusal:
        with pytest.raises(Invalid) as refused:
            accept(content)
        assert refused.value.fields["file"].startswith(sent.refusal)
        return
    made = accept(content)
    require_harmless(made)
    assert Image.open(io.BytesIO(made.preview)).format == "JPEG"
    for page in range(1, made.pages + 1):
        assert Image.open(io.BytesIO(render_page(made.content, page))).format == "JPEG"
    # Taken a second time it stays what it is.
    assert accept(made.content).pages == made.pages


def require_harmless(made: EvidenceFile) -> None:
    """One of two kinds, and nothing of any payload in it, packed or not."""
    assert len(made.content) <= evidence_files.LARGEST
    if made.suffix == ".jpg":
        assert made.media_type == "image/jpeg"
        with Image.open(io.BytesIO(made.content)) as kept:
            assert (kept.format, kept.mode, dict(kept.getexif())) == ("JPEG", "RGB", {})
            assert kept.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
        found = made.content
    else:
        assert (made.suffix, made.media_type) == (".pdf", "application/pdf")
        found = made.content + unpacked(made.content)
    left = [word for word in hostile.PAYLOADS if word in found]
    assert not left


def unpacked(content: bytes) -> bytes:
    """A document with all its small streams as they are when read."""
    with pikepdf.open(io.BytesIO(content)) as document:
        for each in document.objects:
            if not isinstance(each, pikepdf.Stream) or "/Width" in each:
                continue
            each.write(each.read_bytes())
        whole = pikepdf.ObjectStreamMode.disable
        return hostile.saved(document, compress_streams=False, object_stream_mode=whole)


def test_the_payloads_are_really_there_before() -> None:
    found = b""
    for each in hostile.FILES:
        content = each.make() if not each.refusal else b""
        found += content
        if content.startswith(b"%PDF-") and "image" not in each.key:
            found += unpacked(content)
    missing = [word for word in hostile.PAYLOADS if word not in found]
    assert not missing
    assert len(hostile.FILES) > 60


def test_a_picture_that_says_it_is_huge_is_never_made() -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for key in ("50,000 by 50,000", "says too much"):
        sent = next(each for each in hostile.FILES if each.key == key)
        with pytest.raises(Invalid, match="像素过多"):
            accept(sent.make())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000


def test_what_is_drawn_stays_drawn() -> None:
    made = hostile.pages()
    seal = pikepdf.Stream(made, b"1 0 0 rg 0 0 90 90 re f")
    seal["/Type"], seal["/Subtype"] = pikepdf.Name.XObject, pikepdf.Name.Form
    seal["/BBox"] = pikepdf.Array([0, 0, 90, 90])
    drawn = pikepdf.Dictionary(N=made.make_indirect(seal))
    for kind in (pikepdf.Name.Stamp, pikepdf.Name.Widget):
        hostile.annotated(made, Subtype=kind, AP=drawn, F=4)
        with Image.open(io.BytesIO(accept(hostile.saved(made)).preview)) as seen:
            red, green, _ = seen.getpixel((40, seen.height - 40))  # type: ignore[misc]
            assert (red > 200, green < 60) == (True, True)
        kept = accept(hostile.saved(made)).content
        with Image.open(io.BytesIO(render_page(kept, 1))) as seen:
            assert seen.getpixel((40, seen.height - 40))[0] > 200  # type: ignore[index]


def test_a_photograph_in_a_document_looks_the_same_without_its_place() -> None:
    sent = next(each for each in hostile.FILES if each.key == "a photograph with its place")
    with Image.open(io.BytesIO(accept(sent.make()).preview)) as seen:
        low, high = (
            seen.convert("L").crop((40, seen.height - 150, 200, seen.height - 40)).getextrema()
        )  # type: ignore[misc]
    assert high - low > 60  # type: ignore[operator]


def test_a_large_scan_fits_within_the_limits() -> None:
    made = pikepdf.new()
    noise = hostile.picture(size=(2480, 3508), quality=15)
    for _ in range(4):
        made.add_blank_page(page_size=(595, 842))
        inside = pikepdf.Stream(made, b"")
        inside.write(noise, filter=pikepdf.Name.DCTDecode)
        for key, value in {
            "/Type": pikepdf.Name.XObject, "/Subtype": pikepdf.Name.Image, "/Width": 2480,
            "/Height": 3508, "/ColorSpace": pikepdf.Name.DeviceRGB, "/BitsPerComponent": 8,
        }.items():  # fmt: skip
            inside[key] = value
        page = made.pages[-1].obj
        page.Resources = pikepdf.Dictionary(
            XObject=pikepdf.Dictionary(I=made.make_indirect(inside))
        )
        drawn = pikepdf.Stream(made, b"q 595 0 0 842 0 0 cm /I Do Q")
        page.Contents = made.make_indirect(drawn)
    taken = accept(hostile.saved(made))
    assert taken.pages == 4
    assert len(render_page(taken.content, 4)) > 50_000


def test_a_reader_that_is_held_up_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence_files, "MOST_SECONDS", 0.001)
    with pytest.raises(Invalid, match="过于复杂"):
        accept(hostile.saved(hostile.pages()))
    monkeypatch.undo()
    # Nobody is left in the way of the next.
    for _ in range(4):
        assert accept(hostile.saved(hostile.pages())).pages == 1


def test_a_stream_that_is_no_photograph_is_left_alone() -> None:
    from rxapp.adapters.pdf_reader import bare_jpeg

    for odd in (
        b"",
        b"\xff\xd8",
        b"\xff\xd8\xff",
        b"\xff\xd8\xff\xe1\xff\xff",
        zlib.compress(b"x"),
    ):
        assert bare_jpeg(odd)[:2] == odd[:2]
    whole = hostile.picture(exif=hostile.exif(), icc_profile=b"colours")
    bare = bare_jpeg(whole)
    assert b"Exif" not in bare
    with Image.open(io.BytesIO(bare)) as one, Image.open(io.BytesIO(whole)) as other:
        assert one.tobytes() == other.tobytes()
        assert one.info["icc_profile"] == b"colours"
