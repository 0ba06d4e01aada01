"""原《山东省专业技术人员继续教育证书》: its lines of 2016 to 2019, proved by its pages."""

from rxapp.rules.conversions import ConversionRule, EvidenceNeed

# The rules under which a line of the paper certificate is claimed.
RULES = ("offline_training", "public_training")


def batch_of(person_id: int) -> str:
    """What all lines of a person's paper certificate have in common."""
    return f"old-{person_id}"


def pages_of(rule: ConversionRule) -> EvidenceNeed:
    """The kind of proof the certificate's pages are: the one that stands for all others."""
    return next((need for need in rule.evidence if need.alone), rule.evidence[0])
