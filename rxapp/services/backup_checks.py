"""What is proved of a restored place: the keys fit, every file is there, and all `check` proves."""

from pathlib import Path

from cryptography.exceptions import InvalidTag
from sqlalchemy import or_
from sqlmodel import Session, col, select

from rxapp.adapters import file_store
from rxapp.adapters.database import one_moment
from rxapp.adapters.encryption import data_keys
from rxapp.models.applications import Evidence
from rxapp.models.cases import CaseFile
from rxapp.models.claims import ClaimFile
from rxapp.models.notices import NoticeEdition, NoticeFile
from rxapp.models.people import Person
from rxapp.models.projects import ProjectFile
from rxapp.rules.backup_manifest import Manifest
from rxapp.services import checking, evidence, notice_files
from rxapp.services.checking import Finding

LOOKED_AT = 200


def check_restored(manifest: Manifest) -> list[Finding]:
    """Prove everything of the restored place; each finding is one sentence."""
    rows = sum(manifest.tables.values())
    files = sum(store.count for store in manifest.stores.values())
    with one_moment() as session:
        found = [
            Finding(
                True,
                f"备份的加密、清单和数据库完整：{len(manifest.tables)}个数据表{rows}行，"
                f"{files}个文件，逐一核对无误。",
            ),
            _keys(session),
        ]
        proofs, attachments = _evidence(session), _attachments(session)
    found += [
        _all_there("证明材料", proofs, evidence.folder()),
        _all_there("通知附件", attachments, notice_files.folder()),
    ]
    return [*found, *checking.check_all()]


def _keys(session: Session) -> Finding:
    sealed = session.exec(
        select(Person.identity_cipher).where(Person.identity_cipher != "").limit(LOOKED_AT)
    ).all()
    try:
        for each in sealed:
            data_keys().decrypt(each, context="identity")
    except (InvalidTag, ValueError, OSError):
        return Finding(False, "密钥与数据库不相配，加密保存的证件号码无法读出。")
    return Finding(True, "密钥与数据库相配。")


def _evidence(session: Session) -> set[str]:
    """Evidence that something was built upon; what nobody took up yet may go at any time."""
    used = or_(
        col(Evidence.application_id).is_not(None),
        *(
            col(Evidence.id).in_(select(table.evidence_id))
            for table in (ClaimFile, CaseFile, ProjectFile)
        ),
    )
    rows = session.exec(
        select(Evidence.file, Evidence.preview).where(used).execution_options(yield_per=2000)
    )
    return {name for pair in rows for name in pair}


def _attachments(session: Session) -> set[str]:
    editions = session.exec(select(NoticeEdition.content)).all()
    named = {file for content in editions for file in content["files"]}
    rows = session.exec(select(NoticeFile.id, NoticeFile.file)).all()
    return {file for id, file in rows if id in named}


def _all_there(word: str, names: set[str], root: Path) -> Finding:
    missing = {name for name in names if not file_store.is_there(name, root=root)}
    if not missing:
        return Finding(True, f"{word}的文件齐全。")
    return Finding(False, f"有{len(missing)}个{word}的文件缺失，首个为{min(missing)}。")
