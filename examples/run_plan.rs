//! Plans a shipped pipeline over the shipped sample, shows the plan, and follows it.
//!
//! ```console
//! $ cargo run --example run_plan
//! ```

use std::error::Error;
use std::path::Path;

use canbao::operators::registry;
use canbao::pipeline::{Attempt, Library, NoProgress, Plan, RunConfig, run};
use canbao_runtime::clock::SystemClock;

fn main() -> Result<(), Box<dyn Error>> {
    let project = Path::new(env!("CARGO_MANIFEST_DIR"));
    let work = tempfile::tempdir()?;
    let library = Library::open(Some(&project.join("pipelines")), registry())?;
    let config = RunConfig {
        date: Some("2023-12-31".parse()?),
        data: Some(project.join("sample_data").display().to_string()),
        publish: Some(work.path().join("published").display().to_string()),
        state: Some(work.path().join("state")),
        ..RunConfig::default()
    };

    let plan = Plan::resolve(&library, "enrollment-audit", &config, &SystemClock)?;
    println!("{} for {}, stages {}", plan.pipeline.name, plan.date, plan.pipeline.stages().join(", "));

    let stages = work.path().join("stages");
    std::fs::create_dir_all(&stages)?;
    let report = run(&plan, &Attempt { run_id: "example", checkpoints: &stages, again: false, progress: &NoProgress })?;
    for dataset in &report.datasets {
        println!("{:<22} {:>6} rows  {}", dataset.name, dataset.rows, dataset.title);
    }
    Ok(())
}
