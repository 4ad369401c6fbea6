//! From the wire form to the policy of each benefit year, with every check that looks at more than one value.

use std::collections::BTreeMap;

use toml::Spanned;

use crate::money::Yuan;
use crate::period::{BenefitYear, Day};

use super::check::{Checked, Flaw, category, day, document, in_force, list, name, provision, small, stated, unit};
use super::wire::{self, Dated, Figure};
use super::{
    Arrears, Category, CategorySet, CoverStart, Fault, GroupTest, Incentive, Labels, Leaving, MutualAid, Newborn, Payer, Policy, Premium,
    Provision, Refund, Region, Share, SpecialGroups, Subsidies, Subsidy, Waiting, Window,
};

/// Names of parameters that a document may leave open.
const FISCAL_SUBSIDY: &str = "fiscal_subsidy";
const CRITICAL_ILLNESS_CAP: &str = "critical_illness_cap";

/// Every year of a pack, and the parameters without a stated value.
pub(super) struct Resolved {
    pub years: Vec<Policy>,
    pub open: Vec<&'static str>,
}

/// Resolves all years; a pack without any is none.
pub(super) fn years(pack: &wire::Pack, region: &Region, sha256: &str) -> Checked<Resolved> {
    let labels = labels(pack)?;
    let mut entries: Vec<&wire::BenefitYear> = pack.benefit_year.iter().collect();
    entries.sort_by_key(|entry| *entry.year.get_ref());
    if entries.is_empty() {
        return Err(Flaw::at(&pack.region.code, Fault::NoYear));
    }
    let mut resolved = Resolved { years: Vec::new(), open: Vec::new() };
    for (place, entry) in entries.iter().enumerate() {
        let next = entries.get(place + 1);
        if let Some(next) = next.filter(|next| next.year.get_ref() == entry.year.get_ref()) {
            let from = BenefitYear(*entry.year.get_ref()).first_day();
            return Err(Flaw::at(&next.year, Fault::Overlap { parameter: "benefit_year".into(), from }));
        }
        let next_window =
            next.filter(|next| *next.year.get_ref() == *entry.year.get_ref() + 1).map(|next| day(&next.window.first)).transpose()?;
        let mut terms = Terms::new(pack, entry)?;
        let mut policy = terms.policy(region, next_window, entry)?;
        policy.labels = labels.clone();
        policy.provisions = terms.provisions;
        policy.sha256 = sha256.to_owned();
        if let Some(from) = next_window.filter(|&first| first <= policy.window.first) {
            return Err(Flaw::at(&entry.window.first, Fault::Overlap { parameter: "benefit_year.window".into(), from }));
        }
        resolved.years.push(policy);
        terms.open.retain(|name| !resolved.open.contains(name));
        resolved.open.append(&mut terms.open);
    }
    Ok(resolved)
}

/// Gives a value to a parameter that the documents leave open in this year.
pub(super) fn set(policy: &mut Policy, name: &str, value: Yuan) {
    let open = policy.provisions.iter_mut().find(|p| p.value == NOT_STATED && p.parameter.rsplit('.').next() == Some(name));
    let Some(provision) = open else { return };
    provision.value = value.to_string();
    provision.document = "--set".to_owned();
    provision.section = String::new();
    provision.reading = false;
    match name {
        FISCAL_SUBSIDY => policy.premium.fiscal_subsidy = Some(value),
        CRITICAL_ILLNESS_CAP => policy.incentive.iter_mut().for_each(|i| i.critical_illness_cap = Some(value)),
        _ => {}
    }
}

const NOT_STATED: &str = "not stated";

fn labels(pack: &wire::Pack) -> Checked<Labels> {
    pack.labels.iter().map(|(label, name)| Ok((label.trim().to_owned(), category(name)?))).collect::<Checked<_>>().map(Labels)
}

