"""The keys with which certificates are signed and checked."""

from rxapp.adapters.signing_keys import SigningKeys, load_keys
from rxapp.settings import settings


def load() -> SigningKeys:
    """The installation's keys as they are now."""
    # Read anew each time (0.3 ms), so that a key made by the operator is known at once everywhere.
    return load_keys(settings().keys_dir)
