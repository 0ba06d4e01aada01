"""The receipt number of an application: as hard to guess as a certificate's, and read alike."""

from rxapp.errors import Invalid
from rxapp.rules import certificate_numbers

RANDOM_BITS = certificate_numbers.RANDOM_BITS
FIELD = "number"


def make(bits: int) -> str:
    """The printed receipt number that carries 60 random bits."""
    return certificate_numbers.make(bits)


def parse(text: str) -> str:
    """The number in its printed form, or Invalid (field number) with the one fault found."""
    try:
        return certificate_numbers.parse(text)
    except Invalid as error:
        said = error.message.replace("证明编号", "受理编号").replace("证明", "回执")
        raise Invalid({FIELD: said}) from None
