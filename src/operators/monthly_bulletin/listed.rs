//! The bulletin's figures as a dataset, each with its reference, as they are printed.

use arrow_array::RecordBatch;
use arrow_array::builder::StringBuilder;
use arrow_schema::ArrowError;

use super::Bulletin;
use super::document::{Block, Value};
use canbao_publish::build::{Finish, MoneyBuilder, batch};
use canbao_publish::datasets::BULLETIN_FIGURES;
use canbao_rules::money::Yuan;

/// One row a figure of a table.
pub fn figures(bulletin: &Bulletin) -> Result<RecordBatch, ArrowError> {
    let mut texts: Vec<StringBuilder> = (0..8).map(|_| StringBuilder::new()).collect();
    let mut value = MoneyBuilder::default();
    let mut from: Vec<StringBuilder> = (0..3).map(|_| StringBuilder::new()).collect();
    for section in &bulletin.sections {
        // An excerpt repeats rows of the long table after it.
        for table in section.blocks.iter().filter_map(|block| if let Block::Table(table) = block { Some(table) } else { None }) {
            let is_excerpt = !table.is_long
                && section.blocks.iter().any(|other| matches!(other, Block::Table(t) if t.is_long && t.query == table.query));
            let Some(figure) = bulletin.figures.iter().find(|figure| figure.id == table.query).filter(|_| !is_excerpt) else { continue };
            let cells =
                table.rows.iter().flat_map(|row| row.values.iter().zip(&table.columns).map(move |(value, column)| (row, column, value)));
            for (row, column, cell) in cells {
                let reference = table.reference(row, column).to_string();
                let labels = row.labels.join("/");
                let words = [section.id, &reference, &table.title, &labels, &column.title];
                for (builder, word) in texts.iter_mut().zip(words) {
                    builder.append_value(word);
                }
                texts[5].append_option((!column.unit.is_empty()).then_some(&column.unit));
                texts[6].append_value(match cell {
                    Value::Suppressed => "suppressed",
                    Value::Missing(_) => "missing",
                    Value::Words(_) | Value::Count(_) | Value::Money(_) | Value::Percent(_) => "published",
                });
                texts[7].append_value(cell.shown(bulletin.lang));
                value.push(match cell {
                    Value::Count(count) => count.checked_mul(100).map(Yuan::from_fen),
                    Value::Money(amount) => Some(*amount),
                    Value::Percent(percent) => Some(Yuan::from_fen(percent.hundredths())),
                    Value::Words(_) | Value::Suppressed | Value::Missing(_) => None,
                });
                from[0].append_value(&figure.pipeline);
                from[1].append_value(figure.snapshot.to_string());
                from[2].append_value(figure.datasets.join(";"));
            }
        }
    }
    let mut columns: Vec<&mut dyn Finish> = texts.iter_mut().map(|builder| builder as &mut dyn Finish).collect();
    columns.push(&mut value);
    columns.extend(from.iter_mut().map(|builder| builder as &mut dyn Finish));
    batch(&BULLETIN_FIGURES, &mut columns)
}
