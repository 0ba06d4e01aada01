"""Identity numbers, credit codes, mobiles, names and passwords. Every number here is made up."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxapp.errors import Invalid
from rxapp.rules import identity
from rxapp.rules.identity import Sex

TODAY = date(2026, 3, 1)
# The worked example of the standard itself, and its short form.
STANDARD_EXAMPLE = "11010519491231002X"
SHORT_EXAMPLE = "110105491231002"

days = st.dates(date(1900, 1, 1), TODAY)
regions = st.integers(100_000, 999_999)
orders = st.integers(0, 999)


def make_number(region: int, born: date, order: int) -> str:
    seventeen = f"{region}{born:%Y%m%d}{order:03}"
    return seventeen + identity.identity_check_character(seventeen)


numbers = st.builds(make_number, regions, days, orders)


def parse(typed: str) -> str:
    return identity.parse_identity(typed, today=TODAY)


def fault(typed: str) -> str:
    with pytest.raises(Invalid) as refusal:
        parse(typed)
    assert list(refusal.value.fields) == ["identity_number"]
    return refusal.value.fields["identity_number"]


@pytest.mark.parametrize(
    "typed",
    [
        STANDARD_EXAMPLE,
        "11010519491231002x",
        " 110105 19491231 002X ",
        "１１０１０５１９４９１２３１００２Ｘ",
        "11010519491231002Ⅹ",
        "\u200b11010519491231002X\ufeff",
        SHORT_EXAMPLE,
    ],
)
def test_every_way_of_typing_one_number(typed):
    assert parse(typed) == STANDARD_EXAMPLE


@given(numbers)
def test_valid_numbers_of_any_region_and_age_are_taken(number):
    assert parse(number) == number


@given(numbers)
def test_the_check_character_satisfies_the_congruence_of_the_standard(number):
    values = [10 if character == "X" else int(character) for character in number]
    assert sum(value * 2 ** (17 - place) for place, value in enumerate(values)) % 11 == 1


@given(regions, st.dates(date(1900, 1, 1), date(1999, 12, 31)), orders)
def test_a_valid_short_number_stays_valid_when_lengthened(region, born, order):
    long = make_number(region, born, order)
    assert parse(long[:6] + long[8:17]) == long == parse(long)


@given(numbers, st.integers(0, 17), st.sampled_from("0123456789X"))
def test_every_single_wrong_character_is_refused(number, place, wrong):
    changed = number[:place] + wrong + number[place + 1 :]
    if changed == number:
        assert parse(changed) == number
    else:
        assert fault(changed)


@given(numbers, st.integers(0, 16))
def test_every_swap_of_neighbours_is_refused(number, place):
    swapped = number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    if swapped == number:
        assert parse(swapped) == number
    else:
        assert fault(swapped)


def test_each_fault_has_its_own_sentence():
    one_off = STANDARD_EXAMPLE[:17] + "1"
    too_early = make_number(370800, date(1899, 12, 31), 1)
    tomorrow = make_number(370800, TODAY + timedelta(days=1), 1)
    typed = [
        "",
        "1234",
        "A" * 18,
        "3708001990023000" + "11",
        too_early,
        tomorrow,
        one_off,
        "1" * 99,
    ]
    sentences = [fault(each) for each in typed]
    assert len(set(sentences)) == len(typed)
    assert all(sentence.endswith("。") for sentence in sentences)


def test_born_today_is_the_edge():
    assert parse(make_number(370800, TODAY, 1))
    assert parse(make_number(370800, date(1900, 1, 1), 1))


@pytest.mark.parametrize("typed", ["11010519491231X02X", "X" * 18, "11010519491231002Y", "٣" * 18])
def test_letters_belong_only_at_the_end(typed):
    assert "X" in fault(typed)


@given(st.text(max_size=80))
def test_any_text_is_taken_or_refused_with_a_sentence(typed):
    try:
        number = parse(typed)
    except Invalid:
        assert fault(typed)
    else:
        assert parse(number) == number


def test_birth_and_sex():
    assert identity.birth_date(STANDARD_EXAMPLE) == date(1949, 12, 31)
    assert identity.sex_of(STANDARD_EXAMPLE) is Sex.FEMALE
    man = make_number(370800, date(1990, 5, 4), 13)
    assert (identity.sex_of(man), identity.sex_of(man).label) == (Sex.MALE, "男")


@pytest.mark.parametrize("typed", ["31002X", "31002x", "３１００２Ｘ", "３１００２ｘ", " 31002x "])
def test_first_password_tolerates_how_it_is_typed(typed):
    assert identity.initial_password(STANDARD_EXAMPLE) == "31002X"
    assert identity.matches_initial_password(STANDARD_EXAMPLE, typed)


@pytest.mark.parametrize("typed", ["", "31002", "310021", "131002X", STANDARD_EXAMPLE, "汉\ud800"])
def test_anything_else_is_not_the_first_password(typed):
    assert not identity.matches_initial_password(STANDARD_EXAMPLE, typed)


@given(numbers)
def test_masking_shows_four_and_one(number):
    masked = identity.mask_identity(number)
    assert masked == number[:4] + "*************" + number[17]
    assert identity.initial_password(number) not in masked


def test_masking_something_odd_shows_nothing():
    assert identity.mask_identity("12345") == "*" * 18
    assert identity.mask_mobile("12345") == "*" * 11


# --- unified social credit codes ---

credit_letters = st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY")


@st.composite
def credit_codes(draw):
    first = draw(st.sampled_from("123456789ANY")) + draw(credit_letters)
    region = f"{draw(st.integers(0, 999_999)):06}"
    seventeen = first + region + "".join(draw(st.lists(credit_letters, min_size=9, max_size=9)))
    return seventeen + identity.credit_check_character(seventeen)


def credit_fault(typed: str) -> str:
    with pytest.raises(Invalid) as refusal:
        identity.parse_credit_code(typed)
    return refusal.value.fields["credit_code"]


# A well-known example, so that the arithmetic is not only held against itself.
@pytest.mark.parametrize("code", ["91350100M000100Y43"])
def test_the_published_example(code):
    assert identity.parse_credit_code(code) == code


@given(credit_codes())
def test_codes_of_every_registrar_are_taken(code):
    assert identity.parse_credit_code(f" {code.lower()} ") == code


@given(credit_codes(), st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
def test_every_single_wrong_letter_of_a_code_is_refused(code, place, wrong):
    changed = code[:place] + wrong + code[place + 1 :]
    if changed == code:
        assert identity.parse_credit_code(changed) == code
    else:
        assert credit_fault(changed)


def test_each_fault_of_a_code_has_its_own_sentence():
    typed = ["", "9" * 17, "O" * 18, "91350100M000100Y44", "9" * 70]
    assert len({credit_fault(each) for each in typed}) == len(typed)


# --- mobiles ---


@pytest.mark.parametrize(
    "typed",
    [
        *("13812345678", "+8613812345678", "+86 138-1234-5678", "８６１３８１２３４５６７８"),
        *("0086 13812345678", "（+86）13812345678", "１３８１２３４５６７８"),
    ],
)
def test_one_mobile_typed_in_many_ways(typed):
    assert identity.parse_mobile(typed) == "13812345678"
    assert identity.mask_mobile(identity.parse_mobile(typed)) == "138****5678"


@pytest.mark.parametrize(
    "typed", ["", "1381234567", "138123456789", "12812345678", "+1 13812345678", "05371234567", "a"]
)
def test_what_is_not_a_mobile_is_refused(typed):
    with pytest.raises(Invalid) as refusal:
        identity.parse_mobile(typed)
    assert "11位" in refusal.value.fields["mobile"]


# --- names ---


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("李娜", "李娜"),
        (" 李　娜 ", "李娜"),
        ("买买提•吐尔逊", "买买提·吐尔逊"),
        ("买买提・吐尔逊", "买买提·吐尔逊"),
        ("买买提 ･ 吐尔逊", "买买提·吐尔逊"),
        ("买买提··吐尔逊", "买买提·吐尔逊"),
        ("Ｌｅｎａ   Müller", "Lena Müller"),
        ("O’Brien", "O'Brien"),
        ("李〇", "李〇"),
        ("〇一", "〇一"),
        ("王𬭎", "王𬭎"),  # outside the basic plane
        ("王\ufa0e", "王\ufa0e"),
        ("王\U0002f81a", "王\U0002f81a"),
        ("⼀⼆", "一二"),  # radicals that a copied document yields in place of characters
        ("葛\U000e0100明", "葛明"),
    ],
)
def test_names_are_tidied_and_rare_characters_kept(typed, name):
    assert identity.parse_name(typed) == name
    assert identity.parse_name(name) == name
    assert identity.same_name(typed, name)


@pytest.mark.parametrize(
    "typed",
    [
        *("", "  ", "李", "李" * 41, "李" * 999, "李娜1", "李娜！", "·李娜", "李娜·", "··"),
        *(
            "李\u202e娜",
            "李\u200f娜",
            "李\t娜",
            "李\u0000娜",
            "李\ue000",
            "李\u200b",
            "12",
            "<b>李娜",
        ),
        *("李👍", "⿰氵李"),
    ],
)
def test_what_cannot_be_a_printed_name_is_refused(typed):
    with pytest.raises(Invalid) as refusal:
        identity.parse_name(typed)
    assert refusal.value.fields["name"].endswith("。")


def test_length_limits_of_a_name():
    assert identity.parse_name("李" * 40) == "李" * 40
    assert identity.parse_name("李娜") == "李娜"


@given(st.text(max_size=50))
def test_tidying_a_name_twice_changes_nothing(typed):
    try:
        name = identity.parse_name(typed)
    except Invalid:
        return
    assert identity.parse_name(name) == name


def test_same_name_tells_names_apart():
    assert identity.same_name("买买提•吐尔逊", "买买提·吐尔逊")
    assert not identity.same_name("李娜", "李妠")


# --- new passwords ---


def password_fault(password: str) -> str | None:
    try:
        identity.require_strong_password(
            password, identity_number=STANDARD_EXAMPLE, name="Lena Müller"
        )
    except Invalid as refusal:
        return refusal.fields["new_password"]
    return None


@pytest.mark.parametrize(
    "password",
    ["kowtvbeamq", "8305172946", "kowtvb73", "春江花月夜2026", "kow tvb!", "k" * 127 + "7"],
)
def test_sound_passwords_are_taken(password):
    assert password_fault(password) is None


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "至少"),
        ("kowtvbeam", "至少"),
        ("kowtv73", "至少"),
        ("my31002X!!", "后6位"),
        ("my31002x!!", "后6位"),
        ("my３１００２ｘ!!", "后6位"),
        ("1234567890", "连续"),
        ("9876543210", "连续"),
        ("7890123456", "连续"),
        ("abcdefghij", "连续"),
        ("ABCDEFGHIJ", "连续"),
        ("qwertyuiop", "连续"),
        ("0000000000", "相同"),
        ("lena müller", "姓名"),
        ("LenaMüller", "姓名"),
        ("k7" * 65, "不能超过"),
    ],
)
def test_weak_passwords_are_refused_with_the_reason(password, why):
    assert why in (password_fault(password) or "")