/// The parameters of one year while they are gathered.
struct Terms<'a> {
    pack: &'a wire::Pack,
    /// The year's entry: where a missing parameter is reported.
    year: &'a Spanned<i32>,
    on: Day,
    provisions: Vec<Provision>,
    open: Vec<&'static str>,
}

impl<'a> Terms<'a> {
    fn new(pack: &'a wire::Pack, entry: &'a wire::BenefitYear) -> Checked<Self> {
        let year = *entry.year.get_ref();
        if !(1950..=9998).contains(&year) {
            let fault = Fault::BadValue { parameter: "benefit_year.year".into(), value: year.to_string(), expected: "a calendar year" };
            return Err(Flaw::at(&entry.year, fault));
        }
        Ok(Self { pack, year: &entry.year, on: BenefitYear(year).first_day(), provisions: Vec::new(), open: Vec::new() })
    }

    fn policy(&mut self, region: &Region, next_window: Option<Day>, entry: &wire::BenefitYear) -> Checked<Policy> {
        let window = self.window(entry)?;
        let migrant_until = self.migrant_until(entry, window)?;
        let premium = self.premium()?;
        let subsidies = self.subsidies(premium.personal)?;
        let policy = Policy {
            region: region.clone(),
            year: BenefitYear(*self.year.get_ref()),
            window,
            next_window,
            premium,
            difficulty: self.difficulty()?.union(subsidies.categories()),
            subsidies,
            newborn: self.newborn()?,
            migrant_until,
            special: self.special()?,
            waiting: self.waiting()?,
            employee_months: self.required("duplicate.employee_months", &self.pack.duplicate.employee_months, "months", 1..=600)?,
            refund: self.refund()?,
            required_share: self.optional("required_share", &self.pack.required_share, "percent", 0..=100)?.map(percent),
            incentive: self.incentive()?,
            mutual_aid: self.mutual_aid()?,
            labels: Labels::default(),
            provisions: Vec::new(),
            sha256: String::new(),
        };
        Ok(policy)
    }

    fn missing(&self, parameter: &str) -> Flaw {
        Flaw::at(self.year, Fault::Gap { parameter: parameter.to_owned(), on: self.on })
    }

    fn state(&mut self, parameter: &str, value: String, unit: &'static str, entry: &impl Dated) -> Checked<()> {
        self.provisions.push(provision(self.pack, parameter, value, unit, entry)?);
        Ok(())
    }

    /// A figure that may be absent.
    fn optional(
        &mut self,
        parameter: &str,
        entries: &[Figure],
        unit_name: &'static str,
        range: std::ops::RangeInclusive<i32>,
    ) -> Checked<Option<i32>> {
        entries.iter().try_for_each(|figure| unit(parameter, &figure.unit, unit_name))?;
        let Some(figure) = in_force(parameter, entries, self.on)? else { return Ok(None) };
        let value = small(parameter, stated(parameter, figure)?, range, "a whole number in the parameter's range")?;
        self.state(parameter, value.to_string(), unit_name, figure)?;
        Ok(Some(value))
    }

    /// A figure that every year needs.
    fn required(
        &mut self,
        parameter: &str,
        entries: &[Figure],
        unit_name: &'static str,
        range: std::ops::RangeInclusive<i32>,
    ) -> Checked<i32> {
        self.optional(parameter, entries, unit_name, range)?.ok_or_else(|| self.missing(parameter))
    }

    /// An amount that the document may leave open.
    fn open_amount(&mut self, parameter: &str, name: &'static str, entries: &[Figure]) -> Checked<Option<Yuan>> {
        entries.iter().try_for_each(|figure| unit(parameter, &figure.unit, "yuan"))?;
        let Some(figure) = in_force(parameter, entries, self.on)? else { return Ok(None) };
        if figure.value.is_some() {
            return Ok(self.optional(parameter, entries, "yuan", YUAN)?.map(yuan));
        }
        self.state(parameter, NOT_STATED.to_owned(), "yuan", figure)?;
        self.open.push(name);
        Ok(None)
    }

