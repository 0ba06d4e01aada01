"""How far a year is from done: the fewest hours that complete it, and until when they can come."""

from datetime import date

from rxapp.rules.hours import ZERO, Hours
from rxapp.rules.years import Bucket, YearPolicy, YearStanding


def shortfall(of: YearStanding) -> dict[Bucket, Hours]:
    """What each minimum still lacks; a minimum that is reached is left out."""
    return {gap.bucket: gap.hours for gap in of.missing}


def least_to_go(of: YearStanding) -> Hours:
    """The fewest hours that would complete the year, whichever way they are spread."""
    short = shortfall(of)
    if Bucket.PERIOD in short:
        return short[Bucket.PERIOD]

    def lacks(bucket: Bucket) -> Hours:
        return short.get(bucket, ZERO)

    public = max(lacks(Bucket.PUBLIC), lacks(Bucket.REQUIRED) + lacks(Bucket.ELECTIVE))
    return max(lacks(Bucket.TOTAL), public + lacks(Bucket.PROFESSIONAL))


def gaps_in_words(of: YearStanding) -> str:
    """“公需必修还差8学时、专业科目还差20学时，至少还需28学时”."""
    gaps = "、".join(f"{gap.bucket.label}还差{gap.hours}学时" for gap in of.missing)
    return gaps if len(of.missing) == 1 else f"{gaps}，至少还需{least_to_go(of)}学时"


def until_in_words(policy: YearPolicy, today: date, *, claims_open: bool) -> str:
    """Until when the year's hours can still be learned and claimed."""
    told = [_learning(policy, today)]
    if claims_open:
        told.append(_claiming(policy, today))
    return "，".join(each for each in told if each) or "学习和申报均已结束，有疑问请联系单位管理员"


def _learning(policy: YearPolicy, today: date) -> str:
    days = policy.learning_days
    if days is None or today > days[1]:
        return ""
    what = "补学" if policy.period else "课程学习"
    return f"{what}{_day(days[0])}开始" if today < days[0] else f"{what}到{_day(days[1])}止"


def _claiming(policy: YearPolicy, today: date) -> str:
    opens, closes = policy.claim_from, policy.claim_until
    if opens is None or (closes is not None and today > closes):
        return ""
    if today < opens:
        return f"学时申报{_day(opens)}开始"
    return f"学时申报到{_day(closes)}止" if closes else "在其他地方取得的学时可以申报"


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
