//! Opens the newest snapshot of a pipeline and counts who is missed, by township.
//!
//! ```console
//! $ cargo run -- run enrollment-audit --date 2023-12-31
//! $ cargo run --example open_snapshot -- published enrollment-audit
//! ```

use std::collections::BTreeMap;
use std::error::Error;

use arrow_array::Array;
use arrow_array::cast::AsArray;
use canbao_publish::{Publisher, Snapshot};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let location = arguments.next().unwrap_or_else(|| "published".to_owned());
    let pipeline = arguments.next().unwrap_or_else(|| "enrollment-audit".to_owned());

    let publisher = Publisher::open(&location)?;
    let name = publisher.latest(&pipeline)?.ok_or_else(|| format!("nothing is published of `{pipeline}` in `{location}`"))?;
    let snapshot = Snapshot::open(&publisher, &pipeline, name)?.ok_or("the snapshot is not whole")?;
    println!("{} of {}", snapshot.name(), snapshot.manifest().run.logical_date);

    let mut missed: BTreeMap<String, u64> = BTreeMap::new();
    for batch in snapshot.rows("missed_enrollment", Some(&["township"]))? {
        let batch = batch?;
        let townships = batch.column(0).as_string::<i32>();
        for row in 0..townships.len() {
            let township = if townships.is_null(row) { "unknown" } else { townships.value(row) };
            *missed.entry(township.to_owned()).or_default() += 1;
        }
    }
    for (township, persons) in missed {
        println!("{township}  {persons}");
    }
    Ok(())
}
