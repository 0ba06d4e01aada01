"""The rules a new installation begins with; the bureau edits them from then on.

The contests are the notice's own (article 3.3). All others are marked as reference, to be
confirmed by the city bureau.
"""

from rxapp.rules.conversions import (
    Addition,
    Caps,
    ConversionRule,
    EvidenceNeed,
    Level,
    Method,
    Unit,
)
from rxapp.rules.hours import Hours
from rxapp.rules.subjects import Subject

PROFESSIONAL = (Subject.PROFESSIONAL,)
NOTICE_3_3 = "《通知》第三条第（三）项"
NOTICE_4_3 = "《通知》第四条第（三）项"
REFERENCE = "参考标准，待市人社局确认"

NOTICE = EvidenceNeed("notice", "培训通知")
COMPLETION = EvidenceNeed("completion", "结业证书或成绩单")
EMPLOYER_PROOF = EvidenceNeed("employer_proof", "单位证明")
CERTIFICATE = EvidenceNeed("certificate", "证书")
OTHER = EvidenceNeed("other", "其他证明材料", required=False)
# The pages of the paper certificate kept until 2020 say all that the others would.
OLD_PAGES = EvidenceNeed(
    "old_pages", "原《山东省专业技术人员继续教育证书》相关页", required=False, alone=True
)
TRAINING = (NOTICE, COMPLETION, EMPLOYER_PROOF, OTHER)
# From 2020 on, what a city's own employer, department or base held is filed, never claimed.
FILED_FROM = 2020
FILED_ONLY = (
    "2020年起，本市用人单位、主管部门和继续教育基地举办的培训，由举办单位备案后直接记入学时，"
    "不在这里申报；培训班可在“培训班”中查看和报名。"
)


def _hours(*values: int | str) -> tuple[Hours, ...]:
    return tuple(Hours.of(value) for value in values)


def _levels(**hours: int) -> tuple[Level, ...]:
    return tuple(Level(key, LEVELS[key], Hours.of(value)) for key, value in hours.items())


LEVELS = {
    "national": "国家级", "provincial": "省级", "municipal": "市级", "county": "县级",
    "invention": "发明", "utility": "实用新型", "design": "外观设计",
}  # fmt: skip

