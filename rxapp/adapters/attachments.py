"""Attachments of notices: what they are is judged by their content, never by their name.

Pictures and PDFs are made anew, as proofs are. Documents and workbooks are looked through as the
zip they are, and kept as they are when nothing in them acts by itself or asks for another file.
"""

from dataclasses import dataclass

from rxapp.adapters import evidence_files, office_check
from rxapp.errors import Invalid

LARGEST = 20 * 1024 * 1024
MOST_PAGES = 200
KINDS = "只能上传 PDF、文档（.docx）、工作簿（.xlsx）和图片（JPG、PNG、WEBP、HEIC）。"


@dataclass(frozen=True)
class Attachment:
    """A file as it is kept: its bytes, its ending, what it is; whether a far store has it."""

    content: bytes
    suffix: str
    media_type: str
    ahead: bool = False


def accept(content: bytes) -> Attachment:
    """The file as it may be handed on, or Invalid (field file) with why it was not taken."""
    if not content:
        raise Invalid({"file": "文件是空的，请重新选择。"})
    if len(content) > LARGEST:
        raise Invalid({"file": "文件超过20兆字节，请压缩后再上传。"})
    if content[:4] == office_check.ZIP or content[:8] == office_check.OLD_FORMAT:
        suffix, media_type = office_check.judge(content)
        return Attachment(content, suffix, media_type)
    try:
        made = evidence_files.make_anew(content, most_pages=MOST_PAGES)
    except evidence_files.OtherKind:
        raise Invalid({"file": KINDS}) from None
    return Attachment(made.content, made.suffix, made.media_type)
