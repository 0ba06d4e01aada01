"""Words of a text, so that any piece of it is found: every two characters that stand together.

Chinese puts no spaces between its words. Two characters at a time find every word of two or more,
in one indexed look-up each, on any database. Each character is folded by itself, so that a piece
of a text folds to a piece of the folded text.
"""

import unicodedata
from functools import lru_cache

MOST_WORDS, LONGEST_QUERY = 8, 60
# Between the lines of a folded text: no word goes across it.
BREAK = "\n"
AROUND, LONGEST_EXCERPT, LONGEST_BEGINNING = 20, 100, 50

Piece = tuple[str, bool]
"""A piece of an excerpt, and whether it is what was looked for."""


def fold(text: str) -> str:
    """A text without what does not distinguish words: width, case, marks, spaces, points."""
    return "".join(map(_fold, text))


def fold_lines(text: str) -> str:
    """Every line folded; what stands in two lines does not stand together."""
    return BREAK.join(folded for line in text.split("\n") if (folded := fold(line)))


def grams(folded: str) -> frozenset[str]:
    """Every character of a folded text, and every two that stand together."""
    found = set()
    for line in folded.split(BREAK):
        found.update(line)
        found.update(line[place : place + 2] for place in range(len(line) - 1))
    return frozenset(found)


def words(query: str) -> tuple[str, ...]:
    """What is looked for, each word folded; all of them must be there."""
    folded = (fold(word) for word in query[:LONGEST_QUERY].split())
    return tuple(dict.fromkeys(word for word in folded if word))[:MOST_WORDS]


def grams_of_word(word: str) -> frozenset[str]:
    """What must be among a text's grams for the word to be in it."""
    if len(word) < 2:
        return frozenset({word} - {""})
    return frozenset(word[place : place + 2] for place in range(len(word) - 1))


def excerpt(text: str, wanted: tuple[str, ...]) -> tuple[Piece, ...]:
    """Some of a text around the first word that was looked for, in pieces, the words marked.

    Where nothing was looked for, or only the title has it, a shorter beginning.
    """
    line = " ".join(text.split())
    spans = _spans(line, wanted)
    begin = max(0, spans[0][0] - AROUND) if spans else 0
    end = min(len(line), begin + (LONGEST_EXCERPT if spans else LONGEST_BEGINNING))
    pieces: list[Piece] = [("…", False)] if begin else []
    place = begin
    for first, last in spans:
        if first < place or last > end:
            continue
        pieces += [(line[place:first], False), (line[first:last], True)]
        place = last
    pieces += [(line[place:end], False)]
    if end < len(line):
        pieces += [("…", False)]
    return tuple(piece for piece in pieces if piece[0])


def marked(line: str, wanted: tuple[str, ...]) -> tuple[Piece, ...]:
    """A whole line in pieces, the words that were looked for marked."""
    pieces: list[Piece] = []
    place = 0
    for first, last in _spans(line, wanted):
        pieces += [(line[place:first], False), (line[first:last], True)]
        place = last
    pieces += [(line[place:], False)]
    return tuple(piece for piece in pieces if piece[0])


def _spans(line: str, wanted: tuple[str, ...]) -> list[tuple[int, int]]:
    """Where the words stand in a line that was not folded, in order, none over another."""
    folded, places = [], []
    for place, letter in enumerate(line):
        for each in _fold(letter):
            folded.append(each)
            places.append(place)
    whole = "".join(folded)
    found: list[tuple[int, int]] = []
    for word in wanted:
        at = whole.find(word)
        while at >= 0:
            found.append((places[at], places[at + len(word) - 1] + 1))
            at = whole.find(word, at + len(word))
    kept: list[tuple[int, int]] = []
    for first, last in sorted(found, key=lambda span: (span[0], -span[1])):
        if not kept or first >= kept[-1][1]:
            kept.append((first, last))
    return kept


@lru_cache(maxsize=20_000)
def _fold(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter).casefold()
    # Casefolding may bring marks of its own; what is left must fold to itself.
    plain = unicodedata.normalize("NFKD", plain)
    return "".join(each for each in plain if each.isalnum())
