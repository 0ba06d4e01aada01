"""Marks also for what no use case does today: rows taken away, and a course of another year."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MARK_PERSON = "INSERT INTO figure_mark (person_id) VALUES (OLD.person_id)"
MARK_LEARNERS = (
    "INSERT INTO figure_mark (person_id) SELECT DISTINCT lesson_progress.person_id"
    " FROM lesson_progress JOIN lesson ON lesson.id = lesson_progress.lesson_id"
    " WHERE lesson.course_id = NEW.id"
)
MARK_ALL = "INSERT INTO figure_sweep (after_id) VALUES (0)"
# Table, on what, when (of an update), what is marked; the others are in 0014.
TRIGGERS = (
    ("lesson_progress", "DELETE", "", MARK_PERSON),
    ("status_spell", "DELETE", "", MARK_PERSON),
    ("year_policy", "DELETE", "", MARK_ALL),
    ("course", "UPDATE OF year", "OLD.year IS DISTINCT FROM NEW.year", MARK_LEARNERS),
)


def upgrade() -> None:
    """Make the marks."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, event, when, mark in TRIGGERS:
        name = _name(table, event)
        if on_sqlite:
            only = f"WHEN {when} " if when else ""
            op.execute(f"CREATE TRIGGER {name} AFTER {event} ON {table} {only}BEGIN {mark}; END")
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN {mark}; RETURN NULL; END $$"
        )
        only = f"WHEN ({when}) " if when else ""
        op.execute(
            f"CREATE TRIGGER {name} AFTER {event} ON {table} "
            f"FOR EACH ROW {only}EXECUTE FUNCTION {name}()"
        )


def downgrade() -> None:
    """Take them away again."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table, event, _, _ in TRIGGERS:
        name = _name(table, event)
        op.execute(f"DROP TRIGGER {name}" + ("" if on_sqlite else f" ON {table}"))
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")


def _name(table: str, event: str) -> str:
    return f"figure_of_{table}_{event.split()[0].lower()}"
