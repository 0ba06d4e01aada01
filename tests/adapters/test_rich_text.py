"""Rich text: what a writer means is shown, what a stranger could do with it is not."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxapp.adapters import rich_text
from rxapp.adapters.rich_text import render
from rxapp.errors import Invalid
from rxapp.rules.notices import LONGEST_BODY, tidy

ALLOWED = {
    "h2": set(), "h3": set(), "h4": set(), "p": set(), "br": set(), "hr": set(),
    "strong": set(), "em": set(), "s": set(), "blockquote": set(), "ul": set(), "li": set(),
    "ol": {"start"}, "a": {"href", "rel"}, "table": set(), "thead": set(), "tbody": set(),
    "tr": set(), "th": {"class"}, "td": {"class"}, "code": set(), "pre": set(),
}  # fmt: skip
GOOD_LINK = re.compile(r"https?://[^/\s@]+|mailto:[^\s@]+@|/(?![/\\])|#")
HOSTILE = [
    "[点](javascript:alert(1))", "[点](JaVaScRiPt:alert(1))", "[点]( javascript:alert(1) )",
    "[点](java\tscript:alert(1))", "[点](java\nscript:alert(1))", "[点](&#106;avascript:alert(1))",
    "[点](&#x6A;avascript&colon;alert(1))", "[点](javascript&#58;alert(1))",
    "[点](\\javascript:alert(1))", "[点](vbscript:msgbox(1))", "[点](data:text/html,<script>)",
    "[点](data:text/html;base64,PHNjcmlwdD4=)", "[点](data:image/svg+xml;base64,PHN2Zz4=)",
    "[点](file:///etc/passwd)", "[点](blob:https://x/1)", "[点](ftp://evil.example/a)",
    "[点](//evil.example)", "[点](/\\evil.example)", "[点](\\\\evil.example)",
    "[点](/\t/evil.example)", "[点](https://good.example@evil.example/)",
    "[点](https:evil.example)", "[点](http:/evil.example)", "[点](evil.html)", "[点](?next=x)",
    "<javascript:alert(1)>", "<data:text/html,x>", "[点]: javascript:alert(1)\n\n[点]",
    "[点][a]\n\n[a]: data:text/html,<script>alert(1)</script>",
    '[点](https://a.example "onclick=alert(1)")', '[点](https://a.example"onclick="alert(1))',
    "[点](https://a.example/' onmouseover='alert(1))", "[点](<https://a.example/ onclick=x>)",
    "![图](https://evil.example/a.png)", "![图](javascript:alert(1))", "![图](data:image/png,x)",
    "![图][a]\n\n[a]: https://evil.example/t.gif",
    "<script>alert(1)</script>", "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<img src=x onerror=alert(1)>", "<svg/onload=alert(1)>", "<svg><script>alert(1)</script>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>", "<a href='javascript:alert(1)'>x</a>",
    "<a href=x onclick=alert(1)>x</a>", "<style>body{display:none}</style>",
    "<div style='position:fixed;inset:0'>x</div>", "<form action=//evil.example><input>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>", "<base href=//evil.example>",
    "<object data=x>", "<embed src=x>", "<link rel=stylesheet href=//evil.example>",
    "<!-- --><script>alert(1)</script> -->", "<![CDATA[<script>alert(1)</script>]]>",
    "<?php echo 1 ?>", "<!DOCTYPE html><html><body onload=x>", "<p id=main>x</p>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<table><td background=javascript:alert(1)>", "&lt;script&gt;alert(1)&lt;/script&gt;",
    "&#60;img src=x onerror=alert(1)&#62;", "`<img src=x onerror=alert(1)>`",
    "```html\n<script>alert(1)</script>\n```", "    <script>alert(1)</script>",
    "``` onclick=alert(1)\nx\n```", "```\"><script>alert(1)</script>\nx\n```",
    "| <img src=x onerror=alert(1)> | b |\n|---|---|\n| [x](javascript:x) | c |",
    "|a|\n|:-:|\n|\"><script>|", "# <img src=x onerror=alert(1)>", "> <script>alert(1)",
    "1. <svg onload=alert(1)>", "99999999999. x", "**<b onmouseover=alert(1)>x**",
    "[<img src=x onerror=alert(1)>](https://a.example)", "[a](https://a.example/<script>)",
    "[a](https://a.example/%0d%0aSet-Cookie:x)", "<https://a.example/\"onclick=alert(1)>",
    "[未关闭](https://a.example", "**未关闭 *交叉** 着*",
    "| 未关闭 | 表\n|---", "\\<script>alert(1)",
    "a\x00b<script\x00>alert(1)", "<scr\x00ipt>alert(1)</script>", "\u202egnp.exe\u202c 文件",
    "<ſcript>alert(1)</ſcript>", "＜script＞alert(1)＜/script＞", "javascript&NewLine;:alert(1)",
]  # fmt: skip
TANGLED = {
    "open brackets": "[" * 10_000, "brackets": "[" * 5000 + "]" * 5000,
    "brackets by line": "[\n" * 10_000, "images": "![\n" * 6_000, "links": "[a](" * 4_000,
    "quotes": ">" * 10_000, "quotes apart": "> " * 9_999 + "x", "stars": "*" * 10_000,
    "stars and bars": "*a_" * 3_000, "ticks": "`" * 10_000, "angles": "<" * 10_000,
    "deep list": "\n".join("  " * place + "- a" for place in range(140)),
    "many items": "- a\n" * 5_000, "wide table": "|" * 10_000 + "\n" + "|-" * 5_000,
    "hidden cells": "a|" * 390 + "\n" + "-|" * 390 + "\n" + "|\n" * 9_000,
}  # fmt: skip
HARMLESS = {
    "ampersands": "&" * 20_000, "backslashes": "\\" * 20_000, "stars by line": "*a\n" * 6_000,
    "references": "[a]: /b\n" * 900, "quoted lines": ">\n" * 10_000, "letters": "长" * 20_000,
    "ticks by line": "".join("`" * (n % 90 + 1) + "\n" for n in range(440)),
    "right to left": "\u202e\u2066" * 9_000 + "字",
}  # fmt: skip


class Judge(HTMLParser):
    """Reads HTML as a browser does and notes all that may not be there."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.wrong: list[str] = []
        self.seen: set[str] = set()
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        if tag not in ALLOWED:
            self.wrong.append(tag)
        for name, value in attrs:
            if name not in ALLOWED.get(tag, set()):
                self.wrong.append(f"{tag} {name}")
            if name == "href" and not GOOD_LINK.match(value or ""):
                self.wrong.append(f"{tag} href {value}")
            if name == "class" and value not in ("to-right", "to-center"):
                self.wrong.append(f"{tag} class {value}")
            if name == "rel" and value != "noopener noreferrer nofollow":
                self.wrong.append(f"{tag} rel {value}")
        if tag == "a" and "rel" not in dict(attrs):
            self.wrong.append("a without rel")

    def handle_comment(self, data: str) -> None:
        self.wrong.append(f"comment {data}")

    def handle_decl(self, decl: str) -> None:
        self.wrong.append(f"declaration {decl}")

    def handle_pi(self, data: str) -> None:
        self.wrong.append(f"instruction {data}")


