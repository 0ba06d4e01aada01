"""Tables: columns, constraints, relationships. No behaviour.

Importing this package registers every table.
"""

from rxapp.models import (  # noqa: F401
    applications,
    audit,
    backups,
    cases,
    certificates,
    claims,
    collecting,
    courses,
    credits,
    keys,
    learning,
    marks,
    messages,
    notices,
    operations,
    organisations,
    people,
    projects,
    rosters,
    statistics,
    supervision,
    years,
)