SHIPPED: tuple[ConversionRule, ...] = (
    ConversionRule(
        key="contest", name="技能竞赛", category="竞赛", subjects=PROFESSIONAL,
        method=Method.BY_LEVEL, levels=_levels(national=30, provincial=20, municipal=10, county=5),
        evidence=(CERTIFICATE, OTHER), registered=True, basis=NOTICE_3_3, reference=False,
    ),
    ConversionRule(
        key="degree", name="学历教育", category="学历教育", subjects=PROFESSIONAL,
        method=Method.PER_UNIT, unit=Unit("合格课程门数", 1, Hours.of(15), whole=True),
        evidence=(EvidenceNeed("transcript", "成绩单"), OTHER), spread_years=4, basis=REFERENCE,
        advice="填写成绩单上考试合格的课程门数，每门课程只申报一次。",
    ),
    ConversionRule(
        key="conference", name="学术会议", category="学术交流", subjects=PROFESSIONAL,
        method=Method.BY_LEVEL, levels=_levels(national=12, provincial=8),
        addition=Addition("提交论文", Hours.of(4), Hours.of(8)),
        evidence=(
            EvidenceNeed("notice", "会议通知"), EMPLOYER_PROOF,
            EvidenceNeed("paper", "提交的论文", required=False), OTHER,
        ),
        basis=REFERENCE,
    ),
    ConversionRule(
        key="project", name="科研课题", category="科研成果", subjects=PROFESSIONAL,
        method=Method.BY_RANK,
        levels=(
            Level("national", "国家级", by_rank=_hours(64, 56, 48, 40, 32)),
            Level("provincial", "省级", by_rank=_hours(56, 48, 40)),
        ),
        evidence=(EvidenceNeed("approval", "立项或结题文件"), OTHER), spread_years=2,
        basis=REFERENCE, advice="只计承担课题主要部分的人员，位次以立项或结题文件为准。",
    ),
    ConversionRule(
        key="paper", name="论文", category="论文著作", subjects=PROFESSIONAL,
        method=Method.BY_LEVEL, levels=_levels(national=30, provincial=20, municipal=10),
        first_persons=3,
        evidence=(
            EvidenceNeed("cover", "期刊封面"), EvidenceNeed("contents", "目录"),
            EvidenceNeed("article", "正文"), OTHER,
        ),
        basis=REFERENCE,
    ),
    ConversionRule(
        key="book", name="著作", category="论文著作", subjects=PROFESSIONAL,
        method=Method.PER_UNIT, unit=Unit("本人撰写字数", 10_000, Hours.of(5)), first_persons=3,
        evidence=(
            EvidenceNeed("cover", "封面和版权页"), EvidenceNeed("contents", "目录"), OTHER,
        ),
        spread_years=2,
        basis=REFERENCE,
    ),
    ConversionRule(
        key="patent", name="专利", category="科研成果", subjects=PROFESSIONAL,
        method=Method.BY_LEVEL, levels=_levels(invention=40, utility=20, design=10),
        first_persons=3, evidence=(CERTIFICATE, OTHER), basis=REFERENCE,
    ),
    ConversionRule(
        key="award", name="获奖成果", category="科研成果", subjects=PROFESSIONAL,
        method=Method.BY_LEVEL, levels=_levels(national=60, provincial=40, municipal=20, county=10),
        highest_only=True, evidence=(CERTIFICATE, OTHER), basis=REFERENCE,
    ),
    ConversionRule(
        key="teaching", name="授课", category="讲学", subjects=PROFESSIONAL,
        method=Method.PER_UNIT, unit=Unit("实际授课学时", 1, Hours.of(2)),
        evidence=(EvidenceNeed("notice", "授课通知或课表"), EMPLOYER_PROOF, OTHER),
        caps=Caps(year=Hours.of(40)), basis=REFERENCE,
    ),
    ConversionRule(
        key="lecture", name="专题讲座", category="讲学", subjects=PROFESSIONAL,
        method=Method.PER_UNIT, unit=Unit("实际讲座学时", 1, Hours.of(3)),
        evidence=(EvidenceNeed("notice", "讲座通知"), EMPLOYER_PROOF, OTHER),
        caps=Caps(year=Hours.of(40)), basis=REFERENCE,
    ),
    ConversionRule(
        key="public_training", name="公需科目培训", category="2016—2019年培训",
        subjects=(Subject.PUBLIC_REQUIRED, Subject.PUBLIC_ELECTIVE), method=Method.AS_FILED,
        evidence=(*TRAINING, OLD_PAGES), caps=Caps(year=Hours.of(60)),
        earned_from=2016, earned_until=2019, basis=NOTICE_4_3,
        advice="限人力资源社会保障部门组织的公需科目培训。",
    ),
    ConversionRule(
        key="offline_training", name="线上线下培训", category="2016—2019年培训",
        subjects=(Subject.PUBLIC_ELECTIVE, Subject.PROFESSIONAL), method=Method.AS_FILED,
        evidence=(*TRAINING, OLD_PAGES), caps=Caps(day=Hours.of(8)),
        earned_from=2016, earned_until=2019, basis=NOTICE_4_3,
    ),
    ConversionRule(
        key="qualification", name="取得职业资格", category="职业资格", subjects=PROFESSIONAL,
        method=Method.FIXED, hours=Hours.of(40), evidence=(CERTIFICATE, OTHER), basis=REFERENCE,
    ),
    ConversionRule(
        key="overseas", name="出国（境）进修", category="进修", subjects=PROFESSIONAL,
        method=Method.PER_UNIT, unit=Unit("满半年的个数", 1, Hours.of(30), whole=True),
        evidence=(EvidenceNeed("approval", "批准文件"), EMPLOYER_PROOF, OTHER),
        caps=Caps(year=Hours.of(60)), basis=REFERENCE,
    ),
    ConversionRule(
        key="report", name="调研报告", category="科研成果", subjects=PROFESSIONAL,
        method=Method.BY_LEVEL, levels=_levels(provincial=20, municipal=10, county=5),
        first_persons=3,
        evidence=(EvidenceNeed("report", "报告和采用证明"), OTHER), basis=REFERENCE,
    ),
    ConversionRule(
        key="aid", name="援派和挂职", category="进修", subjects=PROFESSIONAL,
        method=Method.PER_UNIT, unit=Unit("满半年的个数", 1, Hours.of(30), whole=True),
        evidence=(EvidenceNeed("approval", "派出文件"), EMPLOYER_PROOF, OTHER),
        caps=Caps(year=Hours.of(60)), basis=REFERENCE,
    ),
    ConversionRule(
        key="study_points", name="学习强国积分", category="公需学习",
        subjects=(Subject.PUBLIC_ELECTIVE,), method=Method.PER_UNIT,
        unit=Unit("年度积分", 2_000, Hours.of(10), whole=True), caps=Caps(year=Hours.of(10)),
        evidence=(EvidenceNeed("screen", "积分截图"), OTHER), basis=REFERENCE,
    ),
    ConversionRule(
        key="other_training", name="市外培训", category="其他培训", subjects=PROFESSIONAL,
        method=Method.AS_FILED, evidence=TRAINING, caps=Caps(day=Hours.of(8)),
        earned_from=FILED_FROM, basis=REFERENCE, advice=FILED_ONLY,
    ),
)  # fmt: skip
