//! What codes of the datasets are called.

use canbao_rules::Language;

/// A code's name; the code itself where it has none.
fn named<'a>(lang: Language, code: &'a str, names: &[(&str, &'static str, &'static str)]) -> &'a str {
    names.iter().find(|(known, ..)| *known == code).map_or(code, |(_, zh, en)| lang.pick(zh, en))
}

/// Kinds of care.
pub fn care(lang: Language, code: &str) -> &str {
    const NAMES: [(&str, &str, &str); 6] = [
        ("inpatient", "住院", "Inpatient"),
        ("outpatient", "普通门诊", "Outpatient"),
        ("chronic", "门诊慢特病", "Chronic disease"),
        ("pharmacy", "定点药店", "Pharmacy"),
        ("other", "其他", "Other"),
        ("total", "三类合计", "The three together"),
    ];
    named(lang, code, &NAMES)
}

/// Schemes.
pub fn insutype(lang: Language, code: &str) -> &str {
    named(lang, code, &[("310", "职工", "Employees"), ("390", "居民", "Residents"), ("all", "合计", "Both")])
}

/// Where care was given.
pub fn scope(lang: Language, code: &str) -> &str {
    const NAMES: [(&str, &str, &str); 3] = [
        ("cross_province", "跨省", "Other provinces"),
        ("in_province", "省内异地", "Elsewhere in the province"),
        ("local", "本地", "Local"),
    ];
    named(lang, code, &NAMES)
}

/// Spans.
pub fn span(lang: Language, code: &str) -> &str {
    named(lang, code, &[("month", "当月", "month"), ("ytd", "年内累计", "year to date")])
}

/// Measures of statistics.
pub fn measure(lang: Language, code: &str) -> &str {
    const NAMES: [(&str, &str, &str); 10] = [
        ("person_times", "人次", "visits"),
        ("persons", "人数", "persons"),
        ("medfee_sumamt", "总费用", "total cost"),
        ("inscp_scp_amt", "政策范围内金额", "in scope"),
        ("fund_pay_sumamt", "基金支付", "fund pay"),
        ("in_policy_pct", "政策范围内报销比例", "share of in scope"),
        ("person_times_prev", "上年同期人次", "visits a year before"),
        ("fund_pay_prev", "上年同期基金支付", "fund pay a year before"),
        ("person_times_growth_pct", "人次增幅", "growth of visits"),
        ("fund_pay_growth_pct", "基金支付增幅", "growth of fund pay"),
    ];
    named(lang, code, &NAMES)
}

/// Categories of subsidised persons.
pub fn category(lang: Language, code: &str) -> &str {
    const NAMES: [(&str, &str, &str); 11] = [
        ("destitute", "特困", "Destitute"),
        ("orphan", "孤儿", "Orphans"),
        ("unsupported_child", "事实无人抚养儿童", "Unsupported children"),
        ("low_income", "低保", "Low income"),
        ("returned_to_poverty", "返贫致贫", "Returned to poverty"),
        ("monitored", "监测对象", "Monitored"),
        ("key_entitled", "重点优抚", "Key entitled"),
        ("severe_disability", "重度残疾", "Severe disability"),
        ("special_family_planning", "计生特殊家庭", "Special family planning"),
        ("two_daughter_household", "农村两女户", "Two-daughter households"),
        ("total", "合计", "Total"),
    ];
    named(lang, code, &NAMES)
}

/// Who pays a subsidy; an empty code stands for what no document says.
pub fn payer(lang: Language, code: &str) -> &str {
    const NAMES: [(&str, &str, &str); 4] = [
        ("medical_assistance_fund", "医疗救助资金", "Medical-assistance fund"),
        ("township", "乡镇（街道）", "Township"),
        ("total", "合计", "Total"),
        ("-", "文件未写明", "Not stated"),
    ];
    named(lang, code, &NAMES)
}

const DUPLICATE_KINDS: [(&str, &str, &str); 6] = [
    ("cross_scheme", "跨制度（职工与居民）", "Both schemes"),
    ("cross_region_employee", "职工跨地区", "Employees, two regions"),
    ("cross_region_resident", "居民跨地区", "Residents, two regions"),
    ("double_payment", "同地重复缴费", "Paid twice"),
    ("deceased", "待遇开始前死亡", "Died before cover"),
    ("total", "合计", "Total"),
];

/// Kinds of duplicate enrollment.
pub fn duplicate_kind(lang: Language, code: &str) -> &str {
    named(lang, code, &DUPLICATE_KINDS)
}

/// Their order in tables, that of the rules; kinds unknown here come before the total.
pub fn duplicate_kind_place(code: &str) -> usize {
    let last = DUPLICATE_KINDS.len() - 1;
    DUPLICATE_KINDS.iter().position(|(known, ..)| *known == code).map_or(last, |at| if at == last { last + 1 } else { at })
}

/// How a case of duplicate enrollment ended.
pub fn outcome(lang: Language, code: &str) -> &str {
    const NAMES: [(&str, &str, &str); 5] = [
        ("kept", "保留该记录", "Record kept"),
        ("no_longer_duplicate", "不再重复", "No longer duplicate"),
        ("record_gone", "记录已停保或退费", "Record gone"),
        ("unknown", "结果不明", "Unknown"),
        ("total", "合计", "Total"),
    ];
    named(lang, code, &NAMES)
}
