"""Files nobody should send, each made here: what it is called, what it holds, what becomes of it.

`refusal` is the beginning of the sentence for one that is refused; "" for one that is taken and
made harmless: then nothing of `PAYLOADS` may be left in what is kept.
"""

import io
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Stream
from PIL import Image

KINDS = "只能上传照片（JPG、PNG、WEBP、HEIC）或 PDF 文件。"
EMPTY, LARGE = "文件是空的", "文件超过10兆字节"
BROKEN_PICTURE, TOO_FINE = "照片已损坏或不完整", "照片的像素过多"
BROKEN, LOCKED = "PDF 文件已损坏或不完整", "PDF 文件有密码保护"
LONG, TOO_MUCH = "PDF 文件超过30页", "PDF 文件过于复杂"

SCRIPT = b"<script>alert(1)</script>"
# What rides along in one file or another, and in nothing that is kept.
PAYLOADS = (
    SCRIPT, b"alert(", b"app.launchURL", b"MZ hidden", b"PK\x03\x04", b"calc.exe", b"Exif\0\0",
    b"GPSLatitude", b"xpacket", b"/JavaScript", b"/JS", b"/Launch", b"/OpenAction", b"/AA",
    b"/EmbeddedFile", b"/XFA", b"/AcroForm", b"/URI", b"/SubmitForm", b"/RichMedia",
    b"/Outlines", b"/Metadata", b"evil.example", b"nobody@home", b"acTL",
)  # fmt: skip


@dataclass(frozen=True)
class Hostile:
    """One file that was sent."""

    key: str
    make: Callable[[], bytes]
    refusal: str = ""
    name: str = "证明.pdf"


def picture(kind: str = "JPEG", size: tuple[int, int] = (600, 400), **options: object) -> bytes:
    """A picture that does not compress to nothing."""
    made = Image.effect_noise(size, 80).convert("RGB")
    return encoded(made, kind, **options)


def encoded(made: Image.Image, kind: str, **options: object) -> bytes:
    written = io.BytesIO()
    made.save(written, kind, **options)  # type: ignore[arg-type]
    return written.getvalue()


def heic() -> bytes:
    """A photograph as a telephone makes it."""
    from tests.adapters.test_evidence_files import heic

    return heic()


def pages(count: int = 1, size: tuple[float, float] = (595, 842)) -> pikepdf.Pdf:
    """A document of pages that are written on."""
    made = pikepdf.new()
    for number in range(count):
        made.add_blank_page(page_size=size)
        drawn = f"0 0 m {number + 10} 90 l S " * 40
        made.pages[-1].obj.Contents = made.make_indirect(Stream(made, drawn.encode()))
    return made


def saved(made: pikepdf.Pdf, **options: object) -> bytes:
    written = io.BytesIO()
    with warnings.catch_warnings():
        # A form without its list of fields is what this is about.
        warnings.simplefilter("ignore")
        made.save(written, **options)  # type: ignore[arg-type]
    return written.getvalue()


def pdf(change: Callable[[pikepdf.Pdf], object], count: int = 1) -> bytes:
    """A document with something in it."""
    made = pages(count)
    change(made)
    return saved(made)


def cut(make: Callable[[], bytes], share: float) -> bytes:
    whole = make()
    return whole[: int(len(whole) * share)]


def script() -> Dictionary:
    return Dictionary(S=Name.JavaScript, JS=pikepdf.String("app.alert('x'); app.launchURL('x')"))


def launch() -> Dictionary:
    return Dictionary(S=Name.Launch, F=pikepdf.String("calc.exe"))


def annotated(made: pikepdf.Pdf, **columns: Any) -> None:
    note = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 90, 90]), **columns)
    made.pages[0].obj.Annots = Array([made.make_indirect(note)])


