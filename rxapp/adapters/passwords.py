"""Passwords by bcrypt: slow on purpose, so always in a thread and outside any transaction."""

import base64
import hashlib

import bcrypt

COST = 12

# Checked when there is nobody to check, so that every sign-in takes the same time. No password has
# this hash; to make one anew would hold up every start.
_NOBODY = f"$2b${COST}${'.' * 53}"


def hash_password(password: str) -> str:
    """The bcrypt hash of a password of any length."""
    return bcrypt.hashpw(_prepared(password), bcrypt.gensalt(COST)).decode()


def check_password(password: str, hashed: str | None) -> bool:
    """Whether the password is right; takes as long when there is no hash to compare with."""
    matches = bcrypt.checkpw(_prepared(password), (hashed or _NOBODY).encode())
    return matches and hashed is not None


def _prepared(password: str) -> bytes:
    # bcrypt reads 72 bytes; hashing first lets a long password count in full.
    digest = hashlib.sha256(password.encode("utf-8", "surrogatepass")).digest()
    return base64.b64encode(digest)
