"""The number on a certificate: impossible to guess, hard to mistype, easy to read aloud."""

import unicodedata

from rxapp.errors import Invalid

RANDOM_BITS = 60
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # no I, L, O, U

_LENGTH = RANDOM_BITS // 5
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}
_LOOKALIKES = str.maketrans("ILO", "110")
_DASHES = {"Pd", "Zs", "Cc", "Cf"}


def make(bits: int) -> str:
    """The printed number XXXX-XXXX-XXXX-C that carries 60 random bits.

    ValueError for fewer than 0 or more than 60 bits.
    """
    if not 0 <= bits < 1 << RANDOM_BITS:
        raise ValueError("a certificate number carries 60 bits")
    letters = "".join(ALPHABET[bits >> 5 * place & 31] for place in reversed(range(_LENGTH)))
    return _grouped(letters + _check_letter(letters))


def parse(text: str) -> str:
    """The number in its printed form, whatever case, spacing, width or look-alikes were typed.

    Invalid (field certificate_number) when characters are missing, foreign or do not agree.
    """
    letters = _letters_typed(text)
    if len(letters) != _LENGTH + 1:
        raise _fault(f"证明编号应为{_LENGTH + 1}位字母和数字，请对照证明核对。")
    if any(letter not in _VALUES for letter in letters):
        raise _fault("证明编号中有不会出现的字符，请对照证明核对。")
    if _check_letter(letters[:-1]) != letters[-1]:
        raise _fault("证明编号有误，可能有一位填错或两位填反，请对照证明逐位核对。")
    return _grouped(letters)


def _letters_typed(text: str) -> str:
    if len(text) > 64:
        raise _fault("证明编号过长，请对照证明核对。")
    folded = unicodedata.normalize("NFKC", text).upper()
    kept = (c for c in folded if unicodedata.category(c) not in _DASHES and c != "−")
    return "".join(kept).translate(_LOOKALIKES)


def _check_letter(letters: str) -> str:
    # Arithmetic in the field of 32 elements: letter number i is weighed by a different power
    # of a primitive element, so no single change and no swap of two letters goes unseen.
    # (An ordinary remainder cannot promise this with a check letter from the same alphabet.)
    check = 0
    for letter in letters:
        check = _double(check ^ _VALUES[letter])
    return ALPHABET[check]


def _double(value: int) -> int:
    return (value << 1) ^ (0b100101 if value & 16 else 0)


def _grouped(letters: str) -> str:
    return "-".join((letters[:4], letters[4:8], letters[8:12], letters[12:]))


def _fault(sentence: str) -> Invalid:
    return Invalid({"certificate_number": sentence})
