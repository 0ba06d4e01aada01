"""Keys and signatures: what is genuine is accepted, everything else is not."""

import asyncio
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from asn1crypto import x509
from cryptography.hazmat.primitives.serialization import Encoding
from fpdf import FPDF
from pyhanko.pdf_utils.generic import StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from rxapp.adapters.pdf_signing import sign_pdf
from rxapp.adapters.signing_keys import (
    SigningKeys,
    generate_keys,
    load_keys,
    sign_facts,
    verify_facts,
)
from rxapp.errors import NotFound

NOW = datetime(2020, 12, 18, 2, 3, 4, tzinfo=UTC)
OFFICE = "济宁市人力资源和社会保障局"
NUMBER = "7K2M-QX4T-9HRB-3"
DIGEST = bytes(range(32))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> SigningKeys:
    directory = tmp_path_factory.mktemp("keys")
    generate_keys(directory, common_name=OFFICE, sample=True, now=NOW)
    return load_keys(directory)


@pytest.fixture(scope="module")
def page() -> bytes:
    pdf = FPDF()
    pdf.set_creation_date(NOW)
    pdf.add_page()
    pdf.set_font("helvetica", size=12)
    pdf.text(20, 20, "certificate")
    return bytes(pdf.output())


def sign(page: bytes, keys: SigningKeys) -> bytes:
    return sign_pdf(page, keys, reason="出具学时证明", location="济宁市", signing_time=NOW)


def is_genuine(pdf: bytes, keys: SigningKeys) -> bool:
    """Whether the signature is whole, valid, and by our certificate."""
    certificate = x509.Certificate.load(keys.newest.certificate.public_bytes(Encoding.DER))
    context = ValidationContext(trust_roots=[certificate], moment=NOW + timedelta(days=1))
    try:
        signature = PdfFileReader(BytesIO(pdf)).embedded_signatures[0]
        return validate_pdf_signature(signature, context).bottom_line
    except Exception:  # whatever a damaged file makes the validator raise, it is not genuine
        return False


def test_a_signed_page_is_genuine(page: bytes, keys: SigningKeys):
    signed = sign(page, keys)
    assert is_genuine(signed, keys)
    assert signed.startswith(page)
    signature = PdfFileReader(BytesIO(signed)).embedded_signatures[0]
    assert signature.self_reported_timestamp == NOW
    assert signature.sig_object["/Reason"] == "出具学时证明"
    assert signature.sig_object["/SubFilter"] == "/ETSI.CAdES.detached"


@pytest.mark.parametrize("share", [0.05, 0.2, 0.4, 0.6])
def test_one_changed_byte_is_not(page: bytes, keys: SigningKeys, share: float):
    signed = bytearray(sign(page, keys))
    assert is_genuine(bytes(signed), keys)
    signed[int(len(page) * share)] ^= 1
    assert not is_genuine(bytes(signed), keys)


def test_a_page_signed_by_someone_else_is_not(page: bytes, keys: SigningKeys, tmp_path: Path):
    generate_keys(tmp_path, common_name=OFFICE, sample=False, now=NOW)
    forger = load_keys(tmp_path)
    assert not is_genuine(sign(page, forger), keys)
    assert is_genuine(sign(page, forger), forger)


def test_what_is_added_after_signing_is_noticed(page: bytes, keys: SigningKeys):
    signed = sign(page, keys)
    writer = IncrementalPdfFileWriter(BytesIO(signed))
    painting = StreamObject(stream_data=b"0 0 100 100 re f")
    writer.add_stream_to_page(0, writer.add_object(painting))
    changed = BytesIO()
    writer.write(changed)
    assert is_genuine(signed, keys)
    assert not is_genuine(changed.getvalue(), keys)


def test_signing_works_while_an_event_loop_runs(page: bytes, keys: SigningKeys):
    async def in_the_loop() -> bytes:
        return sign(page, keys)

    async def in_a_thread() -> bytes:
        return await asyncio.to_thread(sign, page, keys)

    assert is_genuine(asyncio.run(in_the_loop()), keys)
    assert is_genuine(asyncio.run(in_a_thread()), keys)


def test_pdfsig_agrees(page: bytes, keys: SigningKeys, tmp_path: Path):
    file = tmp_path / "signed.pdf"
    verdicts = []
    signed = bytearray(sign(page, keys))
    for flipped in (0, 1):
        signed[len(page) // 4] ^= flipped
        file.write_bytes(signed)
        try:
            done = subprocess.run(["pdfsig", str(file)], capture_output=True, check=False)
        except FileNotFoundError:
            pytest.skip("poppler is not installed")
        verdicts.append("Signature is Valid" in done.stdout.decode())
    assert verdicts == [True, False]


def test_the_qr_signature_covers_number_and_digest(keys: SigningKeys):
    text = sign_facts(keys, NUMBER, DIGEST)
    assert verify_facts(keys, NUMBER, DIGEST, text)
    assert not verify_facts(keys, NUMBER[:-1] + "4", DIGEST, text)
    assert not verify_facts(keys, NUMBER, DIGEST[::-1], text)


@pytest.mark.parametrize(
    "forge",
    [
        lambda text: "0" * 12 + text[12:],
        lambda text: text[:13] + ("A" if text[13] != "A" else "B") + text[14:],
        lambda text: text[13:],
        lambda text: text + "A",
        lambda text: text + "\n",
        lambda text: text.replace(".", "", 1),
        lambda text: text[:13] + "中" * 86,
        lambda text: "../" + text,
        lambda _text: "",
    ],
)
def test_forged_signatures_are_refused_without_an_error(keys: SigningKeys, forge):
    text = sign_facts(keys, NUMBER, DIGEST)
    assert verify_facts(keys, NUMBER, DIGEST, text)
    assert not verify_facts(keys, NUMBER, DIGEST, forge(text))


def test_after_rotation_the_newest_signs_and_the_older_still_verifies(tmp_path: Path):
    first = generate_keys(tmp_path, common_name=OFFICE, sample=True, now=NOW)
    old = sign_facts(load_keys(tmp_path), NUMBER, DIGEST)
    before = (tmp_path / first / "keys.pem").read_bytes()
    second = generate_keys(
        tmp_path, common_name=OFFICE, sample=False, now=NOW + timedelta(seconds=1)
    )

    keys = load_keys(tmp_path)
    new = sign_facts(keys, NUMBER, DIGEST)
    assert (keys.newest.key_id, keys.newest.sample) == (second, False)
    assert new.startswith(second)
    assert old.startswith(first)
    assert verify_facts(keys, NUMBER, DIGEST, new)
    assert verify_facts(keys, NUMBER, DIGEST, old)
    only_new = replace(keys, by_id={second: keys.by_id[second]})
    assert not verify_facts(only_new, NUMBER, DIGEST, old)
    assert (tmp_path / first / "keys.pem").read_bytes() == before


def test_key_files_are_for_their_owner_only(tmp_path: Path):
    generate_keys(tmp_path, common_name=OFFICE, sample=True, now=NOW)
    modes = {path.stat().st_mode & 0o777 for path in tmp_path.glob("*/*")}
    assert modes == {0o600}


def test_no_keys_and_half_made_keys(tmp_path: Path):
    with pytest.raises(NotFound):
        load_keys(tmp_path)
    key_id = generate_keys(tmp_path, common_name=OFFICE, sample=True, now=NOW)
    assert load_keys(tmp_path).newest.key_id == key_id
    (tmp_path / key_id / "about.json").unlink()
    with pytest.raises(NotFound):
        load_keys(tmp_path)
