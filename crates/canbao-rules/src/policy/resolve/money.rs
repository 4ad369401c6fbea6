//! Premium and subsidies.

use std::collections::BTreeMap;

use crate::money::Yuan;

use super::super::check::{SpannedFault, category, code, in_force, small, stated, unit};
use super::super::{Category, Fault, Payer, Premium, Subsidies, Subsidy, Unit, wire};
use super::{FISCAL_SUBSIDY, YUAN, YearResolver, yuan};

impl YearResolver<'_> {
    pub(super) fn premium(&mut self) -> Option<Premium> {
        let wire::Premium { personal, fiscal_subsidy, fiscal_share } = &self.pack.premium;
        let own = self.required("premium.personal", personal, Unit::Yuan, YUAN).map(yuan);
        let fiscal = self.open_amount("premium.fiscal_subsidy", FISCAL_SUBSIDY, fiscal_subsidy);
        let mut shares = Vec::new();
        for (level, figures) in fiscal_share {
            shares.extend(self.optional(&format!("premium.fiscal_share.{level}"), figures, Unit::Yuan, YUAN).map(yuan));
        }
        let sum: Yuan = shares.iter().copied().sum();
        if let Some(whole) = fiscal.filter(|&whole| !shares.is_empty() && whole != sum) {
            let parameter = "premium.fiscal_subsidy";
            let whole_entry = in_force(parameter, fiscal_subsidy, self.on).ok().flatten().and_then(|figure| figure.value.as_ref());
            let span = whole_entry.map_or(self.year.span(), |value| value.span());
            let fault = Fault::SharesDiffer { parameter, sum: sum.to_string(), whole: whole.to_string() };
            self.faults.push(SpannedFault { span, fault });
        }
        // Its faults are those of this year's figure, which have been reported.
        let prior = in_force("premium.personal", personal, self.year().before(1).first_day()).ok().flatten();
        let prior = prior.and_then(|figure| stated("premium.personal", figure).ok()).and_then(|v| small("premium.personal", v, YUAN).ok());
        Some(Premium { personal: own?, fiscal_subsidy: fiscal, prior_personal: prior.map(yuan) })
    }

    /// Subsidies best first. Where the personal premium is not known, nothing is held against it.
    pub(super) fn subsidies(&mut self, personal: Option<Yuan>) -> Subsidies {
        let mut by_category: BTreeMap<Category, Vec<&wire::Subsidy>> = BTreeMap::new();
        for entry in &self.pack.subsidy {
            let payer = entry.payer.as_ref().map(payer).transpose();
            self.keep(payer);
            self.keep(unit(&entry.parameter(), &entry.unit, Unit::Yuan));
            if let Some(category) = self.keep(category(&entry.category)) {
                by_category.entry(category).or_default().push(entry);
            }
        }
        let mut ranked: Vec<(Subsidy, &wire::Subsidy)> = Vec::new();
        for (category, entries) in by_category {
            let Some(entry) = self.in_force(&format!("subsidy.{category}"), entries) else { continue };
            let amount = Yuan::from_yuan((*entry.value.get_ref()).clamp(-1, i64::from(*YUAN.end())));
            if amount <= Yuan::ZERO || personal.is_some_and(|personal| amount > personal) {
                self.above_premium(category, entry, personal);
                continue;
            }
            let payer = entry.payer.as_ref().and_then(|written| payer(written).ok());
            let parameter = entry.parameter();
            self.state(&parameter, entry.value.get_ref().to_string(), Unit::Yuan, entry);
            if let Some(payer) = payer {
                self.state(&format!("{parameter}.payer"), payer.as_str().to_owned(), None, entry);
            }
            ranked.push((Subsidy { category, amount, payer }, entry));
        }
        let order = |entry: &wire::Subsidy| entry.order.as_ref().map(|o| *o.get_ref());
        ranked.sort_by_key(|(subsidy, entry)| (-subsidy.amount, order(entry)));
        for pair in ranked.windows(2) {
            let ((first, before), (second, after)) = (pair[0], pair[1]);
            let told_apart = order(before).is_some() && order(after).is_some() && order(before) != order(after);
            if first.amount == second.amount && !told_apart {
                let fault = Fault::NoOrder { first: first.category, second: second.category, amount: first.amount.to_string() };
                self.faults.push(SpannedFault::at(&after.category, fault));
            }
        }
        Subsidies::ranked(ranked.into_iter().map(|(subsidy, _)| subsidy).collect())
    }

    fn above_premium(&mut self, category: Category, entry: &wire::Subsidy, personal: Option<Yuan>) {
        let fault = Fault::SubsidyAbovePremium {
            category,
            amount: format!("{}.00", entry.value.get_ref()),
            year: self.year(),
            personal: personal.map_or_else(|| "which is not known,".to_owned(), |personal| personal.to_string()),
        };
        self.faults.push(SpannedFault::at(&entry.value, fault));
    }
}

fn payer(written: &toml::Spanned<String>) -> super::Checked<Payer> {
    code(written, "payer")
}
