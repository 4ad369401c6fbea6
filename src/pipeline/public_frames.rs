//! Extracts as SQL sees them: the platform's columns in their public form.
//!
//! Inside the program a row is integers: packed person keys, month counts, fen, places in code lists. A query gets what
//! a reader of the contract expects:
//!
//! | declared as | in SQL |
//! |---|---|
//! | certificate | text: 18 places, or another certificate's number |
//! | text, code, division code (`TOTAL` as it is), month (`yyyyMM`) | text |
//! | date, moment | `DATE`, `TIMESTAMP` |
//! | year, count | integers |
//! | amount | `DECIMAL(18,2)` |
//! | identity label | text: the category that the pack gives it, such as `low_income` |
//!
//! Every declared column is there; one that an extract lacks is null throughout. Rejected rows are not there, nor are
//! settlements of a day after the logical date.

use polars::prelude::*;

use canbao_rules::identity::{DivisionCode, OtherCertificates, PersonKey};
use canbao_rules::period::{BenefitYear, Day, Month};
use canbao_rules::policy::Category;
use canbao_sources::{Column as Declared, Contract, Kind};

/// An extract without rows.
pub fn empty(contract: &Contract) -> DataFrame {
    DataFrame::empty_with_schema(&schema(contract))
}

/// The columns of an extract in their public form.
pub fn schema(contract: &Contract) -> Schema {
    contract.columns.iter().map(|column| Field::new(column.name.into(), public_type(column.kind))).collect()
}

/// The rows that a reader made of an extract, in their public form and in the order in which they were read.
///
/// # Errors
/// A column of another type than the reader promises: a defect of the program.
pub fn public(contract: &Contract, rows: &DataFrame, certificates: &OtherCertificates) -> PolarsResult<DataFrame> {
    let columns = contract.columns.iter().map(|declared| public_column(declared, rows, certificates));
    DataFrame::new(rows.height(), columns.collect::<PolarsResult<Vec<_>>>()?)
}

/// The frame `run`: one row with `logical_date`, `region` and `benefit_year` (null where there is none).
pub fn run_frame(date: Day, region: &str, year: Option<BenefitYear>) -> DataFrame {
    let columns = vec![
        Int32Chunked::from_slice("logical_date".into(), &[date.epoch()]).into_date().into_column(),
        StringChunked::from_slice("region".into(), &[region]).into_column(),
        Int32Chunked::from_slice_options("benefit_year".into(), &[year.map(|year| year.0)]).into_column(),
    ];
    DataFrame::new(1, columns).unwrap_or_default()
}

fn public_type(kind: Kind) -> DataType {
    match kind {
        Kind::Certificate { .. } | Kind::CertificateType | Kind::Text | Kind::Month => DataType::String,
        Kind::Area(_) | Kind::AreaOrTotal(_) | Kind::Code(_) | Kind::IdentityLabel => DataType::String,
        Kind::Date => DataType::Date,
        Kind::Moment => DataType::Datetime(TimeUnit::Microseconds, None),
        Kind::Year => DataType::Int32,
        Kind::Count => DataType::Int64,
        Kind::Amount => DataType::Decimal(18, 2),
    }
}

fn public_column(declared: &Declared, rows: &DataFrame, certificates: &OtherCertificates) -> PolarsResult<Column> {
    let physical = match declared.kind {
        Kind::Certificate { key } => key,
        _ => declared.name,
    };
    let name: PlSmallStr = declared.name.into();
    let Ok(column) = rows.column(physical) else {
        return Ok(Column::full_null(name, rows.height(), &public_type(declared.kind)));
    };
    let series = column.as_materialized_series();
    let public = match declared.kind {
        Kind::Certificate { .. } => text(series.u64()?.iter().map(|key| key.map(|key| certificates.certno(PersonKey(key))))),
        Kind::Month => text(series.i32()?.iter().map(|month| month.map(|month| Month::from_index(month).to_string()))),
        Kind::Area([6]) => text(series.u32()?.iter().map(|code| code.map(|code| format!("{code:06}")))),
        Kind::Area(_) | Kind::AreaOrTotal(_) => text(series.u64()?.iter().map(|code| code.map(area))),
        Kind::Code(codes) => text(series.u8()?.iter().map(|place| codes.get(usize::from(place?)).copied())),
        Kind::IdentityLabel => {
            text(series.u8()?.iter().map(|place| Category::ALL.get(usize::from(place?)).map(|category| category.as_str())))
        }
        Kind::Amount => {
            let fen: Int128Chunked = series.i64()?.iter().map(|fen| fen.map(i128::from)).collect();
            fen.into_decimal(18, 2)?.into_series()
        }
        Kind::CertificateType | Kind::Text | Kind::Date | Kind::Moment | Kind::Year | Kind::Count => series.clone(),
    };
    Ok(public.with_name(name).into_column())
}

fn area(packed: u64) -> String {
    if packed == Kind::TOTAL { "TOTAL".to_owned() } else { DivisionCode::from_packed(packed).to_string() }
}

fn text<S: AsRef<str>>(values: impl Iterator<Item = Option<S>>) -> Series {
    values.collect::<StringChunked>().into_series()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_reads_as_the_contract_says() {
        let mut certificates = OtherCertificates::default();
        let passport = certificates.intern("03", "E1");
        let codes = DivisionCode::parse("340322101").unwrap().packed();
        let rows = df!(
            "key" => [passport.0],
            "clct_year" => [2024i32],
            "pay_amt" => [38_050i64],
            "pay_stas" => [0u8],
            "order_no" => ["A1"],
        )
        .unwrap();
        let payment = public(&canbao_sources::PAYMENT, &rows, &certificates).unwrap();
        assert_eq!(payment.schema().as_ref(), &schema(&canbao_sources::PAYMENT), "columns that the extract lacks are there");
        assert_eq!(payment.column("certno").unwrap().get(0).unwrap(), AnyValue::String("E1"));
        assert_eq!(payment.column("pay_amt").unwrap().get(0).unwrap().to_string(), "380.50");
        assert_eq!(payment.column("pay_stas").unwrap().get(0).unwrap(), AnyValue::String("1"));

        let rows = df!("admdvs" => [codes, Kind::TOTAL]).unwrap();
        let target = public(&canbao_sources::TARGET, &rows, &certificates).unwrap();
        let areas: Vec<_> = target.column("admdvs").unwrap().str().unwrap().iter().collect();
        assert_eq!(areas, [Some("340322101"), Some("TOTAL")]);
    }

    #[test]
    fn every_contract_has_a_frame() {
        for contract in canbao_sources::CONTRACTS {
            assert_eq!(empty(contract).width(), contract.columns.len(), "{}", contract.name);
        }
    }
}
