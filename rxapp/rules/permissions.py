"""Who may do what: an enum and a table, nothing else decides."""

from enum import StrEnum


class Capacity(StrEnum):
    """What an organisation is in the tree of personnel affiliation."""

    CITY_BUREAU = "city_bureau"
    COUNTY_BUREAU = "county_bureau"
    DEPARTMENT = "department"
    EMPLOYER = "employer"
    BASE = "base"
    TITLE_PANEL = "title_panel"

    @property
    def label(self) -> str:
        """The capacity in the notice's own words."""
        return CAPACITY_LABELS[self]


CAPACITY_LABELS = {
    Capacity.CITY_BUREAU: "市人力资源社会保障局",
    Capacity.COUNTY_BUREAU: "县（市、区）人力资源社会保障局",
    Capacity.DEPARTMENT: "主管部门",
    Capacity.EMPLOYER: "用人单位",
    Capacity.BASE: "继续教育基地",
    Capacity.TITLE_PANEL: "职称评审",
}


class Permission(StrEnum):
    """One thing a person may be allowed to do; every state handler and route names exactly one."""

    PUBLIC = "public"  # anyone, signed in or not
    SIGNED_IN = "signed_in"  # anyone whose account is activated
    ACTIVATE = "activate"  # a collected person who has not yet activated
    LEARN = "learn"  # own hours, courses, watching, certificates
    STAFF = "staff"  # the desk of an organisation one works for
    PEOPLE_READ = "people_read"  # people of one's own organisation and those below it
    CODE_ISSUE = "code_issue"  # one-time codes for people of one's own organisation and below
    SECOND_FACTOR = "second_factor"  # the password was right, the second factor is still asked for
    REVIEW = "review"  # applications addressed to one's own office
    PEOPLE_EDIT = "people_edit"  # states and employers of people below
    PEOPLE_REVEAL = "people_reveal"  # a full number, with a reason
    PEOPLE_CLOSE = "people_close"  # take the name and numbers of who left away for good
    ORGANISATION_READ = "organisation_read"  # the organisations of one's own subtree
    ORGANISATION_EDIT = "organisation_edit"  # move, merge, suspend, close what lies below
    COLLECT = "collect"  # bring people and organisations in from a file
    EXPORT = "export"  # take a list out as a workbook
    STAFF_MANAGE = "staff_manage"  # the clerks of one's own organisation
    AUDIT_READ = "audit_read"  # the audit log of one's own subtree
    POLICY_EDIT = "policy_edit"  # the city's own periods and limits, its rules of conversion
    SUPERVISE = "supervise"  # draw samples, hear, revoke, order, record
    INTEGRITY_READ = "integrity_read"  # the integrity archive, by a person's name and number
    PROJECT_FILE = "project_file"  # plans, classes and rosters of one's own organisation
    PROJECT_REVIEW = "project_review"  # filings addressed to one's own bureau
    COURSE_MAKE = "course_make"  # courses of one's own organisation, until they are published
    COURSE_PUBLISH = "course_publish"  # review, publish and withdraw courses
    NOTICE_WRITE = "notice_write"  # news for one's own area
    STATISTICS = "statistics"  # how one's own subtree stands
    OPERATIONS = "operations"  # how the service itself is
    KEY_ISSUE = "key_issue"  # keys with which other systems ask for a person's standing


LEARNER = frozenset({Permission.PUBLIC, Permission.SIGNED_IN, Permission.LEARN})
COLLECTED = frozenset({Permission.PUBLIC, Permission.ACTIVATE})
NOBODY = frozenset({Permission.PUBLIC})
HALF_SIGNED_IN = frozenset({Permission.PUBLIC, Permission.SECOND_FACTOR})

_STAFF = frozenset({Permission.STAFF, Permission.STAFF_MANAGE})
_TEACHER = _STAFF | {Permission.PROJECT_FILE, Permission.COURSE_MAKE}
_EMPLOYER = _STAFF | {
    Permission.PROJECT_FILE, Permission.STATISTICS, Permission.PEOPLE_READ, Permission.CODE_ISSUE,
    Permission.REVIEW, Permission.PEOPLE_EDIT, Permission.PEOPLE_REVEAL, Permission.COLLECT,
    Permission.EXPORT, Permission.ORGANISATION_READ,
}  # fmt: skip
_SUPERIOR = _EMPLOYER | {Permission.ORGANISATION_EDIT}
_BUREAU = _SUPERIOR | {
    Permission.AUDIT_READ, Permission.PEOPLE_CLOSE, Permission.SUPERVISE, Permission.INTEGRITY_READ,
    Permission.PROJECT_REVIEW, Permission.COURSE_MAKE, Permission.NOTICE_WRITE,
}  # fmt: skip

BY_CAPACITY: dict[Capacity, frozenset[Permission]] = {
    Capacity.CITY_BUREAU: _BUREAU
    | {
        Permission.POLICY_EDIT,
        Permission.COURSE_PUBLISH,
        Permission.KEY_ISSUE,
        Permission.OPERATIONS,
    },
    Capacity.COUNTY_BUREAU: _BUREAU,
    Capacity.DEPARTMENT: _SUPERIOR,
    Capacity.EMPLOYER: _EMPLOYER,
    Capacity.BASE: _TEACHER,
    Capacity.TITLE_PANEL: _STAFF | {Permission.INTEGRITY_READ},
}
BUREAUS = frozenset({Capacity.CITY_BUREAU, Capacity.COUNTY_BUREAU})


def permissions_of(capacities: frozenset[Capacity], *, activated: bool) -> frozenset[Permission]:
    """What a signed-in person may do, given the capacities of the organisation worked for."""
    if not activated:
        return COLLECTED
    return LEARNER.union(*(BY_CAPACITY[capacity] for capacity in capacities))