def test_what_a_writer_means_is_shown() -> None:
    made = render(
        "# 一、对象\n\n**注意：**请*尽快*办理，~~旧~~新。\n\n- 甲\n- 乙\n\n3. 丙\n\n> 引文\n\n"
        "| 项 | 学时 |\n|:-:|--:|\n| 公需 | 30 |\n\n"
        "[平台](/help) [省厅](https://a.example/?a=1&b=2) [信](mailto:a@b.example)\n"
    )
    for part in (
        "<h2>一、对象</h2>", "<strong>注意：</strong>", "<em>尽快</em>", "<s>旧</s>",
        "<li>甲</li>", '<ol start="3">', "<blockquote>", '<th class="to-center">项</th>',
        '<td class="to-right">30</td>', '<a href="/help" rel=',
        '<a href="https://a.example/?a=1&amp;b=2"', '<a href="mailto:a@b.example"',
    ):  # fmt: skip
        assert part in made.html, part
    assert "一、对象\n注意：请尽快办理，旧新。\n甲\n乙" in made.text
    assert Judge(made.html).wrong == []
    assert "markdown-it-py" in made.renderer
    assert "nh3" in made.renderer


@pytest.mark.parametrize(
    "source",
    [
        "**注意：**请按时",
        "请**“重要”**通知",
        "中**粗**文",
        "**粗**。",
        "（**粗**）",
        "**《规定》**第三条",
    ],
)
def test_bold_stands_beside_chinese_points_and_letters(source: str) -> None:
    assert "<strong>" in render(source).html
    assert "*" not in render(source).html


