//! From a pipeline's TOML form to a checked [`Pipeline`].

use std::collections::BTreeSet;
use std::mem;
use std::path::Path;

use chrono_tz::Tz;
use toml::Spanned;

use super::config_error::{ConfigError, Fault, nearest};
use super::definition::{DATA, PUBLISH, Pipeline, PublishSpec, REJECTS, SnapshotSpec, Step, stages};
use super::execution_policy;
use super::gates::{Gate, GateSubject};
use super::located_fault::{LocatedFault, known_name, name_taken, table_name, unknown, value, value_fault, words};
use super::parse_step::{StepContext, parse_steps};
use super::source_spec::{RUN, SourceSpec};
use super::sql::QueryFrames;
use super::toml_form;
use crate::operators::OperatorRegistry;
use crate::schedule::Schedule;
use canbao_publish::qualified;
use canbao_rules::Percent;
use canbao_sources::Encoding;

impl Pipeline {
    /// Reads a pipeline's file and checks it.
    ///
    /// `file` is its name for messages; the pipeline's own name is its stem. Steps call `operators`.
    ///
    /// # Errors
    /// The first fault, with its line where one is known.
    pub fn parse(file: &str, text: &str, operators: &OperatorRegistry) -> Result<Self, ConfigError> {
        let fault = |(offset, fault): LocatedFault| ConfigError::new(file, text, offset, fault);
        let form: toml_form::File = toml::from_str(text).map_err(|error| {
            let message = error.message().trim_end_matches('.').replace('\n', ", ");
            let near = canbao_rules::suggestion::near_field(&message);
            ConfigError::new(file, text, error.span().map(|span| span.start), Fault::Syntax { message, near })
        })?;
        let name = Path::new(file).file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let pipeline = build(name, file, text, form, operators).map_err(fault)?;
        pipeline.check_sql(QueryFrames::empty(&pipeline.sources), false).map_err(fault)?;
        Ok(pipeline)
    }
}

fn build(name: String, file: &str, text: &str, mut form: toml_form::File, operators: &OperatorRegistry) -> Result<Pipeline, LocatedFault> {
    let schedule = form.schedule.take().map(|text| {
        let value = |problem| value_fault(&text, "schedule", problem, Schedule::EXPECTED);
        Schedule::parse(text.get_ref()).map_err(value)
    });
    let sources = sources(mem::take(&mut form.source))?;
    let snapshots = snapshots(mem::take(&mut form.snapshot), &name)?;
    let known = StepContext { operators, sources: &sources, snapshots: &snapshots, own: &name };
    let steps = parse_steps(mem::take(&mut form.step), &known)?;
    let execution = execution_policy::build(&form, &name, &stages(&steps))?;
    let rejects = (!sources.is_empty()).then(|| REJECTS.to_owned());
    let made: Vec<String> = steps.iter().flat_map(Step::datasets).chain(rejects).collect();
    let gates = form.gate.into_iter().map(|gate| parse_gate(gate, &sources, &made)).collect::<Result<_, _>>()?;
    Ok(Pipeline {
        name,
        file: file.to_owned(),
        title: form.title.into_inner(),
        schedule: schedule.transpose()?,
        timezone: form.timezone.map_or(Ok(chrono_tz::Asia::Shanghai), |text| timezone(&text))?,
        execution,
        region: form.region.map(Spanned::into_inner),
        data: form.data.location.map_or_else(|| DATA.to_owned(), Spanned::into_inner),
        sources,
        snapshots,
        steps,
        gates,
        publish: publish(form.publish, &made)?,
        text: text.to_owned(),
    })
}

fn timezone(text: &Spanned<String>) -> Result<Tz, LocatedFault> {
    text.get_ref().parse().map_err(|_| {
        let known = chrono_tz::TZ_VARIANTS.iter().map(|tz| tz.name());
        let problem = match nearest(text.get_ref(), &known.collect::<Vec<_>>()) {
            Some(near) => format!("is unknown (did you mean `{near}`?)"),
            None => "is unknown".to_owned(),
        };
        value_fault(text, "timezone", problem, "a name of the IANA time zone database such as `Asia/Shanghai`")
    })
}

fn sources(form: Vec<Spanned<toml_form::Source>>) -> Result<Vec<SourceSpec>, LocatedFault> {
    let mut names = BTreeSet::new();
    let mut sources = Vec::with_capacity(form.len());
    for source in form {
        let source = source.into_inner();
        let at = source.extract.span();
        let contract = source.contract.as_ref().unwrap_or(&source.extract);
        let contract = canbao_sources::contract(contract.get_ref()).ok_or_else(|| {
            let known = canbao_sources::CONTRACTS.iter().map(|c| c.name.to_owned()).collect();
            unknown(contract, "extract", known)
        })?;
        let encoding = match source.encoding.as_ref().map(|text| (text, text.get_ref().as_str())) {
            None | Some((_, "auto")) => Encoding::Auto,
            Some((_, "utf-8")) => Encoding::Utf8,
            Some((_, "gb18030")) => Encoding::Gb18030,
            Some((text, _)) => return Err(unknown(text, "encoding", words(&["auto", "utf-8", "gb18030"]))),
        };
        let extract = table_name(&source.extract, "extract")?;
        if extract == RUN || extract == REJECTS {
            return Err((Some(at.start), name_taken("source", extract, "belongs to every run")));
        }
        if !names.insert(extract.clone()) {
            return Err((Some(at.start), Fault::Twice { what: "source", name: extract }));
        }
        sources.push(SourceSpec { extract, contract, required: source.required, encoding });
    }
    Ok(sources)
}

