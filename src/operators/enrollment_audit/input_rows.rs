//! Input rows as a person reads them: the columns that the audit keeps, in the form in which extracts write them.

use arrow_array::cast::AsArray;
use arrow_array::types::{Date32Type, Int32Type, Int64Type, TimestampMicrosecondType, UInt8Type, UInt32Type, UInt64Type};
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_cast::display::{ArrayFormatter, FormatOptions};
use arrow_schema::DataType;

use super::intake::ENROLLMENT;
use super::person_facts::{HISTORY, HOUSEHOLD, IDENTITY, INCENTIVE_USE, PAYMENT, RECORDS, SETTLEMENT, SOURCES, STUDENT};
use crate::operators::InputRow;
use canbao_rules::identity::{DivisionCode, OtherCertificates, PersonKey, mask, mask_name};
use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Month};
use canbao_rules::policy::Category;
use canbao_rules::rules::{Row, Source};
use canbao_sources::population::{PersonRows, Population};
use canbao_sources::{Contract, Kind, Shape, contract};

/// All rows of a person, by extract.
pub(super) fn of_person(population: &Population<SOURCES>, person: &PersonRows<SOURCES>, certificates: &OtherCertificates) -> Vec<InputRow> {
    let sources = [
        (HOUSEHOLD, Source::Household),
        (IDENTITY, Source::Identity),
        (RECORDS, Source::Enrollment),
        (HISTORY, Source::Enrollment),
        (STUDENT, Source::Student),
        (PAYMENT, Source::Payment),
        (SETTLEMENT, Source::Settlement),
        (INCENTIVE_USE, Source::IncentiveUse),
    ];
    let rows = sources.into_iter().flat_map(|(place, source)| {
        let batch = &population.sources[place].batch;
        person.rows[place].clone().map(move |row| input_row(source, batch, row, certificates))
    });
    let mut rows: Vec<InputRow> = rows.collect();
    rows.sort_by_key(|input| input.row);
    rows
}

/// The rows in which the person pays or is paid for.
pub(super) fn of_mutual_aid(batch: &RecordBatch, person: PersonKey, certificates: &OtherCertificates) -> Vec<InputRow> {
    let is = |name: &str, row: usize| number(batch, name, row) == Some(person.0);
    let rows = (0..batch.num_rows()).filter(|&row| is("payer_key", row) || is("payee_key", row));
    rows.map(|row| input_row(Source::MutualAid, batch, row, certificates)).collect()
}

fn input_row(source: Source, batch: &RecordBatch, row: usize, certificates: &OtherCertificates) -> InputRow {
    let place = number(batch, "origin", row).unwrap_or_default();
    let declared = contract(source.as_str()).map(|contract: &Contract| contract.columns).unwrap_or_default();
    let values = declared.iter().filter_map(|column| {
        let name = match column.kind {
            Kind::Certificate { key: "key" } => return None,
            Kind::Certificate { key } => key,
            _ => column.name,
        };
        let array = batch.column_by_name(name).filter(|array| array.is_valid(row))?;
        let shown = match array.as_boolean_opt() {
            Some(flags) => flag(source, column.name, flags.value(row)),
            None => shown(array, row, column.kind, certificates)?,
        };
        let covered = match column.name {
            "psn_name" => mask_name(&shown),
            "psn_no" | "setl_id" | "init_setl_id" => mask(&shown),
            _ => shown,
        };
        Some((column.name, covered))
    });
    InputRow { row: Row { source, origin: place }, values: values.collect() }
}

fn number(batch: &RecordBatch, name: &str, row: usize) -> Option<u64> {
    let column = batch.column_by_name(name)?.as_primitive_opt::<UInt64Type>()?;
    column.is_valid(row).then(|| column.value(row))
}

/// A column of which the reader kept only whether the value is the one that counts: that one, or that it is another.
fn flag(source: Source, column: &str, holds: bool) -> String {
    let wanted = ENROLLMENT.iter().find(|want| source == Source::Enrollment && want.column == column).map(|want| want.shape);
    match wanted {
        Some(Shape::Is { equals, .. }) if holds => equals.to_owned(),
        Some(Shape::Is { equals, .. }) => format!("≠{equals}"),
        _ => holds.to_string(),
    }
}

/// A value as extracts write it; `None` for one that cannot be shown.
fn shown(array: &ArrayRef, row: usize, kind: Kind, certificates: &OtherCertificates) -> Option<String> {
    Some(match kind {
        Kind::Certificate { .. } => mask(&certificates.certno(PersonKey(array.as_primitive_opt::<UInt64Type>()?.value(row)))),
        Kind::Month => Month::from_index(array.as_primitive_opt::<Int32Type>()?.value(row)).to_string(),
        Kind::Date => Day::from_epoch(array.as_primitive_opt::<Date32Type>()?.value(row)).to_string(),
        Kind::Amount => Yuan::from_fen(array.as_primitive_opt::<Int64Type>()?.value(row)).to_string(),
        Kind::Code(codes) => (*codes.get(usize::from(array.as_primitive_opt::<UInt8Type>()?.value(row)))?).to_owned(),
        Kind::IdentityLabel => Category::from_index(array.as_primitive_opt::<UInt8Type>()?.value(row))?.title().to_owned(),
        Kind::Area(_) | Kind::AreaOrTotal(_) if *array.data_type() == DataType::UInt32 => {
            format!("{:06}", array.as_primitive_opt::<UInt32Type>()?.value(row))
        }
        Kind::Area(_) | Kind::AreaOrTotal(_) => DivisionCode::from_packed(array.as_primitive_opt::<UInt64Type>()?.value(row)).to_string(),
        Kind::Moment => {
            array.as_primitive_opt::<TimestampMicrosecondType>()?;
            ArrayFormatter::try_new(array, &FormatOptions::default().with_timestamp_format(Some("%Y-%m-%d %H:%M:%S")))
                .ok()?
                .value(row)
                .to_string()
        }
        Kind::CertificateType | Kind::Text | Kind::Year | Kind::Count => {
            ArrayFormatter::try_new(array, &FormatOptions::default()).ok()?.value(row).to_string()
        }
    })
}