def _open_action(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = made.make_indirect(script())


def _launch(made: pikepdf.Pdf) -> None:
    made.Root.OpenAction = launch()
    made.Root.AA = Dictionary(WC=launch())
    made.pages[0].obj.AA = Dictionary(O=launch())


def _named_script(made: pikepdf.Pdf) -> None:
    tree = Dictionary(Names=Array([pikepdf.String("x"), made.make_indirect(script())]))
    made.Root.Names = Dictionary(JavaScript=tree)


def _attachment(made: pikepdf.Pdf) -> None:
    made.attachments["a.exe"] = pikepdf.AttachedFileSpec(made, b"MZ hidden", filename="a.exe")


def _associated(made: pikepdf.Pdf) -> None:
    spec = pikepdf.AttachedFileSpec(made, b"MZ hidden", filename="a.exe")
    made.pages[0].obj.AF = Array([spec.obj])
    made.Root.AF = Array([spec.obj])


def _xfa(made: pikepdf.Pdf) -> None:
    form = Stream(made, b"<xdp>" + SCRIPT + b"</xdp>")
    made.Root.AcroForm = Dictionary(XFA=made.make_indirect(form), Fields=Array([]))


def _outline(made: pikepdf.Pdf) -> None:
    item = made.make_indirect(Dictionary(Title=pikepdf.String("x"), A=script()))
    made.Root.Outlines = made.make_indirect(Dictionary(First=item, Last=item, Count=1))


def _submits(made: pikepdf.Pdf) -> None:
    sends = Dictionary(S=Name.SubmitForm, F=pikepdf.String("https://evil.example/"))
    annotated(made, Subtype=Name.Widget, FT=Name.Btn, A=sends, AA=Dictionary(E=script()))


def _link(made: pikepdf.Pdf) -> None:
    goes = Dictionary(S=Name.URI, URI=pikepdf.String("https://evil.example/"))
    annotated(made, Subtype=Name.Link, A=goes)


def _film(made: pikepdf.Pdf) -> None:
    annotated(made, Subtype=Name.RichMedia, RichMediaContent=Dictionary(Assets=launch()))


def _stamp(made: pikepdf.Pdf) -> None:
    annotated(made, Subtype=Name.Stamp, A=script(), Contents=pikepdf.String("alert(1)"))


def _elsewhere(made: pikepdf.Pdf) -> None:
    outside = Stream(made, b"0 0 m 9 9 l S")
    outside["/F"] = pikepdf.String("https://evil.example/page")
    made.pages[0].obj.Contents = made.make_indirect(outside)


def _written_by(made: pikepdf.Pdf) -> None:
    made.docinfo["/Author"] = "nobody@home"
    with made.open_metadata() as data:
        data["dc:creator"] = ["nobody@home"]
        data["dc:title"] = SCRIPT.decode()


def exif() -> bytes:
    data = Image.Exif()
    data[0x010F] = "nobody@home"
    data[0x0112] = 6
    data.get_ifd(0x8825).update({1: "N", 2: (35.0, 24.0, 0.0), 3: "E", 4: (116.0, 35.0, 0.0)})
    return data.tobytes()


def _photograph_within(made: pikepdf.Pdf) -> None:
    """A scan made by a telephone: the photograph inside still knows where it was taken."""
    inside = Stream(made, b"")
    inside.write(picture(size=(80, 60), exif=exif()), filter=Name.DCTDecode)
    described = Stream(made, b"<?xpacket GPSLatitude?>")
    for key, value in {
        "/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 80, "/Height": 60,
        "/ColorSpace": Name.DeviceRGB, "/BitsPerComponent": 8,
        "/Metadata": made.make_indirect(described),
    }.items():  # fmt: skip
        inside[key] = value
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=made.make_indirect(inside)))
    drawn = Stream(made, b"q 200 0 0 150 20 20 cm /I Do Q")
    made.pages[0].obj.Contents = made.make_indirect(drawn)


def deflated(unit: bytes, times: int) -> bytes:
    """So much of the same, packed, without ever holding it: one packed block again and again."""
    packer = zlib.compressobj(9, wbits=-15)
    block = packer.compress(unit * 4096) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x78\x9c" + block * (times // 4096) + b"\x03\0" + b"\0\0\0\1"


