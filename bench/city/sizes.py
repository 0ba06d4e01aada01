"""How many there are of everything, and who is who: the same ids at every run, by arithmetic."""

from dataclasses import dataclass
from functools import cached_property

PEOPLE, ORGANISATIONS, COUNTIES = 500_000, 15_000, 14
CLAIMS_EACH = 8
AUDIT_EACH = 16
# People who share a class, and the class hours of one of its two days.
CLASSMATES = 100
# Whoever decides in December: of the city bureau, of a county's, of a department.
CITY_CLERKS, COUNTY_CLERKS, DEPARTMENT_CLERKS = 20, 8, 4
# What a bureau makes by itself fills at least two pages in the smallest city too.
LEAST = 60


@dataclass(frozen=True)
class Sizes:
    """A city of a scale: 1 is half a million people, 0.001 five hundred.

    Organisation 1 is the city bureau; then come counties, departments, bases, employers. The
    people of one employer follow each other, its clerk is the first of them; the last per cent of
    all have no employer and belong to their county's bureau.
    """

    scale: float

    @cached_property
    def people(self) -> int:
        return max(200, round(PEOPLE * self.scale))

    @cached_property
    def organisations(self) -> int:
        return max(10, round(ORGANISATIONS * self.scale))

    @cached_property
    def counties(self) -> range:
        return range(2, 2 + max(1, min(COUNTIES, self.organisations // 15)))

    @cached_property
    def departments(self) -> range:
        return range(self.counties.stop, self.counties.stop + max(1, self.organisations // 50))

    @cached_property
    def bases(self) -> range:
        return range(
            self.departments.stop, self.departments.stop + max(1, self.organisations // 300)
        )

    @cached_property
    def employers(self) -> range:
        return range(self.bases.stop, self.organisations + 1)

    @cached_property
    def employed(self) -> int:
        """How many belong to an employer: people 1 to this one."""
        return self.people - max(len(self.counties), self.people // 100)

    def parent(self, organisation: int) -> int | None:
        """The organisation above."""
        if organisation == 1:
            return None
        if organisation in self.counties or organisation in self.bases:
            return 1
        if organisation in self.departments:
            place = self.departments.index(organisation)
            # Every fifth is the city's own, the others are the counties'.
            return 1 if place % 5 == 0 else self.counties[place % len(self.counties)]
        place = self.employers.index(organisation)
        if place % 5 == 1:
            return self.departments[0]
        if place % 5 == 2:
            return self.counties[place % len(self.counties)]
        return self.departments[place % len(self.departments)]

    def path(self, organisation: int) -> str:
        """Its ancestors and itself: "/1/4/77/"."""
        above = self.parent(organisation)
        return f"{self.path(above) if above else '/'}{organisation}/"

    def people_of(self, place: int) -> range:
        """The people of the employer at a place of the list."""
        first, last = (self.employed * each // len(self.employers) for each in (place, place + 1))
        return range(first + 1, last + 1)

    def people_of_county(self, place: int) -> range:
        """The people without an employer of the county at a place of the list."""
        rest, many = self.people - self.employed, len(self.counties)
        first, last = (self.employed + rest * each // many for each in (place, place + 1))
        return range(first + 1, last + 1)

    @cached_property
    def clerks(self) -> dict[int, tuple[int, ...]]:
        """Who works for each organisation, by its id."""
        found: dict[int, tuple[int, ...]] = {
            employer: (self.people_of(place)[0],) for place, employer in enumerate(self.employers)
        }
        taken = 0
        for office in range(1, self.bases.stop):
            number = self._clerks_of(office)
            found[office] = tuple(self._second(taken + each) for each in range(number))
            taken += number
        return found

    @cached_property
    def deciding(self) -> frozenset[int]:
        """Everybody who decides on something; their own claims wait for nobody."""
        return frozenset(person for people in self.clerks.values() for person in people)

    def is_active(self, person: int) -> bool:
        """Whether somebody has activated the account: nearly everybody."""
        return person % 50 != 7 or person in self.deciding

    @cached_property
    def classes_a_year(self) -> int:
        return -(-self.people // CLASSMATES)

    def at_least(self, number: int) -> int:
        """So many in the whole city, in a smaller one as many less, but two pages of them."""
        return max(LEAST, round(number * self.scale))

    def _clerks_of(self, office: int) -> int:
        if office == 1:
            return CITY_CLERKS
        return COUNTY_CLERKS if office in self.counties else DEPARTMENT_CLERKS

    def _second(self, number: int) -> int:
        """Somebody who is not yet the clerk of an employer."""
        many = len(self.employers)
        return self.people_of(number % many)[1 + number // many]
