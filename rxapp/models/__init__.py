"""Tables: columns, constraints, relationships. No behaviour.

Importing this package registers every table.
"""

from rxapp.models import (  # noqa: F401
    audit,
    certificates,
    courses,
    credits,
    learning,
    organisations,
    people,
    years,
)
