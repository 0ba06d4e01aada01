"""Who is who: identity numbers, credit codes, mobile numbers, names and new passwords."""

import hmac
import re
import unicodedata
from datetime import date
from enum import StrEnum

from rxapp.errors import Invalid

EARLIEST_BIRTH_YEAR = 1900
SHORTEST_NAME, LONGEST_NAME = 2, 40
LONGEST_TYPED = 64  # before any normalising, so that a pasted page costs nothing
PASSWORD_LENGTH, PASSWORD_LENGTH_MIXED, LONGEST_PASSWORD = 10, 8, 128

_CHECK_CHARACTERS = "10X98765432"
_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_CREDIT_SHAPE = re.compile(rf"[1-9ANY][{_CREDIT_ALPHABET}][0-9]{{6}}[{_CREDIT_ALPHABET}]{{10}}")
_MOBILE = re.compile(r"(?:\+86|0086|86)?(1[3-9][0-9]{9})")
# These have a decomposition that would silently turn one person's character into another.
_COMPATIBILITY_HAN = "\uf900-\ufaff\U0002f800-\U0002fa1f"
_HAN = rf"\u3007\u3400-\u4dbf\u4e00-\u9fff{_COMPATIBILITY_HAN}\U00020000-\U0003ffff"
_OTHER_THAN_COMPATIBILITY_HAN = re.compile(rf"[^{_COMPATIBILITY_HAN}]+")
_SPACE_BESIDE_HAN = re.compile(rf"(?<=[{_HAN}·]) +| +(?=[{_HAN}·])")
_VARIATION_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_MIDDLE_DOTS = re.compile("[·•・‧∙⋅●]+")
_RUNS = ("0123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm")


class Sex(StrEnum):
    """A person's sex as the identity number states it."""

    FEMALE = "female"
    MALE = "male"

    @property
    def label(self) -> str:
        return "男" if self is Sex.MALE else "女"


def parse_identity(typed: str, *, today: date) -> str:
    """The 18-character identity number a person typed, or Invalid with the one fault found.

    Full width, spaces, a small x and the old 15-digit form are understood; no region is refused.
    """
    number = _compact(typed, "identity_number").replace("x", "X")
    _require_identity_shape(number)
    if len(number) == 15:
        number = _lengthen(number)
    _require_birth(number, today)
    if identity_check_character(number[:17]) != number[17]:
        raise _identity_fault("身份证号码的最后一位与前17位不相符，请逐位核对。")
    return number


def identity_check_character(first_seventeen: str) -> str:
    """The eighteenth character that belongs to seventeen digits (mod 11-2)."""
    total = sum(int(digit) * pow(2, 17 - place, 11) for place, digit in enumerate(first_seventeen))
    return _CHECK_CHARACTERS[total % 11]


def birth_date(number: str) -> date:
    """The date of birth stated by a parsed identity number."""
    return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))


def sex_of(number: str) -> Sex:
    """The sex stated by a parsed identity number."""
    return Sex.MALE if int(number[16]) % 2 else Sex.FEMALE


def initial_password(number: str) -> str:
    """The first password of a collected person: the last six characters (article 4.2)."""
    return number[-6:]


def matches_initial_password(number: str, typed: str) -> bool:
    """Whether what was typed is the first password; a trailing x is X, full width is the same.

    Takes the same time whichever characters differ.
    """
    folded = unicodedata.normalize("NFKC", typed[:LONGEST_TYPED])
    meant = "".join(folded.split()).replace("x", "X")
    return hmac.compare_digest(initial_password(number).encode(), meant.encode(errors="replace"))


def mask_identity(number: str) -> str:
    """The number as screens show it: the first four, thirteen stars, the last one."""
    # The last four would give away most of the first password.
    return number[:4] + "*" * 13 + number[-1] if len(number) == 18 else "*" * 18


def parse_credit_code(typed: str) -> str:
    """The 18-character unified social credit code that was typed, or Invalid."""
    code = _compact(typed, "credit_code").upper()
    if len(code) != 18:
        raise Invalid({"credit_code": f"统一社会信用代码应为18位，您填写了{len(code)}位，请核对。"})
    if not _CREDIT_SHAPE.fullmatch(code):
        raise Invalid({"credit_code": "统一社会信用代码中有不会出现的字符，请对照证书核对。"})
    if credit_check_character(code[:17]) != code[17]:
        raise Invalid({"credit_code": "统一社会信用代码的最后一位与前17位不相符，请逐位核对。"})
    return code


def credit_check_character(first_seventeen: str) -> str:
    """The eighteenth character that belongs to the first seventeen (mod 31)."""
    total = sum(
        _CREDIT_ALPHABET.index(character) * pow(3, place, 31)
        for place, character in enumerate(first_seventeen)
    )
    return _CREDIT_ALPHABET[-total % 31]


def parse_mobile(typed: str) -> str:
    """The eleven digits of a mainland mobile number, with or without +86, or Invalid."""
    match = _MOBILE.fullmatch(re.sub(r"[-()]", "", _compact(typed, "mobile")))
    if match is None:
        raise Invalid({"mobile": "手机号码应为11位数字，以1开头，请核对。"})
    return match[1]


def mask_mobile(mobile: str) -> str:
    """The mobile number as screens show it: 138****5678."""
    return f"{mobile[:3]}****{mobile[-4:]}" if len(mobile) == 11 else "*" * 11


