"""信息发布: states, audiences, what is typed; and that every piece of a text is found."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules.notice_words import (
    excerpt,
    fold,
    fold_lines,
    grams,
    grams_of_word,
    marked,
    words,
)
from rxapp.rules.notices import (
    EVERYONE,
    LONGEST_BODY,
    TRANSITIONS,
    Act,
    Audience,
    Kind,
    Status,
    kinds_in,
    kinds_of,
    parse,
    parse_reason,
    standing,
    words_of,
)
from rxapp.rules.permissions import Capacity

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2020, 8, 1, 9, 0, tzinfo=SHANGHAI)
TYPED = {"title": "关于注册的通知", "body": "请尽快注册。", "audience": "everyone"}


def parsed(*, kinds=(), counties=(), own_county=None, **typed: str):  # type: ignore[no-untyped-def]
    return parse(TYPED | typed, kinds=kinds, counties=counties, own_county=own_county, now=NOW)


def faults(**given) -> dict[str, str]:  # type: ignore[no-untyped-def]
    with pytest.raises(Invalid) as refused:
        parsed(**given)
    return refused.value.fields


def test_a_good_one_is_taken_as_it_is_typed() -> None:
    made = parsed(title="  关于\u202e注册 的通知 ", pinned_until="2020-08-31")
    assert (made.title, made.audience, made.publish_at) == ("关于注册 的通知", EVERYONE, None)
    assert made.pinned_until == date(2020, 8, 31)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"title": "一"}, "title"), ({"title": "长" * 101}, "title"),
        ({"title": "\u200b\u202e"}, "title"), ({"body": "  \n "}, "body"),
        ({"body": "长" * (LONGEST_BODY + 1)}, "body"), ({"audience": ""}, "audience"),
        ({"audience": "some"}, "audience"), ({"publish_on": "2020-02-30"}, "publish_on"),
        ({"publish_on": "明天"}, "publish_on"), ({"publish_time": "08:30"}, "publish_on"),
        ({"publish_on": "2020-08-02", "publish_time": "25:00"}, "publish_time"),
        ({"publish_on": "2022-01-01"}, "publish_on"), ({"pinned_until": "x"}, "pinned_until"),
        ({"pinned_until": "2020-07-31"}, "pinned_until"),
        ({"publish_on": "2020-09-01", "pinned_until": "2020-08-31"}, "pinned_until"),
    ],
)  # fmt: skip
def test_each_fault_is_said_beside_its_field(typed: dict[str, str], field: str) -> None:
    assert list(faults(**typed)) == [field]


def test_all_faults_are_said_at_once() -> None:
    assert set(faults(title="", body="", audience="", publish_on="x")) == {
        "title", "body", "audience", "publish_on",
    }  # fmt: skip


def test_a_time_to_come_is_a_schedule_and_one_that_passed_is_none() -> None:
    coming = parsed(publish_on="2020-08-02", publish_time="８:３０".replace("８", "08"))
    assert coming.publish_at == datetime(2020, 8, 2, 8, 30, tzinfo=SHANGHAI)
    assert parsed(publish_on="2020-08-02").publish_at == coming.publish_at
    assert parsed(publish_on="2020-08-01", publish_time="08:59").publish_at is None


def test_a_county_reaches_itself_and_nobody_else() -> None:
    made = parsed(own_county=7, counties=(8, 9), kinds=("learner",), audience="everyone")
    assert made.audience == Audience(frozenset({Kind.LEARNER}), frozenset({7}))
    assert parsed(own_county=7, audience="").audience == Audience(frozenset(), frozenset({7}))


def test_kinds_and_counties_are_combined_and_unknown_ones_left_out() -> None:
    made = parsed(audience="some", kinds=("base", "rubbish"), counties=(3,)).audience
    assert made == Audience(frozenset({Kind.BASE}), frozenset({3}))
    assert not made.is_everyone
    assert kinds_in(made.mask) == made.kinds
    assert words_of(made, {3: "湖东区"}) == "湖东区：继续教育基地"
    assert words_of(EVERYONE, {}) == "所有人，不登录也能查看"


@given(st.sets(st.sampled_from(list(Kind))))
def test_a_set_of_kinds_is_one_number_and_back(kinds: set[Kind]) -> None:
    assert kinds_in(Audience(frozenset(kinds)).mask) == kinds


def test_kinds_keep_their_place_in_what_was_published() -> None:
    assert [kind.bit for kind in Kind] == [1, 2, 4, 8, 16, 32]
    assert Kind.LEARNER.bit == 1
    assert Kind.BUREAU.bit == 16


def test_offices_are_of_their_kinds() -> None:
    assert kinds_of({Capacity.EMPLOYER, Capacity.BASE}) == {Kind.EMPLOYER, Kind.BASE}
    assert kinds_of({Capacity.TITLE_PANEL}) == {Kind.PANEL}
    assert set().union(*(kinds_of({each}) for each in Capacity)) == set(Kind) - {Kind.LEARNER}
    assert kinds_of({Capacity.COUNTY_BUREAU}) == kinds_of({Capacity.CITY_BUREAU}) == {Kind.BUREAU}


def test_time_alone_makes_a_scheduled_one_visible() -> None:
    at = datetime(2020, 8, 2, 8, 30, tzinfo=SHANGHAI)
    assert standing(Status.PUBLISHED, at, NOW) is Status.SCHEDULED
    assert standing(Status.PUBLISHED, at, at) is Status.PUBLISHED
    assert standing(Status.WITHDRAWN, at, NOW) is Status.WITHDRAWN


def test_every_state_and_act_is_decided_on() -> None:
    allowed = {(status.value, act.value) for status, act in TRANSITIONS}
    assert len(allowed) == 6
    assert ("draft", "withdraw") not in allowed
    assert {act for _, act in TRANSITIONS} == set(Act)


@pytest.mark.parametrize("typed", ["", " ", "错", "长" * 201])
def test_taking_away_needs_a_reason(typed: str) -> None:
    with pytest.raises(Invalid):
        parse_reason(typed)
    assert parse_reason("日期有误") == "日期有误"


# --- words ---

TEXT = st.text(
    alphabet=st.one_of(
        st.characters(categories=("Lo", "Lu", "Ll", "Nd", "Mn", "Po", "Zs", "So", "Nl", "No")),
        st.sampled_from("继续教育 专业技术人员，PDF学时2020。①Ⅷ㎏ﬁ\u0301ＡＢ\n"),
    ),
    min_size=1, max_size=80,
)  # fmt: skip


@given(TEXT, st.integers(0, 79), st.integers(2, 10))
def test_any_piece_of_a_text_is_found(text: str, place: int, length: int) -> None:
    piece = text[place : place + length]
    wanted = words(piece)
    assume(wanted)
    folded = fold_lines(text)
    have = grams(folded)
    for word in wanted:
        assert word in folded
        assert grams_of_word(word) <= have


@given(TEXT)
def test_folding_once_is_enough(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_words_fold_width_case_and_points() -> None:
    assert words("ＰＤＦ 学时，申报  pdf") == ("pdf", "学时申报")
    assert words("， 。") == ()
    assert grams_of_word("学") == {"学"}
    assert "学时" in grams(fold_lines("学 时"))
    assert "甲乙" not in grams(fold_lines("甲\n乙"))


@given(TEXT, st.text(min_size=1, max_size=10))
def test_an_excerpt_says_nothing_but_the_text(text: str, query: str) -> None:
    line = " ".join(text.split())
    said = "".join(piece for piece, _ in excerpt(text, words(query)))
    assert said.strip("…") in line
    assert "".join(piece for piece, _ in marked(line, words(query))) == line


def test_hits_are_marked_around_the_first() -> None:
    text = "前" * 200 + "继续教育ＰＤＦ材料" + "后" * 200
    pieces = excerpt(text, words("pdf 教育"))
    assert [piece for piece, hit in pieces if hit] == ["教育", "ＰＤＦ"]
    assert len("".join(piece for piece, _ in pieces)) <= 130
    assert pieces[0] == ("…", False)
