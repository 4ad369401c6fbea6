//! Incentives and family mutual aid.

use crate::period::BenefitYear;

use super::super::check::{Checked, SpannedFault, bad_value, words};
use super::super::{Fault, Incentive, MutualAid, Unit, wire};
use super::years::span;
use super::{CRITICAL_ILLNESS_CAP, YUAN, YearResolver, percent, yuan};

impl YearResolver<'_> {
    /// Incentives where any of their figures is in force: then all have to be.
    pub(super) fn incentive(&mut self) -> Option<Option<Incentive>> {
        let Some(wire) = &self.pack.incentive else { return Some(None) };
        let mut any = false;
        for (parameter, figures) in wire.lists() {
            any |= self.in_force(parameter, figures).is_some();
        }
        if !any {
            return Some(None);
        }
        let since = self.required("incentive.since", &wire.since, Unit::BenefitYear, 1950..=9998);
        let unrewarded_years = self.required("incentive.unrewarded_years", &wire.unrewarded_years, Unit::Years, 0..=100);
        let consecutive = self.required("incentive.consecutive", &wire.consecutive, Unit::Yuan, YUAN);
        let zero_claim = self.required("incentive.zero_claim", &wire.zero_claim, Unit::Yuan, YUAN);
        let most = self.required("incentive.most", &wire.most, Unit::Percent, 0..=100);
        self.needed("incentive.critical_illness_cap", &wire.critical_illness_cap);
        let cap = self.open_amount("incentive.critical_illness_cap", CRITICAL_ILLNESS_CAP, &wire.critical_illness_cap);
        Some(Some(Incentive {
            since: BenefitYear(since?),
            unrewarded_years: unrewarded_years?,
            consecutive: yuan(consecutive?),
            zero_claim: yuan(zero_claim?),
            most: percent(most?),
            critical_illness_cap: cap,
        }))
    }

    pub(super) fn mutual_aid(&mut self) -> Option<MutualAid> {
        for entry in &self.pack.mutual_aid {
            self.keep(payee_province(entry));
            self.relations(entry);
            self.keep(span("mutual_aid", BenefitYear(*entry.year.get_ref()), &entry.first, &entry.last));
        }
        let entry = self.in_force("mutual_aid", &self.pack.mutual_aid)?;
        let (written, year) = (*entry.year.get_ref(), self.year());
        if written != year.0 {
            self.faults.push(SpannedFault::at(&entry.year, Fault::OtherYear { parameter: "mutual_aid.year", written, year }));
        }
        let window = span("mutual_aid", year, &entry.first, &entry.last).ok()?;
        let payee_prefix = payee_province(entry).ok()?;
        let relations: Vec<String> = entry.relations.iter().map(|r| r.get_ref().clone()).collect();
        let province = entry.payee_province.get_ref();
        let value = format!("{} in {province}, for {year}, paid {} to {}", relations.join(" "), window.first, window.last);
        self.state("mutual_aid", value, None, entry);
        Some(MutualAid { relations, payee_prefix, year, window })
    }

    fn relations(&mut self, entry: &wire::MutualAid) {
        if entry.relations.is_empty() {
            let fault = bad_value(&entry.payee_province, "mutual_aid.relations", "[]", "at least one relation");
            self.faults.push(fault);
        }
        for (place, relation) in entry.relations.iter().enumerate() {
            self.keep(words(relation, "mutual_aid.relations"));
            if entry.relations[..place].iter().any(|known| known.get_ref() == relation.get_ref()) {
                let fault = Fault::Twice { what: "relation", name: relation.get_ref().clone() };
                self.faults.push(SpannedFault::at(relation, fault));
            }
        }
    }
}

/// The first two digits of the payees' areas.
fn payee_province(entry: &wire::MutualAid) -> Checked<u32> {
    let written = entry.payee_province.get_ref();
    let digits = written.len() == 2 && written.bytes().all(|b| b.is_ascii_digit());
    written
        .parse()
        .ok()
        .filter(|_| digits)
        .ok_or_else(|| bad_value(&entry.payee_province, "mutual_aid.payee_province", written, "the two digits of a province"))
}
