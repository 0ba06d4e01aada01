"""What a collected table looks like: its columns, what they may be called, and its limits."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from rxapp.errors import Invalid
from rxapp.rules import profiles
from rxapp.rules.permissions import Capacity

MOST_ROWS = 200_000
MOST_BYTES = 32 * 1024 * 1024
LONGEST_CELL = 400
# One transaction holds up everybody else who writes, so only a short list comes in whole.
MOST_AT_ONCE = 5_000
# A title and a note may stand above the heading.
HEADING_WITHIN = 10
# The template's own example carries this mark and is never taken for a person.
EXAMPLE = "示例"
REASON, LINE = "错误原因", "原行号"

_ROUNDED = re.compile(r"[0-9](\.[0-9]+)?[eE]\+[0-9]{2}")


class Kind(StrEnum):
    """What a file brings in."""

    PEOPLE = "people"
    ORGANISATIONS = "organisations"
    # Who attended a class; sent in at its roster, never with the other two.
    ROSTER = "roster"

    @property
    def label(self) -> str:
        """The kind in words."""
        return {Kind.PEOPLE: "人员", Kind.ORGANISATIONS: "单位", Kind.ROSTER: "名册"}[self]


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its key, the names it goes by (the first is ours), and how to fill it."""

    key: str
    names: tuple[str, ...]
    hint: str
    example: str
    needed: bool = False
    # Long numbers that a spreadsheet would round unless they are kept as text.
    as_text: bool = False
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The heading as our own files write it."""
        return self.names[0]


_PEOPLE = (
    Column("name", ("姓名", "人员姓名", "员工姓名", "名字"), "必填，与身份证一致", "张小明", True),
    Column(
        "identity_number",
        ("身份证号码", "身份证号", "身份证", "居民身份证号码", "公民身份号码", "证件号码"),
        "必填，18位，单元格格式为文本", "37089019900307231X", True, True,
    ),
    Column(
        "mobile", ("手机号码", "手机号", "手机", "联系电话", "移动电话", "电话"),
        "选填，11位", "15400000000", as_text=False,
    ),
    Column(
        "organisation",
        ("单位名称", "工作单位", "所在单位", "单位", "用人单位", "单位全称"),
        "必填，与系统中的名称一致，也可填统一社会信用代码", "运河市实验中学", True,
    ),
    Column(
        "owes_from", ("应学起始年度", "起始年度", "起始年份"),
        "选填，4位年份，不填为2016", "2018",
    ),
    Column("field", ("行业领域", "专业领域", "行业"), "选填", "教育教学", choices=profiles.FIELDS),
    Column("title_series", ("职称系列", "系列"), "选填", "中小学教师", choices=profiles.SERIES),
    Column(
        "title_level", ("职称级别", "职称等级", "级别", "职称"), "选填", "中级",
        choices=profiles.LEVELS,
    ),
    Column("education", ("学历", "文化程度"), "选填", "大学本科", choices=profiles.EDUCATION),
    Column("post", ("岗位", "职务", "工作岗位"), "选填，不超过40个字", "数学教师"),
)  # fmt: skip

_ORGANISATIONS = (
    Column(
        "name", ("单位名称", "机构名称", "名称", "单位全称"), "必填，与登记证书一致",
        "运河市样例医院", True,
    ),
    Column(
        "capacities", ("单位类别", "机构类别", "类别", "单位性质"),
        "必填，可多项，用顿号分开：主管部门、用人单位、继续教育基地、职称评审", "用人单位", True,
    ),
    Column(
        "credit_code", ("统一社会信用代码", "信用代码", "社会信用代码", "机构代码"),
        "选填，18位，单元格格式为文本", "12370890DEM90001XX", as_text=True,
    ),
    Column(
        "superior", ("上级单位", "上级", "主管单位", "上级单位名称", "隶属单位"),
        "必填，上级单位的名称或统一社会信用代码；上级也在本表中的，排在前面",
        "运河市卫生健康委员会", True,
    ),
    Column("address", ("地址", "单位地址", "通讯地址"), "选填", "运河市样例路1号"),
    Column("contact_name", ("联系人", "联系人姓名"), "选填", "李样例"),
    Column("contact", ("联系人手机", "联系人电话", "联系电话"), "选填，11位", "15400000001"),
    Column("clerk_name", ("管理员姓名", "管理员"), "选填，与身份证一致", "王样例"),
    Column(
        "clerk_number", ("管理员身份证号码", "管理员身份证号", "管理员身份证"),
        "填了管理员姓名时必填，18位，单元格格式为文本", "37089019900307231X", as_text=True,
    ),
    Column(
        "clerk_mobile", ("管理员手机号码", "管理员手机号", "管理员手机", "管理员电话"),
        "填了管理员姓名时必填，11位", "15400000002",
    ),
)  # fmt: skip

_ROSTER = (
    Column("name", ("姓名", "人员姓名", "学员姓名", "名字"), "必填，与身份证一致", "张小明", True),
    Column(
        "identity_number",
        ("身份证号码", "身份证号", "身份证", "居民身份证号码", "公民身份号码", "证件号码"),
        "必填，18位，单元格格式为文本", "37089019900307231X", True, True,
    ),
    Column(
        "days", ("出勤日期", "出勤天数", "参加日期", "参加天数", "出勤"),
        "出勤日期和学时至少填一项；可填全部、天数，或者培训的日期，用顿号分开", "全部",
    ),
    Column("hours", ("学时", "认定学时", "参加学时"), "选填，不填按出勤日期计算，只能少填", ""),
    Column(
        "test", ("考核结果", "考试结果", "考核成绩", "成绩"), "选填，可填分数，不合格的不登记学时",
        "合格",
    ),
)  # fmt: skip

COLUMNS: dict[Kind, tuple[Column, ...]] = {
    Kind.PEOPLE: _PEOPLE,
    Kind.ORGANISATIONS: _ORGANISATIONS,
    Kind.ROSTER: _ROSTER,
}

# What may be written for each capacity; the city bureau is installed, never collected.
CAPACITY_WORDS = {
    Capacity.COUNTY_BUREAU: ("县（市、区）人力资源社会保障局", "县区人社局", "人社局"),
    Capacity.DEPARTMENT: ("主管部门", "行业主管部门"),
    Capacity.EMPLOYER: ("用人单位", "单位", "企业", "事业单位"),
    Capacity.BASE: ("继续教育基地", "培训基地", "基地"),
    Capacity.TITLE_PANEL: ("职称评审", "职称评审委员会", "评审委员会"),
}


def parse_kind(word: str) -> Kind:
    """The kind a form names, or Invalid."""
    if word not in (Kind.PEOPLE, Kind.ORGANISATIONS):
        raise Invalid({"kind": "请选择导入的内容：人员或单位。"})
    return Kind(word)


def column(kind: Kind, key: str) -> Column:
    """The column of a key."""
    return next(each for each in COLUMNS[kind] if each.key == key)


def find_places(kind: Kind, heading: Sequence[str]) -> dict[str, int]:
    """Where each known column stands in a row that may be the heading; spaces and width aside."""
    found: dict[str, int] = {}
    for place, cell in enumerate(heading):
        found.setdefault(folded(cell), place)
    return {
        each.key: place
        for each in COLUMNS[kind]
        for place in [_place(found, each)]
        if place is not None
    }


def missing(kind: Kind, places: dict[str, int]) -> list[str]:
    """The needed columns a heading lacks, by name."""
    return [each.name for each in COLUMNS[kind] if each.needed and each.key not in places]


def wrong_sheet(kind: Kind, places: dict[str, int]) -> Invalid:
    """Says which columns are missing, so that a wrong sheet is recognised as one."""
    names = "、".join(missing(kind, places))
    return Invalid(
        {"file": f"这不像是{kind.label}表，没有找到列：{names}。请核对工作表，或使用模板填写。"}
    )


def parse_capacities(typed: str) -> frozenset[Capacity]:
    """The capacities a cell names, or Invalid."""
    words = [
        folded(word) for word in re.split(r"[、，,;；/|\s]+", _outside_brackets(typed)) if word
    ]
    known = {
        folded(_outside_brackets(word)): each
        for each, names in CAPACITY_WORDS.items()
        for word in names
    }
    unknown = [word for word in words if word not in known]
    if unknown or not words:
        raise Invalid({"capacities": "单位类别应为主管部门、用人单位、继续教育基地、职称评审等。"})
    return frozenset(known[word] for word in words)


def is_rounded(text: str) -> bool:
    """Whether a number was written short by a spreadsheet (3.70890E+17)."""
    return _ROUNDED.fullmatch(text.strip()) is not None


def folded(text: str) -> str:
    """A heading or name for comparison: one width, no spaces, no marks around it."""
    bare = "".join(unicodedata.normalize("NFKC", text).split())
    return bare.strip("*:：")


def spellings(name: str) -> tuple[str, ...]:
    """The ways a name may have been registered: brackets of either width."""
    narrow = unicodedata.normalize("NFKC", " ".join(name.split()))
    wide = narrow.translate(str.maketrans("()", "（）"))
    return tuple(dict.fromkeys((name.strip(), narrow, wide)))


def _place(found: dict[str, int], column: Column) -> int | None:
    places = (found.get(folded(name)) for name in column.names)
    return next((place for place in places if place is not None), None)


def _outside_brackets(text: str) -> str:
    # 县（市、区）人力资源社会保障局 holds a mark that separates words elsewhere.
    return re.sub(r"[（(][^）)]*[）)]", "", text)
