"""Levels and proofs of a rule, one on a line: “国家级 64 56 48” and “其他证明材料（选填）”."""

import unicodedata
from collections.abc import Callable, Sequence
from itertools import pairwise

from rxapp.errors import Invalid
from rxapp.rules.contests import LEVELS as CONTEST_LEVELS
from rxapp.rules.conversions import ConversionRule, EvidenceNeed, Level, Method
from rxapp.rules.hours import ZERO, Hours

MOST_LEVELS, MOST_RANKS, MOST_PROOFS = 12, 20, 8
LONGEST_LABEL = 30
OPTIONAL, ALONE = "（选填）", "（单独即可）"


class Lines:
    """Reads both boxes of a form against the rule as it was, and notes what is wrong."""

    def __init__(self, base: ConversionRule, faults: dict[str, str]) -> None:
        self._base, self._faults = base, faults

    @staticmethod
    def of_levels(rule: ConversionRule) -> str:
        """The box of levels as a rule has them."""
        return "\n".join(
            " ".join([each.label, *map(str, each.by_rank or (each.hours,))]) for each in rule.levels
        )

    @staticmethod
    def of_evidence(rule: ConversionRule) -> str:
        """The box of proofs as a rule has them."""
        return "\n".join(
            each.label + (ALONE if each.alone else "" if each.required else OPTIONAL)
            for each in rule.evidence
        )

    def levels(self, text: str, method: Method) -> tuple[Level, ...]:
        """The levels of a box; none for a rule that does not compute by level."""
        if method not in (Method.BY_LEVEL, Method.BY_RANK):
            return ()
        lines = _lines(text)
        if not 1 <= len(lines) <= MOST_LEVELS:
            self._fault("levels", f"请填写级别，一行一个，1至{MOST_LEVELS}个。")
            return ()
        read = [self._level(place, line, method) for place, line in enumerate(lines, 1)]
        labels = [label for label, _ in read]
        self._require_names("levels", labels)
        known = [(each.key, each.label) for each in self._base.levels]
        if self._base.registered:
            known = [(key, label) for key, label in CONTEST_LEVELS.items()]
            if not set(labels) <= set(CONTEST_LEVELS.values()):
                self._fault("levels", "竞赛只分国家级、省级、市级、县级。")
        keys = _keep_keys(known, labels, lambda place: f"level{place}")
        if method is Method.BY_RANK:
            return tuple(
                Level(key, label, by_rank=hours)
                for key, (label, hours) in zip(keys, read, strict=True)
            )
        return tuple(
            Level(key, label, hours[0] if hours else ZERO)
            for key, (label, hours) in zip(keys, read, strict=True)
        )

    def evidence(self, text: str) -> tuple[EvidenceNeed, ...]:
        """The proofs of a box."""
        lines = _lines(text)
        if not 1 <= len(lines) <= MOST_PROOFS:
            self._fault("evidence", f"请填写证明材料，一行一种，1至{MOST_PROOFS}种。")
            return ()
        bare = [line.removesuffix(OPTIONAL).removesuffix(ALONE).strip() for line in lines]
        self._require_names("evidence", bare)
        if all(line.endswith((OPTIONAL, ALONE)) for line in lines):
            self._fault("evidence", "至少要有一种必须上传的证明材料。")
        known = [(each.key, each.label) for each in self._base.evidence]
        keys = _keep_keys(known, bare, lambda place: f"proof{place}")
        return tuple(
            EvidenceNeed(key, label, not line.endswith((OPTIONAL, ALONE)), line.endswith(ALONE))
            for key, label, line in zip(keys, bare, lines, strict=True)
        )

    def _level(self, place: int, line: str, method: Method) -> tuple[str, tuple[Hours, ...]]:
        label, *figures = line.split()
        if not figures:
            self._fault("levels", f"第{place}行“{label}”没有写学时。")
            return label, ()
        if len(figures) > (MOST_RANKS if method is Method.BY_RANK else 1):
            self._fault("levels", f"第{place}行“{label}”的学时太多，请核对折算方式。")
            return label, ()
        try:
            hours = tuple(Hours.of(figure.removesuffix("学时")) for figure in figures)
        except Invalid:
            self._fault("levels", f"第{place}行“{label}”：学时请填写数字，最多一位小数。")
            return label, ()
        if any(each <= ZERO for each in hours):
            self._fault("levels", f"第{place}行“{label}”：学时应大于零。")
        elif any(later > earlier for earlier, later in pairwise(hours)):
            self._fault("levels", f"第{place}行“{label}”：位次靠后的学时不应更多，请核对。")
        return label, hours

    def _fault(self, name: str, said: str) -> None:
        """What is wrong first is told first."""
        self._faults.setdefault(name, said)

    def _require_names(self, name: str, labels: Sequence[str]) -> None:
        for place, label in enumerate(labels, 1):
            if not 1 <= len(label) <= LONGEST_LABEL or not label.isprintable():
                self._fault(name, f"第{place}行的名称应为1至{LONGEST_LABEL}个字。")
            elif label in labels[: place - 1]:
                self._fault(name, f"第{place}行“{label}”重复。")


def _lines(text: str) -> list[str]:
    # Full-width digits and spaces are what Chinese input gives; brackets stay as they are kept.
    folded = unicodedata.normalize("NFKC", text).replace("(", "（").replace(")", "）")
    bare = (" ".join(line.split()) for line in folded.splitlines())
    return [line for line in bare if line]


def _keep_keys(
    known: Sequence[tuple[str, str]], labels: Sequence[str], make: Callable[[int], str]
) -> list[str]:
    """A key for each label: of the same label before, else of a renamed one in the same place."""
    of_label = {label: key for key, label in known}
    taken = {of_label[label] for label in labels if label in of_label}
    keys: list[str] = []
    for place, label in enumerate(labels):
        key = of_label.get(label, "")
        if not key and place < len(known) and known[place][0] not in taken:
            key = known[place][0]
        number = place + 1
        while not key or (key in keys) or (label not in of_label and key in taken):
            key, number = make(number), number + 1
        keys.append(key)
        taken.add(key)
    return keys
