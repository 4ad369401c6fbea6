//! Made-up people of every region and benefit year, whatever the order in which their rows come.

use std::sync::LazyLock;

use proptest::prelude::*;

use crate::money::Yuan;
use crate::period::{Day, Moment, MonthSpan};
use crate::policy::{Area, Category, Policy};

use super::super::testing::row;
use super::super::{Claim, IdentitySpan, Payment, Record, Registration, Residence, Scheme, Schooling, Source, Survival, UpliftUse};

static POLICIES: LazyLock<Vec<Policy>> =
    LazyLock::new(|| crate::testing::shipped_packs().iter().flat_map(|pack| pack.years().iter().cloned()).collect());

/// Each region's policy of each benefit year.
pub(super) fn policies() -> impl Strategy<Value = &'static Policy> {
    (0..POLICIES.len()).prop_map(|place| &POLICIES[place])
}

/// All facts of one person.
#[derive(Debug, Clone)]
pub(super) struct Life {
    pub policy: &'static Policy,
    pub on: Day,
    pub born: Option<Day>,
    pub residence: Option<Residence>,
    pub schooling: Option<Schooling>,
    pub identities: Vec<IdentitySpan>,
    pub records: Vec<Record<'static>>,
    pub payments: Vec<Payment>,
    pub claims: Vec<Claim>,
    pub uses: Vec<UpliftUse>,
}

/// A person under some policy.
pub(super) fn lives() -> impl Strategy<Value = Life> {
    policies().prop_flat_map(life)
}

/// A person, and the same person with all rows in another order.
pub(super) fn shuffled_lives() -> impl Strategy<Value = (Life, Life)> {
    lives().prop_flat_map(|life| {
        let shuffled = (
            Just(life.records.clone()).prop_shuffle(),
            Just(life.identities.clone()).prop_shuffle(),
            Just(life.payments.clone()).prop_shuffle(),
            Just(life.claims.clone()).prop_shuffle(),
            Just(life.uses.clone()).prop_shuffle(),
        );
        (Just(life), shuffled).prop_map(|(life, (records, identities, payments, claims, uses))| {
            let other = Life { records, identities, payments, claims, uses, ..life.clone() };
            (life, other)
        })
    })
}

fn life(policy: &'static Policy) -> impl Strategy<Value = Life> {
    let whereabouts = (prop::option::of(residence(policy)), prop::option::of(schooling(policy)));
    let rows = (
        prop::collection::vec(identity(policy), 0..5),
        prop::collection::vec(record(policy), 0..8),
        prop::collection::vec(payment(policy), 0..4),
        prop::collection::vec(claim(policy), 0..4),
        prop::collection::vec(
            (policy.year.0 - 3..=policy.year.0).prop_map(|year| UpliftUse { row: row(Source::IncentiveUse), year }),
            0..3,
        ),
    );
    (day(policy), prop::option::of(day(policy)), whereabouts, rows).prop_map(
        move |(on, born, (residence, schooling), (identities, records, payments, claims, uses))| Life {
            policy,
            on,
            born,
            residence,
            schooling,
            identities,
            records,
            payments,
            claims,
            uses,
        },
    )
}

/// A day of the benefit year, of the two before or the one after.
fn day(policy: &'static Policy) -> impl Strategy<Value = Day> {
    (-730i32..=731).prop_map(|days| policy.year.first_day().plus_days(days))
}

/// The region, places inside it where it is a city's, its city's pool, the county beside, and another province.
fn area(policy: &'static Policy) -> impl Strategy<Value = Area> {
    let own = policy.region.area;
    let pool = own.code() / 100 * 100;
    let inside = if own.is_city() { own.code() + 21 } else { own.code() };
    prop::sample::select(vec![own.code(), inside, pool, pool + 99, 310_115]).prop_map(Area::new)
}

fn residence(policy: &'static Policy) -> impl Strategy<Value = Residence> {
    let survival = prop::sample::select(vec![Survival::Alive, Survival::Dead, Survival::Imprisoned, Survival::Missing, Survival::Unknown]);
    (area(policy), survival).prop_map(|(area, survival)| Residence {
        row: row(Source::Household),
        area,
        registration: Registration::Household,
        survival,
    })
}

fn schooling(policy: &'static Policy) -> impl Strategy<Value = Schooling> {
    (area(policy), day(policy), prop::option::of(0i32..900)).prop_map(|(school, begin, length)| Schooling {
        row: row(Source::Student),
        school,
        begin,
        end: length.map(|days| begin.plus_days(days)),
    })
}

fn identity(policy: &'static Policy) -> impl Strategy<Value = IdentitySpan> {
    let category = prop::sample::select(&Category::ALL[..]);
    (category, day(policy), prop::option::of(0i32..900)).prop_map(|(category, begin, length)| IdentitySpan {
        row: row(Source::Identity),
        category,
        begin,
        end: length.map(|days| begin.plus_days(days)),
    })
}

/// A record of some of the last eight years; most are good.
fn record(policy: &'static Policy) -> impl Strategy<Value = Record<'static>> {
    let states = (prop::bool::weighted(0.9), prop::bool::weighted(0.95), prop::bool::weighted(0.95));
    let paid = prop::option::weighted(0.9, (day(policy), 0i64..3));
    let number = prop::sample::select(vec!["P1", "P2", "P3"]);
    (number, any::<bool>(), area(policy), (-84i32..12, 0i32..24), states, paid, prop::option::of(day(policy)), prop::option::of(0i64..4))
        .prop_map(move |(psn_no, employee, area, (first, length), (in_force, collected, not_reversed), paid, employed_since, fen)| {
            let january = policy.year.months().first;
            Record {
                row: row(Source::Enrollment),
                psn_no,
                scheme: if employee { Scheme::Employee } else { Scheme::Resident },
                area,
                months: MonthSpan::new(january.plus(first), january.plus(first + length)).unwrap(),
                in_force,
                collected,
                not_reversed,
                paid_at: paid.map(|(day, hours)| Moment::at(day, hours * 3_600_000_000)),
                employed_since,
                personal: fen.map(Yuan::from_fen),
            }
        })
}

fn payment(policy: &'static Policy) -> impl Strategy<Value = Payment> {
    let year = policy.year.0;
    (year - 1..=year, day(policy), 0i64..4, prop::bool::weighted(0.8)).prop_map(|(year, day, fen, succeeded)| Payment {
        row: row(Source::Payment),
        year,
        paid_at: Moment::at(day, 0),
        amount: Yuan::from_fen(fen),
        succeeded,
    })
}

fn claim(policy: &'static Policy) -> impl Strategy<Value = Claim> {
    let year = policy.year.0;
    (year - 2..=year, -2i64..3).prop_map(|(year, fen)| Claim { row: row(Source::Settlement), year, fund: Yuan::from_fen(fen) })
}
