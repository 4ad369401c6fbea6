//! The bulletin as Markdown, its charts left to their tables.

use std::fmt::Write as _;

use super::Bulletin;
use super::document::{Block, Chart, Section, Table, Text, Value};
use canbao_rules::Language;

/// The whole text.
pub fn markdown(bulletin: &Bulletin) -> String {
    let lang = bulletin.lang;
    let mut out = format!("# {}\n\n{}\n\n", escaped(&bulletin.title), escaped(&bulletin.subtitle));
    for source in &bulletin.sources {
        let _ = writeln!(out, "- {}", escaped(&source.reading()));
    }
    for section in &bulletin.sections {
        write_section(bulletin, section, &mut out);
    }
    let _ = writeln!(out, "\n## {}\n", lang.pick("说明", "Remarks"));
    for remark in &bulletin.remarks {
        let _ = writeln!(out, "- {}", escaped(&remark.reading()));
    }
    let _ = writeln!(out, "\n## {}\n", lang.pick("数据来源", "Sources of figures"));
    for figure in &bulletin.figures {
        let datasets = figure.datasets.join(", ");
        let derived = if figure.derived.is_empty() { String::new() } else { format!("{}{}", lang.pick("；", "; "), figure.derived) };
        let _ = writeln!(
            out,
            "[^{}]: {} · {}/{} · {datasets}{derived} · `{}`\n",
            mark(figure.id),
            escaped(&figure.title),
            figure.pipeline,
            figure.snapshot,
            figure.sql
        );
    }
    out
}

fn write_section(bulletin: &Bulletin, section: &Section, out: &mut String) {
    let _ = writeln!(out, "\n## {}\n", escaped(&section.title));
    for block in &section.blocks {
        match block {
            Block::Text(text) => {
                let _ = writeln!(out, "{}{}\n", escaped(&text.reading()), marks(text));
            }
            Block::Table(table) if table.is_long => {
                let words = bulletin.lang.pick("逐项数据见工作簿。", "All rows are in the workbook.");
                let _ = writeln!(out, "{}{}{words}[^{}]\n", escaped(&table.title), bulletin.lang.colon(), mark(table.query));
            }
            Block::Table(table) => write_table(bulletin.lang, table, out),
            Block::Chart(chart) => write_notes(bulletin.lang, chart, out),
        }
    }
}

/// The chart's figures stand in a table beside it; what is remarked about them holds there, too.
fn write_notes(lang: Language, chart: &Chart, out: &mut String) {
    for note in &chart.notes {
        let _ = writeln!(out, "> {}{}{}\n", escaped(&chart.title), lang.colon(), escaped(note));
    }
}

fn write_table(lang: Language, table: &Table, out: &mut String) {
    let _ = writeln!(out, "**{}**[^{}]\n", escaped(&table.title), mark(table.query));
    let heads = table.columns.iter().map(|column| escaped(&format!("{}{}", column.title, lang.in_brackets(&column.unit))));
    let heads: Vec<String> = table.labels.iter().map(|label| escaped(label)).chain(heads).collect();
    let _ = writeln!(out, "| {} |", heads.join(" | "));
    let rules = table.labels.iter().map(|_| "---").chain(table.columns.iter().map(|_| "---:"));
    let _ = writeln!(out, "| {} |", rules.collect::<Vec<_>>().join(" | "));
    for row in &table.rows {
        let bold = |text: String| if row.is_total && !text.is_empty() { format!("**{text}**") } else { text };
        let cells = row.values.iter().map(|value| shown(lang, value));
        let cells: Vec<String> = row.labels.iter().map(|label| escaped(label)).chain(cells).map(bold).collect();
        let _ = writeln!(out, "| {} |", cells.join(" | "));
    }
    out.push('\n');
    for note in &table.notes {
        let _ = writeln!(out, "> {}\n", escaped(note));
    }
}

fn shown(lang: Language, value: &Value) -> String {
    escaped(&value.shown(lang))
}

fn marks(text: &Text) -> String {
    text.queries().into_iter().map(|query| format!("[^{}]", mark(query))).collect()
}

/// A footnote's mark: dots are no part of one everywhere.
fn mark(query: &str) -> String {
    query.replace('.', "-")
}

/// Keeps what is special in Markdown from being so.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '\\' | '*' | '_' | '`' | '[' | ']' | '|' | '<' | '>' | '#' | '&' | '~') {
            out.push('\\');
        }
        out.push(if c == '\n' { ' ' } else { c });
    }
    out
}
