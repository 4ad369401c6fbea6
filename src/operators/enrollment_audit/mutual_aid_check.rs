//! `mutual_aid_check`: one row a good row of the extract, in its order.
//!
//! The only decision that looks at two persons: whether the payer has a valid employee record and the payee has none.
//! Who has one is noted while the persons go by, range by range ([`Employees`]); the rows are checked after that.

use std::ops::RangeInclusive;

use arrow_array::RecordBatch;
use arrow_array::builder::{BooleanBuilder, Int32Builder, StringBuilder};
use arrow_schema::ArrowError;

use super::columns::MutualAid as Columns;
use super::intake::Shared;
use super::person_facts::{Context, HISTORY, RECORDS, SOURCES, append, certno, input, record};
use canbao_publish::build::{MomentBuilder, MoneyBuilder, batch};
use canbao_publish::datasets::MUTUAL_AID_CHECK;
use canbao_rules::identity::PersonKey;
use canbao_rules::policy::{Area, Policy};
use canbao_rules::rules::mutual_aid::{Aid, refusal};
use canbao_rules::rules::{MutualAidRefusal, Scheme, Source, Trace, validity};
use canbao_sources::population::Population;

/// Of the persons whom the extract names, who has a valid employee record for the year.
#[derive(Debug, Default)]
pub(super) struct Employees {
    /// Sorted.
    keys: Vec<u64>,
    are: Vec<bool>,
}

impl Employees {
    /// Nobody has been looked at yet.
    pub(super) fn of(rows: Option<&RecordBatch>) -> Self {
        let columns = rows.map(|rows| (rows.num_rows(), Columns::of(rows)));
        let named = |(rows, columns): &(usize, Columns<'_>)| {
            (0..*rows).flat_map(|row| [columns.payer.get(row), columns.payee.get(row)]).flatten().collect::<Vec<u64>>()
        };
        let mut keys = columns.as_ref().map(named).unwrap_or_default();
        keys.sort_unstable();
        keys.dedup();
        Self { are: vec![false; keys.len()], keys }
    }

    /// Looks at those of a range of keys, all of whose rows are there.
    pub(super) fn look(&mut self, keys: &RangeInclusive<u64>, population: &Population<SOURCES>, context: &Context<'_>) {
        let begin = self.keys.partition_point(|key| key < keys.start());
        let end = self.keys.partition_point(|key| key <= keys.end());
        for (&key, is) in self.keys[begin..end].iter().zip(&mut self.are[begin..end]) {
            *is = is_employee(PersonKey(key), population, context);
        }
    }

    fn has(&self, person: PersonKey) -> bool {
        self.keys.binary_search(&person.0).is_ok_and(|place| self.are[place])
    }
}

/// The dataset; of `only`, the rows in which this person pays or is paid for. `None` where the extract is absent or the
/// policy has no rules for it.
pub(super) fn check(
    shared: &Shared,
    employees: &Employees,
    policy: &Policy,
    only: Option<PersonKey>,
    trace: &mut impl Trace,
) -> Result<Option<RecordBatch>, ArrowError> {
    let (Some(rows), Some(terms)) = (&shared.mutual_aid, &policy.mutual_aid) else { return Ok(None) };
    let columns = Columns::of(rows);
    let mut table = MutualAidTable::default();
    for row in 0..rows.num_rows() {
        let keys = (columns.payer.get(row).map(PersonKey), columns.payee.get(row).map(PersonKey));
        let (Some(payer), Some(payee)) = keys else { continue };
        if only.is_some_and(|person| person != payer && person != payee) {
            continue;
        }
        let Some(aid) = aid(&columns, row, employees.has(payer), employees.has(payee)) else { continue };
        let refusal = refusal(&aid, terms, policy, trace);
        table.payer_certno.append_value(certno(payer, &shared.certificates, &mut [0; 18]));
        table.payee_certno.append_value(certno(payee, &shared.certificates, &mut [0; 18]));
        table.push(&columns, row, &aid, refusal);
    }
    table.finish().map(Some)
}

fn aid<'a>(columns: &Columns<'a>, row: usize, payer_is_employee: bool, payee_is_employee: bool) -> Option<Aid<'a>> {
    Some(Aid {
        row: input(Source::MutualAid, columns.origin, row),
        relation: columns.relation.get(row)?,
        payer_area: Area::new(columns.payer_area.get(row)?),
        payee_area: Area::new(columns.payee_area.get(row)?),
        payer_is_employee,
        payee_is_employee,
        year: columns.year.get(row)?,
        paid_on: columns.paid_at.moment(row)?.day(),
    })
}

/// Whether the person has a valid employee record for the year.
fn is_employee(person: PersonKey, population: &Population<SOURCES>, context: &Context<'_>) -> bool {
    let rows = population.person(person).rows;
    let of = |source: usize, columns| rows[source].clone().filter_map(move |row| record(columns, row, context.codes));
    of(RECORDS, &context.sources.records)
        .chain(of(HISTORY, &context.sources.history))
        .any(|record| record.scheme == Scheme::Employee && validity::is_valid(&record, context.policy, context.on))
}

/// The dataset's columns as they grow.
#[derive(Debug, Default)]
struct MutualAidTable {
    payer_certno: StringBuilder,
    payer_admdvs: StringBuilder,
    payee_certno: StringBuilder,
    payee_admdvs: StringBuilder,
    relation: StringBuilder,
    clct_year: Int32Builder,
    pay_time: MomentBuilder,
    pay_amt: MoneyBuilder,
    valid: BooleanBuilder,
    reason: StringBuilder,
}

impl MutualAidTable {
    /// All columns but the numbers of the two persons.
    fn push(&mut self, columns: &Columns<'_>, row: usize, aid: &Aid<'_>, refusal: Option<MutualAidRefusal>) {
        append(&mut self.payer_admdvs, Some(aid.payer_area));
        append(&mut self.payee_admdvs, Some(aid.payee_area));
        self.relation.append_value(aid.relation);
        self.clct_year.append_value(aid.year);
        self.pay_time.push(columns.paid_at.moment(row));
        self.pay_amt.push(columns.amount.yuan(row));
        self.valid.append_value(refusal.is_none());
        self.reason.append_option(refusal.map(MutualAidRefusal::as_str));
    }

    fn finish(&mut self) -> Result<RecordBatch, ArrowError> {
        batch(
            &MUTUAL_AID_CHECK,
            &mut [
                &mut self.payer_certno,
                &mut self.payer_admdvs,
                &mut self.payee_certno,
                &mut self.payee_admdvs,
                &mut self.relation,
                &mut self.clct_year,
                &mut self.pay_time,
                &mut self.pay_amt,
                &mut self.valid,
                &mut self.reason,
            ],
        )
    }
}
