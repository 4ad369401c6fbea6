//! What holds of every decision, whatever the facts.

use proptest::prelude::*;

use crate::money::Yuan;
use crate::period::{Day, Moment, Month, MonthSpan};
use crate::policy::{Area, Category, CategorySet, Policy};

use super::benefit_period::{Basis, Circumstances, benefit_period};
use super::duplicates::{self, Action, Finding};
use super::history::Years;
use super::testing::{record, row, wuhe};
use super::trace::Silent;
use super::validity::is_valid;
use super::{IdentitySpan, Record, Registration, Residence, Scheme, Schooling, Source, Survival, categories, subsidy};

const NUMBERS: [&str; 3] = ["P1", "P2", "P3"];
const AREAS: [u32; 4] = [340322, 340300, 340323, 310115];

fn days() -> impl Strategy<Value = Day> {
    (2022i32..=2024, 1u32..=12, 1u32..=28).prop_map(|(y, m, d)| Day::from_ymd(y, m, d).unwrap())
}

fn areas() -> impl Strategy<Value = Area> {
    prop::sample::select(&AREAS).prop_map(Area::new)
}

prop_compose! {
    fn records()(
        number in prop::sample::select(&NUMBERS),
        employee in any::<bool>(),
        area in areas(),
        first in -14i32..12,
        length in 0i32..24,
        (in_force, collected, standing) in (prop::bool::weighted(0.9), prop::bool::weighted(0.95), prop::bool::weighted(0.95)),
        paid in prop::option::weighted(0.9, (days(), 0i64..3)),
        since in prop::option::of(days()),
        fen in prop::option::of(0i64..4),
    ) -> Record<'static> {
        let january = Month::new(2024, 1).unwrap();
        Record {
            row: row(Source::Enrollment),
            psn_no: number,
            scheme: if employee { Scheme::Employee } else { Scheme::Resident },
            area,
            months: MonthSpan::new(january.plus(first), january.plus(first + length)).unwrap(),
            in_force,
            collected,
            standing,
            paid_at: paid.map(|(day, hours)| Moment::at(day, hours * 3_600_000_000)),
            employed_since: since,
            personal: fen.map(Yuan::from_fen),
        }
    }
}

prop_compose! {
    fn whereabouts()(
        home in prop::option::of(areas()),
        dead in any::<bool>(),
        school in prop::option::of(areas()),
        begin in days(),
    ) -> (Option<Residence>, Option<Schooling>) {
        let survival = if dead { Survival::Dead } else { Survival::Alive };
        let residence = home.map(|area| Residence { row: row(Source::Household), area, registration: Registration::Household, survival });
        (residence, school.map(|school| Schooling { row: row(Source::Student), school, begin, end: None }))
    }
}

fn identities() -> impl Strategy<Value = Vec<IdentitySpan>> {
    let one = (0u8..Category::ALL.len() as u8, days(), prop::option::of(0i32..900)).prop_map(|(category, begin, length)| IdentitySpan {
        row: row(Source::Identity),
        category: Category::from_index(category).unwrap(),
        begin,
        end: length.map(|days| begin.plus_days(days)),
    });
    prop::collection::vec(one, 0..5)
}

/// What a finding shows of its record, without its place.
fn shown(finding: &Finding, records: &[Record<'_>]) -> String {
    format!("{:?} {:?}", Finding { record: 0, ..*finding }, records[finding.record])
}

fn all_shown(records: &[Record<'_>], at: &(Option<Residence>, Option<Schooling>), policy: &Policy, on: Day) -> Vec<String> {
    let findings = duplicates::decide(records, at.0.as_ref(), at.1.as_ref(), policy, on, &mut Silent);
    let mut shown: Vec<String> = findings.iter().map(|f| shown(f, records)).collect();
    shown.sort();
    shown
}

proptest! {
    #[test]
    fn the_order_of_records_changes_no_decision(
        (records, shuffled) in prop::collection::vec(records(), 0..8).prop_flat_map(|r| (Just(r.clone()), Just(r).prop_shuffle())),
        at in whereabouts(),
        on in days(),
    ) {
        let policy = wuhe();
        prop_assert_eq!(all_shown(&records, &at, &policy, on), all_shown(&shuffled, &at, &policy, on));
        prop_assert_eq!(Years::enrolled(&records, &policy, on, &mut Silent), Years::enrolled(&shuffled, &policy, on, &mut Silent));
    }

    #[test]
    fn kept_records_share_no_month_and_a_paused_one_shares_one(
        records in prop::collection::vec(records(), 0..8),
        at in whereabouts(),
        on in days(),
    ) {
        let policy = wuhe();
        let findings = duplicates::decide(&records, at.0.as_ref(), at.1.as_ref(), &policy, on, &mut Silent);
        let living: Vec<&Finding> = findings.iter().filter(|f| f.kind != duplicates::Kind::Deceased).collect();
        for a in &living {
            let shares = |b: &&&Finding| a.record != b.record && records[a.record].months.common(records[b.record].months).is_some();
            prop_assert!(a.overlap.is_some());
            if a.action == Action::Keep {
                prop_assert!(!living.iter().filter(shares).any(|b| b.action == Action::Keep));
            }
            if a.action == Action::Pause && living.len() == findings.len() {
                prop_assert!(living.iter().any(|b| shares(&b)));
            }
            if a.action != Action::Pause || records[a.record].scheme == Scheme::Employee || on >= policy.year.first_day() {
                prop_assert_eq!(a.refund, Yuan::ZERO);
            }
        }
        let valid = records.iter().filter(|r| is_valid(r, &policy, on)).count();
        prop_assert!(findings.len() <= valid);
    }

    #[test]
    fn cover_begins_after_the_payment_except_where_a_rule_says_so(
        paid in days(),
        born in prop::option::of(days()),
        identities in identities(),
    ) {
        let policy = wuhe();
        let record = Record { paid_at: Some(Moment::at(paid, 0)), ..record() };
        let person = Circumstances { born, identities: &identities, schooling: None, records: &[] };
        let period = benefit_period(&record, &person, &policy, paid, &mut Silent);
        if let Some((begin, end)) = period.cover {
            prop_assert!(policy.year.first_day() <= begin && begin <= end && end == policy.year.last_day());
            let may_reach_back = matches!(period.basis, Basis::NewbornFromBirth | Basis::MigrantExtension);
            prop_assert!(begin > paid || may_reach_back);
        }
        prop_assert_eq!(period.waiting_months > 0, period.basis == Basis::Waiting);
    }

    #[test]
    fn subsidy_and_personal_amount_make_the_premium(bits in any::<u32>()) {
        let policy = wuhe();
        let set = CategorySet::from_bits(bits);
        match subsidy::award(set, false, &policy, &mut Silent) {
            Some(award) => {
                prop_assert_eq!(award.amount + award.personal, policy.premium.personal);
                prop_assert!(set.has(award.category) && award.personal >= Yuan::ZERO);
                prop_assert!(policy.subsidies.iter().all(|s| !set.has(s.category) || s.amount <= award.amount));
            }
            None => prop_assert_eq!(subsidy::personal_amount(set, &policy), policy.premium.personal),
        }
    }

    #[test]
    fn the_order_of_identity_rows_changes_nothing(identities in identities(), on in days()) {
        let mut reversed = identities.clone();
        reversed.reverse();
        prop_assert_eq!(categories::in_force(&identities, on, &mut Silent), categories::in_force(&reversed, on, &mut Silent));
    }
}