def _unpacks_to_much(made: pikepdf.Pdf, twice: bool) -> None:
    packed = deflated(b"0 0 m 9 9 l S\n" * 40, 1_000_000)
    bomb = Stream(made, b"")
    if twice:
        filters = Array([Name.FlateDecode, Name.FlateDecode])
        bomb.write(zlib.compress(packed, 9), filter=filters)
    else:
        bomb.write(packed, filter=Name.FlateDecode)
    made.pages[0].obj.Contents = made.make_indirect(bomb)


def _huge_image(made: pikepdf.Pdf) -> None:
    inside = Stream(made, b"")
    inside.write(deflated(b"\0" * 50, 6_250_000), filter=Name.FlateDecode)
    for key, value in {
        "/Type": Name.XObject, "/Subtype": Name.Image, "/Width": 50_000, "/Height": 50_000,
        "/ColorSpace": Name.DeviceGray, "/BitsPerComponent": 1,
    }.items():  # fmt: skip
        inside[key] = value
    made.pages[0].obj.Resources = Dictionary(XObject=Dictionary(I=made.make_indirect(inside)))
    drawn = Stream(made, b"q 500 0 0 500 0 0 cm /I Do Q")
    made.pages[0].obj.Contents = made.make_indirect(drawn)


def _laughs(made: pikepdf.Pdf, depth: int = 12) -> None:
    """Each drawing draws the one before ten times."""
    inner = None
    for _ in range(depth):
        drawn = Stream(made, b"0 0 m 10 10 l S\n" if inner is None else b"/F Do\n" * 10)
        drawn["/Type"], drawn["/Subtype"] = Name.XObject, Name.Form
        drawn["/BBox"] = Array([0, 0, 100, 100])
        if inner is not None:
            drawn["/Resources"] = Dictionary(XObject=Dictionary(F=inner))
        inner = made.make_indirect(drawn)
    made.pages[-1].obj.Resources = Dictionary(XObject=Dictionary(F=inner))
    made.pages[-1].obj.Contents = made.make_indirect(Stream(made, b"/F Do"))


def _many_objects(made: pikepdf.Pdf) -> None:
    made.Root.Junk = Array([made.make_indirect(Dictionary(A=n)) for n in range(10_000)])


def _nested(made: pikepdf.Pdf) -> None:
    page, here = made.pages[0].obj, made.Root.Pages
    for _ in range(5_000):
        below = made.make_indirect(
            Dictionary(Type=Name.Pages, Kids=Array([page]), Count=1, Parent=here)
        )
        here.Kids, here = Array([below]), below
    page.Parent = here


def _circle() -> bytes:
    """Pages whose only child is themselves."""
    return (
        b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n"
        b"2 0 obj<</Type/Pages/Kids[2 0 R]/Count 1>>endobj\n"
        b"trailer<</Root 1 0 R>>\n%%EOF\n"
    )


def _lies_about_pages(made: pikepdf.Pdf) -> None:
    made.Root.Pages.Count = 1_000_000


def chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))


def png_that_says(width: int, height: int, data: bytes = b"\0" * 64) -> bytes:
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = chunk(b"IDAT", zlib.compress(data))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + packed + chunk(b"IEND", b"")


def png_with_words() -> bytes:
    whole = picture("PNG")
    words = chunk(b"zTXt", b"x\0\0" + deflated(b"a" * 16, 16_000_000))
    return whole[:33] + words + chunk(b"tEXt", b"c\0" + SCRIPT) + whole[33:]


def zipped() -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as made:
        made.writestr("calc.exe", b"MZ hidden")
    return written.getvalue()


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (60, 40), (n * 8, 0, 0)) for n in range(30)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=50)


def html() -> bytes:
    return b"<!DOCTYPE html><html><body>" + SCRIPT + b"</body></html>"


def jpeg_comment() -> bytes:
    whole = picture()
    said = SCRIPT + b"/*"
    return whole[:2] + b"\xff\xfe" + struct.pack(">H", len(said) + 2) + said + whole[2:]


def xmp() -> bytes:
    return picture(xmp=b"<?xpacket?><x:xmpmeta>" + SCRIPT + b"</x:xmpmeta>")


