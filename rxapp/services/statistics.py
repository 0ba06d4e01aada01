"""完成情况: how an office and all below it stand in a year, from sums that are kept.

Every figure is one kept row, or one per organisation shown: what a page costs grows neither with
the people nor with the city.
"""

from dataclasses import dataclass
from typing import Any

from sqlmodel import Session, col, func, select

from rxapp import clock
from rxapp.errors import NotFound
from rxapp.models.organisations import Organisation
from rxapp.models.statistics import FigureCell
from rxapp.rules import figures
from rxapp.rules.figures import SOURCES
from rxapp.rules.hours import Hours
from rxapp.rules.permissions import Permission
from rxapp.rules.subjects import Subject
from rxapp.services import behind, scopes
from rxapp.services.actors import Actor
from rxapp.services.behind import YearChoice

SUBJECTS = (Subject.PUBLIC_REQUIRED, Subject.PUBLIC_ELECTIVE, Subject.PROFESSIONAL)


@dataclass(frozen=True)
class Place:
    """An organisation on the way down to the one looked at."""

    id: int
    name: str


@dataclass(frozen=True)
class Start:
    """Where one begins, one's other offices, and the years that can be looked at."""

    organisation_id: int
    offices: list[Place]
    years: list[YearChoice]
    may_supervise: bool


@dataclass(frozen=True)
class Count:
    """How many people a group has and how far they are; `percent` is of those who owe."""

    owing: int
    activated: int
    studying: int
    complete: int
    behind: int
    share: str
    percent: int
    hours: str


@dataclass(frozen=True)
class Stage:
    """One step from registered to complete: how many, and which part of those who owe."""

    label: str
    count: int
    share: str
    percent: int


@dataclass(frozen=True)
class HoursRow:
    """The hours that came from one source, by bucket; `percent` is of the largest source."""

    label: str
    required: str
    elective: str
    professional: str
    total: str
    percent: int


@dataclass(frozen=True)
class Overview:
    """One office in one year; `own` are those who belong to it and to no one below."""

    id: int
    unit: str
    label: str
    crumbs: list[Place]
    count: Count
    stages: list[Stage]
    hours: list[HoursRow]
    own: Count
    has_below: bool


@dataclass(frozen=True)
class Summary:
    """What a desk says of the year; `text` is empty where there is nobody to count."""

    text: str
    detail: str


def get_start(_session: Session, actor: Actor) -> Start:
    """One's own office, and the others of somebody who serves several."""
    actor.require(Permission.STATISTICS)
    ids = scopes.office_ids(actor, Permission.STATISTICS)
    mine = [Place(o.organisation_id, o.name) for o in actor.offices if o.organisation_id in ids]
    offices = mine if len(mine) > 1 else []
    return Start(mine[0].id, offices, behind.list_years(), actor.may(Permission.SUPERVISE))


def get_overview(session: Session, actor: Actor, *, organisation_id: int, year: int) -> Overview:
    """How an office of one's own subtree stands in a year; NotFound for any other."""
    place = get_place(session, actor, organisation_id)
    label = label_of(year)
    whole, own = (
        cells(session, organisation_id, year, kind).get("", figures.NOTHING)
        for kind in (figures.TOTAL, figures.OWN)
    )
    return Overview(
        id=organisation_id, unit=place.name, label=label, crumbs=_crumbs(session, actor, place),
        count=count_of(whole), stages=_stages(whole),
        hours=list_hours(session, organisation_id, year),
        own=count_of(own), has_below=_has_below(session, place),
    )  # fmt: skip


def get_place(session: Session, actor: Actor, organisation_id: int) -> Organisation:
    """An organisation of one's own subtree; NotFound for any other."""
    actor.require(Permission.STATISTICS)
    found = session.exec(
        select(Organisation).where(
            Organisation.id == organisation_id, scopes.within(actor, Permission.STATISTICS)
        )
    ).first()
    if found is None:
        raise NotFound("没有找到该单位，可能不在您的管理范围内。")
    return found


