//! The statistics as published rows.

use arrow_array::RecordBatch;
use arrow_array::builder::{Int64Builder, StringBuilder};
use arrow_schema::ArrowError;

use super::figures::{Figures, Key};
use super::revisions::Revision;
use canbao_publish::build::{Finish, MoneyBuilder, PercentBuilder, batch};
use canbao_publish::datasets::{CHRONIC_STATISTICS, SETTLEMENT_REVISIONS, SETTLEMENT_STATISTICS};
use canbao_rules::money::Yuan;

/// The columns that both datasets end with.
#[derive(Default)]
struct Measures {
    person_times: Int64Builder,
    persons: Int64Builder,
    medfee: MoneyBuilder,
    in_scope: MoneyBuilder,
    fund: MoneyBuilder,
    in_policy_pct: PercentBuilder,
    person_times_prev: Int64Builder,
    fund_prev: MoneyBuilder,
    person_times_growth_pct: PercentBuilder,
    fund_growth_pct: PercentBuilder,
}

impl Measures {
    fn push(&mut self, figures: &Figures) {
        let yuan = |fen| Some(Yuan::from_fen(fen));
        self.person_times.append_value(figures.person_times);
        self.persons.append_value(figures.persons);
        self.medfee.push(yuan(figures.medfee));
        self.in_scope.push(yuan(figures.in_scope));
        self.fund.push(yuan(figures.fund));
        self.in_policy_pct.push(figures.in_policy());
        self.person_times_prev.append_value(figures.person_times_prev);
        self.fund_prev.push(yuan(figures.fund_prev));
        self.person_times_growth_pct.push(figures.person_times_growth());
        self.fund_growth_pct.push(figures.fund_growth());
    }

    fn columns(&mut self) -> [&mut dyn Finish; 10] {
        [
            &mut self.person_times,
            &mut self.persons,
            &mut self.medfee,
            &mut self.in_scope,
            &mut self.fund,
            &mut self.in_policy_pct,
            &mut self.person_times_prev,
            &mut self.fund_prev,
            &mut self.person_times_growth_pct,
            &mut self.fund_growth_pct,
        ]
    }
}

/// The rows of `settlement_statistics`, in their order.
pub(super) fn settlement(rows: &[(Key, Figures)]) -> Result<RecordBatch, ArrowError> {
    let [mut period, mut span, mut scope, mut care, mut insutype] = std::array::from_fn(|_| StringBuilder::new());
    let mut measures = Measures::default();
    for (key, figures) in rows {
        period.append_value(key.period_text());
        span.append_value(key.span.as_str());
        scope.append_value(key.scope.as_str());
        care.append_value(key.care.as_str());
        insutype.append_value(key.insured.as_str());
        measures.push(figures);
    }
    let keys: [&mut dyn Finish; 5] = [&mut period, &mut span, &mut scope, &mut care, &mut insutype];
    let mut columns: Vec<&mut dyn Finish> = keys.into_iter().chain(measures.columns()).collect();
    batch(&SETTLEMENT_STATISTICS, &mut columns)
}

/// The rows of `chronic_statistics`, in their order; `name` gives what a family is called.
pub(super) fn chronic<'n>(rows: &[(Key, Figures)], name: impl Fn(Option<&str>) -> Option<&'n str>) -> Result<RecordBatch, ArrowError> {
    let [mut period, mut span, mut scope, mut insutype, mut dise_codg, mut dise_name] = std::array::from_fn(|_| StringBuilder::new());
    let mut measures = Measures::default();
    for (key, figures) in rows {
        period.append_value(key.period_text());
        span.append_value(key.span.as_str());
        scope.append_value(key.scope.as_str());
        insutype.append_value(key.insured.as_str());
        dise_codg.append_option(key.disease.as_deref());
        dise_name.append_option(name(key.disease.as_deref()));
        measures.push(figures);
    }
    let keys: [&mut dyn Finish; 6] = [&mut period, &mut span, &mut scope, &mut insutype, &mut dise_codg, &mut dise_name];
    let mut columns: Vec<&mut dyn Finish> = keys.into_iter().chain(measures.columns()).collect();
    batch(&CHRONIC_STATISTICS, &mut columns)
}

/// The rows of `settlement_revisions`, in their order.
pub(super) fn revisions(revisions: &[Revision], compared_with: &str) -> Result<RecordBatch, ArrowError> {
    let [mut dataset, mut period, mut span, mut scope, mut care] = std::array::from_fn(|_| StringBuilder::new());
    let [mut insutype, mut dise_codg, mut measure, mut compared] = std::array::from_fn(|_| StringBuilder::new());
    let (mut old_value, mut new_value) = (MoneyBuilder::default(), MoneyBuilder::default());
    for revision in revisions {
        let key = &revision.key;
        dataset.append_value(revision.dataset);
        period.append_value(key.period_text());
        span.append_value(key.span.as_str());
        scope.append_value(key.scope.as_str());
        care.append_value(key.care.as_str());
        insutype.append_value(key.insured.as_str());
        dise_codg.append_option(key.disease.as_deref());
        measure.append_value(revision.measure.as_str());
        old_value.push_hundredths(revision.old);
        new_value.push_hundredths(revision.new);
        compared.append_value(compared_with);
    }
    batch(
        &SETTLEMENT_REVISIONS,
        &mut [
            &mut dataset,
            &mut period,
            &mut span,
            &mut scope,
            &mut care,
            &mut insutype,
            &mut dise_codg,
            &mut measure,
            &mut old_value,
            &mut new_value,
            &mut compared,
        ],
    )
}
