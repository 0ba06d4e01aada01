"""The demo city's organisations: every name and code is made up, the tree is that of the notice."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from rxapp.rules.identity import credit_check_character
from rxapp.rules.permissions import Capacity
from rxapp.services import organisations
from rxapp.services.actors import SYSTEM
from rxapp.settings import settings

# Region codes that were never given to a county: nobody can bear a number of this city.
CITY, EAST, NORTH, SOUTH = "370890", "370891", "370892", "370893"

# Registered by: the personnel office, civil affairs, or as an enterprise.
_OFFICE, _INSTITUTION, _ENTERPRISE = "11", "12", "91"


@dataclass(frozen=True)
class Unit:
    """An organisation of the demo city; `above` is the key of its superior."""

    key: str
    name: str
    capacities: frozenset[Capacity]
    above: str | None
    registered: str
    region: str = CITY
    fields: tuple[str, ...] = ()

    @property
    def is_employer(self) -> bool:
        """Whether professionals work here."""
        return Capacity.EMPLOYER in self.capacities


def units() -> tuple[Unit, ...]:
    """Every organisation, each after its superior."""
    bureau = Unit(
        "bureau", settings().bureau_name, frozenset({Capacity.CITY_BUREAU}), None, _OFFICE
    )
    return (bureau, *_BUREAUS, *_DEPARTMENTS, *_OTHERS, *_EMPLOYERS)


def credit_code(unit: Unit, place: int) -> str:
    """A valid unified social credit code for the organisation at `place` in the list."""
    first = f"{unit.registered}{unit.region}DEM{place:05d}X"
    return first + credit_check_character(first)


def add_units(session: Session, told: Callable[[int, int], object]) -> Mapping[str, int]:
    """Register every organisation below its superior; returns their ids by key."""
    ids: dict[str, int] = {}
    listed = units()
    for place, unit in enumerate(listed, start=1):
        ids[unit.key] = organisations.add_organisation(
            session, SYSTEM, name=unit.name, capacities=unit.capacities,
            parent_id=ids[unit.above] if unit.above else None,
            credit_code=credit_code(unit, place),
        )  # fmt: skip
        told(place, len(listed))
    return ids


def _county(key: str, name: str, region: str) -> Unit:
    return Unit(
        key, f"{name}人力资源和社会保障局", frozenset({Capacity.COUNTY_BUREAU}), "bureau", _OFFICE,
        region, ("农业技术", "会计审计", "信息技术"),
    )  # fmt: skip


def _department(key: str, name: str) -> Unit:
    return Unit(key, name, frozenset({Capacity.DEPARTMENT}), "bureau", _OFFICE)


def _employer(
    key: str, name: str, above: str, *fields: str, registered: str = _INSTITUTION,
    region: str = CITY, also: Capacity = Capacity.EMPLOYER,
) -> Unit:  # fmt: skip
    capacities = frozenset({Capacity.EMPLOYER, also})
    return Unit(key, name, capacities, above, registered, region, fields)


_BUREAUS = (
    _county("east", "湖东区", EAST),
    _county("north", "运北县", NORTH),
    _county("south", "泗南市", SOUTH),
)

_DEPARTMENTS = (
    _department("health", "运河市卫生健康委员会"),
    _department("education", "运河市教育局"),
    _department("building", "运河市住房和城乡建设局"),
    _department("farming", "运河市农业农村局"),
)

_OTHERS = (
    Unit(
        "training", "运河市专业技术人员培训中心", frozenset({Capacity.BASE}), "bureau", _INSTITUTION
    ),
    Unit(
        "panel", "运河市职称评审委员会办公室", frozenset({Capacity.TITLE_PANEL}), "bureau", _OFFICE
    ),
)

_EMPLOYERS = (
    _employer("hospital", "运河市第一人民医院", "health", "卫生健康"),
    _employer("maternity", "运河市妇幼保健院", "health", "卫生健康", "会计审计"),
    _employer(
        "college", "运河职业技术学院", "education", "教育教学", "信息技术", also=Capacity.BASE
    ),
    _employer("school", "运河市实验中学", "education", "教育教学"),
    _employer(
        "builder", "运河建工集团有限公司", "building", "工程建设", "会计审计",
        registered=_ENTERPRISE,
    ),
    _employer("planning", "运河市城乡规划设计研究院", "building", "工程建设", "信息技术"),
    _employer("crops", "运河市农业科学研究院", "farming", "农业技术"),
    # As long as a name gets: what is printed with it has to wrap.
    _employer(
        "waters",
        "运河市大运河流域生态环境监测与水资源综合治理工程技术研究开发中心股份有限责任公司",
        "bureau", "工程建设", "信息技术", registered=_ENTERPRISE,
    ),
    _employer("clinic", "湖东区中心卫生院", "east", "卫生健康", region=EAST),
    _employer(
        "software", "湖东软件科技有限公司", "east", "信息技术", "会计审计", registered=_ENTERPRISE,
        region=EAST,
    ),
    _employer("rural", "运北县第二中学", "north", "教育教学", region=NORTH),
    _employer(
        "machines", "泗南机械制造有限公司", "south", "工程建设", "会计审计", registered=_ENTERPRISE,
        region=SOUTH,
    ),
)  # fmt: skip
