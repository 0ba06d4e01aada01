"""A rule of conversion said in plain sentences, for whoever claims under it or edits it."""

from collections.abc import Iterable

from rxapp.rules.conversions import ConversionRule, Level, Method


def explain(rule: ConversionRule) -> tuple[str, ...]:
    """How the rule computes, to what it counts, where it ends; one sentence each."""
    return (_how(rule), *_besides(rule), *_ends(rule), *_years(rule))


def _how(rule: ConversionRule) -> str:
    unit = rule.unit
    if rule.method is Method.FIXED:
        return f"每项计{rule.hours}学时。"
    if rule.method is Method.BY_LEVEL:
        return "、".join(f"{each.label}{each.hours}学时" for each in rule.levels) + "。"
    if rule.method is Method.BY_RANK:
        return "；".join(map(_ranks, rule.levels)) + "。"
    if rule.method is Method.PER_UNIT and unit:
        rest = f"不足{unit.size}的部分不计" if unit.whole else "不足的按比例计算"
        if unit.size == 1:
            return f"{unit.label}乘以{unit.hours}" + (f"，{rest}。" if unit.whole else "。")
        return f"{unit.label}每{unit.size}计{unit.hours}学时，{rest}。"
    return "按证明材料上的学时计算。"


def _ranks(level: Level) -> str:
    hours = "、".join(f"{each}" for each in level.by_rank)
    if len(level.by_rank) == 1:
        return f"{level.label}只计第1名，{hours}学时"
    return f"{level.label}第1至{len(level.by_rank)}名依次计{hours}学时"


def _besides(rule: ConversionRule) -> Iterable[str]:
    if rule.addition:
        least, most = rule.addition.least, rule.addition.most
        more = f"{least}" if least == most else f"{least}至{most}"
        yield f"{rule.addition.label}的，另加{more}学时。"
    if rule.first_persons is not None:
        yield f"只计前{rule.first_persons}名。"
    if rule.registered:
        yield "限行业主管部门组织、人力资源社会保障部门认可并已登记的竞赛，每项竞赛只计一次。"


def _ends(rule: ConversionRule) -> Iterable[str]:
    caps = rule.caps
    if caps.day is not None:
        yield f"每天最多计{caps.day}学时。"
    if caps.achievement is not None:
        yield f"每项最多计{caps.achievement}学时。"
    if rule.highest_only:
        yield "同一年度有多项的，只计最高的一项。"
    if caps.year is not None:
        yield f"每年最多计{caps.year}学时。"
    if caps.category is not None:
        yield f"{rule.category}各项合计，每年最多计{caps.category}学时。"


def _years(rule: ConversionRule) -> Iterable[str]:
    if rule.spread_years > 1:
        after = "一年" if rule.spread_years == 2 else f"{rule.spread_years - 1}年中的一年"
        yield f"计入取得的当年，或由本人选择计入其后{after}；一项成果只计一次。"
    first, last = rule.earned_from, rule.earned_until
    if first and last:
        yield f"限{first}年度。" if first == last else f"限{first}至{last}年度。"
    elif first:
        yield f"限{first}年及以后。"
    elif last:
        yield f"限{last}年及以前。"


def years_of(rule: ConversionRule) -> str:
    """The years a rule is for; nothing when for all."""
    if rule.earned_from and rule.earned_until:
        return f"{rule.earned_from}—{rule.earned_until}年"
    return f"{rule.earned_from}年起" if rule.earned_from else ""
