"""What a writer typed as Markdown, made into safe HTML: a small list of elements and nothing else.

Two fences: the reader makes no raw HTML, no pictures and no link but to the web, a mail address or
a page of our own; what it made is then cleaned against the same list by a parser of browsers' own
kind. The source is kept beside the HTML, with the version of both, so that it can be made again.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version

import nh3
from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline
from markdown_it.rules_inline.state_inline import Delimiter
from markdown_it.token import Token

from rxapp.errors import Invalid

# Counted up when the lists below change.
EDITION = 1
TAGS = {
    "h2", "h3", "h4", "p", "br", "hr", "strong", "em", "s", "blockquote", "ul", "ol", "li", "a",
    "table", "thead", "tbody", "tr", "th", "td", "code", "pre",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}, "th": {"class"}, "td": {"class"}}
ALIGNED = {"text-align:right": "to-right", "text-align:center": "to-center"}
SCHEMES = {"http", "https", "mailto"}
# Text that opens more than anybody closes would keep the reader busy for no reader's sake.
MOST_OPEN, MOST_COLUMNS, MOST_BRACKETS = 400, 30, 1_000
MOST_TOKENS, MOST_HTML = 20_000, 400_000
# Lists within lists, quotes within quotes: each is two levels of the reader's.
DEEPEST = 24
TOO_TANGLED = "正文的格式符号过多或嵌套过深，无法排版，请减少括号、引用和星号后再试，内容仍在。"
_OWN = re.compile(r"/(?![/\\])[^\s\\]*|#[\w-]*")
_WEB = re.compile(r"https?://[^/\s@]+(/\S*)?|https?://[^/\s@]+[?#]\S*", re.IGNORECASE)
_MAIL = re.compile(r"mailto:[^\s@<>\"]+@[^\s@<>\"]+", re.IGNORECASE)
_RUNS = re.compile(r"[\[\]()<>!*_~`]")
FIRST_WIDE = 0x2E80


@dataclass(frozen=True)
class Rendered:
    """The safe HTML, the words in it line by line, and what made it."""

    html: str
    text: str
    renderer: str


def render(source: str) -> Rendered:
    """The safe HTML of a Markdown text; Invalid (field body) when it is nothing but marks."""
    _require_sane(source)
    tokens = _reader().parse(source)
    if len(tokens) > MOST_TOKENS or any(token.level > DEEPEST for token in tokens):
        raise Invalid({"body": TOO_TANGLED})
    levels = _levels(tokens)
    for token in tokens:
        _settle(token, levels)
    made = _reader().renderer.render(tokens, _reader().options, {})
    html = nh3.clean(
        made, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow", strip_comments=True, attribute_filter=_attribute,
    )  # fmt: skip
    if len(html) > MOST_HTML:
        raise Invalid({"body": TOO_TANGLED})
    return Rendered(html, _text(tokens), renderer())


@cache
def renderer() -> str:
    """What makes the HTML, by version."""
    parts = (f"{name} {version(name)}" for name in ("markdown-it-py", "nh3"))
    return f"{EDITION}; {'; '.join(parts)}"


def is_good_link(href: str) -> bool:
    """Whether a link leads to the web, to a mail address or to a page of our own."""
    return any(kind.fullmatch(href) for kind in (_OWN, _WEB, _MAIL))


@cache
def _reader() -> MarkdownIt:
    options = {"html": False, "linkify": False, "typographer": False, "maxNesting": 4 * DEEPEST}
    made = MarkdownIt("commonmark", options).enable(["table", "strikethrough"])
    made.disable(["image", "html_block", "html_inline", "entity"])
    made.inline.ruler.before("emphasis", "stars", _stars)
    made.validateLink = is_good_link  # type: ignore[method-assign]
    return made


def _stars(state: StateInline, silent: bool) -> bool:
    """Bold beside Chinese text, which has no spaces: `**注意：**请` as anybody would write it.

    The standard asks for a space between a point and the letter after the stars.
    """
    if silent or state.src[state.pos] != "*":
        return False
    scanned = state.scanDelims(state.pos, True)
    before = state.src[state.pos - 1 : state.pos] if state.pos else " "
    after = state.src[state.pos + scanned.length :][:1] or " "
    chinese = any(ord(letter) >= FIRST_WIDE for letter in (before, after))
    can_open = scanned.can_open or (chinese and not after.isspace())
    can_close = scanned.can_close or (chinese and not before.isspace())
    for _ in range(scanned.length):
        token = state.push("text", "", 0)
        token.content = "*"
        place = len(state.tokens) - 1
        state.delimiters.append(
            Delimiter(ord("*"), scanned.length, place, -1, open=can_open, close=can_close)
        )
    state.pos += scanned.length
    return True


def _require_sane(source: str) -> None:
    if source.count("[") > MOST_BRACKETS:
        raise Invalid({"body": TOO_TANGLED})
    for line in source.split("\n"):
        if len(_RUNS.findall(line)) > MOST_OPEN or line.count("|") > MOST_COLUMNS:
            raise Invalid({"body": TOO_TANGLED})


def _levels(tokens: list[Token]) -> dict[str, str]:
    """The page's levels for the writer's: his highest comes right below the page's title."""
    used = sorted({token.tag for token in tokens if token.type == "heading_open"})
    return {tag: f"h{min(place, 4)}" for place, tag in enumerate(used, start=2)}


def _settle(token: Token, levels: dict[str, str]) -> None:
    """Bring headings to the page's levels, and name how a cell is aligned for our style sheet."""
    if token.type in ("heading_open", "heading_close"):
        token.tag = levels[token.tag]
    if token.tag in ("th", "td"):
        style = str(token.attrs.pop("style", ""))
        if style in ALIGNED:
            token.attrs["class"] = ALIGNED[style]
    if token.type == "fence":
        token.info = ""


def _attribute(tag: str, name: str, value: str) -> str | None:
    if name == "href":
        return value if is_good_link(value) else None
    if name == "class":
        return value if value in ALIGNED.values() else None
    if name == "start":
        return value if value.isascii() and value.isdigit() and len(value) < 6 else None
    return value if name == "rel" and tag == "a" else None


def _text(tokens: list[Token]) -> str:
    lines = []
    for token in tokens:
        if token.type == "inline":
            lines += _words(token.children or []).split("\n")
        elif token.type in ("fence", "code_block"):
            lines += token.content.split("\n")
    return "\n".join(line for line in lines if line.strip())


def _words(children: list[Token]) -> str:
    said = []
    for child in children:
        if child.type in ("text", "code_inline", "text_special"):
            said.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            said.append("\n")
    return "".join(said)
