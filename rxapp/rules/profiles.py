"""What a person completes about himself, and the choices offered."""

from collections.abc import Mapping

from rxapp.errors import Invalid

FIELDS = (
    "卫生健康", "教育教学", "工程建设", "农业技术", "信息技术", "会计审计", "经济统计", "文化艺术",
    "新闻出版", "社会工作", "其他",
)  # fmt: skip
SERIES = (
    "工程技术", "卫生技术", "高等学校教师", "中小学教师", "农业技术", "经济专业", "会计专业",
    "统计专业", "科学研究", "图书资料", "文物博物", "新闻专业", "其他", "暂无职称",
)  # fmt: skip
LEVELS = ("正高级", "副高级", "中级", "助理级", "员级", "暂无职称")
EDUCATION = ("博士研究生", "硕士研究生", "大学本科", "大学专科", "中专", "其他")

_CHOICES: dict[str, tuple[str, tuple[str, ...]]] = {
    "field": ("行业领域", FIELDS),
    "title_series": ("职称系列", SERIES),
    "title_level": ("职称级别", LEVELS),
    "education": ("学历", EDUCATION),
}
LONGEST_POST = 40


def parse_profile(typed: Mapping[str, str]) -> dict[str, str]:
    """The completed record, each value one of those offered; Invalid names every missing one."""
    faults = {
        key: f"请选择{label}。"
        for key, (label, offered) in _CHOICES.items()
        if typed.get(key) not in offered
    }
    post = " ".join(typed.get("post", "").split())
    if not 1 <= len(post) <= LONGEST_POST or not post.isprintable():
        faults["post"] = f"请填写岗位，不超过{LONGEST_POST}个字。"
    if faults:
        raise Invalid(faults)
    return {**{key: typed[key] for key in _CHOICES}, "post": post}
