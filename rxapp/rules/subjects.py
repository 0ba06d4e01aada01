"""The three buckets hours fall into."""

from enum import StrEnum


class Subject(StrEnum):
    """What a course or a claim counts to (article 3 of the notice)."""

    PUBLIC_REQUIRED = "public_required"
    PUBLIC_ELECTIVE = "public_elective"
    PROFESSIONAL = "professional"

    @property
    def label(self) -> str:
        """The subject's name in the notice."""
        return _LABELS[self]

    @property
    def is_public(self) -> bool:
        """Whether its hours count to the public 30."""
        return self is not Subject.PROFESSIONAL


_LABELS = {
    Subject.PUBLIC_REQUIRED: "公需必修",
    Subject.PUBLIC_ELECTIVE: "公需选修",
    Subject.PROFESSIONAL: "专业",
}
