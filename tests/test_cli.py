"""The operator's commands, as typed: from nothing to the first people and courses."""

from collections.abc import Callable
from pathlib import Path

import pytest
import python_calamine
from click.testing import CliRunner, Result
from sqlmodel import Session, select

from rxapp import clock
from rxapp.adapters import database, encryption, passwords, sheets_out
from rxapp.adapters.database import transaction
from rxapp.cli import main
from rxapp.demo.catalogue import load_catalogue, write_package
from rxapp.models.courses import Course
from rxapp.models.people import Membership, OneTimeCode, Person, SecondFactor
from rxapp.rules import identity
from rxapp.settings import settings

CACHES = (settings, database.engine, encryption.data_keys, clock._shift)
Run = Callable[..., Result]


def number(seventeen: str) -> str:
    return seventeen + identity.identity_check_character(seventeen)


CLERK = number("37089019800102001")
WANG = number("37089019850101003")
LI = number("37089019900505002")


@pytest.fixture
def rxapp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("RXAPP_DATA_DIR", str(tmp_path / "data"))
    for name in ("RXAPP_DEMO", "RXAPP_TODAY", "RXAPP_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(passwords, "COST", 4)
    _forget()
    yield lambda *words, **options: CliRunner().invoke(main, words, **options)
    _forget()


def _forget() -> None:
    database.forget_engine()
    for cached in CACHES:
        cached.cache_clear()


@pytest.fixture
def installed(rxapp: Run) -> Run:
    answers = f"{CLERK}\n贺运昌\n15400001111\nFirst-Bureau-7\nFirst-Bureau-7\n"
    done = rxapp("init", input=answers)
    assert done.exit_code == 0, done.output
    return rxapp


def people() -> list[Person]:
    with Session(database.engine()) as session:
        return list(session.exec(select(Person).order_by(Person.id)).all())


def factors() -> list[SecondFactor]:
    with Session(database.engine()) as session:
        return list(session.exec(select(SecondFactor)).all())


def add_school(rxapp: Run) -> None:
    done = rxapp(
        "organisation", "add", "运河市实验小学", "--capacity", "employer", "--parent",
        settings().bureau_name,
    )  # fmt: skip
    assert done.exit_code == 0, done.output


def test_nothing_works_before_init(rxapp: Run) -> None:
    for words in (("check",), ("code", WANG), ("serve",)):
        done = rxapp(*words)
        assert done.exit_code == 1
        assert "rxapp init" in done.output


def test_init_makes_the_first_clerk_who_can_sign_in(installed: Run) -> None:
    (clerk,) = people()
    assert (clerk.name, clerk.activated_at is not None) == ("贺运昌", True)
    assert passwords.check_password("First-Bureau-7", clerk.password_hash)
    assert not passwords.check_password(identity.initial_password(CLERK), clerk.password_hash)
    keys = settings().keys_dir
    assert (keys / "data.json").stat().st_mode & 0o077 == 0
    assert list(keys.glob("*/about.json"))


def test_init_refuses_a_weak_password_and_installs_nothing(rxapp: Run) -> None:
    done = rxapp("init", input=f"{CLERK}\n贺运昌\n15400001111\n12345678\n12345678\n")
    assert done.exit_code == 1
    assert people() == []
    assert not (settings().data_dir / "installed").exists()


def test_a_second_init_changes_nothing(installed: Run) -> None:
    before = (settings().keys_dir / "data.json").read_bytes()
    done = installed("init", input=f"{WANG}\n王小明\n15400002222\nOther-Bureau-8\nOther-Bureau-8\n")
    assert done.exit_code == 1
    assert "已经登记" in done.output
    assert [person.name for person in people()] == ["贺运昌"]
    assert (settings().keys_dir / "data.json").read_bytes() == before


def test_the_operator_takes_a_lost_second_factor_away(installed: Run) -> None:
    with transaction(write=True) as session:
        person = session.exec(select(Person)).one()
        kept = SecondFactor(person_id=person.id or 0, secret_cipher="", confirmed_at=clock.now())
        session.add(kept)
    refused = installed("forget-factor", WANG)
    assert refused.exit_code == 1
    assert len(factors()) == 1
    done = installed("forget-factor", CLERK)
    assert done.exit_code == 0, done.output
    assert factors() == []


def test_people_come_in_and_wrong_rows_are_named(installed: Run, tmp_path: Path) -> None:
    add_school(installed)
    wrong = WANG[:-1] + ("0" if WANG[-1] != "0" else "1")
    text = (
        "姓名,身份证号码,手机号,工作单位\n"
        f"王小明,{WANG.lower()},15400003333,运河市实验小学\n"
        f"李晓,{wrong},15400004444,运河市实验小学\n"
        f"李晓,{LI},,不存在的单位\n"
        f"李晓,{LI},,运河市实验小学\n"
    )
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode("gb18030"))
    done = installed("people", "import", str(path))
    assert done.exit_code == 1
    assert "新增2人，变更0人，已存在0人，有误2行" in done.output
    assert "第3行" in done.output
    assert "第4行：没有找到唯一的单位“不存在的单位”" in done.output
    assert [person.name for person in people()] == ["贺运昌", "王小明", "李晓"]
    again = installed("people", "import", str(path))
    assert "新增0人，变更0人，已存在2人" in again.output
    assert len(people()) == 3
    assert WANG.encode() not in (settings().data_dir / "rxapp.db").read_bytes()


