//! Enrollment day by day: how many records were paid for on each day, and how many by then.
//!
//! Few people pay on some days. Such days are put together with the days after them until enough people are in it, so
//! that no bar stands for fewer than the bulletin may speak of.

use super::without;
use crate::operators::monthly_bulletin::BulletinInput;
use crate::operators::monthly_bulletin::document::{
    Block, Categories, Chart, Column, Panel, Point, Row, Series, Shape, Table, Text, Value,
};
use crate::operators::monthly_bulletin::error::BulletinError;
use crate::operators::monthly_bulletin::figures::{Answer, Figures, Query};
use crate::operators::monthly_bulletin::quantity::grouped;
use canbao_publish::Snapshot;
use canbao_rules::period::Day;

/// The query's identifier.
pub const ID: &str = "enrollment.days";
/// What came earlier than this many days before the snapshot is one figure.
const DAYS_SHOWN: i32 = 366;

/// One day, or several put together under their last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stretch {
    first: Day,
    last: Day,
    records: i64,
    so_far: i64,
}

/// The chart and its table; words where nothing was paid on a known day.
pub fn blocks(input: &BulletinInput<'_>, audit: &Snapshot, figures: &mut Figures) -> Result<Vec<Block>, BulletinError> {
    if let Some(block) = without(input, audit, "benefit_period", "逐日参保", "figures day by day") {
        return Ok(vec![block]);
    }
    let rows = figures.ask(audit, query())?;
    let date = audit.name().date;
    let undated: i64 = rows.iter().filter(|row| row.day("day").is_none()).map(|row| row.number("records")).sum();
    let stretches = stretches(&rows, date, u64::from(input.min_persons));
    let lang = input.lang;
    let Some(stretches) = stretches else {
        let words = lang.pick(
            "参保缴费记录没有载明足够的缴费时间，不作逐日参保图。",
            "Too few records say when they were paid for: there is no chart of enrollment day by day.",
        );
        return Ok(vec![Block::Text(Text::plain(words))]);
    };
    let mut notes = vec![lang.pick("按有效参保缴费记录的缴费时间统计。", "By the time of payment of the valid records.").to_owned()];
    if stretches.iter().any(|stretch| stretch.first != stretch.last) {
        let zh = format!("缴费不足{}人的日期并入其后的日期。", input.min_persons);
        let en = format!("Days on which fewer than {} persons paid are put together with the days after them.", input.min_persons);
        notes.push(lang.pick(&zh, &en).to_owned());
    }
    if undated >= i64::from(input.min_persons) {
        let zh = format!("另有{}条记录未载缴费时间，不在图中。", grouped(undated));
        let en = format!("{} records without a time of payment are not in the chart.", grouped(undated));
        notes.push(lang.pick(&zh, &en).to_owned());
    }
    let chart = chart(input, &stretches, notes.clone());
    Ok(vec![Block::Chart(chart), Block::Table(table(input, &stretches))])
}

fn query() -> Query {
    Query {
        id: ID,
        title: ("逐日参保缴费", "Records paid for, day by day"),
        datasets: &["benefit_period"],
        keys: &["day"],
        derived: (
            "不足最少人数的日期并入其后的日期；累计为各日之和",
            "days with too few persons are put together with those after; the running total is their sum",
        ),
        sql: "SELECT CAST(clct_time AS DATE) AS day, COUNT(*) AS records, COUNT(DISTINCT certno) AS persons FROM {benefit_period} \
              GROUP BY CAST(clct_time AS DATE) ORDER BY day"
            .to_owned(),
    }
}

/// The days put together; `None` where all of them have too few persons.
fn stretches(rows: &[Answer], date: Day, min_persons: u64) -> Option<Vec<Stretch>> {
    let mut stretches: Vec<Stretch> = Vec::new();
    let (mut open, mut persons, mut so_far): (Option<Stretch>, u64, i64) = (None, 0, 0);
    for row in rows {
        let Some(day) = row.day("day") else { continue };
        let records = row.number("records");
        so_far += records;
        persons += row.persons("persons");
        let first = open.map_or(day, |stretch| stretch.first);
        let stretch = Stretch { first, last: day, records: open.map_or(0, |stretch| stretch.records) + records, so_far };
        let is_early = day < date.plus_days(-DAYS_SHOWN);
        if persons >= min_persons && !is_early {
            stretches.push(stretch);
            (open, persons) = (None, 0);
        } else {
            open = Some(stretch);
        }
    }
    // Too few for a stretch of their own: they go with those before.
    if let (Some(rest), Some(last)) = (open, stretches.last_mut()) {
        *last = Stretch { first: last.first, last: rest.last, records: last.records + rest.records, so_far };
    }
    (!stretches.is_empty()).then_some(stretches)
}

