"""E-mail addresses as people type them."""

import re
import unicodedata

from rxapp.errors import Invalid

LONGEST = 120
_ADDRESS = re.compile(r"[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")


def parse_email(typed: str) -> str:
    """The address without spaces and full-width characters, or Invalid."""
    plain = "".join(unicodedata.normalize("NFKC", typed).split())
    if len(plain) > LONGEST or not _ADDRESS.fullmatch(plain):
        raise Invalid({"email": "电子邮箱格式不正确，应类似 name@example.cn，请核对。"})
    return plain


def mask_email(address: str) -> str:
    """An address by its first letter and its domain."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}"
