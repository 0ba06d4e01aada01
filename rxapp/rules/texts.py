"""What a text must be before anything is done with it."""


def is_storable(text: str) -> bool:
    """Whether every database can keep a text: no zero byte, no half of a character.

    No keyboard and no page of ours sends either.
    """
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)
