"""When a year's courses can be learned and its hours claimed; `now` is business time, aware."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone

from rxapp.errors import NotPermitted
from rxapp.rules.years import YearPolicy

# China keeps one time all year; a fixed offset works where no zone data is installed.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class LearningWindow:
    """From `opens` up to but without `closes` lessons begin; a begun one may run to
    `finished_by`.
    """

    opens: datetime
    closes: datetime
    finished_by: datetime


def learning_window(policy: YearPolicy) -> LearningWindow | None:
    """The moments between which a year's lessons are watched, or None where nothing is taught.

    For a year in a period this is the make-up window (article 6.3).
    """
    if policy.learning_days is None:
        return None
    first, last = policy.learning_days
    closes = _midnight(last + timedelta(days=1))
    grace = timedelta(minutes=policy.finish_grace)
    return LearningWindow(_midnight(first), closes, closes + grace)


def require_lesson_may_begin(policy: YearPolicy, now: datetime) -> None:
    """Refuse to begin a lesson outside its year's window (articles 3 and 6.3)."""
    moment, window = _aware(now), learning_window(policy)
    if window is None:
        raise NotPermitted(f"{policy.label}没有开放在线学习，{_learning_article(policy)}。")
    if moment < window.opens:
        raise NotPermitted(_not_yet(policy, window))
    if moment >= window.closes:
        raise NotPermitted(_over(policy, window, moment))


def require_lesson_may_continue(
    policy: YearPolicy, now: datetime, *, begun_at: datetime | None
) -> None:
    """Refuse to credit a lesson outside its window; one begun inside may be finished in the grace.

    `begun_at` is its first watching moment, None when it was never watched.
    """
    window = learning_window(policy)
    if window is None or not window.closes <= _aware(now) < window.finished_by:
        return require_lesson_may_begin(policy, now)
    if begun_at is None or not window.opens <= _aware(begun_at) < window.closes:
        raise NotPermitted(_over(policy, window, _aware(now)))


def require_claim_may_be_submitted(
    policy: YearPolicy, now: datetime, *, first_submitted_at: datetime | None = None
) -> None:
    """Refuse a claim outside its year's window (articles 3.3, 4.3 and 6.3).

    A returned claim is judged by its first submission, so that it stays correctable.
    """
    day = _aware(first_submitted_at or now).astimezone(SHANGHAI).date()
    opens, closes = policy.claim_from, policy.claim_until
    if opens is None:
        raise NotPermitted(f"{policy.label}的学时申报没有开放，{_claim_article(policy)}。")
    if day < opens:
        raise NotPermitted(
            f"{policy.label}的学时申报自{_day(opens)}起开放，{_claim_article(policy)}。"
        )
    if closes is not None and day > closes:
        raise NotPermitted(
            f"{policy.label}的学时申报已于{_day(closes)}结束，{_claim_article(policy)}。"
        )


def closed_sentence(policy: YearPolicy, now: datetime) -> str:
    """Why the year's lessons cannot be begun now, with the article; empty when they can."""
    try:
        require_lesson_may_begin(policy, now)
    except NotPermitted as refusal:
        return refusal.message
    return ""


def extended_sentence(policy: YearPolicy, applied: YearPolicy) -> str:
    """That the year's lessons are open longer than its policy says; empty when they are not."""
    before, after = learning_window(policy), learning_window(applied)
    if before is None or after is None or after.closes <= before.closes:
        return ""
    what = "补学" if policy.period else "课程学习"
    last = _day(after.closes.date() - timedelta(days=1))
    return f"{policy.label}的{what}已延长到{last}。"


def may_begin_lesson(policy: YearPolicy, now: datetime) -> bool:
    """Whether a lesson of the year can be begun now."""
    window = learning_window(policy)
    return window is not None and window.opens <= _aware(now) < window.closes


def _not_yet(policy: YearPolicy, window: LearningWindow) -> str:
    what = "补学" if policy.period else "课程"
    opens = _day(window.opens.date())
    return f"{policy.label}的{what}{opens}开课，请届时再学，{_learning_article(policy)}。"


def _over(policy: YearPolicy, window: LearningWindow, now: datetime) -> str:
    last = _day(window.closes.date() - timedelta(days=1))
    if policy.period:
        today, until = now.astimezone(SHANGHAI).date(), policy.claim_until
        claimed = policy.claim_from is not None and (until is None or today <= until)
        told = "；其他方式取得的学时可进行学时申报。" if claimed else "。"
        return f"{policy.label}的补学已于{last}结束，不再开放，{_learning_article(policy)}{told}"
    return (
        f"{policy.label}的课程学习已于{last}结束，已取得的学时不受影响，"
        f"{_learning_article(policy)}。"
    )


def _learning_article(policy: YearPolicy) -> str:
    # Only the first year and the make-up have dates of their own; later years are whole years.
    special = policy.period is not None or policy.year == 2020
    return f"依据《通知》{'第六条第3项' if special else '第三条'}"


def _claim_article(policy: YearPolicy) -> str:
    return f"依据《通知》{'第四条第（三）项' if policy.period else '第三条第（三）项'}"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def _aware(moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC)
