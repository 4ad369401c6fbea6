//! 中文.

use super::{Or, ledgers};
use crate::Language;
use crate::policy::{CategorySet, GroupTest, MutualAid, Parameter, Payer, Policy, Provision, Unit, Waiting};
use crate::rules::Row;
use crate::rules::trace::Step;
use crate::vocabulary::Vocabulary;

/// A code's word, with the code as datasets show it.
fn coded(code: impl Vocabulary) -> String {
    let term = code.term();
    format!("{}（{}）", term.chinese, term.code)
}

pub(super) fn parameter(parameter: Parameter) -> String {
    let name = match parameter {
        Parameter::Window => "集中缴费期",
        Parameter::MigrantExtension => "返乡务工人员延长期",
        Parameter::PremiumPersonal => "个人缴费标准",
        Parameter::Subsidy(category) => return format!("{}资助金额", category.title()),
        Parameter::SubsidyPayer(category) => return format!("{}资助资金来源", category.title()),
        Parameter::Difficulty => "困难群众范围",
        Parameter::NewbornDays => "新生儿自出生起享受的缴费期限",
        Parameter::NewbornBirthday => "新生儿年龄上限",
        Parameter::SpecialGroup(test) => return special_group(test),
        Parameter::SpecialStart => "特殊群体待遇开始",
        Parameter::Waiting => "逾期缴费等待期",
        Parameter::EmployeeMonths => "职工连续参保月数",
        Parameter::RefundBeforeYear => "待遇年度开始前退费",
        Parameter::RefundDeath => "待遇开始前死亡退费",
        Parameter::IncentiveSince => "激励起算年度",
        Parameter::IncentiveUnrewardedYears => "不激励的连续年数",
        Parameter::IncentiveConsecutive => "连续参保每年提高额度",
        Parameter::IncentiveZeroClaim => "零报销每年提高额度",
        Parameter::IncentiveMost => "提高额度上限比例",
        Parameter::CriticalIllnessCap => "大病保险封顶线",
        Parameter::MutualAid => "个人账户共济范围",
    };
    name.to_owned()
}

/// The parameter's value with its unit; `stated` is its provision.
pub(super) fn value(parameter: Parameter, stated: &Provision, policy: &Policy) -> String {
    let value = match parameter {
        Parameter::Window => format!("{} 至 {}", policy.window.first, policy.window.last),
        Parameter::MigrantExtension => policy.migrant_until.map_or_else(String::new, |until| format!("至 {until}")),
        Parameter::SubsidyPayer(_) => Payer::from_code(&stated.value).map_or_else(|| stated.value.clone(), coded),
        Parameter::Difficulty => titles(&policy.difficulty),
        Parameter::SpecialGroup(test) => group_test(test),
        Parameter::SpecialStart => policy.special.start.word(Language::Chinese).into(),
        Parameter::Waiting => waiting(&policy.waiting),
        Parameter::RefundBeforeYear | Parameter::RefundDeath => "退还".into(),
        Parameter::MutualAid => policy.mutual_aid.as_ref().map_or_else(String::new, mutual_aid),
        _ if stated.is_not_stated() => "文件未载".into(),
        _ => stated.value.clone(),
    };
    match stated.unit {
        Some(Unit::Percent) => format!("{value}%"),
        Some(unit) => format!("{value} {}", unit.word(Language::Chinese)),
        None => value,
    }
}

fn mutual_aid(terms: &MutualAid) -> String {
    let MutualAid { relations, payee_prefix, year, window } = terms;
    format!("{}；参保地省份 {payee_prefix:02}；年度 {year}；支付日 {} 至 {}", relations.join(" "), window.first, window.last)
}

fn group_test(test: GroupTest) -> String {
    match test {
        GroupTest::InForce(_) => "缴费日有效".into(),
        GroupTest::BegunThisYear(_) => "缴费日有效，且当年开始".into(),
        GroupTest::AfterLeaving { leaving, months, this_year, .. } => format!(
            "离开原制度（{}）后 {months} 个月内缴费{}",
            leaving.word(Language::Chinese),
            if this_year { "，且当年开始" } else { "" }
        ),
        GroupTest::UntilMonthEnd { months, .. } => format!("开始当月之后第 {months} 个月末前缴费"),
        GroupTest::SchoolRegistration { months } => format!("在本地入学后 {months} 个月内缴费"),
    }
}

