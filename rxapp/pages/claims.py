"""学时申报: what can be claimed, and that the window is not open yet."""

import reflex as rx

from rxapp import routes
from rxapp.components.cards import card
from rxapp.components.messages import notice
from rxapp.components.table import Column, table
from rxapp.pages.framing import framed

CONTESTS = (("国家级", "30"), ("省级", "20"), ("市级", "10"), ("县级", "5"))


def page() -> rx.Component:
    """What the notice says of claiming, until claims can be filed here."""
    return framed(
        notice(
            rx.el.p("网上申报尚未开通，开通时间由市人力资源社会保障局另行公布。"),
            rx.el.p("请先保存好证书、文件、成绩单等证明材料，开通后拍照上传即可。"),
            tone="warn",
            title="暂未开放",
            testid="closed",
        ),
        card(
            rx.el.p(
                "学历教育、科研成果、论文著作等可以折算学时；2016—2019年参加的培训和取得的成果，"
                "也在这里申报。经单位审核、主管部门审验后记入学习档案。"
            ),
            rx.el.p("在本系统学完的课程自动记入学时，不需要申报。"),
            title="哪些需要申报",
        ),
        card(
            table(
                caption="经认可的竞赛、比武折算专业科目学时",
                columns=[Column("级别"), Column("学时", numeric=True)],
                rows=CONTESTS,
            ),
            title="技能竞赛折算",
        ),
        title="学时申报",
        active=routes.CLAIMS,
    )
