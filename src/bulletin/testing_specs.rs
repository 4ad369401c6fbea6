//! The datasets of `settlement-statistics`, until that pipeline's own are here.

use crate::publish::spec::ColumnKind::{Int64, Money, Percent, Text};
use crate::publish::{ColumnKind, ColumnSpec, DatasetSpec};

const fn column(name: &'static str, kind: ColumnKind, title: &'static str, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, title, meaning, kind, nullable: true }
}

const PERIOD: ColumnSpec = column("period", Text, "月份", "yyyy-MM");
const SPAN: ColumnSpec = column("span", Text, "期间", "month 当月，ytd 当年1月至当月累计");
const SCOPE: ColumnSpec = column("scope", Text, "就医范围", "按参保地与就医地区划：cross_province 跨省，in_province 省内跨市，local 本市");
const CARE: ColumnSpec =
    column("care", Text, "医疗类别", "inpatient 住院，outpatient 普通门诊，chronic 门诊慢特病，pharmacy 药店购药，other 其他");
const STATISTICS_INSUTYPE: ColumnSpec = column("insutype", Text, "险种", "310 职工基本医疗保险，390 城乡居民基本医疗保险，all 两者合计");
const DISE_CODG: ColumnSpec = column("dise_codg", Text, "病种", "病种编码前4位（大写）；M07800 单列；结算数据未载编码时为空");

/// The measures of settlement statistics.
const PERSON_TIMES: ColumnSpec = column("person_times", Int64, "人次", "结算每笔加1，退费每笔减1");
const PERSONS: ColumnSpec = column("persons", Int64, "人数", "人；期间内人次大于0的证件号码，每人只计一次");
const MEDFEE_SUMAMT: ColumnSpec = column("medfee_sumamt", Money, "总费用", "元；退费按原符号计入");
const INSCP_SCP_AMT: ColumnSpec = column("inscp_scp_amt", Money, "政策范围内金额", "元；退费按原符号计入");
const FUND_PAY_SUMAMT: ColumnSpec = column("fund_pay_sumamt", Money, "基金支付", "元；退费按原符号计入");
const IN_POLICY_PCT: ColumnSpec =
    column("in_policy_pct", Percent, "政策范围内报销比例", "百分比；基金支付比政策范围内金额；后者不大于0时为空");
const PERSON_TIMES_PREV: ColumnSpec =
    column("person_times_prev", Int64, "上年同期人次", "基准日不是月末时，该月及其累计比到上年同一日；上年同期没有结算时为0");
const FUND_PAY_PREV: ColumnSpec = column("fund_pay_prev", Money, "上年同期基金支付", "元；期间同上年同期人次");
const PERSON_TIMES_GROWTH_PCT: ColumnSpec =
    column("person_times_growth_pct", Percent, "人次同比增长", "百分比，下降为负；上年同期人次不大于0时为空");
const FUND_PAY_GROWTH_PCT: ColumnSpec =
    column("fund_pay_growth_pct", Percent, "基金支付同比增长", "百分比，下降为负；上年同期基金支付不大于0时为空");

/// One row a month, span, scope, kind of care and insurance.
pub static SETTLEMENT_STATISTICS: DatasetSpec = DatasetSpec {
    name: "settlement_statistics",
    title: "医保结算统计",
    meaning: "本统筹区参保人的结算，按月份、期间、就医范围、医疗类别、险种各一行；本期和上年同期都没有结算的不列；未经小单元格抑制，仅供内部使用",
    order: "按月份、期间（当月、累计）、就医范围（跨省、省内跨市、本市）、医疗类别（住院、普通门诊、门诊慢特病、药店、其他）、险种（310、390、合计）",
    columns: &[
        PERIOD,
        SPAN,
        SCOPE,
        CARE,
        STATISTICS_INSUTYPE,
        PERSON_TIMES,
        PERSONS,
        MEDFEE_SUMAMT,
        INSCP_SCP_AMT,
        FUND_PAY_SUMAMT,
        IN_POLICY_PCT,
        PERSON_TIMES_PREV,
        FUND_PAY_PREV,
        PERSON_TIMES_GROWTH_PCT,
        FUND_PAY_GROWTH_PCT,
    ],
};

/// One row a month, span, scope, insurance and disease family.
pub static CHRONIC_STATISTICS: DatasetSpec = DatasetSpec {
    name: "chronic_statistics",
    title: "门诊慢特病统计",
    meaning: "本统筹区参保人的门诊慢特病结算，按月份、期间、就医范围、险种、病种各一行；本期和上年同期都没有结算的不列；未经小单元格抑制，仅供内部使用",
    order: "按月份、期间（当月、累计）、就医范围（跨省、省内跨市、本市）、险种（310、390、合计）、病种编码升序（无编码的在后）",
    columns: &[
        PERIOD,
        SPAN,
        SCOPE,
        STATISTICS_INSUTYPE,
        DISE_CODG,
        column("dise_name", Text, "病种名称", "政策包中的名称；没有时取结算时间最晚的一笔所载名称；均无时为空"),
        PERSON_TIMES,
        PERSONS,
        MEDFEE_SUMAMT,
        INSCP_SCP_AMT,
        FUND_PAY_SUMAMT,
        IN_POLICY_PCT,
        PERSON_TIMES_PREV,
        FUND_PAY_PREV,
        PERSON_TIMES_GROWTH_PCT,
        FUND_PAY_GROWTH_PCT,
    ],
};

/// One row a published figure that is another one now.
pub static SETTLEMENT_REVISIONS: DatasetSpec = DatasetSpec {
    name: "settlement_revisions",
    title: "结算统计修订",
    meaning: "与基准日更早的最近一次发布相比，已结束月份中发生变化的指标，每项一行；没有更早的发布或没有变化时为空表",
    order: "按数据集（医保结算统计、门诊慢特病统计），再按其行与列的先后",
    columns: &[
        column("dataset", Text, "数据集", "settlement_statistics 医保结算统计，chronic_statistics 门诊慢特病统计"),
        PERIOD,
        SPAN,
        SCOPE,
        CARE,
        STATISTICS_INSUTYPE,
        column("dise_codg", Text, "病种", "同门诊慢特病统计；医保结算统计为空"),
        column("measure", Text, "指标", "发生变化的列名"),
        column("old_value", Money, "原值", "人次、人数，或元，或百分比，随指标而定；原为空时为空"),
        column("new_value", Money, "新值", "单位同原值；现为空时为空"),
        column("compared_with", Text, "对比的发布", "快照名称"),
    ],
};
