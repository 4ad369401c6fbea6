//! Codes as the readers carry them, a place in the contract's list, turned into the rules' types.

use canbao_rules::rules::{Registration, Scheme, Survival};
use canbao_sources::{Contract, ENROLLMENT, HOUSEHOLD, Kind, PAYMENT};

/// What each place of each code list means.
#[derive(Debug)]
pub(super) struct Codes {
    schemes: Vec<Option<Scheme>>,
    registrations: Vec<Option<Registration>>,
    survivals: Vec<Option<Survival>>,
    succeeded: Vec<bool>,
}

impl Codes {
    pub(super) fn of_contracts() -> Self {
        Self {
            schemes: list(&ENROLLMENT, "insutype").iter().map(|code| Scheme::from_code(code)).collect(),
            registrations: list(&HOUSEHOLD, "regi_type").iter().map(|code| Registration::from_code(code)).collect(),
            survivals: list(&HOUSEHOLD, "surv_stas").iter().map(|code| Survival::from_code(code)).collect(),
            succeeded: list(&PAYMENT, "pay_stas").iter().map(|&code| code == "1").collect(),
        }
    }

    pub(super) fn scheme(&self, place: u8) -> Option<Scheme> {
        self.schemes.get(usize::from(place)).copied().flatten()
    }

    pub(super) fn registration(&self, place: u8) -> Option<Registration> {
        self.registrations.get(usize::from(place)).copied().flatten()
    }

    pub(super) fn survival(&self, place: u8) -> Option<Survival> {
        self.survivals.get(usize::from(place)).copied().flatten()
    }

    pub(super) fn succeeded(&self, place: u8) -> bool {
        self.succeeded.get(usize::from(place)).copied().unwrap_or(false)
    }
}

fn list(contract: &Contract, column: &str) -> &'static [&'static str] {
    match contract.column(column).map(|(_, column)| column.kind) {
        Some(Kind::Code(list)) => list,
        _ => &[],
    }
}
