"""随机抽取: a random sample that anybody can draw again from its printed seed.

The way it is drawn, to be done by hand or by any other program:

1. The key of a claim is the SHA-256 of the text "seed:number" (UTF-8, the seed and the receipt
   number exactly as printed, a colon between them). Keys are compared as whole numbers.
2. Without strata all claims are one stratum. A sample smaller than the number of strata cannot
   hold one of each: the strata are set aside, for picking the largest would never pick the small.
3. Every stratum gets one place. The places left are shared out in proportion to the claims left in
   each: first the whole numbers, then one more each to the largest remainders; of equal
   remainders the stratum with the smaller key ("seed:stratum") comes first.
4. In each stratum the claims with the smallest keys are drawn, as many as it has places.
5. The work list is in the order of the keys, so that its beginning is itself a random sample.
"""

import heapq
from collections.abc import Iterable, Mapping
from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

SEED_BELOW = 10**20
# What is read to whoever checks the sample; the docstring above says the same at length.
METHOD = (
    "每项申报按“种子:受理编号”的 SHA-256 值由小到大排列，取最前面的若干项。"
    "分层抽取时，每层先取一项，其余名额按各层所余项数的比例分配，余数大的在先；"
    "抽取数量少于层数时不分层。用同一种子和同一批申报重新计算，结果相同。"
)


class Stratify(StrEnum):
    """By what the claims are put into strata."""

    NONE = "none"
    EMPLOYER = "employer"
    CATEGORY = "category"
    REVIEWER = "reviewer"

    @property
    def label(self) -> str:
        """The way in words."""
        return _LABELS[self]


_LABELS = {
    Stratify.NONE: "不分层",
    Stratify.EMPLOYER: "按用人单位",
    Stratify.CATEGORY: "按申报类别",
    Stratify.REVIEWER: "按作出最终通过意见的审核人",
}


class Candidate(NamedTuple):
    """One claim that can be drawn."""

    id: int
    number: str
    stratum: str = ""


def make_seed(drawn: int) -> str:
    """The printed seed of a random whole number below `SEED_BELOW`: five groups of four digits."""
    digits = f"{drawn % SEED_BELOW:020d}"
    return "-".join(digits[place : place + 4] for place in range(0, 20, 4))


def key_of(seed: str, number: str) -> int:
    """The place of a claim in the order of one seed."""
    return int.from_bytes(sha256(f"{seed}:{number}".encode()).digest(), "big")


def percent_of(population: int, percent: int) -> int:
    """So many per cent of a population, rounded up: a part of a claim is a claim."""
    return -(-population * percent // 100)


def can_stratify(counts: Mapping[str, int], size: int) -> bool:
    """Whether every stratum can have a place."""
    return 0 < sum(count > 0 for count in counts.values()) <= size


def allocate(counts: Mapping[str, int], size: int, *, seed: str) -> dict[str, int]:
    """How many are drawn of each stratum: at least one, never more than it has.

    ValueError for a sample smaller than the number of strata.
    """
    strata = [stratum for stratum, count in counts.items() if count > 0]
    if not strata:
        return {}
    if size < len(strata):
        raise ValueError("fewer places than strata")
    room = sum(counts[stratum] for stratum in strata) - len(strata)
    spare = min(size - len(strata), room)
    shared = {stratum: divmod(spare * (counts[stratum] - 1), room or 1) for stratum in strata}
    left = spare - sum(whole for whole, _ in shared.values())
    order = sorted(strata, key=lambda stratum: (-shared[stratum][1], key_of(seed, stratum)))
    return {s: 1 + shared[s][0] + (place < left) for place, s in enumerate(order)}


def draw(
    candidates: Iterable[tuple[int, str, str]], counts: Mapping[str, int], size: int, *, seed: str
) -> list[Candidate]:
    """The sample, in the order of the work list.

    `counts` says how many candidates each stratum has. The candidates (id, number, stratum) may
    come as a stream of millions and in any order: no more than the sample itself is ever held.
    """
    stratified = can_stratify(counts, size)
    places = allocate(counts, size, seed=seed) if stratified else {"": size}
    drawn = {stratum: _Smallest(most) for stratum, most in places.items() if most > 0}
    whole = drawn.get("")
    begin = sha256(f"{seed}:".encode()).copy
    for id, number, stratum in candidates:
        smallest = drawn.get(stratum) if stratified else whole
        if smallest is None:
            continue
        digest = begin()
        digest.update(number.encode())
        # Compared as bytes, which is the order of the whole numbers.
        key = digest.digest()
        if key < smallest.limit:
            smallest.take(key, id, number, stratum)
    found = [pair for smallest in drawn.values() for pair in smallest.kept.items()]
    return [each for _, each in sorted(found)]


class _Smallest:
    """The candidates with the smallest keys of all that were offered."""

    def __init__(self, most: int) -> None:
        self._most = most
        self.kept: dict[bytes, Candidate] = {}
        # Negated, so that the largest kept key is on top.
        self._heap: list[int] = []
        # Only what is below it is worth offering.
        self.limit = b"\xff" * 33

    def take(self, key: bytes, id: int, number: str, stratum: str) -> None:
        if key in self.kept:
            return
        self.kept[key] = Candidate(id, number, stratum)
        heapq.heappush(self._heap, -int.from_bytes(key, "big"))
        if len(self._heap) > self._most:
            largest = -heapq.heappop(self._heap)
            del self.kept[largest.to_bytes(32, "big")]
        if len(self._heap) == self._most:
            self.limit = (-self._heap[0]).to_bytes(32, "big")
