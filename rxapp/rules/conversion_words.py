"""A conversion rule in words, for whoever chooses what to claim under."""

from rxapp.rules.conversions import ConversionRule, Level, Method


def terms_of(rule: ConversionRule) -> str:
    """What a rule brings: “国家级30学时，省级20学时”."""
    parts = [_computed(rule)]
    if rule.addition:
        least, most = rule.addition.least, rule.addition.most
        parts.append(f"{rule.addition.label}另加{least}至{most}学时")
    if rule.first_persons:
        parts.append(f"限前{rule.first_persons}名")
    if rule.highest_only:
        parts.append("同一年度只计最高的一项")
    if rule.caps.day is not None:
        parts.append(f"每天最多{rule.caps.day}学时")
    if rule.caps.year is not None:
        parts.append(f"每年最多{rule.caps.year}学时")
    return "，".join(parts)


def years_of(rule: ConversionRule) -> str:
    """The years a rule is for; nothing when for all."""
    if rule.earned_from and rule.earned_until:
        return f"{rule.earned_from}—{rule.earned_until}年"
    return f"{rule.earned_from}年起" if rule.earned_from else ""


def _computed(rule: ConversionRule) -> str:
    if rule.method is Method.FIXED:
        return f"{rule.hours}学时"
    if rule.method is Method.AS_FILED:
        return rule.method.label
    if rule.method is Method.PER_UNIT and rule.unit:
        if rule.unit.size == 1:
            return f"{rule.unit.label}乘以{rule.unit.hours}"
        return f"{rule.unit.label}每{rule.unit.size:,}计{rule.unit.hours}学时"
    return "，".join(_level(level) for level in rule.levels)


def _level(level: Level) -> str:
    hours = [str(each) for each in level.by_rank] or [str(level.hours)]
    return f"{level.label}{'、'.join(hours)}学时"