def parse_name(typed: str) -> str:
    """A person's name as it will be printed, or Invalid; 2 to 40 characters.

    Rare characters stay exactly as typed, the middle dot has one form, spaces between
    Chinese characters go, other spaces become one.
    """
    if not typed.strip() or len(typed) > LONGEST_TYPED * 2:
        raise _name_fault(f"请填写姓名，{SHORTEST_NAME}至{LONGEST_NAME}个字。")
    _require_printable(typed.strip())
    name = _tidy_name(typed)
    if not SHORTEST_NAME <= len(name) <= LONGEST_NAME:
        raise _name_fault(f"姓名应为{SHORTEST_NAME}至{LONGEST_NAME}个字，请核对。")
    if not all(_in_a_name(character) for character in name) or name[0] in "·-'. ":
        raise _name_fault("姓名中有数字或符号，请按身份证填写，间隔号用“·”。")
    if name.endswith("·"):
        raise _name_fault("姓名不能以间隔号结尾，请核对。")
    return name


def same_name(one: str, other: str) -> bool:
    """Whether two spellings are one name, whatever the dots, spaces, width or letter case."""
    return _name_key(one) == _name_key(other)


def require_strong_password(password: str, *, identity_number: str, name: str) -> None:
    """Refuse a new password that is easy to guess, with the one reason (field new_password)."""
    folded = unicodedata.normalize("NFKC", password[: LONGEST_PASSWORD + 1]).casefold()
    if fault := _password_fault(password, folded, identity_number, name):
        raise Invalid({"new_password": fault})


def _compact(typed: str, field: str) -> str:
    if len(typed) > LONGEST_TYPED:
        raise Invalid({field: "填写的内容过长，请核对后重新填写。"})
    folded = unicodedata.normalize("NFKC", typed)
    # Numbers copied out of documents carry invisible marks nobody can find and delete.
    return "".join(c for c in folded if not c.isspace() and unicodedata.category(c) != "Cf")


def _require_identity_shape(number: str) -> None:
    if not number:
        raise _identity_fault("请填写身份证号码。")
    if len(number) not in (15, 18):
        raise _identity_fault(f"身份证号码应为18位，您填写了{len(number)}位，请核对。")
    if not re.fullmatch(r"[0-9]{15}|[0-9]{17}[0-9X]", number):
        raise _identity_fault("身份证号码只能是数字，仅第18位可以是X，请核对。")


def _lengthen(fifteen: str) -> str:
    # The short form was only issued to people born in the twentieth century.
    seventeen = fifteen[:6] + "19" + fifteen[6:]
    return seventeen + identity_check_character(seventeen)


def _require_birth(number: str, today: date) -> None:
    try:
        born = birth_date(number)
    except ValueError:
        raise _identity_fault("身份证号码中的出生日期不存在，请核对第7至14位。") from None
    if born.year < EARLIEST_BIRTH_YEAR:
        raise _identity_fault(f"身份证号码中的出生日期早于{EARLIEST_BIRTH_YEAR}年，请核对。")
    if born > today:
        raise _identity_fault("身份证号码中的出生日期晚于今天，请核对第7至14位。")


def _identity_fault(sentence: str) -> Invalid:
    return Invalid({"identity_number": sentence})


def _require_printable(typed: str) -> None:
    # Tabs and direction marks would make two different names look alike on a certificate.
    if any(unicodedata.category(character)[0] == "C" for character in typed):
        raise _name_fault("姓名中有看不见或无法打印的字符，请删除后重新填写。")


def _tidy_name(typed: str) -> str:
    bare = _VARIATION_SELECTORS.sub("", typed)
    folded = _OTHER_THAN_COMPATIBILITY_HAN.sub(lambda m: unicodedata.normalize("NFKC", m[0]), bare)
    dotted = _MIDDLE_DOTS.sub("·", " ".join(folded.replace("’", "'").split()))
    return _SPACE_BESIDE_HAN.sub("", dotted)


def _in_a_name(character: str) -> bool:
    # 〇 is a number to Unicode and a given name to its bearer.
    return character in "·-'. 〇" or unicodedata.category(character)[0] in "LM"


def _name_key(name: str) -> str:
    return unicodedata.normalize("NFKC", _tidy_name(name)).replace(" ", "").casefold()


def _name_fault(sentence: str) -> Invalid:
    return Invalid({"name": sentence})


def _password_fault(password: str, folded: str, identity_number: str, name: str) -> str | None:
    if len(password) > LONGEST_PASSWORD:
        return f"密码不能超过{LONGEST_PASSWORD}位。"
    if initial_password(identity_number).casefold() in folded:
        return "新密码中不能含有身份证号码后6位，请换一个。"
    if _name_key(name) == _name_key(folded):
        return "新密码不能就是本人姓名，请换一个。"
    if len(password) < (PASSWORD_LENGTH_MIXED if _kinds(folded) > 1 else PASSWORD_LENGTH):
        return "新密码至少10位；同时含字母、数字、符号中两种的，至少8位。"
    if _is_run(folded):
        return "新密码不能是连续或相同的字符，请换一个。"
    return None


def _kinds(password: str) -> int:
    return len({(c.isalpha() and "letter") or (c.isdecimal() and "digit") for c in password})


def _is_run(folded: str) -> bool:
    if len(set(folded)) == 1:
        return True
    laps = [run * (len(folded) // len(run) + 2) for run in _RUNS]
    return any(folded in lap or folded in lap[::-1] for lap in laps)
