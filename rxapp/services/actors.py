"""Who acts: looked up afresh for every use case, so a right taken away is gone at once."""

from dataclasses import dataclass

from rxapp.errors import NotPermitted, NotSignedIn
from rxapp.rules.permissions import NOBODY, Capacity, Permission


@dataclass(frozen=True)
class Office:
    """The organisation a clerk works for, and the subtree it answers for."""

    organisation_id: int
    path: str
    name: str
    capacities: frozenset[Capacity]


@dataclass(frozen=True)
class Actor:
    """The person at the screen, with what may be done right now."""

    permissions: frozenset[Permission]
    person_id: int | None = None
    sign_in_id: int | None = None
    name: str = ""
    activated: bool = False
    offices: tuple[Office, ...] = ()
    # The sign-in was last seen long enough ago to be worth writing down again.
    stale: bool = False

    # An office whose rights wait for the second factor.
    needs_factor: bool = False

    @property
    def office_id(self) -> int | None:
        """The office acted for, as records note it: the first when several."""
        return self.offices[0].organisation_id if self.offices else None

    def may(self, permission: Permission) -> bool:
        """Whether this is allowed, without raising."""
        return permission in self.permissions

    def require(self, permission: Permission) -> int:
        """The person's id, if this is allowed; raises NotSignedIn or NotPermitted otherwise."""
        if permission not in self.permissions:
            raise NotSignedIn() if self.person_id is None else NotPermitted()
        if self.person_id is None:
            raise NotSignedIn()
        return self.person_id


ANONYMOUS = Actor(permissions=NOBODY)
SYSTEM = Actor(permissions=frozenset(Permission), name="系统")
