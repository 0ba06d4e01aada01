"""What the demo's bureaus say: pinned, with an attachment, for some, to come, taken back."""

import io
import zipfile
from collections.abc import Mapping
from datetime import timedelta

from sqlmodel import Session

from rxapp import clock
from rxapp.adapters import attachments, office_check
from rxapp.demo.claims import acting_for
from rxapp.models.notices import Notice
from rxapp.services import notice_files, notices
from rxapp.services.actors import Actor

WELCOME = """平台已经开放，请各位学员先完成**注册和激活**，再选课学习。

## 先做这三步

1. 用身份证号码登录，核对姓名和手机号码，设置新密码。
2. 在[公需科目培训](/courses/public)和[专业科目培训](/courses/professional)中选课。
3. 学完后在[年度完成情况](/years)开具学时证明。

## 每年的学时

| 科目 | 学时 |
| --- | --: |
| 公需科目 | 30 |
| 专业科目 | 60 |
| 合计 | 90 |

> 学习时会出现弹题，答对后才能继续，请不要离开页面。
"""
CLERKS = """请各单位在月底前核对本单位人员名单，离职、退休的及时登记。

- 名单有缺漏的，在“批量导入”补充；
- 有待办申请的，请在五天内办理；
- 核对后填写附件回执，报上级单位。
"""
COUNTY = """湖东区的学员可在每周三下午到区人力资源社会保障局**二楼服务窗口**咨询注册和学时申报。

不便前来的，请先看[操作手册](/help)。
"""
COMING = """下月起举办**信息安全**专题课程，学完自动记入公需科目学时，课程名单届时公布。"""
MISTAKEN = """系统将于本周六停机维护。"""
DRAFT = """年度学时完成情况将于十二月统计，请提前安排学习。"""


def write_news(session: Session, units: Mapping[str, int]) -> None:
    """Let the city's bureau and one county's publish what such bureaus publish."""
    bureau, east = acting_for(session, units["bureau"]), acting_for(session, units["east"])
    today = clock.today()
    everyone = {"audience": "everyone"}
    pinned = {"pinned_until": f"{today + timedelta(days=90)}"}
    _publish(session, bureau, "平台开放和注册学习的安排", WELCOME, everyone | pinned, days=12)
    _publish(
        session, bureau, "请各单位核对人员名单", CLERKS, {"audience": "some"}, kinds=("employer",),
        file="核对回执", days=5,
    )  # fmt: skip
    _publish(session, east, "湖东区现场咨询的时间和地点", COUNTY, {}, days=2)
    mistaken = _publish(session, bureau, "停机维护", MISTAKEN, everyone, days=1)
    notices.withdraw(
        session, bureau, notice_id=mistaken.id or 0, reason="维护日期有误，另行通知。",
        version=mistaken.version,
    )  # fmt: skip
    coming = {"publish_on": f"{today + timedelta(days=20)}", "publish_time": "09:00"}
    _publish(session, bureau, "信息安全专题课程预告", COMING, everyone | coming)
    _write(session, bureau, "年度学时统计的准备", DRAFT, everyone)


def _write(
    session: Session, bureau: Actor, title: str, body: str, typed: Mapping[str, str],
    kinds: tuple[str, ...] = (),
) -> Notice:  # fmt: skip
    id = notices.begin(session, bureau)
    notices.save(
        session, bureau, notice_id=id, typed={"title": title, "body": body, **typed}, kinds=kinds,
        counties=(), version=1,
    )  # fmt: skip
    return session.get_one(Notice, id)


def _publish(
    session: Session, bureau: Actor, title: str, body: str, typed: Mapping[str, str], *,
    kinds: tuple[str, ...] = (), file: str = "", days: int = 0,
) -> Notice:  # fmt: skip
    row = _write(session, bureau, title, body, typed, kinds)
    if file:
        made = attachments.accept(_document(file))
        notice_files.add(session, bureau, notice_id=row.id or 0, name=f"{file}.docx", made=made)
    notices.publish(session, bureau, notice_id=row.id or 0, version=row.version)
    if row.publish_at and days:
        row.publish_at -= timedelta(days=days)
        session.add(row)
        session.flush()
    return row


def _document(words: str) -> bytes:
    """The smallest document there is, with one line in it."""
    main = office_check.KINDS["word/document.xml"][2]
    space = "http://schemas.openxmlformats.org"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{space}/package/2006/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{main}"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{space}/package/2006/relationships">'
        '<Relationship Id="r1" Target="word/document.xml" '
        f'Type="{space}/officeDocument/2006/relationships/officeDocument"/></Relationships>',
        "word/document.xml": f'<w:document xmlns:w="{space}/wordprocessingml/2006/main"><w:body>'
        f"<w:p><w:r><w:t>{words}：单位名称、核对人数、核对日期。</w:t></w:r></w:p></w:body>"
        "</w:document>",
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as book:
        for name, content in parts.items():
            book.writestr(zipfile.ZipInfo(name, (2020, 7, 1, 0, 0, 0)), content)
    return written.getvalue()