    fn window(&mut self, entry: &wire::BenefitYear) -> Checked<Window> {
        let wire::Window { first, last, source, reading } = &entry.window;
        let window = span("benefit_year.window", first, last)?;
        let document = document(self.pack, source)?.number.clone();
        let value = format!("{} to {}", window.first, window.last);
        let section = source.section.clone();
        let reading = *reading;
        self.provisions.push(Provision {
            parameter: "benefit_year.window".into(),
            value,
            unit: "",
            from: window.first,
            document,
            section,
            reading,
        });
        Ok(window)
    }

    fn migrant_until(&mut self, entry: &wire::BenefitYear, window: Window) -> Checked<Option<Day>> {
        let Some(wire::MigrantExtension { until, source, reading }) = &entry.migrant_extension else { return Ok(None) };
        let last = span_end("benefit_year.migrant_extension", window.last, until)?;
        self.provisions.push(Provision {
            parameter: "benefit_year.migrant_extension".into(),
            value: format!("until {last}"),
            unit: "",
            from: window.last.plus_days(1),
            document: document(self.pack, source)?.number.clone(),
            section: source.section.clone(),
            reading: *reading,
        });
        Ok(Some(last))
    }

    fn premium(&mut self) -> Checked<Premium> {
        let wire::Premium { personal, fiscal_subsidy, fiscal_share } = &self.pack.premium;
        let own = yuan(self.required("premium.personal", personal, "yuan", YUAN)?);
        let fiscal = self.open_amount("premium.fiscal_subsidy", FISCAL_SUBSIDY, fiscal_subsidy)?;
        let mut shares = Vec::new();
        for (level, figures) in fiscal_share {
            shares.extend(self.optional(&format!("premium.fiscal_share.{level}"), figures, "yuan", YUAN)?.map(yuan));
        }
        let sum: Yuan = shares.iter().copied().sum();
        if let Some(whole) = fiscal.filter(|&whole| !shares.is_empty() && whole != sum) {
            let parameter = "premium.fiscal_subsidy";
            return Err(Flaw::at(self.year, Fault::SharesDiffer { parameter, sum: sum.to_string(), whole: whole.to_string() }));
        }
        let a_year_before = BenefitYear(*self.year.get_ref()).before(1).first_day();
        let prior = in_force("premium.personal", personal, a_year_before)?;
        let prior_personal =
            prior.map(|p| small("premium.personal", stated("premium.personal", p)?, YUAN, "yuan").map(yuan)).transpose()?;
        Ok(Premium { personal: own, fiscal_subsidy: fiscal, prior_personal })
    }

    fn subsidies(&mut self, personal: Yuan) -> Checked<Subsidies> {
        let mut by_category: BTreeMap<Category, Vec<&wire::Subsidy>> = BTreeMap::new();
        for entry in &self.pack.subsidy {
            by_category.entry(category(&entry.category)?).or_default().push(entry);
        }
        let mut ranked: Vec<(Subsidy, &wire::Subsidy)> = Vec::new();
        for (category, entries) in by_category {
            let parameter = format!("subsidy.{category}");
            let Some(entry) = in_force(&parameter, entries, self.on)? else { continue };
            unit(&parameter, &entry.unit, "yuan")?;
            let amount = Yuan::from_yuan(*entry.value.get_ref());
            if amount <= Yuan::ZERO || amount > personal {
                let year = BenefitYear(*self.year.get_ref());
                let fault = Fault::SubsidyAbovePremium { category, amount: amount.to_string(), year, personal: personal.to_string() };
                return Err(Flaw::at(&entry.value, fault));
            }
            let payers = [Payer::MedicalAssistanceFund, Payer::Township].map(|p| (p.as_str(), p));
            let payer = entry.payer.as_ref().map(|p| name(p, "payer", &payers)).transpose()?;
            self.state(&parameter, entry.value.get_ref().to_string(), "yuan", entry)?;
            if let Some(payer) = payer {
                self.state(&format!("{parameter}.payer"), payer.as_str().to_owned(), "", entry)?;
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
                return Err(Flaw::at(&after.category, fault));
            }
        }
        Ok(Subsidies::ranked(ranked.into_iter().map(|(subsidy, _)| subsidy).collect()))
    }

