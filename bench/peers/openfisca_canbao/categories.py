"""The categories of the identity extract, in the order of the documents: one bit each."""

from openfisca_core.indexed_enums import Enum


class Category(Enum):
    none = "none"
    destitute = "特困人员"
    orphan = "孤儿"
    unsupported_child = "事实无人抚养儿童"
    low_income = "低保对象"
    returned_to_poverty = "返贫致贫人口"
    monitored = "监测对象"
    key_entitled = "重点优抚对象"
    severe_disability = "重度残疾人"
    special_family_planning = "计划生育特殊家庭"
    two_daughter_household = "农村两女户"
    low_income_margin = "低保边缘家庭成员"
    demobilised = "退役军人"
    military_spouse = "随军未就业配偶"
    released = "刑满释放人员"
    severe_mental_illness = "严重精神障碍患者"
    retired_fisher = "退捕渔民"
    migrant_worker = "外出务工人员"
    employee_lapsed = "职工医保中断人员"
    in_service = "现役军人"


INDEX = {category.name: index for index, category in enumerate(Category)}


def bit(name):
    return 1 << INDEX[name]


def bits(names):
    return sum(bit(name) for name in names)
