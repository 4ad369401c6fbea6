//! Records for tests, briefly written.

use super::case::{CaseNumber, Record};
use canbao_rules::money::Yuan;
use canbao_rules::period::{Day, Moment, Month, MonthSpan};
use canbao_rules::rules::{DuplicateAction, DuplicateKind, DuplicateReason};

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

pub fn number(text: &str) -> CaseNumber {
    text.parse().unwrap()
}

fn month(text: &str) -> Month {
    Month::new(text[..4].parse().unwrap(), text[4..].parse().unwrap()).unwrap()
}

/// A resident record to pause, from `first-last@day of payment=yuan`, such as `202401-202412@3=380`.
pub fn record(certno: &str, text: &str) -> Record {
    let (months, rest) = text.split_once('@').unwrap();
    let (paid, amount) = rest.split_once('=').unwrap();
    let (first, last) = months.split_once('-').unwrap();
    let paid_at = (!paid.is_empty()).then(|| Moment::at(day("2023-10-01").plus_days(paid.parse::<i32>().unwrap() - 1), 0));
    Record {
        certno: certno.to_owned(),
        name: Some(format!("{certno}某")),
        kind: DuplicateKind::CrossRegionResident,
        psn_no: "1".to_owned(),
        insutype: "390".to_owned(),
        area: "340322".to_owned(),
        months: MonthSpan::new(month(first), month(last)).unwrap(),
        paid_at,
        personal: Yuan::parse(amount),
        action: DuplicateAction::Pause,
        reason: DuplicateReason::ResidencePlace,
        refund: Yuan::ZERO,
    }
}