    fn difficulty(&mut self) -> Checked<CategorySet> {
        let Some(entry) = in_force("difficulty", &self.pack.difficulty, self.on)? else { return Err(self.missing("difficulty")) };
        let set: CategorySet = entry.categories.iter().map(category).collect::<Checked<_>>()?;
        self.state("difficulty", set.to_string(), "", entry)?;
        Ok(set)
    }

    fn newborn(&mut self) -> Checked<Newborn> {
        let wire::Newborn { days, birthday } = &self.pack.newborn;
        let days = self.required("newborn.days", days, "days", 0..=366)?;
        let birthday = self.required("newborn.birthday", birthday, "years", 1..=18)?;
        Ok(Newborn { days, birthday })
    }

    fn special(&mut self) -> Checked<SpecialGroups> {
        let mut groups: Vec<(String, Vec<&wire::SpecialGroup>)> = Vec::new();
        for entry in &self.pack.special_group {
            let category = entry.category.as_ref().map_or("", |c| c.get_ref().as_str());
            let key = format!("special_group.{}.{category}", entry.test.get_ref()).trim_end_matches('.').to_owned();
            match groups.iter_mut().find(|(known, _)| *known == key) {
                Some((_, entries)) => entries.push(entry),
                None => groups.push((key, vec![entry])),
            }
        }
        let mut tests = Vec::new();
        for (key, entries) in groups {
            let Some(entry) = in_force(&key, entries, self.on)? else { continue };
            let (test, value) = group_test(&key, entry)?;
            self.state(&key, value, "", entry)?;
            tests.push(test);
        }
        let starts = [("next_day", CoverStart::NextDay), ("next_month", CoverStart::NextMonth)];
        let start = match in_force("special_start", &self.pack.special_start, self.on)? {
            Some(entry) => {
                self.state("special_start", entry.rule.get_ref().clone(), "", entry)?;
                name(&entry.rule, "start of cover", &starts)?
            }
            None if tests.is_empty() => CoverStart::NextDay,
            None => return Err(self.missing("special_start")),
        };
        Ok(SpecialGroups { tests, start })
    }

    fn waiting(&mut self) -> Checked<Waiting> {
        let Some(entry) = in_force("waiting", &self.pack.waiting, self.on)? else { return Err(self.missing("waiting")) };
        let (waiting, value) = waiting(entry)?;
        self.state("waiting", value, "", entry)?;
        Ok(waiting)
    }

    fn refund(&mut self) -> Checked<Refund> {
        let mut refund = Refund::default();
        type Switch = fn(&mut Refund);
        let known: [(&str, Switch); 2] =
            [("before_year", |r| r.before_year = true), ("death_before_cover", |r| r.death_before_cover = true)];
        for entry in &self.pack.refund {
            name(&entry.rule, "ground of refund", &known)?;
        }
        for (rule, switch) in known {
            let entries = self.pack.refund.iter().filter(|entry| entry.rule.get_ref() == rule);
            if let Some(entry) = in_force(&format!("refund.{rule}"), entries, self.on)? {
                switch(&mut refund);
                self.state(&format!("refund.{rule}"), "yes".to_owned(), "", entry)?;
            }
        }
        Ok(refund)
    }

