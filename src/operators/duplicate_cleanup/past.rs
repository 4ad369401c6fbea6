//! The lists that were published before, read back.

use super::case::{Case, Home, Record, Settled, Who};
use super::case_register::{Base, Other, Past};
use super::cells::{Row, every_row};
use super::error::CleanupError;
use super::keys::Keys;
use canbao_publish::Snapshot;
use canbao_publish::datasets::{CLEANUP_SETTLED, CLEANUP_WORKLIST};
use canbao_rules::money::Yuan;

/// Reads the base and all other lists.
pub fn read(base: Option<&Snapshot>, others: &[Snapshot], keys: &Keys<'_>) -> Result<Past, CleanupError> {
    let base = base.map(|snapshot| {
        Ok::<_, CleanupError>(Base { date: snapshot.name().date, open: open(snapshot, keys)?, settled: settled(snapshot, keys)? })
    });
    let others = others.iter().map(|snapshot| Ok(Other { date: snapshot.name().date, open: open(snapshot, keys)? }));
    Ok(Past { base: base.transpose()?, others: others.collect::<Result<_, CleanupError>>()? })
}

fn open(snapshot: &Snapshot, keys: &Keys<'_>) -> Result<Vec<Case>, CleanupError> {
    every_row(snapshot, CLEANUP_WORKLIST.name, |row| case(row, keys))
}

fn settled(snapshot: &Snapshot, keys: &Keys<'_>) -> Result<Vec<Settled>, CleanupError> {
    every_row(snapshot, CLEANUP_SETTLED.name, |row| {
        Ok(Settled {
            case: case(row, keys)?,
            last_seen: row.day("last_seen")?,
            settled_on: row.day("settled_on")?,
            outcome: row.code("outcome")?,
        })
    })
}

fn case(row: &Row<'_>, keys: &Keys<'_>) -> Result<Case, CleanupError> {
    let record = record(row)?;
    let who = match row.text("match_key")? {
        Some(key) => keys.read(key, row.path())?,
        None => Who::Plain { person: record.certno.clone(), psn_no: record.psn_no.clone() },
    };
    let text = |name| Ok::<_, CleanupError>(row.text(name)?.map(str::to_owned));
    Ok(Case {
        number: row.case_number("case_no")?.ok_or_else(|| row.missing("case_no"))?,
        who,
        home: Home { residence: text("resd_admdvs")?, township: text("township")?, township_name: text("township_name")? },
        first_seen: row.day("first_seen")?,
        reopened_from: row.case_number("reopened_from")?,
        record,
    })
}

/// The record of a row: its columns have the same names in the audit's dataset and in ours.
pub fn record(row: &Row<'_>) -> Result<Record, CleanupError> {
    Ok(Record {
        certno: row.known("certno")?.to_owned(),
        name: row.text("psn_name")?.map(str::to_owned),
        kind: row.code("kind")?,
        psn_no: row.known("psn_no")?.to_owned(),
        insutype: row.known("insutype")?.to_owned(),
        area: row.known("insu_admdvs")?.to_owned(),
        months: row.months("accrym_begn", "accrym_end")?.ok_or_else(|| row.missing("accrym_begn"))?,
        paid_at: row.moment("clct_time")?,
        personal: row.money("psn_clct_amt")?,
        action: row.code("action")?,
        reason: row.code("reason")?,
        refund: row.money("refund_amt")?.unwrap_or(Yuan::ZERO),
    })
}