@pytest.mark.parametrize("source", ["a * b * c", "2 * 3 = 6", "** 空 **"])
def test_lone_stars_stay_stars(source: str) -> None:
    assert "*" in render(source).html


@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_but_the_allowed_comes_through(source: str) -> None:
    assert len(HOSTILE) >= 80
    for text in (source, f"段落\n\n{source}\n\n结尾", f"- {source}", f"**{source}**"):
        judged = Judge(render(text).html)
        assert judged.wrong == [], text
        assert not judged.seen & {"script", "img", "svg", "style", "iframe", "form", "base"}


def test_the_judge_would_see_what_came_through() -> None:
    html = (
        '<a href="javascript:x" onclick="y">x</a><img src=x><p style="x">a</p><!-- c --><?x y?>'
        '<td class="nav">'
    )
    assert Judge(html).wrong == [
        "a href javascript:x", "a onclick", "a without rel", "img", "img src", "p style",
        "comment  c ", "instruction x y?", "td class nav",
    ]  # fmt: skip


def test_each_fence_holds_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Were the reader to let something through, the cleaner would not."""
    import nh3

    given = '<a href="javascript:x">a</a><img src=x onerror=y><script>z</script><a href="//e">b</a>'
    cleaned = nh3.clean(
        given, tags=rich_text.TAGS, attributes=rich_text.ATTRIBUTES,
        url_schemes=rich_text.SCHEMES, link_rel="noopener noreferrer nofollow",
        attribute_filter=rich_text._attribute,
    )  # fmt: skip
    assert Judge(cleaned).wrong == []
    assert "javascript" not in cleaned
    # And were the cleaner to sleep, the reader makes none of it.
    monkeypatch.setattr(rich_text.nh3, "clean", lambda html, **_: html)
    made = "".join(render(source).html for source in HOSTILE)
    # A link's title is only words; that it goes no further is the cleaner's doing.
    assert set(Judge(made).wrong) == {"a without rel", "a title"}


@pytest.mark.parametrize("name", TANGLED)
def test_what_is_only_marks_is_refused_with_a_sentence(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        render(TANGLED[name][:LONGEST_BODY])
    assert refused.value.fields == {"body": rich_text.TOO_TANGLED}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_much_but_plain_is_shown(name: str) -> None:
    made = render(HARMLESS[name][:LONGEST_BODY])
    assert Judge(made.html).wrong == []


@given(st.text(alphabet="[]()<>*_`>#|-:\\ \n!&;ax中。\"'/", max_size=300))
@settings(max_examples=300, deadline=None)
def test_whatever_is_typed_only_the_allowed_comes_out(source: str) -> None:
    assert Judge(render(source).html).wrong == []


def test_headings_follow_the_page_s_title_without_a_gap() -> None:
    assert re.findall(r"<h\d>", render("## 一\n\n#### 二\n\n###### 三\n\n## 四").html) == [
        "<h2>", "<h3>", "<h4>", "<h2>",
    ]  # fmt: skip
    assert re.findall(r"<h\d>", render("# 一\n\n标题\n---\n").html) == ["<h2>", "<h3>"]


def test_marks_that_cannot_be_seen_are_not_kept() -> None:
    typed = "文\u202e件\u200b名\ufeff\u2066x\x00y\x1bz\r\n第二行\t栏"
    assert tidy(typed, 100) == "文件名xyz\n第二行    栏"