    fn incentive(&mut self) -> Checked<Option<Incentive>> {
        let Some(wire) = &self.pack.incentive else { return Ok(None) };
        let Some(since) = self.optional("incentive.since", &wire.since, "benefit year", 1950..=9998)? else { return Ok(None) };
        Ok(Some(Incentive {
            since: BenefitYear(since),
            unrewarded_years: self.required("incentive.unrewarded_years", &wire.unrewarded_years, "years", 0..=100)?,
            consecutive: yuan(self.required("incentive.consecutive", &wire.consecutive, "yuan", YUAN)?),
            zero_claim: yuan(self.required("incentive.zero_claim", &wire.zero_claim, "yuan", YUAN)?),
            most: percent(self.required("incentive.most", &wire.most, "percent", 0..=100)?),
            critical_illness_cap: self.open_amount("incentive.critical_illness_cap", CRITICAL_ILLNESS_CAP, &wire.critical_illness_cap)?,
        }))
    }

    fn mutual_aid(&mut self) -> Checked<Option<MutualAid>> {
        let Some(entry) = in_force("mutual_aid", &self.pack.mutual_aid, self.on)? else { return Ok(None) };
        let province = entry.payee_province.get_ref();
        let payee_prefix = province.parse().ok().filter(|_| province.len() == 2).ok_or_else(|| {
            let parameter = "mutual_aid.payee_province".to_owned();
            Flaw::at(&entry.payee_province, Fault::BadValue { parameter, value: province.clone(), expected: "two digits" })
        })?;
        let window = span("mutual_aid", &entry.first, &entry.last)?;
        let year = BenefitYear(*entry.year.get_ref());
        let value = format!("{} in {province}, for {year}, paid {} to {}", entry.relations.join(" "), window.first, window.last);
        self.state("mutual_aid", value, "", entry)?;
        Ok(Some(MutualAid { relations: entry.relations.clone(), payee_prefix, year, window }))
    }
}

/// What a yuan figure of a pack may be.
const YUAN: std::ops::RangeInclusive<i32> = 0..=100_000_000;

fn yuan(whole: i32) -> Yuan {
    Yuan::from_yuan(i64::from(whole))
}

fn percent(whole: i32) -> Share {
    Share(i64::from(whole) * 100)
}

fn span(what: &str, first: &Spanned<toml::value::Datetime>, last: &Spanned<toml::value::Datetime>) -> Checked<Window> {
    let from = day(first)?;
    Ok(Window { first: from, last: span_end(what, from, last)? })
}

fn span_end(what: &str, from: Day, last: &Spanned<toml::value::Datetime>) -> Checked<Day> {
    let until = day(last)?;
    if until < from {
        return Err(Flaw::at(last, Fault::EndsBeforeItBegins { what: what.to_owned(), from, until }));
    }
    Ok(until)
}

/// The keys that an entry of one kind takes, and those that it does not.
struct Keys<'a> {
    parameter: &'a str,
    at: std::ops::Range<usize>,
}

impl Keys<'_> {
    fn need<'v, T>(&self, key: &'static str, value: &'v Option<Spanned<T>>) -> Checked<&'v Spanned<T>> {
        let fault = || Fault::MissingKey { parameter: self.parameter.to_owned(), key };
        value.as_ref().ok_or_else(|| Flaw { span: self.at.clone(), fault: fault() })
    }

    fn spare<T>(&self, key: &'static str, value: &Option<Spanned<T>>) -> Checked<()> {
        match value {
            Some(value) => Err(Flaw::at(value, Fault::SpareKey { parameter: self.parameter.to_owned(), key })),
            None => Ok(()),
        }
    }

    fn months(&self, key: &'static str, value: &Option<Spanned<i32>>) -> Checked<i32> {
        let value = self.need(key, value)?;
        if (1..=120).contains(value.get_ref()) {
            return Ok(*value.get_ref());
        }
        let parameter = format!("{}.{key}", self.parameter);
        Err(Flaw::at(value, Fault::BadValue { parameter, value: value.get_ref().to_string(), expected: "a number from 1 to 120" }))
    }
}

