//! The county's plan: what each township has to reach.

use super::county::County;
use super::row::{Column, Row};

/// The columns of the target extract.
pub const COLUMNS: &[Column] = &[("admdvs", "区划"), ("name", "名称"), ("registered", "户籍人口数"), ("target", "目标任务数")];

/// A row for each township that the plan names, and one for the total that the document states.
pub fn put_rows<R: Row>(county: &County, row: &mut R) {
    for township in &county.townships {
        let Some(target) = township.target else { continue };
        row.integer(township.code);
        row.text(&township.name);
        row.integer(township.registered);
        row.integer(target);
        row.end();
    }
    row.text("TOTAL");
    row.text(&county.total.name);
    row.integer(county.total.registered);
    row.integer(county.total.target);
    row.end();
}
