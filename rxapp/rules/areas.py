"""What a use case is about, in words for the operations page; by the module it stands in."""

# The longest beginning that fits counts.
AREAS = {
    "accounts": "登录和账号", "activation": "登录和账号", "sign_ins": "登录和账号",
    "second_factors": "登录和账号", "resets": "登录和账号", "codes": "登录和账号",
    "watching": "在线学习", "catalogue": "课程目录", "course_pages": "课程目录",
    "courses": "课程目录", "course": "课程制作",
    "standing": "学时和年度", "certificate": "学时证明",
    "claim": "学时申报", "old_records": "学时申报", "saved_phrases": "学时申报",
    "contest": "竞赛登记", "conversion_rules": "折算规则", "rule": "折算规则",
    "application": "注册和变更", "enrolments": "注册和变更", "registrations": "注册和变更",
    "receipts": "注册和变更", "corrections": "注册和变更", "transfers": "注册和变更",
    "deciding": "注册和变更", "evidence": "证明材料",
    "people": "人员", "person": "人员", "disclosures": "人员", "pseudonyms": "人员",
    "own": "我的信息", "organisation": "单位", "tree": "单位",
    "collection": "批量导入", "exporting": "导出", "staffing": "管理员", "invitations": "管理员",
    "messages": "消息", "shell": "页面框架",
    "audit_log": "操作日志", "backlog": "审核进度", "behind": "年度未完成",
    "reminders": "年度未完成", "statistics": "完成情况",
    "case": "处理与整改", "dismissals": "处理与整改", "order_pages": "处理与整改",
    "rectification": "处理与整改", "inspection": "监督检查", "signals": "监督检查",
    "supervision": "监督检查", "integrity": "诚信档案",
    "project": "培训备案", "plan": "年度培训计划", "needs": "培训需求", "class": "培训班",
    "roster": "培训名册", "check_ins": "签到", "notice": "信息发布", "news": "信息发布",
    "city_values": "设置", "calendar": "设置", "year_editing": "设置", "new_year": "设置",
    "extending": "设置", "keys": "查询密钥", "operations": "运行情况",
}  # fmt: skip
OTHER = "其他"


def area_of(use_case: str) -> str:
    """What a use case such as `claims.submit` is about."""
    module = use_case.partition(".")[0]
    fitting = [word for word in AREAS if module.startswith(word)]
    return AREAS[max(fitting, key=len)] if fitting else OTHER
