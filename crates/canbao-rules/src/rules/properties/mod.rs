//! What holds of every decision, whatever the facts, the region and the benefit year.

mod lives;

use proptest::prelude::*;

use crate::money::Yuan;
use crate::period::{Day, Moment, MonthSpan};
use crate::policy::{Area, Category, CategorySet, CoverStart, Policy, Waiting};

use super::benefit_period::{BenefitPeriod, Circumstances, benefit_period};
use super::codes::{BenefitBasis, DuplicateAction, DuplicateKind, MutualAidRefusal, ReconciliationStatus, Scheme, Source, Survival};
use super::duplicates::{self, Finding};
use super::facts::{Claim, IdentitySpan, Record};
use super::history::EnrolledYears;
use super::incentive::uplift;
use super::missed::{PersonStatus, missed};
use super::mutual_aid::{Aid, refusal};
use super::reconciliation::reconcile;
use super::testing::row;
use super::trace::NoTrace;
use super::validity::{is_valid, is_valid_here};
use super::{categories, eligibility, subsidy};

use lives::{Life, lives, policies, shuffled_lives};

impl Life {
    fn findings(&self) -> Vec<Finding> {
        duplicates::decide(&self.records, self.residence.as_ref(), self.schooling.as_ref(), self.policy, self.on, &mut NoTrace)
    }

    fn categories(&self) -> CategorySet {
        categories::in_force(&self.identities, self.on, &mut NoTrace)
    }

    fn is_dead(&self) -> bool {
        self.residence.is_some_and(|r| r.survival == Survival::Dead)
    }

    fn is_eligible(&self) -> bool {
        let (home, school) = (self.residence.as_ref(), self.schooling.as_ref());
        eligibility::is_eligible(home, school, self.categories(), self.policy, self.on, &mut NoTrace)
    }

    fn period(&self, record: &Record<'_>) -> BenefitPeriod {
        let Self { born, identities, schooling, records, .. } = self;
        let person = Circumstances { born: *born, identities, schooling: schooling.as_ref(), records };
        benefit_period(record, &person, self.policy, self.on, &mut NoTrace)
    }

    /// Every decision on the person in a form that knows no order of rows.
    fn decisions(&self) -> Vec<String> {
        let Self { policy, on, born, records, payments, claims, uses, .. } = self;
        let of_records = records.iter().filter(|r| is_valid_here(r, policy, *on)).map(|r| format!("{r:?} {:?}", self.period(r)));
        let found = self.findings();
        let of_findings = found.iter().map(|f| format!("{:?} {:?}", Finding { record: 0, ..*f }, records[f.record]));
        let mut decisions: Vec<String> = of_records.chain(of_findings).collect();
        decisions.sort();
        let years = EnrolledYears::of_any_scheme(records, policy, *on, &mut NoTrace);
        let student = eligibility::is_student(self.schooling.as_ref(), *on, &mut NoTrace);
        let covers = records.iter().filter(|r| is_valid(r, policy, *on)).count();
        let status = PersonStatus {
            eligible: self.is_eligible(),
            covers,
            categories: self.categories(),
            born: *born,
            student,
            prior_enrolled: years.prior(),
        };
        decisions.extend([
            format!("{years:?} {status:?}"),
            format!("{:?}", missed(&status, policy, *on, &mut NoTrace)),
            format!("{:?}", subsidy::award(self.categories(), self.is_dead(), policy, &mut NoTrace)),
            format!("{:?}", reconcile(records, payments, self.categories(), policy, *on, &mut NoTrace)),
            format!("{:?}", uplift(records, claims, uses, policy, *on, &mut NoTrace)),
        ]);
        decisions
    }
}

/// A resident's record here for the benefit year, paid on a day.
fn paid_on(paid: Day, policy: &Policy) -> Record<'static> {
    Record { paid_at: Some(Moment::at(paid, 0)), ..resident(policy.year.months(), policy) }
}

/// A resident's record here, without a time of payment.
fn resident(months: MonthSpan, policy: &Policy) -> Record<'static> {
    Record {
        row: row(Source::Enrollment),
        psn_no: "P1",
        scheme: Scheme::Resident,
        area: policy.region.area,
        months,
        in_force: true,
        collected: true,
        not_reversed: true,
        paid_at: None,
        employed_since: None,
        personal: None,
    }
}

