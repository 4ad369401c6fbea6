//! What polars says of a query that failed, without the rows' values.
//!
//! A conversion that fails is told with the first ten values that did not fit, and those are names and numbers of
//! persons as soon as the query reads such a column. Types, column and counts say enough.

use polars::prelude::PolarsError;

/// What stands before the values.
const BEFORE_VALUES: [&str; 2] = [" values: ", " failed for value "];

/// The error with all after the counts left out; any other error as it is.
pub fn redact_values(error: PolarsError) -> PolarsError {
    let text = error.to_string();
    let conversion = text.find("conversion from ");
    let Some(begin) = conversion else { return error };
    let end =
        BEFORE_VALUES.iter().filter_map(|mark| Some(begin + text[begin..].find(mark)? + mark.trim_end_matches([':', ' ']).len())).min();
    match end {
        Some(end) => PolarsError::InvalidOperation(format!("{}; TRY_CAST gives NULL where CAST fails", &text[begin..end]).into()),
        None => error,
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{IntoLazy, LazyFrame, df};
    use polars::sql::SQLContext;

    use super::*;

    #[test]
    fn no_value_of_a_row_is_told() {
        let mut context = SQLContext::new();
        context.register(
            "person",
            df!("psn_name" => ["张三", "李四"], "certno" => ["340399199002280016", "34039919900228018X"]).unwrap().lazy(),
        );
        let mut told = |sql: &str| redact_values(context.execute(sql).and_then(LazyFrame::collect).unwrap_err()).to_string();
        insta::assert_snapshot!(told("SELECT CAST(psn_name AS BIGINT) FROM person"), @"conversion from `str` to `i64` failed in column 'psn_name' for 2 out of 2 values; TRY_CAST gives NULL where CAST fails");
        insta::assert_snapshot!(told("SELECT CAST(certno AS BIGINT) FROM person"), @"conversion from `str` to `i64` failed in column 'certno' for 1 out of 2 values; TRY_CAST gives NULL where CAST fails");
        insta::assert_snapshot!(told("SELECT CAST(psn_name AS DATE) FROM person"), @"conversion from `str` to `date` failed in column 'psn_name' for 2 out of 2 values; TRY_CAST gives NULL where CAST fails");
        insta::assert_snapshot!(told("SELECT nobody FROM person"), @r#"not found: unable to find column "nobody"; valid columns: ["psn_name", "certno"]"#);
    }
}