fn snapshots(form: Vec<Spanned<toml_form::Snapshot>>, own: &str) -> Result<Vec<SnapshotSpec>, LocatedFault> {
    let mut snapshots: Vec<SnapshotSpec> = Vec::with_capacity(form.len());
    for snapshot in form {
        let snapshot = snapshot.into_inner();
        let at = Some(snapshot.pipeline.span().start);
        let pipeline = table_name(&snapshot.pipeline, "pipeline")?;
        let role = snapshot.role.map_or_else(|| pipeline.clone(), Spanned::into_inner);
        if snapshot.required && pipeline == own {
            let found = "`required = true` for a snapshot of its own";
            return Err((
                at,
                Fault::Shape { what: "a `[[snapshot]]`".to_owned(), found, expected: "it to be optional, as its first run finds none" },
            ));
        }
        // Two pipelines that differ in `-` and `_` only would have the same frames.
        if snapshots.iter().any(|other| qualified(&other.pipeline, "") == qualified(&pipeline, "") || other.role == role) {
            return Err((at, Fault::Twice { what: "snapshot", name: pipeline }));
        }
        snapshots.push(SnapshotSpec { pipeline, role, required: snapshot.required });
    }
    Ok(snapshots)
}

fn parse_gate(gate: Spanned<toml_form::Gate>, sources: &[SourceSpec], made: &[String]) -> Result<Gate, LocatedFault> {
    let at = gate.span();
    let gate = gate.into_inner();
    let shape = |expected| {
        let what = format!("gate `{}`", gate.check.get_ref());
        (Some(at.start), Fault::Shape { what, found: "other keys", expected })
    };
    let of = match (&gate.source, &gate.dataset) {
        (Some(name), None) if name.get_ref() == "*" => GateSubject::EverySource,
        (Some(name), None) => {
            let known: Vec<String> = sources.iter().map(|s| s.extract.clone()).collect();
            GateSubject::Source(known_name(name, "source", known)?)
        }
        (None, Some(name)) => GateSubject::Dataset(known_name(name, "dataset", made.to_vec())?),
        _ => return Err(shape("either `source` or `dataset`")),
    };
    let at_most = gate.at_most_pct.as_ref().map(percent).transpose()?;
    match (gate.check.get_ref().as_str(), at_most, gate.at_least.as_ref()) {
        ("reject-share", Some(at_most), None) if !matches!(of, GateSubject::Dataset(_)) => Ok(Gate::RejectShare { of, at_most }),
        ("reject-share", ..) => Err(shape("`source` and `at_most_pct`")),
        ("rows" | "fewer-rows", ..) if of == GateSubject::EverySource => Err(shape("the name of one `source` or `dataset`")),
        ("rows", None, Some(rows)) => match u64::try_from(*rows.get_ref()) {
            Ok(at_least) => Ok(Gate::Rows { of, at_least }),
            Err(_) => Err((Some(rows.span().start), value("at_least", rows.get_ref().to_string(), "is negative", "a number of rows"))),
        },
        ("rows", ..) => Err(shape("`source` or `dataset`, and `at_least`")),
        ("fewer-rows", Some(at_most), None) => Ok(Gate::FewerRows { of, at_most }),
        ("fewer-rows", ..) => Err(shape("`source` or `dataset`, and `at_most_pct`")),
        _ => Err(unknown(&gate.check, "check", words(&["reject-share", "rows", "fewer-rows"]))),
    }
}

/// A percentage from 0 to 100 with at most two places.
fn percent(written: &Spanned<toml::Value>) -> Result<Percent, LocatedFault> {
    let text = written.get_ref().to_string();
    let percent = Percent::parse(&text).filter(|percent| (0..=10_000).contains(&percent.hundredths()));
    let fault = || value("at_most_pct", text, "is no such share", "percent from 0 to 100 with at most two places");
    percent.ok_or_else(|| (Some(written.span().start), fault()))
}

fn publish(form: toml_form::Publish, made: &[String]) -> Result<PublishSpec, LocatedFault> {
    let datasets = form.datasets.map(|names| {
        let known = |name: &Spanned<String>| known_name(name, "dataset", made.to_vec());
        names.iter().map(known).collect::<Result<Vec<_>, _>>()
    });
    let person_ids = form.person_ids.map(|text| {
        let known = || unknown(&text, "person_ids", words(&["plain", "masked", "pseudonym"]));
        text.get_ref().parse().map_err(|_| known())
    });
    Ok(PublishSpec {
        location: form.location.map_or_else(|| PUBLISH.to_owned(), Spanned::into_inner),
        datasets: datasets.transpose()?,
        person_ids: person_ids.transpose()?.unwrap_or_default(),
    })
}