/// Reads a group's test, and says it in words.
fn group_test(parameter: &str, entry: &wire::SpecialGroup) -> Checked<(GroupTest, String)> {
    let wire::SpecialGroup { test, category: group, leaving, months, this_year, .. } = entry;
    let keys = Keys { parameter, at: test.span() };
    let group = || category(keys.need("category", group)?);
    let (takes_leaving, takes_months, takes_group) = match test.get_ref().as_str() {
        "in_force" | "begun_this_year" => (false, false, true),
        "after_leaving" => (true, true, true),
        "until_month_end" => (false, true, true),
        "school_registration" => (false, true, false),
        other => {
            let known = list(["in_force", "begun_this_year", "after_leaving", "until_month_end", "school_registration"]);
            return Err(Flaw::at(test, Fault::UnknownName { name: other.to_owned(), what: "test of a special group", known }));
        }
    };
    if !takes_leaving {
        keys.spare("leaving", leaving)?;
        keys.spare("this_year", this_year)?;
    }
    if !takes_months {
        keys.spare("months", months)?;
    }
    if !takes_group {
        keys.spare("category", &entry.category)?;
    }
    Ok(match test.get_ref().as_str() {
        "in_force" => (GroupTest::InForce(group()?), "in force on the day of payment".to_owned()),
        "begun_this_year" => (GroupTest::BegunThisYear(group()?), "in force and begun in the year of payment".to_owned()),
        "after_leaving" => {
            let days = [("begin", Leaving::Begin), ("end", Leaving::End)];
            let leaving = name(keys.need("leaving", leaving)?, "leaving day", &days)?;
            let months = keys.months("months", months)?;
            let this_year = this_year.as_ref().is_some_and(|value| *value.get_ref());
            let words = format!("within {months} months after leaving{}", if this_year { ", begun in the year of payment" } else { "" });
            (GroupTest::AfterLeaving { category: group()?, leaving, months, this_year }, words)
        }
        "until_month_end" => {
            let months = keys.months("months", months)?;
            (GroupTest::UntilMonthEnd { category: group()?, months }, format!("until the end of month {months} after the begin's"))
        }
        _ => {
            let months = keys.months("months", months)?;
            (GroupTest::SchoolRegistration { months }, format!("within {months} months after registration at a school here"))
        }
    })
}

/// Reads a waiting scheme, and says it in words.
fn waiting(entry: &wire::Waiting) -> Checked<(Waiting, String)> {
    let wire::Waiting { scheme, nth_month, fixed_months, long_break_years, long_break_months, months_of_unbroken_year, .. } = entry;
    let keys = Keys { parameter: "waiting", at: scheme.span() };
    let name = scheme.get_ref().as_str();
    if name != "nth_month" {
        keys.spare("nth_month", nth_month)?;
    }
    if name != "arrears" {
        keys.spare("fixed_months", fixed_months)?;
        keys.spare("long_break_years", long_break_years)?;
        keys.spare("long_break_months", long_break_months)?;
        keys.spare("months_of_unbroken_year", months_of_unbroken_year)?;
    }
    match name {
        "not_admitted" => Ok((Waiting::NotAdmitted, "late payers are not admitted".to_owned())),
        "nth_month" => {
            let nth = keys.months("nth_month", nth_month)?;
            Ok((Waiting::NthMonth { nth }, format!("from month {nth}, counting the month of payment")))
        }
        "arrears" => {
            let arrears = Arrears {
                fixed_months: keys.months("fixed_months", fixed_months)?,
                long_break_years: keys.months("long_break_years", long_break_years)?,
                long_break_months: keys.months("long_break_months", long_break_months)?,
                months_of_unbroken_year: keys.months("months_of_unbroken_year", months_of_unbroken_year)?,
            };
            let words = format!("{} months, one more for each broken year, one less for each repaid one", arrears.fixed_months);
            Ok((Waiting::Arrears(arrears), words))
        }
        other => {
            let known = list(["not_admitted", "nth_month", "arrears"]);
            Err(Flaw::at(scheme, Fault::UnknownName { name: other.to_owned(), what: "waiting scheme", known }))
        }
    }
}