def _webp_cut() -> bytes:
    return cut(partial(picture, "WEBP", quality=95), 0.5)


DOCUMENTS = (
    Hostile("300 pages", lambda: saved(pages(300)), LONG),
    Hostile("31 pages", lambda: saved(pages(31)), LONG),
    Hostile("cut at a tenth", lambda: cut(lambda: saved(pages(5)), 0.1), BROKEN),
    Hostile("cut in half", lambda: cut(lambda: saved(pages(5)), 0.5), BROKEN),
    Hostile("cut at nine tenths", lambda: cut(lambda: saved(pages(5)), 0.9), BROKEN),
    Hostile("without its last bytes", lambda: saved(pages(5))[:-12], BROKEN),
    Hostile("a head alone", lambda: b"%PDF-1.7\n", BROKEN),
    Hostile("a head and an end", lambda: b"%PDF-1.7\n%%EOF\n", BROKEN),
    Hostile("a head and noise", lambda: b"%PDF-1.7\n" + picture()[:5000] + b"%%EOF", BROKEN),
    Hostile(
        "locked", lambda: saved(pages(), encryption=pikepdf.Encryption(owner="o", user="u")), LOCKED
    ),
    Hostile(
        "locked for its owner",
        lambda: saved(pages(), encryption=pikepdf.Encryption(owner="o", user="")),
        LOCKED,
    ),
    Hostile("a script at opening", lambda: pdf(_open_action)),
    Hostile("a script by name", lambda: pdf(_named_script)),
    Hostile("a programme at opening", lambda: pdf(_launch)),
    Hostile("an attachment", lambda: pdf(_attachment)),
    Hostile("an associated file", lambda: pdf(_associated)),
    Hostile("a form of its own", lambda: pdf(_xfa)),
    Hostile("a script in the outline", lambda: pdf(_outline)),
    Hostile("a button that sends", lambda: pdf(_submits)),
    Hostile("a link", lambda: pdf(_link)),
    Hostile("a film", lambda: pdf(_film)),
    Hostile("a seal with a script", lambda: pdf(_stamp)),
    Hostile("a page that lies elsewhere", lambda: pdf(_elsewhere)),
    Hostile("words about its maker", lambda: pdf(_written_by)),
    Hostile("a photograph with its place", lambda: pdf(_photograph_within)),
    Hostile("a page behind a page", lambda: saved(pages()) + html()),
    Hostile("a page before a document", lambda: html() + saved(pages()), KINDS, "证明.html"),
    Hostile("unpacks to much", lambda: pdf(partial(_unpacks_to_much, twice=False)), TOO_MUCH),
    Hostile("unpacks twice", lambda: pdf(partial(_unpacks_to_much, twice=True)), TOO_MUCH),
    Hostile("a huge image", lambda: pdf(_huge_image)),
    Hostile("draws without end", lambda: pdf(_laughs), TOO_MUCH),
    Hostile("draws without end on its last page", lambda: pdf(_laughs, 3), TOO_MUCH),
    Hostile("ten thousand objects", lambda: pdf(_many_objects)),
    Hostile("a page of 200 inches", lambda: saved(pages(size=(14_400, 14_400)))),
    Hostile("pages within pages", lambda: pdf(_nested), BROKEN),
    Hostile("pages in a circle", _circle, BROKEN),
    Hostile("says it has a million pages", lambda: pdf(_lies_about_pages)),
)