def list_hours(session: Session, organisation_id: int, year: int) -> list[HoursRow]:
    """Where the hours come from, source by source, and all together."""
    rows = cells(session, organisation_id, year, figures.BY_HOURS)
    tenths = {word: some[4] for word, some in rows.items()}
    by_source = {
        source: [tenths.get(f"{subject.value}:{source}", 0) for subject in SUBJECTS]
        for source in SOURCES
    }
    most = max([sum(some) for some in by_source.values()] + [1])
    found = [
        _hours_row(SOURCES[source], some, most) for source, some in by_source.items() if any(some)
    ]
    whole = [sum(some) for some in zip(*by_source.values(), strict=True)]
    return [*found, _hours_row("合计", whole, 0)] if found else []


def get_summary(session: Session, actor: Actor) -> Summary:
    """This year's completion of the office one serves, for its desk."""
    actor.require(Permission.STAFF)
    ids = scopes.office_ids(actor, Permission.STATISTICS)
    if not ids:
        return Summary("", "")
    year = clock.today().year
    found = count_of(cells(session, ids[0], year, figures.TOTAL).get("", figures.NOTHING))
    if not found.owing:
        return Summary("", "")
    said = f"{year}年度完成情况：{found.complete}人已完成，占{found.share}"
    return Summary(
        said, f"应学{found.owing}人，已激活{found.activated}人，已学习{found.studying}人"
    )


def label_of(year: int) -> str:
    """The year as screens name it; NotFound for one that cannot be looked at."""
    for each in behind.list_years():
        if each.value == f"{year}":
            return each.label
    raise NotFound("没有这一年度的统计，请重新选择年度。")


def cells(
    session: Session, organisation_id: int, year: int, kind: str
) -> dict[str, figures.Amounts]:
    """The kept sums of one kind, by word."""
    rows = session.exec(
        select(FigureCell).where(
            FigureCell.organisation_id == organisation_id, FigureCell.year == year,
            FigureCell.kind == kind,
        )
    )  # fmt: skip
    return {
        row.word: (row.owing, row.activated, row.studying, row.complete, row.tenths) for row in rows
    }


AMOUNTS = ("owing", "activated", "studying", "complete", "tenths")


def count_of(some: figures.Amounts) -> Count:
    """A sum ready to show."""
    owing, activated, studying, complete, tenths = some
    return Count(
        owing, activated, studying, complete, owing - complete, share_of(complete, owing),
        complete * 100 // owing if owing else 0, str(Hours(tenths)),
    )  # fmt: skip


def share_of(part: int, whole: int) -> str:
    """“12.5%”, rounded down, so that 100% is only said when it is reached."""
    return f"{part * 1000 // whole // 10}.{part * 1000 // whole % 10}%" if whole else "—"


def _stages(some: figures.Amounts) -> list[Stage]:
    owing = some[0]
    labels = ("应学人数", "已激活", "已学习", "已完成")
    return [
        Stage(label, count, share_of(count, owing), count * 100 // owing if owing else 0)
        for label, count in zip(labels, some[:4], strict=True)
    ]


def _crumbs(session: Session, actor: Actor, place: Organisation) -> list[Place]:
    rows = session.exec(
        select(Organisation.id, Organisation.name, Organisation.path)
        .where(
            col(Organisation.id).in_(figures.offices_of(place.path)),
            scopes.within(actor, Permission.STATISTICS),
        )
        .order_by(func.length(Organisation.path))
    )
    return [Place(id or 0, name) for id, name, _ in rows]


def _has_below(session: Session, place: Organisation) -> bool:
    found = select(Organisation.id).where(Organisation.parent_id == place.id).limit(1)
    return session.exec(found).first() is not None


def _hours_row(label: str, some: Any, most: int) -> HoursRow:
    required, elective, professional = (str(Hours(tenths)) for tenths in some)
    percent = max(0, sum(some)) * 100 // most if most else 0
    return HoursRow(label, required, elective, professional, str(Hours(sum(some))), percent)
