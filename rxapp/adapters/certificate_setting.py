"""Setting text: breaking lines the Chinese way, and finding the size at which a text fits."""

from collections.abc import Sequence

from rxapp.adapters.certificate_fonts import Fonts

# Punctuation that may not begin a line, and that may not end one.
NOT_FIRST = frozenset("，。、；：？！…—·）》」』】〕〉”’％℃,.;:?!)]}%")
NOT_LAST = frozenset("（《「『【〔〈“‘([{")


def wrap(fonts: Fonts, text: str, *, size: float, width: float) -> list[str]:
    """Break `text` into lines of at most `width` millimetres at `size` points."""
    lines: list[str] = []
    rest = text
    while rest:
        end = _line_end(fonts, rest, size=size, width=width)
        lines.append(rest[:end].rstrip())
        rest = rest[end:].lstrip()
    return lines


def fit(
    fonts: Fonts, text: str, *, width: float, sizes: Sequence[float], most_lines: int
) -> tuple[float, list[str]] | None:
    """The largest of `sizes` at which `text` needs at most `most_lines`, or None."""
    for size in sizes:
        lines = wrap(fonts, text, size=size, width=width)
        if len(lines) <= most_lines:
            return size, lines
    return None


def _line_end(fonts: Fonts, text: str, *, size: float, width: float) -> int:
    reach = _reach(fonts, text, size=size, width=width)
    if reach == len(text):
        return reach
    # A word longer than a line is broken where the line ends.
    return next((end for end in range(reach, 0, -1) if _may_break(text, end)), reach)


def _reach(fonts: Fonts, text: str, *, size: float, width: float) -> int:
    """How many characters fit, at least one."""
    used = 0.0
    for count, character in enumerate(text):
        used += fonts.width(character, size)
        if used > width + 1e-6:
            return max(count, 1)
    return len(text)


def _may_break(text: str, place: int) -> bool:
    before, after = text[place - 1], text[place]
    if after in NOT_FIRST or before in NOT_LAST:
        return False
    return before == "/" or not (_in_word(before) and _in_word(after))


def _in_word(character: str) -> bool:
    return character.isascii() and not character.isspace()
