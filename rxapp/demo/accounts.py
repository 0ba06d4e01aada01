"""The documented accounts: one person for each part there is to try, with fixed numbers."""

from dataclasses import dataclass

from rxapp.demo.people import FIRST_YEAR, DemoPerson, Record
from rxapp.rules.identity import initial_password
from rxapp.services.activation import Profile

# Published on purpose: a real installation refuses a database with these accounts.
PASSWORD = "Demo-2020-Xuexi"


@dataclass(frozen=True)
class DemoAccount:
    """What is printed about one account; `mobile` is empty unless activating asks for it."""

    key: str
    role: str
    name: str
    identity_number: str
    password: str
    mobile: str
    hint: str


@dataclass(frozen=True)
class Part:
    """One documented person; `serves` is the unit the person is a clerk of."""

    key: str
    role: str
    person: DemoPerson
    hint: str
    serves: str = ""
    begun: bool = True

    @property
    def account(self) -> DemoAccount:
        """The part as it is printed."""
        person = self.person
        password = PASSWORD if person.activated else initial_password(person.identity_number)
        mobile = "" if person.activated else person.mobile
        return DemoAccount(
            self.key, self.role, person.name, person.identity_number, password, mobile, self.hint
        )


def parts(year: int) -> tuple[Part, ...]:
    """Every documented person in the business year."""
    return (*_learners(year), *_clerks(year))


def demo_accounts() -> tuple[DemoAccount, ...]:
    """The documented accounts, learners first."""
    return tuple(part.account for part in parts(FIRST_YEAR))


_DOCTOR = Profile("卫生健康", "卫生技术", "中级", "大学本科", "内科医师")
_NURSE = Profile("卫生健康", "卫生技术", "副高级", "大学本科", "主任护师")
_AGRONOMIST = Profile("农业技术", "农业技术", "中级", "硕士研究生", "农艺师")
_TEACHER = Profile("教育教学", "中小学教师", "副高级", "大学本科", "数学教师")
_FARMER = Profile("农业技术", "农业技术", "助理级", "大学专科", "农技推广员")
_ENGINEER = Profile("信息技术", "工程技术", "中级", "大学本科", "软件工程师")
_OFFICER = Profile("会计审计", "会计专业", "中级", "大学本科", "科员")

_NEW_MOBILE, _WAITING_MOBILE = "15400000001", "15400000011"


def _learners(year: int) -> tuple[Part, ...]:
    return (
        Part(
            "new", "学员（未激活）",
            DemoPerson(
                "林知夏", "37089119920316059X", _NEW_MOBILE, "hospital", min(year, 2018), _DOCTOR,
                Record.NOTHING,
            ),
            f"首次登录并激活：姓名林知夏，手机号码{_NEW_MOBILE}，初始密码为身份证号码后6位",
        ),
        Part(
            "last_course", "学员（只差一门课程）",
            DemoPerson(
                "沈禾", "370892198507241323", "15400000002", "crops", min(year, 2018), _AGRONOMIST,
                Record.LAST_COURSE,
            ),
            "两分钟学完《粮食收获与安全贮藏》，回答弹题，学时达到要求后打印学时证明",
        ),
        Part(
            "complete", "学员（已完成）",
            DemoPerson(
                "顾明堃", "370891197911082140", "15400000003", "school", FIRST_YEAR, _TEACHER,
                Record.COMPLETE,
            ),
            "查看年度完成情况，打印学时证明，再按证明上的编号查验",
        ),
        Part(
            "no_employer", "学员（无工作单位）",
            DemoPerson(
                "田野", "370893198806193057", "15400000004", "east", year, _FARMER, Record.LITTLE
            ),
            "刚开始学习，查看还差多少学时，选课学习",
        ),
    )  # fmt: skip


def _clerks(year: int) -> tuple[Part, ...]:
    return (
        Part(
            "employer", "单位管理员（同时是学员）",
            DemoPerson(
                "苏清和", "370891198309120460", "15400000005", "hospital", FIRST_YEAR, _NURSE,
                Record.NEARLY,
            ),
            "在工作台审核白露凝的注册和顾明堃的单位变更，导入试用文件，也可切换为学员学习",
            "hospital",
        ),
        _clerk("department", "主管部门管理员", "秦卫平", "370891197604281174", "health", year),
        _clerk("base", "继续教育基地管理员", "孟培", "370890198102031288", "training", year),
        _clerk(
            "county", "县（市、区）人社局管理员", "汤向东", "370891197408150396", "east", year,
            "先按页面提示设置动态验证码（演示中直接显示在页面上），再查看湖东区的人员，"
            "为湖东软件科技有限公司的管理员江一帆开具管理权限启用码，审核湖东区水务勘测设计院的注册",
        ),
        _clerk(
            "city", "市人社局管理员", "贺运昌", "370890197005191410", "bureau", year,
            "先按页面提示设置动态验证码（演示中直接显示在页面上），再查看全市的工作台",
        ),
        _clerk("panel", "职称评审管理员", "尹评", "370890197206061524", "panel", year),
        Part(
            "waiting", "单位管理员（已采集，待启用）",
            DemoPerson(
                "江一帆", "370891199010232331", _WAITING_MOBILE, "software", min(year, 2019),
                _ENGINEER, Record.NOTHING,
            ),
            f"先激活（姓名江一帆，手机号码{_WAITING_MOBILE}），"
            "再向湖东区人社局管理员领取管理权限启用码，填写后才有管理权限",
            "software", begun=False,
        ),
    )  # fmt: skip


def _clerk(
    key: str, role: str, name: str, number: str, unit: str, year: int,
    hint: str = "查看本机构的工作台和管理范围",
) -> Part:  # fmt: skip
    mobile = f"1540000{number[13:17]}"
    person = DemoPerson(name, number, mobile, unit, year, _OFFICER, Record.LITTLE)
    return Part(key, role, person, hint, unit)