fn chart(input: &BulletinInput<'_>, stretches: &[Stretch], notes: Vec<String>) -> Chart {
    let lang = input.lang;
    let first = stretches.first().map_or(Day::from_epoch(0), |stretch| stretch.last);
    let last = stretches.last().map_or(first, |stretch| stretch.last);
    let days = usize::try_from(last.epoch() - first.epoch() + 1).unwrap_or(1);
    let points = |value: fn(&Stretch) -> i64| {
        let mut points = vec![Point::Missing; days];
        for stretch in stretches {
            if let Some(point) = usize::try_from(stretch.last.epoch() - first.epoch()).ok().and_then(|at| points.get_mut(at)) {
                *point = Point::At(value(stretch) as f64);
            }
        }
        points
    };
    let panel = |zh: &str, en: &str, shape, points| Panel {
        title: lang.pick(zh, en).to_owned(),
        unit: lang.pick("条", "records").to_owned(),
        shape,
        categories: Categories::Days(first, days),
        series: vec![Series { name: lang.pick(zh, en).to_owned(), points }],
        mark: None,
    };
    Chart {
        id: "chart-days",
        query: ID,
        title: lang.pick("逐日参保缴费", "Enrollment day by day").to_owned(),
        panels: vec![
            panel("累计缴费记录", "Records so far", Shape::Line, points(|stretch| stretch.so_far)),
            panel("当日缴费记录", "Records of the day", Shape::Columns, points(|stretch| stretch.records)),
        ],
        notes,
    }
}

/// Every stretch, for the workbook.
fn table(input: &BulletinInput<'_>, stretches: &[Stretch]) -> Table {
    let lang = input.lang;
    let unit = lang.pick("条", "records");
    let column =
        |name: &str, zh: &str, en: &str| Column { name: name.to_owned(), title: lang.pick(zh, en).to_owned(), unit: unit.to_owned() };
    let row = |stretch: &Stretch| Row {
        key: stretch.last.to_string(),
        labels: vec![stretch.first.to_string(), stretch.last.to_string()],
        values: vec![Value::Count(stretch.records), Value::Count(stretch.so_far)],
        is_total: false,
    };
    Table {
        query: ID,
        title: lang.pick("逐日参保缴费", "Enrollment day by day").to_owned(),
        labels: vec![lang.pick("起", "From").to_owned(), lang.pick("止", "To").to_owned()],
        columns: vec![column("records", "当日缴费记录", "Records of the day"), column("so_far", "累计缴费记录", "Records so far")],
        rows: stretches.iter().map(row).collect(),
        notes: Vec::new(),
        is_long: true,
    }
}

#[cfg(test)]
mod tests {
    use polars::prelude::{DataFrame, Int32Chunked, IntoColumn};

    use super::*;
    use crate::operators::monthly_bulletin::figures::answers;

    fn put_together(days: &[(i32, u32)]) -> Option<Vec<(i32, i32, i64, i64)>> {
        let day = Int32Chunked::from_vec("day".into(), days.iter().map(|(day, _)| *day).collect()).into_date().into_column();
        let records = polars::prelude::Column::new("records".into(), days.iter().map(|(_, records)| *records).collect::<Vec<_>>());
        let persons = records.clone().with_name("persons".into());
        let rows = DataFrame::new(days.len(), vec![day, records, persons]).unwrap();
        let found = stretches(&answers(&rows, &[]), Day::from_epoch(1000), 5)?;
        Some(found.iter().map(|s| (s.first.epoch(), s.last.epoch(), s.records, s.so_far)).collect())
    }

    #[test]
    fn quiet_days_go_with_the_days_after_them() {
        let found = put_together(&[(990, 7), (991, 2), (993, 1), (994, 4), (995, 9), (996, 3)]);
        assert_eq!(found.unwrap(), [(990, 990, 7, 7), (991, 994, 7, 14), (995, 996, 12, 26)], "the last quiet day goes with those before");
    }

    #[test]
    fn what_came_long_before_is_one_figure() {
        assert_eq!(put_together(&[(10, 100), (20, 100), (998, 6)]).unwrap(), [(10, 998, 206, 206)]);
    }

    #[test]
    fn too_few_for_any_bar() {
        assert_eq!(put_together(&[(990, 2), (991, 2)]), None);
        assert_eq!(put_together(&[]), None);
    }
}