PICTURES = (
    Hostile("a picture and a script", lambda: picture() + SCRIPT, "", "a.jpg"),
    Hostile("a picture and an archive", lambda: picture() + zipped(), "", "a.jpg"),
    Hostile("a script in a comment", jpeg_comment, "", "a.jpg"),
    Hostile("a script in its description", xmp, "", "a.jpg"),
    Hostile("where it was taken", lambda: picture(exif=exif()), "", "a.jpg"),
    Hostile("where it was taken, PNG", lambda: picture("PNG", exif=exif()), "", "a.png"),
    Hostile("where it was taken, WebP", lambda: picture("WEBP", exif=exif()), "", "a.webp"),
    Hostile("words that unpack to much", png_with_words, BROKEN_PICTURE, "a.png"),
    Hostile("for print", lambda: encoded(Image.new("CMYK", (60, 40)), "JPEG"), "", "a.jpg"),
    Hostile("sixteen bits", lambda: encoded(Image.new("I;16", (60, 40)), "PNG"), "", "a.png"),
    Hostile("moving, WebP", lambda: moving("WEBP"), "", "a.webp"),
    Hostile("moving, PNG", lambda: moving("PNG"), "", "a.png"),
    Hostile("a name of HTML", picture, "", "证明.html"),
    Hostile("50,000 by 50,000", lambda: png_that_says(50_000, 50_000), TOO_FINE, "a.png"),
    Hostile("says too much", lambda: png_that_says(2**31 - 1, 2**31 - 1), TOO_FINE, "a.png"),
    Hostile(
        "unpacks to a large picture", lambda: encoded(Image.new("1", (30_000, 30_000)), "PNG"),
        TOO_FINE, "a.png",
    ),
    Hostile("JPEG cut off", lambda: cut(picture, 0.5), BROKEN_PICTURE, "a.jpg"),
    Hostile("PNG cut off", lambda: cut(partial(picture, "PNG"), 0.5), BROKEN_PICTURE, "a.png"),
    Hostile("WebP cut off", _webp_cut, BROKEN_PICTURE, "a.webp"),
    Hostile("HEIC cut off", lambda: heic()[:-30], BROKEN_PICTURE, "a.heic"),
    Hostile("PNG of nothing", lambda: png_that_says(40, 40, b""), BROKEN_PICTURE, "a.png"),
    Hostile("GIF", lambda: encoded(Image.new("RGB", (9, 9)), "GIF"), KINDS, "a.jpg"),
    Hostile("BMP", lambda: encoded(Image.new("RGB", (9, 9)), "BMP"), KINDS, "a.jpg"),
    Hostile("TIFF", lambda: encoded(Image.new("RGB", (9, 9)), "TIFF"), KINDS, "a.jpg"),
    Hostile("ICO", lambda: encoded(Image.new("RGB", (16, 16)), "ICO"), KINDS, "a.jpg"),
    Hostile(
        "SVG", lambda: b"<svg xmlns='http://www.w3.org/2000/svg'>" + SCRIPT + b"</svg>", KINDS,
        "a.jpg",
    ),
)  # fmt: skip

OTHERS = (
    Hostile("HTML", html, KINDS, "照片.jpg"),
    Hostile("an archive", zipped, KINDS, "a.pdf"),
    Hostile("a programme", lambda: b"MZ\x90\0" * 200, KINDS, "照片.jpg.exe"),
    Hostile("PostScript", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n/x {x} def x\n", KINDS, "a.pdf"),
    Hostile("nothing", lambda: b"", EMPTY, "a.jpg"),
    Hostile("one byte", lambda: b"\xff", KINDS, "a.jpg"),
    Hostile("blanks", lambda: b" \r\n" * 900, KINDS, "a.pdf"),
    Hostile("eleven megabytes", lambda: picture() + b"\0" * (11 << 20), LARGE, "a.jpg"),
)

FILES = (*DOCUMENTS, *PICTURES, *OTHERS)

# What a file calls itself, and what it is called from then on.
NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\boot.ini": "boot.ini",
    "/abs/olute.jpg": "olute.jpg",
    "证书\u202egpj.exe": "证书gpj.exe",
    "\u200f\u200e证\u2066书.jpg": "证书.jpg",
    "长" * 300 + ".jpg": "长" * 100,
    "空\x00字.jpg": "空字.jpg",
    "行\r\nSet-Cookie: a=b.jpg": "行Set-Cookie: a=b.jpg",
    "😀🧾.jpg": "😀🧾.jpg",
    "照片.jpg.exe": "照片.jpg.exe",
    '"><script>alert(1)</script>.jpg': "script>.jpg",
    "": "未命名",
    "..": "..",
    "\u202e": "未命名",
}  # fmt: skip
