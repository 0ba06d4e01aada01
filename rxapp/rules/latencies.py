"""Within how long most of many ended, from how many ended within each of a few lengths."""

from collections.abc import Mapping, Sequence


def percentile(
    counts: Mapping[int, int], bounds: Sequence[float], part: float
) -> tuple[float, bool]:
    """The least bound within which `part` of all ended, and whether it was even above the last."""
    needed, seen = part * sum(counts.values()), 0
    for bucket, bound in enumerate(bounds):
        seen += counts.get(bucket, 0)
        if seen and seen >= needed:
            return bound, False
    return (bounds[-1], True) if counts else (0.0, False)