def test_organisations_and_people_come_in_from_workbooks(installed: Run, tmp_path: Path) -> None:
    units = workbook(
        tmp_path / "units.xlsx",
        ("单位名称", "单位类别", "上级单位", "管理员姓名", "管理员身份证号码"),
        ("运河市样例局", "主管部门", settings().bureau_name, "", ""),
        ("运河市样例小学", "用人单位", "运河市样例局", "王小明", WANG),
        ("运河市样例中学", "商店", "运河市样例局", "", ""),
    )  # fmt: skip
    done = installed("import", "organisations", str(units))
    assert done.exit_code == 1
    assert "新增2个，变更0个，已存在0个，有误1行" in done.output
    beside = tmp_path / "units-待更正.xlsx"
    found = python_calamine.CalamineWorkbook.from_path(str(beside)).get_sheet_by_index(0)
    assert [row[0] for row in found.to_python()[1:]] == ["运河市样例中学"]
    with Session(database.engine()) as session:
        assert [row.begins_at for row in session.exec(select(Membership))][1:] == [None]
    rows = workbook(
        tmp_path / "people.xlsx", ("姓名", "身份证号", "单位"), ("李晓", LI, "运河市样例小学")
    )
    assert installed("import", "people", str(rows)).exit_code == 0
    assert [person.name for person in people()] == ["贺运昌", "王小明", "李晓"]


def workbook(path: Path, *rows: tuple[str, ...]) -> Path:
    with sheets_out.workbook(path, "表") as (table,):
        for row in rows:
            table.row(row)
    return path


def test_a_table_without_its_columns_is_refused_whole(installed: Run, tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("课程,学时\n公需,4\n", encoding="utf-8")
    done = installed("people", "import", str(path))
    assert done.exit_code == 1
    assert "没有找到列：姓名、身份证号码、单位名称" in done.output
    assert len(people()) == 1


def test_a_code_is_made_for_a_known_person_only(installed: Run, tmp_path: Path) -> None:
    add_school(installed)
    path = tmp_path / "people.csv"
    path.write_text(f"姓名,身份证号码,单位\n王小明,{WANG},运河市实验小学\n", encoding="utf-8")
    assert installed("people", "import", str(path)).exit_code == 0
    assert "24小时内使用一次有效" in installed("code", WANG).output
    refused = installed("code", LI)
    assert refused.exit_code == 1
    assert "没有找到" in refused.output
    with Session(database.engine()) as session:
        assert len(session.exec(select(OneTimeCode)).all()) == 1


def test_a_clerk_is_named_once_and_gets_a_code(installed: Run, tmp_path: Path) -> None:
    add_school(installed)
    path = tmp_path / "people.csv"
    path.write_text(f"姓名,身份证号码,单位\n王小明,{WANG},运河市实验小学\n", encoding="utf-8")
    assert installed("people", "import", str(path)).exit_code == 0
    assert "管理权限启用码" in installed("clerk", WANG, "运河市实验小学").output
    assert "已经是" in installed("clerk", WANG, "运河市实验小学").output
    assert "没有找到" in installed("clerk", LI, "运河市实验小学").output
    with Session(database.engine()) as session:
        waiting = [row for row in session.exec(select(Membership)) if row.begins_at is None]
        assert len(waiting) == 1


def test_a_course_shorter_than_its_hours_is_refused(installed: Run, tmp_path: Path) -> None:
    path = tmp_path / "course.zip"
    write_package(load_catalogue()[0], path)
    refused = installed("course", "import", str(path))
    assert refused.exit_code == 1
    assert "45" in refused.output
    with Session(database.engine()) as session:
        assert session.exec(select(Course)).all() == []


def test_check_finds_what_was_changed_behind_its_back(installed: Run) -> None:
    sound = installed("check")
    assert sound.exit_code == 0, sound.output
    with database.engine().connect() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_event_no_update")
        connection.exec_driver_sql("UPDATE audit_event SET action = 'x' WHERE id = 2")
        connection.exec_driver_sql("COMMIT")
    broken = installed("check")
    assert broken.exit_code == 1
    assert "第2号记录" in broken.output


def test_check_names_a_sum_that_is_not_the_ledgers_and_recount_mends_it(installed: Run) -> None:
    assert "统计数字与学习档案一致" in installed("check").output
    with database.engine().connect() as connection:
        connection.exec_driver_sql("UPDATE figure_cell SET owing = 7 WHERE kind = 'total'")
        connection.exec_driver_sql("COMMIT")
    broken = installed("check")
    assert broken.exit_code == 1
    assert "单位编号1的" in broken.output
    mended = installed("recount")
    assert mended.exit_code == 0, mended.output
    assert installed("check").exit_code == 0
    with database.engine().connect() as connection:
        connection.exec_driver_sql("UPDATE person_figure SET studying = NOT studying")
        connection.exec_driver_sql("COMMIT")
    assert "人员编号1的" in installed("check").output
    installed("recount")
    assert installed("check").exit_code == 0


def test_a_real_installation_refuses_demo_data(installed: Run) -> None:
    done = installed("demo")
    assert done.exit_code == 1
    assert "RXAPP_DEMO" in done.output
    assert len(people()) == 1
