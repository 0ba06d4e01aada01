"""Names for people who do not exist, common ones and those that computers often spoil."""

from random import Random

_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶"
    "阎余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
)
_GIVEN = (
    "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰建国志文海燕春梅晓红雪松立新永健云飞俊峰佳慧思远"
    "子涵雨桐欣怡博宁清岚若溪承泽致行书瑶景澄安然怀瑾知秋望舒星河南乔北辰东篱"
)

# Rare characters, two and four characters, double surnames, a name that fills two lines.
RARE = (
    "王𬭊", "李㛃", "张䶮", "刘彧", "陈堃", "杨喆", "赵翯", "黄甯", "周珺璟", "吴烜", "徐祎",
    "孙犇", "欧阳𬭊", "上官彧", "尉迟堃喆", "诸葛㛃", "司马翯", "皇甫䶮", "令狐玥",
    "夏侯昇", "阿卜杜热合曼·买买提吐尔逊·阿卜杜克里木江", "古丽娜尔·艾合买提",
    "巴特尔·孟和", "司徒珺",
)  # fmt: skip


def draw_name(rand: Random) -> str:
    """A common name of two or three characters."""
    given = rand.choice(_GIVEN)
    if rand.random() < 0.7:
        given += rand.choice(_GIVEN)
    return rand.choice(_SURNAMES) + given
