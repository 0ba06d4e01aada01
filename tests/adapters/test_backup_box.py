"""A box gives back what was put in, or says in a sentence of its own why it does not."""

import io
import os
import re
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxapp.adapters import backup_box
from rxapp.adapters.backup_box import (
    CHUNK,
    BoxReader,
    BoxWriter,
    Damaged,
    Foreign,
    OtherKey,
    OutOfOrder,
    Truncated,
    key_id,
)
from rxapp.rules.backup_manifest import BadBackup

KEY, OTHER = b"k" * 32, b"o" * 32
HEADER = 58
SMALL = 64


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_box, "CHUNK", SMALL)


def boxed(*portions: bytes, key: bytes = KEY) -> bytes:
    out = io.BytesIO()
    writer = BoxWriter(out, key)
    for portion in portions:
        writer.write(portion)
    writer.close()
    assert writer.size == len(out.getvalue())
    return out.getvalue()


def opened(box: bytes, key: bytes = KEY, portion: int = 50) -> bytes:
    reader = BoxReader(io.BytesIO(box), key)
    return b"".join(iter(lambda: reader.read(portion), b""))


def pieces_of(box: bytes) -> list[bytes]:
    """The frames of a box after its header."""
    found, at = [], HEADER
    while at < len(box):
        length = struct.unpack(">I", box[at + 4 : at + 8])[0] & ~(1 << 31)
        found.append(box[at : at + 8 + length])
        at += 8 + length
    return found


CONTENT = bytes(range(256)) * 2


@pytest.fixture
def box(small_pieces: None) -> bytes:
    return boxed(CONTENT)


@given(portions=st.lists(st.binary(max_size=200), max_size=8), size=st.integers(1, 300))
@settings(max_examples=60, deadline=None)
def test_what_was_put_in_comes_out(portions: list[bytes], size: int) -> None:
    assert opened(boxed(*portions), portion=size) == b"".join(portions)


def test_what_is_inside_cannot_be_read_and_no_box_is_like_another(box: bytes) -> None:
    assert CONTENT[:16] not in box
    assert boxed(CONTENT)[HEADER:] != box[HEADER:]


def test_the_real_pieces_are_a_megabyte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_box, "CHUNK", CHUNK)
    content = os.urandom(2 * CHUNK + 5)
    made = boxed(content)
    assert [len(piece) - 24 for piece in pieces_of(made)] == [CHUNK, CHUNK, 5]
    assert opened(made, portion=1 << 19) == content


def test_every_changed_byte_is_refused(box: bytes) -> None:
    for at in range(len(box)):
        for flip in (1, 0x80):
            changed = bytearray(box)
            changed[at] ^= flip
            with pytest.raises(BadBackup):
                opened(bytes(changed))
    assert opened(box) == CONTENT


def test_every_end_that_is_missing_is_refused(box: bytes) -> None:
    for length in range(len(box)):
        wanted = Foreign if length == 0 else Truncated
        with pytest.raises(wanted):
            opened(box[:length])


def test_pieces_exchanged_repeated_or_left_out_are_refused(box: bytes) -> None:
    head, pieces = box[:HEADER], pieces_of(box)
    assert len(pieces) == 8
    for one in range(8):
        for other in range(one + 1, 8):
            order = list(pieces)
            order[one], order[other] = order[other], order[one]
            with pytest.raises(OutOfOrder):
                opened(head + b"".join(order))
        with pytest.raises((OutOfOrder, Truncated)):
            opened(head + b"".join(pieces[:one] + pieces[one + 1 :]))
        with pytest.raises((OutOfOrder, Damaged)):
            opened(head + b"".join([*pieces[: one + 1], *pieces[one:]]))


def test_exchanged_pieces_with_their_numbers_mended_are_refused(box: bytes) -> None:
    head, pieces = box[:HEADER], pieces_of(box)
    pieces[1], pieces[2] = pieces[1][:8] + pieces[2][8:], pieces[2][:8] + pieces[1][8:]
    with pytest.raises(Damaged):
        opened(head + b"".join(pieces))


def test_a_piece_of_another_box_of_the_same_key_is_refused(box: bytes) -> None:
    strange = pieces_of(boxed(CONTENT))
    with pytest.raises(Damaged):
        opened(box[:HEADER] + b"".join([*pieces_of(box)[:3], *strange[3:]]))


def test_a_box_that_ends_early_by_a_changed_mark_is_refused(box: bytes) -> None:
    pieces = pieces_of(box)
    number, length = struct.unpack(">II", pieces[2][:8])
    pieces[2] = struct.pack(">II", number, length | (1 << 31)) + pieces[2][8:]
    with pytest.raises(Damaged):
        opened(box[:HEADER] + b"".join(pieces[:3]))


@pytest.mark.parametrize(
    ("spoil", "fault", "words"),
    [
        (lambda box: b"PK\x03\x04" + box, Foreign, "不是本平台"),
        (lambda box: box[:0], Foreign, "不是本平台"),
        (lambda box: box[:8] + b"\x00\x09" + box[10:], Foreign, "格式不是本版本"),
        (lambda box: box[:-1], Truncated, "不完整"),
        (lambda box: box[:-1] + bytes([box[-1] ^ 1]), Damaged, "已损坏"),
        (lambda box: box + b"\0", Damaged, "多出"),
        (lambda box: box[:10] + b"x" * 16 + box[26:], OtherKey, "另一把密钥"),
    ],
)
def test_each_fault_has_its_own_sentence(box: bytes, spoil, fault, words: str) -> None:
    with pytest.raises(fault, match=words) as refusal:
        opened(spoil(box))
    assert re.fullmatch(r"[一-龥（）0-9a-f，]+。", refusal.value.message)


def test_another_key_is_told_before_anything_is_read(box: bytes) -> None:
    with pytest.raises(OtherKey, match=key_id(OTHER)[:8]):
        opened(box, key=OTHER)
    assert KEY.hex()[:8] not in key_id(KEY)
