//! The settlement statistics as an [`Operator`].

use std::collections::BTreeMap;

use super::{Collected, Collectors, Earlier, Layout, WANTS, settlement_statistics};
use crate::operators::{
    BenefitYearUse, DatasetOutput, ExtractForm, ExtractRequirement, ExtractStream, Note, Operator, OperatorError, OperatorInputs,
    OperatorOutput, OperatorSpec, ReadContext, SnapshotRequirement, StreamedExtract, UncountedRows,
};
use canbao_publish::{PublishError, Snapshot, datasets};
use canbao_sources::{ExtractError, Request, Streamed, stream};

/// The extract that is counted.
const SETTLEMENT: &str = "settlement";

/// What settlements come to, by month, place, kind of care and disease.
#[derive(Debug)]
pub struct SettlementStatisticsOperator;

/// The operator, for the list of operators.
pub static OPERATOR: SettlementStatisticsOperator = SettlementStatisticsOperator;

static SPEC: OperatorSpec = OperatorSpec {
    name: "settlement-statistics",
    title: "医保结算统计",
    extracts: &[ExtractRequirement::required(SETTLEMENT)],
    // Its own last figures.
    snapshots: &[SnapshotRequirement { role: "settlement-statistics", required: false, whole_past: false }],
    datasets: &[&datasets::SETTLEMENT_STATISTICS, &datasets::CHRONIC_STATISTICS, &datasets::SETTLEMENT_REVISIONS],
    documents: &[],
    options: &[],
    benefit_year: BenefitYearUse::Unused,
};

impl Operator for SettlementStatisticsOperator {
    fn spec(&self) -> &'static OperatorSpec {
        &SPEC
    }

    fn form(&self, extract: &str, _context: &ReadContext<'_>) -> Option<ExtractForm> {
        (extract == SETTLEMENT).then_some(ExtractForm::Rows(collect))
    }

    fn run(&self, inputs: OperatorInputs<'_>) -> Result<OperatorOutput, OperatorError> {
        let OperatorInputs { mut extracts, snapshots, .. } = inputs;
        // Without its source the pipeline would not have been taken.
        let Some(collected) = extracts.take_streamed::<Collected>(SETTLEMENT) else { return Ok(OperatorOutput::default()) };
        let earlier = snapshots.newest(SPEC.snapshots[0].role).map(earlier).transpose()?;
        let statistics = settlement_statistics(*collected, earlier.as_ref())?;
        let revised = earlier.map(|earlier| Note {
            name: "revised_figures".into(),
            count: statistics.revised,
            text: format!("figures of past months that differ from those of {}: {}", earlier.name, statistics.revised),
        });
        let uncounted = UncountedRows { elsewhere: Some(statistics.elsewhere), not_yet: statistics.not_yet };
        Ok(OperatorOutput {
            datasets: statistics.datasets.into_iter().map(|(spec, rows)| DatasetOutput { spec, rows: vec![rows] }).collect(),
            rejects: vec![(SETTLEMENT, statistics.rejects)],
            uncounted: BTreeMap::from([(SETTLEMENT, uncounted)]),
            notes: revised.into_iter().collect(),
            ..OperatorOutput::default()
        })
    }
}

/// Reads settlements into collectors, one a thread and file.
fn collect(extract: &ExtractStream<'_>) -> Result<StreamedExtract, ExtractError> {
    let ExtractStream { source, pack, state, progress, request } = *extract;
    let request = Request { columns: &WANTS, ..request };
    let layout = Layout::for_bytes(source.files.iter().map(|file| file.size).sum(), canbao_sources::threads());
    let collectors = Collectors::new(pack.settlement_on(request.on), request.on, layout, state);
    let Streamed { taker, files, rejects, .. } = stream(source, &request, progress, &|| collectors.collector())?;
    let collected = taker.finish().map_err(|error| {
        let file = source.files.first().map(|file| file.path.clone()).unwrap_or_default();
        ExtractError::Spill { file, source: error }
    })?;
    Ok(StreamedExtract { rows: Box::new(collected), files, rejects })
}

/// The statistics of an earlier snapshot, those of them that it has.
fn earlier(snapshot: &Snapshot) -> Result<Earlier, PublishError> {
    let mut datasets = BTreeMap::new();
    for spec in [&datasets::SETTLEMENT_STATISTICS, &datasets::CHRONIC_STATISTICS].into_iter().filter(|spec| snapshot.has(spec.name)) {
        let columns: Vec<&str> = spec.columns.iter().map(|column| column.name).collect();
        datasets.insert(spec.name, snapshot.rows(spec.name, Some(&columns))?.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(Earlier { name: snapshot.name().to_string(), date: snapshot.name().date, datasets })
}
