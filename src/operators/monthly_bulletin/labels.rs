//! What codes of the datasets are called: the vocabularies' headings, and names for rows of totals.

use canbao_rules::Language;
use canbao_rules::policy::{Category, Payer};
use canbao_rules::rules::{Care, DuplicateKind, DuplicateOutcome, Scheme, Scope, StatisticsSpan};
use canbao_rules::vocabulary::Vocabulary;

/// The code and the names of a row that adds up all others.
const TOTAL: (&str, &str, &str) = ("total", "合计", "Total");

/// A code's name; the code itself where it has none.
fn named<'a>(lang: Language, code: &'a str, names: &[(&str, &'static str, &'static str)]) -> &'a str {
    names.iter().find(|(known, ..)| *known == code).map_or(code, |(_, zh, en)| lang.pick(zh, en))
}

/// The heading of a code; else its name among those that no vocabulary has.
fn heading<'a, V: Vocabulary>(lang: Language, code: &'a str, others: &[(&str, &'static str, &'static str)]) -> &'a str {
    V::from_code(code).map_or_else(|| named(lang, code, others), |known| known.term().heading(lang))
}

/// Kinds of care.
pub fn care(lang: Language, code: &str) -> &str {
    heading::<Care>(lang, code, &[("total", "三类合计", "The three together")])
}

/// Schemes.
pub fn insutype(lang: Language, code: &str) -> &str {
    heading::<Scheme>(lang, code, &[("all", "合计", "Both")])
}

/// Where care was given.
pub fn scope(lang: Language, code: &str) -> &str {
    heading::<Scope>(lang, code, &[])
}

/// Spans.
pub fn span(lang: Language, code: &str) -> &str {
    heading::<StatisticsSpan>(lang, code, &[])
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
    heading::<Category>(lang, code, &[TOTAL])
}

/// Who pays a subsidy; `-` stands for what no document says.
pub fn payer(lang: Language, code: &str) -> &str {
    heading::<Payer>(lang, code, &[TOTAL, ("-", "文件未写明", "Not stated")])
}

/// Kinds of duplicate enrollment.
pub fn duplicate_kind(lang: Language, code: &str) -> &str {
    heading::<DuplicateKind>(lang, code, &[TOTAL])
}

/// Their order in tables, that of the rules; kinds unknown here come before the total.
pub fn duplicate_kind_place(code: &str) -> usize {
    let unknown = DuplicateKind::ALL.len();
    DuplicateKind::from_code(code).map_or(if code == TOTAL.0 { unknown + 1 } else { unknown }, |kind| kind as usize)
}

/// How a case of duplicate enrollment ended.
pub fn outcome(lang: Language, code: &str) -> &str {
    heading::<DuplicateOutcome>(lang, code, &[TOTAL])
}
