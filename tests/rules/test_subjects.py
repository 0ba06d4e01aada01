"""The three subjects carry the notice's names."""

from rxapp.rules.subjects import Subject


def test_labels_and_what_counts_as_public():
    assert [(s.value, s.label, s.is_public) for s in Subject] == [
        ("public_required", "公需必修", True),
        ("public_elective", "公需选修", True),
        ("professional", "专业", False),
    ]
