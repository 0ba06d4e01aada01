"""Keys of other systems: what is typed of them, and what they may ask."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from rxapp.errors import Invalid, NotPermitted
from rxapp.rules.extensions import parse_day

LONGEST = timedelta(days=366)
LONGEST_NAME, LONGEST_REASON = 60, 200
FIRST_YEAR = 2016
MOST_YEARS = 10
FIELDS = frozenset({"identity_number", "name", "years"})


@dataclass(frozen=True, slots=True)
class KeyTerms:
    """What a key is called, which years it may ask, whether the archive too, its last day."""

    name: str
    first_year: int
    last_year: int
    integrity: bool
    last_day: date


@dataclass(frozen=True, slots=True)
class Question:
    """What another system asks: one person, by number and name together, and which years."""

    number: str
    name: str
    years: tuple[int, ...]


def parse_terms(typed: Mapping[str, str], *, today: date, this_year: int) -> KeyTerms:
    """The terms that were typed; Invalid names every wrong field."""
    faults: dict[str, str] = {}
    name = " ".join(typed.get("name", "").split())
    if not 2 <= len(name) <= LONGEST_NAME:
        faults["name"] = f"请填写用途，2至{LONGEST_NAME}个字，例如“职称评审系统”。"
    first, last = (_year(typed.get(each, "")) for each in ("first_year", "last_year"))
    latest = this_year + 1
    if not FIRST_YEAR <= first <= latest:
        faults["first_year"] = f"起始年度应为{FIRST_YEAR}至{latest}。"
    elif not first <= last <= latest:
        faults["last_year"] = f"截止年度应为{first}至{latest}。"
    day = parse_day(typed.get("expires_on", ""))
    if day is None or not today <= day <= today + LONGEST:
        faults["expires_on"] = "有效期最长一年，请填写今天以后一年之内的日期。"
    if faults or day is None:
        raise Invalid(faults)
    return KeyTerms(name, first, last, typed.get("integrity") == "1", day)


def parse_question(said: Mapping[str, Any], *, this_year: int) -> Question:
    """What was asked, still without knowing whether such a person exists.

    Invalid for anything but the three fields, each of its kind, with years from 2016 on.
    """
    if set(said) != FIELDS:
        raise Invalid(message="请求应当只有 identity_number、name、years 三项。")
    number, name, years = said["identity_number"], said["name"], said["years"]
    if not isinstance(number, str) or not isinstance(name, str) or not isinstance(years, list):
        raise Invalid(message="identity_number、name 应为文字，years 应为年度的列表。")
    if not 0 < len(years) <= MOST_YEARS:
        raise Invalid({"years": f"一次可查询1至{MOST_YEARS}个年度。"})
    # A whole number only: neither 2020.0 nor true is a year.
    if any(type(year) is not int or not FIRST_YEAR <= year <= this_year for year in years):
        raise Invalid({"years": f"年度应为{FIRST_YEAR}至{this_year}的整数。"})
    if not name.strip() or len(name) > 80 or len(number) > 40:
        raise Invalid(message="请同时填写姓名和身份证号码。")
    return Question(number, name.strip(), tuple(sorted(set(years))))


def require_years(question: Question, *, first: int, last: int) -> None:
    """Refuse years beyond what a key may ask, whoever is asked about."""
    if not all(first <= year <= last for year in question.years):
        raise NotPermitted(f"该密钥只能查询{first}至{last}年度。")


def _year(typed: str) -> int:
    word = typed.strip()
    return int(word) if word.isascii() and word.isdigit() and len(word) == 4 else 0
