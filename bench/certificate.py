"""A certificate, printed and signed, against a bare fpdf2 page in the same typeface.

`python -m bench.certificate 20 7,19,23` prints it as JSON, for people whose year is complete.
"""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from statistics import median


@dataclass(frozen=True)
class CertificateCost:
    """Medians in milliseconds; `whole` is printed, signed, stored on disk, nothing left out."""

    count: int
    whole: float
    printed: float
    signed: float
    bare: float
    bare_font_kept: float
    ratio: float
    kilobytes: float


def main(count: int, people: list[int]) -> None:
    """Time each of the ways, in turns."""
    drafts = _drafts(people)
    texts = _texts(drafts[0])
    # A document that has the typeface open, to copy from: what a careful bare program would do.
    kept = _blank()
    ways: dict[str, Callable[[int], object]] = {
        "whole": lambda number: _whole(drafts[number % len(drafts)]),
        "printed": lambda number: _printed(drafts[number % len(drafts)]),
        "signed": _signing(_printed(drafts[0])),
        "bare": lambda _: _bare(texts, None),
        "bare_font_kept": lambda _: _bare(texts, kept),
    }
    for way in ways.values():
        way(0)
    took: dict[str, list[float]] = {name: [] for name in ways}
    for number in range(count):
        for name, way in ways.items():
            began = time.perf_counter()
            way(number)
            took[name].append(1000 * (time.perf_counter() - began))
    found = {name: round(median(times), 2) for name, times in took.items()}
    cost = CertificateCost(
        count=count, **found, ratio=round(found["whole"] / found["bare"], 3),
        kilobytes=round(_size(drafts[0]) / 1000, 1),
    )  # fmt: skip
    print(json.dumps(asdict(cost)))


def _drafts(people: list[int]) -> list:
    from rxapp import clock
    from rxapp.adapters.database import transaction
    from rxapp.rules.permissions import permissions_of
    from rxapp.services import certificates
    from rxapp.services.actors import Actor

    learning = permissions_of(frozenset(), activated=True)
    year = clock.today().year
    with transaction() as session:
        return [
            certificates.prepare(
                session, Actor(permissions=learning, person_id=each, activated=True), year=year
            )
            for each in people
        ]


def _whole(draft) -> object:  # type: ignore[no-untyped-def]
    from rxapp.services import certificates

    return certificates.render(draft)


def _printed(draft) -> bytes:  # type: ignore[no-untyped-def]
    from rxapp.adapters.certificate_facts import tidied
    from rxapp.adapters.certificate_pdf import render

    address = f"https://example.invalid/verify/{draft.facts.number}?s={'x' * 86}"
    return render(replace(tidied(draft.facts), verify_url=address))


def _signing(pdf: bytes) -> Callable[[int], bytes]:
    from rxapp import clock
    from rxapp.adapters.pdf_signing import sign_pdf
    from rxapp.adapters.signing_keys import load_keys
    from rxapp.settings import settings

    keys = load_keys(settings().keys_dir)
    return lambda _: sign_pdf(pdf, keys, reason="测", location="测", signing_time=clock.now())


def _size(draft) -> int:  # type: ignore[no-untyped-def]
    from rxapp.adapters import file_store

    return file_store.find(_whole(draft).file).stat().st_size  # type: ignore[attr-defined]


def _texts(draft) -> list[str]:  # type: ignore[no-untyped-def]
    from rxapp.adapters.certificate_facts import printed_texts

    return [text for _, text in printed_texts(draft.facts)]


def _blank():  # type: ignore[no-untyped-def]
    from fpdf import FPDF

    from rxapp.adapters.certificate_fonts import FOLDER

    pdf = FPDF(format="A4", unit="mm")
    pdf.add_font("serif", fname=FOLDER / "serif-regular.ttf")
    return pdf


def _bare(texts: list[str], kept) -> bytes:  # type: ignore[no-untyped-def]
    """The certificate's words one below the other: no layout, no seal, no QR code, no signature."""
    import copy

    pdf = _blank() if kept is None else copy.deepcopy(kept)
    pdf.add_page()
    pdf.set_font("serif", size=9)
    for text in texts:
        pdf.cell(0, 5, text, new_x="LMARGIN", new_y="NEXT")
    return bytes(pdf.output())


if __name__ == "__main__":
    main(int(sys.argv[1]), [int(word) for word in sys.argv[2].split(",")])
