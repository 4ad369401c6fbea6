//! Judges one person by the rules of a shipped pack, and says why.
//!
//! ```console
//! $ cargo run --example judge_person
//! ```

use std::error::Error;

use canbao_rules::Language;
use canbao_rules::explanation::{Recorder, words};
use canbao_rules::period::Day;
use canbao_rules::policy::{Area, Category, Pack};
use canbao_rules::rules::missed::{PersonStatus, missed};
use canbao_rules::rules::{IdentitySpan, Registration, Residence, Row, Source, Survival, categories, eligibility};

fn main() -> Result<(), Box<dyn Error>> {
    let file = concat!(env!("CARGO_MANIFEST_DIR"), "/pipelines/policies/340322.toml");
    let pack = Pack::parse(&std::fs::read_to_string(file)?, "340322.toml")?;
    let on: Day = "2023-12-31".parse()?;
    let policy = pack.policy_on(on)?;

    // Somebody who lives in the county, is on low income, and has no record of enrollment.
    let row = |source| Row { source, origin: 2 };
    let home = Residence {
        row: row(Source::Household),
        area: Area::new(340_322),
        registration: Registration::Household,
        survival: Survival::Alive,
    };
    let label = IdentitySpan { row: row(Source::Identity), category: Category::LowIncome, begin: "2023-01-01".parse()?, end: None };

    let mut trace = Recorder::default();
    let categories = categories::in_force(&[label], on, &mut trace);
    let eligible = eligibility::is_eligible(Some(&home), None, categories, policy, on, &mut trace);
    let person = PersonStatus { eligible, covers: 0, categories, born: None, student: false, prior_enrolled: true };
    let missed = missed(&person, policy, on, &mut trace);

    for decision in trace.decisions() {
        for conclusion in decision.conclusions() {
            println!("{}", words::step(Language::Chinese, conclusion, &|row| format!("第 {} 行", row.origin)));
        }
    }
    if let Some(missed) = missed {
        println!("个人应缴 {} 元", missed.personal);
    }
    Ok(())
}