fn waiting(waiting: &Waiting) -> String {
    match waiting {
        Waiting::NotAdmitted => "其他人员逾期不再受理".into(),
        Waiting::NthMonth { nth } => format!("自缴费当月起算的第 {nth} 个月"),
        Waiting::Arrears(arrears) => format!(
            "固定 {} 个月，每中断一年加 1 个月，每补缴一年减 1 个月；中断 {} 年以上至少 {} 个月；按时参保不足 {} 个月为中断",
            arrears.fixed_months, arrears.long_break_years, arrears.long_break_months, arrears.months_of_unbroken_year
        ),
    }
}

fn special_group(test: GroupTest) -> String {
    match test.category() {
        Some(category) => format!("特殊群体：{}", category.title()),
        None => "特殊群体：新入学学生".to_owned(),
    }
}

fn titles(categories: &CategorySet) -> String {
    let titles: Vec<&str> = categories.iter().map(|category| category.title()).collect();
    if titles.is_empty() { "无".to_owned() } else { titles.join("、") }
}

pub(super) fn step(step: &Step, place: &dyn Fn(Row) -> String) -> String {
    match step {
        Step::Insured {} => "参保状态为正常（psn_insu_stas 为 1）".into(),
        Step::Collected {} => "费用已到账（clct_flag 为 1）".into(),
        Step::NotReversed {} => "未被冲销（revs_flag 为 Z 或空）".into(),
        Step::PaidByDate { paid: None, .. } => "缴费时间未载，不按晚于基准日对待".into(),
        Step::PaidByDate { paid: Some(paid), on } => format!("缴费日 {paid} 不晚于基准日 {on}"),
        Step::TouchesYear { months, year } => format!("费款所属期 {}–{} 涉及待遇年度 {year}", months.first, months.last),
        Step::EmployeeReaches { months, month } => {
            format!("待遇年度开始前，职工记录的费款所属期 {}–{} 含 {month} 或其上月", months.first, months.last)
        }
        Step::Valid { insutype, insu_admdvs, valid, valid_here } => {
            let word = match (valid, valid_here) {
                (true, true) => "有效，且为本统筹区居民医保",
                (true, false) => "有效，但不是本统筹区居民医保",
                (false, _) => "无效",
            };
            format!("{}（{}@{insu_admdvs}）{word}", insutype.word(Language::Chinese), insutype.as_str())
        }

        Step::InForce { category, begin, end, on } => {
            format!("{}：{begin} 起，{} 止，基准日 {on} 有效", category.title(), Or(*end, "长期"))
        }
        Step::Categories { categories } => format!("有效类别：{}", titles(categories)),

        Step::AtSchool { school: None, .. } => "有学籍记录".into(),
        Step::AtSchool { school: Some(school), begin, end, on } => {
            format!("学籍在 {school}，{} 起，{} 止，基准日 {on} 在读", Or(*begin, "不明"), Or(*end, "长期"))
        }
        Step::Student { student } => if *student { "是在读学生" } else { "不是在读学生" }.into(),

        Step::Alive { surv_stas: None } => "没有户籍记录，按在世对待".into(),
        Step::Alive { surv_stas: Some(status) } => {
            format!("生存状态 {} 属于在世（1 正常、9 不明）", coded(*status))
        }
        Step::LivesHere { area: None, region } => format!("户籍或居住证在本统筹区 {region}（没有户籍记录）"),
        Step::LivesHere { area: Some(area), region } => format!("户籍或居住证所在 {area} 属于本统筹区 {region}"),
        Step::StudiesHere { school: None, region, .. } => format!("在本统筹区 {region} 的学校就读（没有学籍记录）"),
        Step::StudiesHere { school: Some(school), region, on } => format!("学校所在 {school} 属于本统筹区 {region}，且基准日 {on} 在读"),
        Step::InService {} => "是现役军人".into(),
        Step::Eligible { eligible } => if *eligible { "应参保" } else { "不在应参保范围" }.into(),

        Step::EnrolledFor { first, last } if first == last => format!("该记录计入 {first} 年"),
        Step::EnrolledFor { first, last } => format!("该记录计入 {first} 至 {last} 年"),
        Step::History { prior_enrolled, consecutive_years } => {
            format!("上年度{}参保，截至上年度连续参保 {consecutive_years} 年", if *prior_enrolled { "已" } else { "未" })
        }

        Step::DiedBeforeYear { first, on } => format!("已死亡，且基准日 {on} 早于待遇年度第一日 {first}"),
        Step::ValidRecords { count } => format!("有效记录 {count} 条"),
        Step::Group { count, kind } => format!("其中 {count} 条与另一条有共同月份，类型：{}", coded(*kind)),
        Step::Judged { count } => format!("{count} 条记录一并判断"),
        Step::Steady { until, months } => format!("截至 {} 已连续 {months} 个月职工参保", Or(*until, "（无职工月份）")),
        Step::LatestEmployment { since } => format!("最近的参保日期：{}", Or(*since, "均未载")),
        Step::AtPlaceOfSchool { place } => format!("有记录在就读地 {place}（或其市级统筹区）"),
        Step::AtPlaceOfResidence { place } => format!("有记录在居住地 {place}（或其市级统筹区）"),
        Step::AreaPaidFirst { area } => format!("符合的记录不在同一地区，取缴费最早的地区 {area}"),
        Step::PaidFirst { record } => format!("缴费最早的是 {}", place(*record)),
        Step::NoDuplicate { .. } => "没有重复参保".into(),
        Step::Finding { record, kind, action, reason, overlap_begn, overlap_end, refund_amt } => {
            let overlap = match (overlap_begn, overlap_end) {
                (Some(begin), Some(end)) => format!("，重叠期 {begin}–{end}"),
                _ => String::new(),
            };
            format!("{}：{}，{}，理由 {}{overlap}，应退 {refund_amt} 元", place(*record), coded(*kind), coded(*action), coded(*reason))
        }

        Step::Registered { records, registered_amt } => format!("本统筹区有效居民医保记录 {records} 条，个人缴费合计 {registered_amt} 元"),
        Step::Received { payments, paid_amt } => format!("截至基准日成功缴款 {payments} 笔，合计 {paid_amt} 元"),
        Step::Owed { expected_amt } => format!("扣除资助后应缴 {expected_amt} 元"),
        Step::Reconciled { registered_amt, paid_amt, expected_amt, status } => {
            format!("{}：登记 {registered_amt} 元，到账 {paid_amt} 元，应缴 {expected_amt} 元", coded(*status))
        }

        Step::Dead {} => "已死亡，不再资助".into(),
        Step::Premium { premium_personal } => format!("个人缴费标准 {premium_personal} 元"),
        Step::SubsidyOf { category, amount } => format!("{}可资助 {amount} 元", category.title()),
        Step::Award { category, subsidy_amt, personal_amt, payer } => {
            let payer = payer.map_or("文件未写明".to_owned(), coded);
            format!("取最高者：{}，资助 {subsidy_amt} 元，个人应缴 {personal_amt} 元，资金来源：{payer}", category.title())
        }
        Step::NoAward { .. } => "没有资助".into(),

        Step::ShouldEnroll {} => "应参保".into(),
        Step::Covered { records } => format!("已有有效参保（险种与地区 {records} 个）"),
        Step::InDifficulty { categories } => format!("有效类别（{}）属于困难群众范围", titles(categories)),
        Step::Newborn { born: None, .. } => "未满周岁（出生日期不明）".into(),
        Step::Newborn { born: Some(born), birthday, on } => {
            format!("{born} 出生，基准日 {on} 早于 {}", Or(*birthday, "不明"))
        }
        Step::Migrant {} => "是外出务工人员".into(),
        Step::IsStudent {} => "是在读学生".into(),
        Step::EnrolledBefore {} => "上年度已参保".into(),
        Step::NotMissed { .. } => "不是漏保".into(),
        Step::Missed { kind, ledger_difficulty, ledger_newborn, ledger_migrant, ledger_student, ledger_lapsed, personal_amt } => {
            let ledgers =
                ledgers([*ledger_difficulty, *ledger_newborn, *ledger_migrant, *ledger_student, *ledger_lapsed], Language::Chinese);
            let ledgers =
                if ledgers.is_empty() { "不在任何台账".to_owned() } else { format!("列入台账：{}", ledgers.join("、")) };
            format!("漏保，{}；{ledgers}；个人应缴 {personal_amt} 元", coded(*kind))
        }

        Step::PaymentTimeKnown { paid } => format!("记录载有缴费时间（{}）", Or(*paid, "未载")),
        Step::BornLately { born, year } => format!("出生日期 {} 在待遇年度 {year} 或其上一年", Or(*born, "不明")),
        Step::PaidSoonAfterBirth { born, paid, until } => format!("{born} 出生，缴费日 {paid} 不晚于 {until}"),
        Step::BornSinceWindow { born, opened } => format!("出生日期 {born} 不早于集中缴费期第一日 {opened}"),
        Step::PaidByWindowEnd { paid, last } => format!("缴费日 {paid} 不晚于集中缴费期最后一日 {last}"),
        Step::PaidByBirthday { paid, after, birthday } => format!("缴费日 {paid} 晚于 {after}，且不晚于周岁生日 {birthday}"),
        Step::PaidInExtension { paid, until } => format!("缴费日 {paid} 不晚于返乡务工人员延长期 {until}"),
        Step::InForceWhenPaid { category, paid } => format!("缴费日 {paid} 具有有效类别：{}", category.title()),
        Step::BegunInYearOfPayment { category, begin, paid } => format!("{}自 {begin} 起，与缴费日 {paid} 同年", category.title()),
        Step::PaidSoonAfterLeaving { category, begin, left, until, paid } => format!(
            "{}自 {begin} 起，离开原制度 {}，缴费日 {paid} 不晚于 {}",
            category.title(),
            Or(*left, "尚未离开"),
            Or(*until, "（无期限）")
        ),
        Step::PaidByMonthEnd { category, begin, until, paid } => {
            format!("{}自 {begin} 起，缴费日 {paid} 不晚于 {until}", category.title())
        }
        Step::PaidSoonAfterRegistration { school, begin, until, paid } => {
            format!("学校 {school} 在本统筹区，{begin} 入学，缴费日 {paid} 不晚于 {until}")
        }
        Step::NoSuchIdentity { category } => format!("有身份类别记录：{}", category.title()),
        Step::NoSchool {} => "有学籍记录".into(),
        Step::LateAdmitted {} => "允许其他人员逾期缴费".into(),
        Step::FromNthMonth { nth } => format!("自缴费当月起算的第 {nth} 个月开始享受"),
        Step::EverEnrolled { first } => format!("以前年度有过参保（最早 {}）", Or(*first, "无")),
        Step::YearBroken { year, months, least } => format!("{year} 年按时参保 {months} 个月，少于 {least} 个月，为中断"),
        Step::YearRepaid { year } => format!("{year} 年已补缴居民医保"),
        Step::Wait { fixed, broken, repaid, least, months } => {
            format!("等待期：固定 {fixed} 个月，加中断 {broken} 年，减补缴 {repaid} 年，至少 {least} 个月，共 {months} 个月")
        }
        Step::CoversFrom { day } => format!("按此依据自 {day} 起"),
        Step::Benefit { basis, waiting_months, benefit_begn, benefit_end } => {
            let basis = coded(*basis);
            let wait = if *waiting_months > 0 { format!("，等待 {waiting_months} 个月") } else { String::new() };
            match (benefit_begn, benefit_end) {
                (Some(begin), Some(end)) => format!("{basis}{wait}：{begin} 至 {end} 享受待遇"),
                _ => format!("{basis}{wait}：待遇年度内不享受待遇"),
            }
        }

        Step::ResidentYears { consecutive_years } => format!("截至上年度连续居民参保 {consecutive_years} 年"),
        Step::RewardedYears { rewarded, unrewarded, since } => {
            format!("超过 {unrewarded} 年、自 {since} 年起算的年数：{rewarded} 年")
        }
        Step::LastUse { year: None, first } => format!("没有使用过激励额度，零报销年度自 {first} 年起算"),
        Step::LastUse { year: Some(year), first } => format!("最近一次使用激励额度在 {year} 年，零报销年度自 {first} 年起算"),
        Step::YearWithoutClaim { year, fund } => format!("{year} 年有居民参保，基金支付合计 {fund} 元，不大于 0"),
        Step::LargestRaise { cap: Some(cap), most: Some(most) } => format!("原封顶线 {cap} 元，提高额度上限 {most} 元"),
        Step::LargestRaise { .. } => "文件未载原封顶线，不作上限".into(),
        Step::Uplift { consecutive_years, zero_claim_years, uplift_consecutive, uplift_zero_claim, uplift_total, capped } => format!(
            "连续参保 {consecutive_years} 年提高 {uplift_consecutive} 元，零报销 {zero_claim_years} 年提高 {uplift_zero_claim} 元，合计 {uplift_total} 元{}",
            match capped {
                Some(true) => "（已达上限）",
                Some(false) => "",
                None => "（封顶线未知）",
            }
        ),

        Step::RelationListed { relation } => format!("关系“{relation}”在范围内"),
        Step::PayerHere { payer_admdvs } => format!("代缴人参保地 {payer_admdvs} 属于本统筹区"),
        Step::PayeeInProvince { payee_admdvs, province } => format!("参保人参保地 {payee_admdvs} 在本省（{province}）"),
        Step::PayerEmployee {} => "代缴人有有效职工医保".into(),
        Step::PayeeNoEmployee {} => "参保人没有有效职工医保".into(),
        Step::AidYear { clct_year, year } => format!("缴费年度 {clct_year} 为 {year}"),
        Step::AidWindow { paid, first, last } => format!("支付日 {paid} 在 {first} 至 {last} 之间"),
        Step::Aid { valid: true, .. } => "符合规定".into(),
        Step::Aid { reason, .. } => {
            format!("不符合规定：{}", reason.map_or("不明".to_owned(), coded))
        }
    }
}
