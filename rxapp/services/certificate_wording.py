"""How a certificate's status, days and moments are put into words."""

from datetime import date, datetime

from rxapp import clock
from rxapp.models.certificates import Certificate, CertificateStatus

STATUS_LABELS = {
    CertificateStatus.VALID: "有效",
    CertificateStatus.UPDATED: "已更新",
    CertificateStatus.REVOKED: "已撤销",
}
VALID = STATUS_LABELS[CertificateStatus.VALID]


def status_sentence(row: Certificate) -> str:
    """Whether a certificate still holds and, if not, since when."""
    if row.status is CertificateStatus.VALID or row.status_at is None:
        return "内容与签发时一致，请与手中的证明逐项核对。"
    when = moment_text(row.status_at)
    if row.status is CertificateStatus.UPDATED:
        return f"本证明已于{when}更新，请以该年度最新出具的学时证明为准。"
    return f"本证明已于{when}撤销，不再有效。"


def moment_text(instant: datetime) -> str:
    """An instant by the city's clock: 2020年8月1日 09:30."""
    here = clock.local(instant)
    return f"{day_text(here.date())} {here:%H:%M}"


def day_text(day: date) -> str:
    """A day as people write it: 2020年8月1日."""
    return f"{day.year}年{day.month}月{day.day}日"
