//! English.

use super::{Or, ledgers};
use crate::Language;
use crate::policy::{CategorySet, Parameter, Payer};
use crate::rules::trace::Step;
use crate::rules::{MutualAidRefusal, Row};

pub(super) fn parameter(parameter: Parameter) -> String {
    parameter.to_string()
}

fn names(categories: &CategorySet) -> String {
    if categories.is_empty() { "none".to_owned() } else { categories.to_string() }
}

pub(super) fn step(step: &Step, place: &dyn Fn(Row) -> String) -> String {
    match step {
        Step::Insured {} => "insured (psn_insu_stas is 1)".into(),
        Step::Collected {} => "collected (clct_flag is 1)".into(),
        Step::NotReversed {} => "not reversed (revs_flag is Z or empty)".into(),
        Step::PaidByDate { paid: None, .. } => "paid at a time unknown, which is not after the date".into(),
        Step::PaidByDate { paid: Some(paid), on } => format!("paid on {paid}, not after the date {on}"),
        Step::TouchesYear { months, year } => format!("accrual months {}-{} touch the benefit year {year}", months.first, months.last),
        Step::EmployeeReaches { months, month } => {
            format!("before the year begins, an employee's months {}-{} hold {month} or the month before", months.first, months.last)
        }
        Step::Valid { insutype, insu_admdvs, valid, valid_here } => {
            let word = match (valid, valid_here) {
                (true, true) => "valid, as a resident's of this region",
                (true, false) => "valid, but no resident's of this region",
                (false, _) => "not valid",
            };
            format!("{} record ({}@{insu_admdvs}): {word}", insutype.word(Language::English), insutype.as_str())
        }

        Step::InForce { category, begin, end, on } => format!("{category} from {begin} to {}, in force on {on}", Or(*end, "no end")),
        Step::Categories { categories } => format!("in force: {}", names(categories)),

        Step::AtSchool { school: None, .. } => "has a school record".into(),
        Step::AtSchool { school: Some(school), begin, end, on } => {
            format!("at a school in {school} from {} to {}, on {on}", Or(*begin, "unknown"), Or(*end, "no end"))
        }
        Step::Student { student } => if *student { "a student" } else { "no student" }.into(),

        Step::Alive { surv_stas: None } => "without a household row, counts as alive".into(),
        Step::Alive { surv_stas: Some(status) } => format!("survival status {} counts as alive (1 or 9)", status.as_str()),
        Step::LivesHere { area: None, region } => format!("at home in the region {region} (no household row)"),
        Step::LivesHere { area: Some(area), region } => format!("{area}, of household or permit, lies in the region {region}"),
        Step::StudiesHere { school: None, region, .. } => format!("at a school of the region {region} (no school record)"),
        Step::StudiesHere { school: Some(school), region, on } => {
            format!("the school's area {school} lies in the region {region}, on {on}")
        }
        Step::InService {} => "in military service".into(),
        Step::Eligible { eligible } => if *eligible { "should be enrolled" } else { "need not be enrolled here" }.into(),

        Step::EnrolledFor { first, last } if first == last => format!("the record counts for {first}"),
        Step::EnrolledFor { first, last } => format!("the record counts for {first} to {last}"),
        Step::History { prior_enrolled, consecutive_years } => {
            format!("{}enrolled the year before, {consecutive_years} years in a row up to it", if *prior_enrolled { "" } else { "not " })
        }

        Step::DiedBeforeYear { first, on } => format!("dead, and {on} is before the year's first day {first}"),
        Step::ValidRecords { count } => format!("valid records: {count}"),
        Step::Group { count, kind } => format!("{count} of them share a month with another one: {kind}"),
        Step::Judged { count } => format!("{count} records are judged together"),
        Step::Steady { until, months } => format!("{months} employee months without a gap up to {}", Or(*until, "(none)")),
        Step::LatestEmployment { since } => format!("the latest employment began on {}", Or(*since, "a day not stated")),
        Step::AtPlaceOfSchool { place } => format!("a record serves the school's place {place}"),
        Step::AtPlaceOfResidence { place } => format!("a record serves the place of residence {place}"),
        Step::AreaPaidFirst { area } => format!("those that fit lie in several areas: {area} was paid first"),
        Step::PaidFirst { record } => format!("paid first: {}", place(*record)),
        Step::NoDuplicate { .. } => "no duplicate".into(),
        Step::Finding { record, kind, action, reason, overlap_begn, overlap_end, refund_amt } => {
            let overlap = match (overlap_begn, overlap_end) {
                (Some(begin), Some(end)) => format!(", overlap {begin}-{end}"),
                _ => String::new(),
            };
            format!("{}: {kind}, {action}, {reason}{overlap}, refund {refund_amt} yuan", place(*record))
        }

        Step::Registered { records, registered_amt } => format!("{records} valid resident records here say {registered_amt} yuan"),
        Step::Received { payments, paid_amt } => format!("{payments} successful payments up to the date bring {paid_amt} yuan"),
        Step::Owed { expected_amt } => format!("owed after subsidy: {expected_amt} yuan"),
        Step::Reconciled { registered_amt, paid_amt, expected_amt, status } => {
            format!("{status}: registered {registered_amt}, paid {paid_amt}, expected {expected_amt} yuan")
        }

        Step::Dead {} => "dead, so without subsidy".into(),
        Step::Premium { premium_personal } => format!("the premium is {premium_personal} yuan"),
        Step::SubsidyOf { category, amount } => format!("{category} gets {amount} yuan"),
        Step::Award { category, subsidy_amt, personal_amt, payer } => format!(
            "the highest is {category}: subsidy {subsidy_amt}, left to pay {personal_amt} yuan, borne by {}",
            payer.map_or("whom the document does not say", Payer::as_str)
        ),
        Step::NoAward { .. } => "no subsidy".into(),

        Step::ShouldEnroll {} => "should be enrolled".into(),
        Step::Covered { records } => format!("covered already (schemes and places: {records})"),
        Step::InDifficulty { categories } => format!("of the categories in force ({}) one counts as difficulty", names(categories)),
        Step::Newborn { born: None, .. } => "newborn (birth date unknown)".into(),
        Step::Newborn { born: Some(born), birthday, on } => format!("born on {born}, {on} is before {}", Or(*birthday, "unknown")),
        Step::Migrant {} => "a migrant worker".into(),
        Step::IsStudent {} => "a student".into(),
        Step::EnrolledBefore {} => "enrolled the year before".into(),
        Step::NotMissed { .. } => "not missed".into(),
        Step::Missed { kind, ledger_difficulty, ledger_newborn, ledger_migrant, ledger_student, ledger_lapsed, personal_amt } => {
            let ledgers =
                ledgers([*ledger_difficulty, *ledger_newborn, *ledger_migrant, *ledger_student, *ledger_lapsed], Language::English);
            let ledgers = if ledgers.is_empty() { "none".to_owned() } else { ledgers.join(", ") };
            format!("missed ({kind}); ledgers: {ledgers}; would pay {personal_amt} yuan")
        }

        Step::PaymentTimeKnown { paid } => format!("the record says when it was paid ({})", Or(*paid, "it does not")),
        Step::BornLately { born, year } => format!("born ({}) in the benefit year {year} or the one before", Or(*born, "unknown")),
        Step::PaidSoonAfterBirth { born, paid, until } => format!("born on {born}, paid on {paid}, by {until}"),
        Step::BornSinceWindow { born, opened } => format!("born on {born}, since the window opened on {opened}"),
        Step::PaidByWindowEnd { paid, last } => format!("paid on {paid}, by the window's last day {last}"),
        Step::PaidByBirthday { paid, after, birthday } => format!("paid on {paid}, after {after} and by the birthday {birthday}"),
        Step::PaidInExtension { paid, until } => format!("paid on {paid}, by the migrants' extension {until}"),
        Step::InForceWhenPaid { category, paid } => format!("{category} in force on the day of payment {paid}"),
        Step::BegunInYearOfPayment { category, begin, paid } => format!("{category} from {begin}, in the year of the payment {paid}"),
        Step::PaidSoonAfterLeaving { category, begin, left, until, paid } => format!(
            "{category} from {begin}, left the other system on {}, paid on {paid}, by {}",
            Or(*left, "no day yet"),
            Or(*until, "no limit")
        ),
        Step::PaidByMonthEnd { category, begin, until, paid } => format!("{category} from {begin}, paid on {paid}, by {until}"),
        Step::PaidSoonAfterRegistration { school, begin, until, paid } => {
            format!("registered at a school here ({school}) on {begin}, paid on {paid}, by {until}")
        }
        Step::NoSuchIdentity { category } => format!("has a row of {category}"),
        Step::NoSchool {} => "has a school record".into(),
        Step::LateAdmitted {} => "other late payers are let in".into(),
        Step::FromNthMonth { nth } => format!("from month {nth}, counting the month of payment"),
        Step::EverEnrolled { first } => format!("enrolled in some earlier year (first in {})", Or(*first, "none")),
        Step::YearBroken { year, months, least } => format!("{year} has {months} months paid in time, fewer than {least}: broken"),
        Step::YearRepaid { year } => format!("{year} was repaid later"),
        Step::Wait { fixed, broken, repaid, least, months } => {
            format!("wait: {fixed} months, plus {broken} broken years, less {repaid} repaid, at least {least}: {months} months")
        }
        Step::CoversFrom { day } => format!("covers from {day} by this basis"),
        Step::Benefit { basis, waiting_months, benefit_begn, benefit_end } => {
            let wait = if *waiting_months > 0 { format!(", waiting {waiting_months} months") } else { String::new() };
            match (benefit_begn, benefit_end) {
                (Some(begin), Some(end)) => format!("{basis}{wait}: cover from {begin} to {end}"),
                _ => format!("{basis}{wait}: no cover in the year"),
            }
        }

        Step::ResidentYears { consecutive_years } => format!("{consecutive_years} years in a row with a resident record"),
        Step::RewardedYears { rewarded, unrewarded, since } => {
            format!("years in a row beyond {unrewarded} that count, from {since} on: {rewarded}")
        }
        Step::LastUse { year: None, first } => format!("no raise was used: years without a claim count from {first}"),
        Step::LastUse { year: Some(year), first } => format!("a raise was used in {year}: years without a claim count from {first}"),
        Step::YearWithoutClaim { year, fund } => format!("{year}: enrolled, and the funds paid {fund} yuan, not more than nothing"),
        Step::LargestRaise { cap: Some(cap), most: Some(most) } => format!("the cap is {cap} yuan, so the largest raise {most} yuan"),
        Step::LargestRaise { .. } => "the document states no cap: the raise is not cut".into(),
        Step::Uplift { consecutive_years, zero_claim_years, uplift_consecutive, uplift_zero_claim, uplift_total, capped } => format!(
            "{consecutive_years} years in a row raise {uplift_consecutive}, {zero_claim_years} without a claim {uplift_zero_claim}, together {uplift_total} yuan{}",
            match capped {
                Some(true) => " (cut to the largest)",
                Some(false) => "",
                None => " (cap unknown)",
            }
        ),

        Step::RelationListed { relation } => format!("`{relation}` is one of the relations"),
        Step::PayerHere { payer_admdvs } => format!("the payer's area {payer_admdvs} is of the region"),
        Step::PayeeInProvince { payee_admdvs, province } => format!("the payee's area {payee_admdvs} is of the province {province}"),
        Step::PayerEmployee {} => "the payer has a valid employee record".into(),
        Step::PayeeNoEmployee {} => "the payee has none".into(),
        Step::AidYear { clct_year, year } => format!("paid for {clct_year}, which is {year}"),
        Step::AidWindow { paid, first, last } => format!("paid on {paid}, from {first} to {last}"),
        Step::Aid { valid: true, .. } => "valid".into(),
        Step::Aid { reason, .. } => format!("not valid: {}", reason.map_or("unknown", MutualAidRefusal::as_str)),
    }
}