proptest! {
    #[test]
    fn the_order_of_rows_changes_no_decision((life, shuffled) in shuffled_lives()) {
        prop_assert_eq!(life.decisions(), shuffled.decisions());
    }

    #[test]
    fn without_arrears_a_period_asks_no_other_record(life in lives(), paid in -400i32..366) {
        if matches!(life.policy.waiting, Waiting::Arrears(_)) {
            return Ok(());
        }
        let record = paid_on(life.policy.year.first_day().plus_days(paid), life.policy);
        let alone = Life { records: Vec::new(), payments: Vec::new(), claims: Vec::new(), residence: None, ..life.clone() };
        prop_assert_eq!(life.period(&record), alone.period(&record));
    }

    #[test]
    fn kept_records_share_no_month_and_a_paused_one_shares_one(life in lives()) {
        let Life { records, policy, on, .. } = &life;
        let findings = life.findings();
        let living: Vec<&Finding> = findings.iter().filter(|f| f.kind != DuplicateKind::Deceased).collect();
        for a in &living {
            let shares = |b: &&&Finding| a.record != b.record && records[a.record].months.common(records[b.record].months).is_some();
            prop_assert!(a.overlap.is_some());
            if a.action == DuplicateAction::Keep {
                prop_assert!(!living.iter().filter(shares).any(|b| b.action == DuplicateAction::Keep));
            }
            if a.action == DuplicateAction::Pause && living.len() == findings.len() {
                prop_assert!(living.iter().any(|b| shares(&b)));
            }
            if a.action != DuplicateAction::Pause || records[a.record].scheme == Scheme::Employee || *on >= policy.year.first_day() {
                prop_assert_eq!(a.refund, Yuan::ZERO);
            }
        }
        let valid = records.iter().filter(|r| is_valid(r, policy, *on)).count();
        prop_assert!(findings.len() <= valid);
        prop_assert!(findings.iter().all(|f| f.kind != DuplicateKind::Deceased || policy.refund.death_before_cover));
    }

    #[test]
    fn cover_begins_after_the_payment_except_where_a_rule_says_so(life in lives()) {
        let policy = life.policy;
        for record in life.records.iter().filter(|r| r.scheme == Scheme::Resident) {
            let period = life.period(record);
            if let Some((begin, end)) = period.cover {
                prop_assert!(policy.year.first_day() <= begin && begin <= end && end == policy.year.last_day());
                let may_reach_back = matches!(period.basis, BenefitBasis::NewbornFromBirth | BenefitBasis::MigrantExtension);
                prop_assert!(may_reach_back || record.paid_on().is_none_or(|paid| begin > paid));
            }
            prop_assert!(period.waiting_months == 0 || period.basis == BenefitBasis::Waiting);
            prop_assert!(period.basis != BenefitBasis::None || period.cover.is_none());
        }
    }

    #[test]
    fn only_those_bases_occur_that_the_pack_has(life in lives()) {
        let policy = life.policy;
        for record in &life.records {
            let basis = life.period(record).basis;
            prop_assert!(basis != BenefitBasis::MigrantExtension || policy.migrant_until.is_some());
            prop_assert!(basis != BenefitBasis::SpecialGroup || !policy.special.tests.is_empty());
            prop_assert!(basis != BenefitBasis::Waiting || policy.waiting != Waiting::NotAdmitted);
            prop_assert!(basis != BenefitBasis::None || policy.waiting == Waiting::NotAdmitted);
        }
    }

    #[test]
    fn special_groups_are_covered_on_the_packs_day(policy in policies(), late in 1i32..360, (rows, born) in rows_and_birth()) {
        let paid = policy.window.last.plus_days(late);
        let identities: Vec<_> = rows.into_iter().map(|(category, days, length)| IdentitySpan {
            row: row(Source::Identity),
            category,
            begin: paid.plus_days(-days),
            end: length.map(|length| paid.plus_days(length - days)),
        }).collect();
        let person = Circumstances { born: Some(paid.plus_days(-born)), identities: &identities, schooling: None, records: &[] };
        let period = benefit_period(&paid_on(paid, policy), &person, policy, paid, &mut NoTrace);
        if let (BenefitBasis::SpecialGroup, Some((begin, _))) = (period.basis, period.cover) {
            let expected = match policy.special.start {
                CoverStart::NextDay => paid.plus_days(1),
                CoverStart::NextMonth => paid.month().plus(1).first_day(),
            };
            prop_assert_eq!(begin, expected.max(policy.year.first_day()));
        }
    }

    #[test]
    fn who_pays_later_waits_for_a_day_not_earlier(life in lives(), first in 0i32..380, more in 0i32..60) {
        let paid = life.policy.window.last.plus_days(1 + first);
        let [early, late] = [paid, paid.plus_days(more)].map(|paid| life.period(&paid_on(paid, life.policy)));
        if early.basis == BenefitBasis::Waiting && late.basis == BenefitBasis::Waiting {
            prop_assert_eq!(early.waiting_months, late.waiting_months);
            prop_assert!(late.cover.is_none() || early.cover <= late.cover);
            prop_assert!(early.cover.is_some() || late.cover.is_none());
        }
    }

    #[test]
    fn a_broken_year_more_never_shortens_the_wait_and_a_repaid_one_never_lengthens_it(policy in policies(), broken in 0i32..12, repaid in 0i32..12) {
        let Waiting::Arrears(arrears) = policy.waiting else { return Ok(()) };
        let wait = |broken: i32, repaid: i32| {
            let year = |before: i32| policy.year.before(before);
            let long_ago = resident(year(broken + 1).months(), policy);
            let repayments = (1..=repaid).map(|before| Record { paid_at: Some(Moment::at(policy.window.last.plus_days(9), 0)), ..resident(year(before).months(), policy) });
            let records: Vec<Record<'_>> = repayments.chain([long_ago]).collect();
            let person = Circumstances { born: None, identities: &[], schooling: None, records: &records };
            let on = policy.year.last_day();
            benefit_period(&paid_on(policy.window.last.plus_days(10), policy), &person, policy, on, &mut NoTrace).waiting_months
        };
        let repaid = repaid.min(broken);
        let least = if broken >= arrears.long_break_years { arrears.long_break_months } else { arrears.fixed_months };
        prop_assert_eq!(wait(broken, 0), (arrears.fixed_months + broken).max(least));
        prop_assert!(wait(broken, repaid) >= least && wait(broken, repaid) <= wait(broken, 0));
        prop_assert!(wait(broken + 1, repaid) >= wait(broken, repaid));
        prop_assert!(repaid == 0 || wait(broken, repaid) <= wait(broken, repaid - 1));
    }

    #[test]
    fn subsidy_and_personal_amount_make_the_premium(policy in policies(), bits in any::<u32>()) {
        let set = CategorySet::from_bits(bits);
        match subsidy::award(set, false, policy, &mut NoTrace) {
            Some(award) => {
                prop_assert_eq!(award.amount + award.personal, policy.premium.personal);
                prop_assert!(set.has(award.category) && award.personal >= Yuan::ZERO);
                prop_assert!(policy.subsidies.iter().all(|s| !set.has(s.category) || s.amount <= award.amount));
                prop_assert_eq!(subsidy::personal_amount(set, policy), award.personal);
            }
            None => {
                prop_assert!(!set.meets(policy.subsidies.categories()));
                prop_assert_eq!(subsidy::personal_amount(set, policy), policy.premium.personal);
            }
        }
        prop_assert_eq!(subsidy::award(set, true, policy, &mut NoTrace), None);
    }

    #[test]
    fn a_category_more_never_costs_more(policy in policies(), bits in any::<u32>(), more in any::<u32>()) {
        let (few, many) = (CategorySet::from_bits(bits), CategorySet::from_bits(bits | more));
        prop_assert!(subsidy::personal_amount(many, policy) <= subsidy::personal_amount(few, policy));
    }

    #[test]
    fn a_residents_record_that_is_valid_stays_valid(life in lives(), days in 0i32..400) {
        let later = life.on.plus_days(days);
        for record in life.records.iter().filter(|r| r.scheme == Scheme::Resident) {
            prop_assert!(!is_valid(record, life.policy, life.on) || is_valid(record, life.policy, later));
        }
    }

    #[test]
    fn who_is_covered_or_not_alive_is_not_missed(life in lives()) {
        let dead_or_away = life.residence.is_some_and(|r| !matches!(r.survival, Survival::Alive | Survival::Unknown));
        prop_assert!(!dead_or_away || !life.is_eligible());
        let covers = life.records.iter().filter(|r| is_valid(r, life.policy, life.on)).count();
        let status = PersonStatus { eligible: life.is_eligible(), covers, categories: life.categories(), born: life.born, student: false, prior_enrolled: false };
        let missed = missed(&status, life.policy, life.on, &mut NoTrace);
        prop_assert_eq!(missed.is_some(), life.is_eligible() && covers == 0);
        if let Some(row) = missed {
            prop_assert_eq!(row.personal, subsidy::personal_amount(life.categories(), life.policy));
            prop_assert!(row.difficulty || row.personal == life.policy.premium.personal, "whoever is subsidised is in difficulty");
        }
    }

    #[test]
    fn what_matches_is_equal_and_what_is_equal_matches(life in lives()) {
        let Some(row) = reconcile(&life.records, &life.payments, life.categories(), life.policy, life.on, &mut NoTrace) else { return Ok(()) };
        let equal = row.registered == row.paid && row.paid == row.expected;
        match row.status {
            ReconciliationStatus::Matched => prop_assert!(equal),
            ReconciliationStatus::AmountMismatch => prop_assert!(!equal),
            ReconciliationStatus::RegisteredUnpaid => prop_assert!(row.paid == Yuan::ZERO && !equal),
            ReconciliationStatus::PaidUnregistered => prop_assert_eq!(row.registered, Yuan::ZERO),
            ReconciliationStatus::PaidTwice => {}
        }
    }

    #[test]
    fn raises_are_within_their_bounds_and_a_claim_never_raises_them(life in lives(), cap in prop::option::of(0i64..20_000_000), claimed in 0i32..3) {
        let mut policy = life.policy.clone();
        if let Some(terms) = &mut policy.incentive {
            terms.critical_illness_cap = cap.map(Yuan::from_fen);
        }
        let raise = |claims: &[Claim]| uplift(&life.records, claims, &life.uses, &policy, life.on, &mut NoTrace);
        let Some(row) = raise(&life.claims) else {
            prop_assert!(policy.incentive.is_none());
            return Ok(());
        };
        let sum = row.consecutive + row.zero_claim;
        prop_assert!(row.total <= sum && row.total >= Yuan::ZERO);
        prop_assert_eq!(row.capped, cap.map(|_| row.total < sum));
        prop_assert!(cap.is_none_or(|cap| row.total.fen() <= cap / 5));
        let more = Claim { row: super::testing::row(Source::Settlement), year: policy.year.0 - claimed, fund: Yuan::from_yuan(1) };
        let claims: Vec<Claim> = life.claims.iter().copied().chain([more]).collect();
        prop_assert!(raise(&claims).is_some_and(|with| with.total <= row.total && with.consecutive == row.consecutive));
    }

    #[test]
    fn mending_what_a_payment_for_a_relative_fails_by_leaves_only_later_faults(
        policy in policies(),
        (relation, payer, payee) in (any::<bool>(), any::<bool>(), any::<bool>()),
        (payer_is_employee, payee_is_employee) in (any::<bool>(), any::<bool>()),
        (year, days) in (-1i32..=1, -60i32..160),
    ) {
        let Some(terms) = &policy.mutual_aid else { return Ok(()) };
        let mut aid = Aid {
            row: row(Source::MutualAid),
            relation: if relation { &terms.relations[0] } else { "朋友" },
            payer_area: if payer { policy.region.area } else { Area::new(310_115) },
            payee_area: if payee { Area::new(terms.payee_prefix * 10_000 + 101) } else { Area::new(310_115) },
            payer_is_employee,
            payee_is_employee,
            year: policy.year.0 + year,
            paid_on: terms.window.first.plus_days(days),
        };
        let mut before = None;
        while let Some(fault) = refusal(&aid, terms, policy, &mut NoTrace) {
            prop_assert!(before < Some(fault));
            match fault {
                MutualAidRefusal::Relation => aid.relation = &terms.relations[0],
                MutualAidRefusal::OutOfProvince => (aid.payer_area, aid.payee_area) = (policy.region.area, policy.region.area),
                MutualAidRefusal::PayerNotEmployee => aid.payer_is_employee = true,
                MutualAidRefusal::PayeeIsEmployee => aid.payee_is_employee = false,
                MutualAidRefusal::Year => aid.year = policy.year.0,
                MutualAidRefusal::Window => aid.paid_on = terms.window.last,
            }
            before = Some(fault);
        }
    }
}

type Rows = Vec<(Category, i32, Option<i32>)>;

/// Identity rows by days before the payment, and an age in days.
fn rows_and_birth() -> impl Strategy<Value = (Rows, i32)> {
    let category = prop::sample::select(&Category::ALL[..]);
    (prop::collection::vec((category, -5i32..200, prop::option::of(0i32..300)), 1..4), 400i32..30_000)
}
