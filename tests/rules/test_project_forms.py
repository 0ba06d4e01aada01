"""The form of a filing: read as people type it, every fault beside its field."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.hours import Hours
from rxapp.rules.project_forms import (
    LABELS,
    LONGEST,
    ClassDay,
    FormLimits,
    parse,
    read_date,
    read_days,
    read_teachers,
    tidy,
    write_days,
    yuan,
)
from rxapp.rules.projects import (
    EDITIONS,
    NEEDS_REASON,
    TRANSITIONS,
    VERDICTS,
    Act,
    Role,
    Status,
    acts_of,
)
from tests.services.filing import FORM

GOOD = FORM | {"days": "2020-09-10 8\n2020-09-11 4.5"}
LIMITS = FormLimits(today=date(2020, 8, 1))


def faults_of(**typed: str) -> set[str]:
    with pytest.raises(Invalid) as caught:
        parse(GOOD | typed, LIMITS)
    assert all(sentence for sentence in caught.value.fields.values())
    return set(caught.value.fields)


def test_a_good_form_is_read() -> None:
    facts = parse(GOOD, LIMITS)
    assert (facts.starts_on, facts.ends_on) == (date(2020, 9, 10), date(2020, 9, 11))
    assert facts.hours == Hours.of("12.5")
    assert [(each.name, each.title) for each in facts.teachers] == [
        ("欧阳鸢尾", "主任护师"), ("司徒木槿", "副主任护师"),
    ]  # fmt: skip
    assert (facts.cost, facts.fund, facts.capacity) == (1200000, 800050, 30)
    assert yuan(facts.fund) == "8000.50"
    assert yuan(facts.cost) == "12000"


@pytest.mark.parametrize(
    ("typed", "fields"),
    [
        ({"title": ""}, {"title"}),
        ({"title": "护理"}, {"title"}),
        ({"title": "长" * 81}, {"title"}),
        ({"title": "护理\u202e培训班"}, {"title"}),
        ({"title": "护理培训\x00班级"}, {"title"}),
        ({"subject": ""}, {"subject"}),
        ({"subject": "PROFESSIONAL"}, {"subject"}),
        ({"subject": "__class__"}, {"subject"}),
        ({"form": "online"}, {"form"}),
        ({"form": "face_to_face "}, {"form"}),
        ({"field": ""}, {"field"}),
        ({"field": "占卜"}, {"field"}),
        ({"days": ""}, {"days"}),
        ({"days": "  \n \n"}, {"days"}),
        ({"days": "明天 8"}, {"days"}),
        ({"days": "2020-02-30 8"}, {"days"}),
        ({"days": "2020-13-01 8"}, {"days"}),
        ({"days": "2020-09-10"}, {"days"}),
        ({"days": "2020-09-10 8.55"}, {"days"}),
        ({"days": "2020-09-10 8.1"}, {"days"}),
        ({"days": "2020-09-10 0"}, {"days"}),
        ({"days": "2020-09-10 -4"}, {"days"}),
        ({"days": "2020-09-10 999"}, {"days"}),
        ({"days": "2020-09-10 8\n2020-09-10 4"}, {"days"}),
        ({"days": "2020-09-10 8\n2021-09-10 8"}, {"days"}),
        ({"days": "2022-01-10 8"}, {"days"}),
        ({"days": "9999-12-31 8"}, {"days"}),
        ({"days": "\n".join(f"2020-{9 + n // 30}-{n % 30 + 1} 1" for n in range(61))}, {"days"}),
        ({"days": "1" * 4000}, {"days"}),
        ({"days": "２０２０－０９－１０　八"}, {"days"}),
        ({"place": ""}, {"place"}),
        ({"place": "x" * 121}, {"place"}),
        ({"audience": " "}, {"audience"}),
        ({"teachers": ""}, {"teachers"}),
        ({"teachers": "欧阳鸢尾"}, {"teachers"}),
        ({"teachers": "\n".join(f"教师{n} 讲师" for n in range(31))}, {"teachers"}),
        ({"teachers": "甲 讲师\x07"}, {"teachers"}),
        ({"syllabus": "护理"}, {"syllabus"}),
        ({"syllabus": "长" * 1801}, {"syllabus"}),
        ({"capacity": ""}, {"capacity"}),
        ({"capacity": "0"}, {"capacity"}),
        ({"capacity": "-5"}, {"capacity"}),
        ({"capacity": "5001"}, {"capacity"}),
        ({"capacity": "1e9"}, {"capacity"}),
        ({"capacity": "三十"}, {"capacity"}),
        ({"capacity": "९"}, {"capacity"}),
        ({"capacity": "9" * 400}, {"capacity"}),
        ({"cost": ""}, {"cost"}),
        ({"cost": "-1"}, {"cost"}),
        ({"cost": "1,200"}, {"cost"}),
        ({"cost": "12.345"}, {"cost"}),
        ({"cost": "NaN"}, {"cost"}),
        ({"cost": "100", "fund": "100.01"}, {"fund"}),
        ({"fund": "Infinity"}, {"fund"}),
        ({"contact": "我"}, {"contact"}),
        ({"phone": "12345"}, {"phone"}),
        ({"phone": "=cmd()"}, {"phone"}),
        (dict.fromkeys(LABELS, ""), set(LABELS)),
    ],
)  # fmt: skip
def test_bad_input_names_its_field(typed: dict[str, str], fields: set[str]) -> None:
    assert faults_of(**typed) == fields - ({"field"} if "subject" in fields else set())


@pytest.mark.parametrize(
    "text",
    ["2020-9-1 8", "2020年9月1日 8学时", "2020/09/01，8", "2020.9.1: 8.0", "２０２０－９－１　８",
     "\r\n2020-09-01\t8 \r\n"],
)  # fmt: skip
def test_a_day_is_read_as_people_type_it(text: str) -> None:
    days, faults = read_days(text)
    assert (days, faults) == ((ClassDay(date(2020, 9, 1), Hours.of(8)),), [])


def test_the_limits_are_the_citys_and_those_of_who_enrolled() -> None:
    with pytest.raises(Invalid) as caught:
        parse(GOOD, FormLimits(today=date(2020, 8, 1), most_a_day=6, taken=31))
    assert set(caught.value.fields) == {"days", "capacity"}
    assert "每天不超过6学时" in caught.value.fields["days"]
    parse(GOOD | {"field": "", "subject": "public_elective"}, LIMITS)


@given(
    st.dictionaries(
        st.dates(date(2020, 8, 2), date(2020, 12, 31)), st.integers(1, 80), min_size=1, max_size=40
    )
)
def test_days_written_are_the_days_read(wanted: dict[date, int]) -> None:
    days = tuple(ClassDay(day, Hours(tenths)) for day, tenths in sorted(wanted.items()))
    assert read_days(write_days(days)) == (days, [])


@given(st.text(max_size=300))
def test_whatever_is_typed_is_read_or_refused_and_can_be_kept(text: str) -> None:
    read_days(text)
    read_date(text)
    read_teachers(text)
    kept = tidy(dict.fromkeys(LONGEST, text) | {"other": text})
    assert set(kept) == set(LONGEST)
    assert all("\0" not in each and each.encode() is not None for each in kept.values())
    with pytest.raises(Invalid):
        parse(dict.fromkeys(LABELS, text), LIMITS)


@given(st.dates(date(2020, 8, 2), date(2020, 12, 1)), st.integers(0, 170))
def test_the_first_and_last_day_are_what_they_are(first: date, later: int) -> None:
    last = first + timedelta(days=later)
    text = f"{last} 4\n{first} 4" if later else f"{first} 4"
    facts = parse(GOOD | {"days": text}, LIMITS)
    assert (facts.starts_on, facts.ends_on) == (first, last)


FINAL = {Status.REJECTED, Status.CANCELLED}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("act", list(Act))
@pytest.mark.parametrize("role", list(Role))
def test_the_table_at_every_state_act_and_role(status: Status, act: Act, role: Role) -> None:
    leads_to = TRANSITIONS.get((status, act, role))
    assert (act in acts_of(status, role)) == (leads_to is not None)
    # Only bureaus decide, only organisers do the rest; what is over stays over.
    if leads_to is not None:
        assert (act in VERDICTS) == (role is Role.REVIEWER)
        assert status not in FINAL
    # What was approved stays in force until it is cancelled.
    if status is Status.APPROVED and leads_to is not None:
        assert leads_to is (Status.CANCELLED if act is Act.CANCEL else Status.APPROVED)
    if leads_to is Status.APPROVED and status is not Status.APPROVED:
        assert (act, role) == (Act.APPROVE, Role.REVIEWER)


def test_every_act_has_words_and_leads_an_edition_somewhere() -> None:
    assert set(EDITIONS) == set(Act)
    assert all(act.label for act in Act)
    assert {Act.RETURN, Act.REJECT, Act.CANCEL} == NEEDS_REASON
