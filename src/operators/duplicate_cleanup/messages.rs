//! What a clerk reads: the audit's codes as sentences. No figure of a policy stands here; it is handed in.

use super::case::Record;
use canbao_rules::Language;
use canbao_rules::period::{Moment, MonthSpan};
use canbao_rules::rules::{DuplicateAction, DuplicateKind, DuplicateOutcome, DuplicateReason, Scheme};

/// How many colliding records are spelt out; of more, only the number is told.
const SPELT_OUT: usize = 10;

/// 重复类型.
pub fn kind(kind: DuplicateKind) -> &'static str {
    kind.heading(Language::Chinese)
}

/// 建议处理.
pub fn action(action: DuplicateAction) -> &'static str {
    action.heading(Language::Chinese)
}

/// 险种.
pub fn scheme(insutype: &str) -> &str {
    Scheme::from_code(insutype).map_or(insutype, |scheme| scheme.word(Language::Chinese))
}

/// 结果.
pub fn outcome(outcome: DuplicateOutcome) -> &'static str {
    match outcome {
        DuplicateOutcome::Kept => "记录仍有效，现建议保留",
        DuplicateOutcome::NoLongerDuplicate => "记录仍有效，已不在重复之列",
        DuplicateOutcome::RecordGone => "记录已不是有效参保（暂停、冲销或不再出现）",
        DuplicateOutcome::Unknown => "参保核查中看不出",
    }
}

/// Why, and what is proposed, in one sentence. `steady` is the number of employee months that the policy asks for.
/// Where a record is kept and what is given back stand in columns of their own.
pub fn reason(record: &Record, steady: Option<i32>) -> String {
    let months = steady.map_or_else(|| "规定月数".to_owned(), |months| format!("{months}个月"));
    let why = match record.reason {
        DuplicateReason::Employee12Months => format!("同时参加职工医保和居民医保，职工医保连续参保已满{months}，保留职工医保"),
        DuplicateReason::FlexibleEmployment => format!("同时参加职工医保和居民医保，职工医保连续参保未满{months}，由本人选择保留哪一种"),
        DuplicateReason::LatestEmployment => "在多个地区参加职工医保，保留最近就业地的参保".to_owned(),
        DuplicateReason::SchoolPlace => "在多个地区参加居民医保，在校学生保留就读地的参保".to_owned(),
        DuplicateReason::ResidencePlace => "在多个地区参加居民医保，保留居住地的参保".to_owned(),
        DuplicateReason::PlaceUnknown => "在多个地区参加居民医保，就读地和居住地都没有参保，由本人确认保留哪个地区".to_owned(),
        DuplicateReason::FirstPayment => "同一地区同一险种重复缴费，保留最早缴费的一条".to_owned(),
        DuplicateReason::DeathBeforeCover => "本人在待遇年度开始前死亡".to_owned(),
    };
    let what = match record.action {
        DuplicateAction::Pause => "本条建议暂停",
        DuplicateAction::Confirm => "本条待确认",
        DuplicateAction::Keep => "本条建议保留",
    };
    format!("{why}；{what}")
}

/// A record in words, without anything that points at the person.
pub fn record(record: &Record) -> String {
    let paid = record.paid_at.map(|at| format!("，{}缴费", day(at))).unwrap_or_default();
    let amount = record.personal.map(|amount| format!("，{amount}元")).unwrap_or_default();
    let mark = if record.action == DuplicateAction::Keep { "（保留）" } else { "" };
    format!("{} {} {}{paid}{amount}{mark}", scheme(&record.insutype), record.area, span(record.months))
}

/// The records with which one collides; `None` where there is none.
pub fn collisions(records: &[String]) -> Option<String> {
    let told = records.iter().take(SPELT_OUT).map(String::as_str).collect::<Vec<_>>().join("；");
    match records.len() {
        0 => None,
        1..=SPELT_OUT => Some(told),
        all => Some(format!("{told}；等共{all}条")),
    }
}

/// Months as a clerk writes them.
pub fn span(months: MonthSpan) -> String {
    format!("{}–{}", months.first, months.last)
}

fn day(at: Moment) -> String {
    at.day().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::duplicate_cleanup::testing;

    #[test]
    fn a_sentence_says_why_and_what() {
        let pause = testing::record("A", "202401-202412@3=380");
        insta::assert_snapshot!(reason(&pause, None), @"在多个地区参加居民医保，保留居住地的参保；本条建议暂停");
        let steady = Record { reason: DuplicateReason::Employee12Months, ..pause.clone() };
        insta::assert_snapshot!(reason(&steady, Some(12)), @"同时参加职工医保和居民医保，职工医保连续参保已满12个月，保留职工医保；本条建议暂停");
        let open = Record { action: DuplicateAction::Confirm, reason: DuplicateReason::FlexibleEmployment, ..pause.clone() };
        insta::assert_snapshot!(reason(&open, Some(12)), @"同时参加职工医保和居民医保，职工医保连续参保未满12个月，由本人选择保留哪一种；本条待确认");
        insta::assert_snapshot!(reason(&open, None), @"同时参加职工医保和居民医保，职工医保连续参保未满规定月数，由本人选择保留哪一种；本条待确认");
        let dead = Record { kind: DuplicateKind::Deceased, reason: DuplicateReason::DeathBeforeCover, ..pause };
        insta::assert_snapshot!(reason(&dead, None), @"本人在待遇年度开始前死亡；本条建议暂停");
    }

    #[test]
    fn a_record_in_words_has_nothing_of_the_person() {
        let kept = Record { action: DuplicateAction::Keep, ..testing::record("34039919900101001X", "202401-202412@3=380") };
        insta::assert_snapshot!(record(&kept), @"居民医保 340322 202401–202412，2023-10-03缴费，380.00元（保留）");
        let bare = Record { insutype: "310".to_owned(), ..testing::record("34039919900101001X", "202401-202403@=") };
        insta::assert_snapshot!(record(&bare), @"职工医保 340322 202401–202403");
    }

    #[test]
    fn many_collisions_are_counted() {
        assert_eq!(collisions(&[]), None);
        assert_eq!(collisions(&["甲".to_owned(), "乙".to_owned()]).unwrap(), "甲；乙");
        let many: Vec<String> = (0..12).map(|n| n.to_string()).collect();
        assert_eq!(collisions(&many).unwrap(), "0；1；2；3；4；5；6；7；8；9；等共12条");
    }
}
