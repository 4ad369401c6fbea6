//! The monthly bulletin: what was published for a month, in words, tables and charts.
//!
//! It is made from published snapshots and nothing else, so what it says can be looked up: every figure names its query,
//! and `--trace` asks it again. The way of a figure: [`figures`] asks a snapshot; the sections ([`enrollment`],
//! [`settlement`]) decide with [`crate::operators::monthly_bulletin::suppression`] what may be printed and put it into a [`document`];
//! [`html`], [`markdown`] and [`workbook`] write that down.
//!
//! # Invariants
//! - The same snapshots give the same bytes in every form. Neither a clock nor the run's own name goes in.
//! - A suppressed figure is in no form, not as a number, not as the length of a bar, not in a formula.
//! - What is missing is said in words: a month without data, growth without a base, a township without a target.
//! - No resident number and no name of a person is read.

mod charts;
mod document;
mod enrollment;
mod error;
mod figures;
mod html;
mod input_snapshots;
mod labels;
mod listed;
mod markdown;
mod operator;
mod quantity;
mod settlement;
mod sources;
pub mod suppression;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod trace;
mod workbook;

pub use document::{Block, Chart, Missing, Reference, Section, Table, Text, Value};
pub use error::BulletinError;
pub use figures::Figure;
pub use input_snapshots::{AUDIT, CLEANUP, Chosen, InputSnapshots, SETTLEMENT, choose};
pub use operator::{BulletinOptions, MonthlyBulletinOperator, OPERATOR};
pub use trace::{Trace, trace};

use arrow_array::RecordBatch;

use canbao_publish::{Document, Snapshot};
use canbao_rules::Language;
use canbao_rules::period::{Day, Month};
use figures::Figures;

/// Cells with fewer persons are suppressed, unless a pipeline or the command line says otherwise.
pub const MIN_PERSONS: u32 = 5;

/// What a bulletin is to be.
#[derive(Debug, Clone)]
pub struct Request {
    /// The month.
    pub month: Month,
    /// The language.
    pub lang: Language,
    /// Cells with fewer persons are suppressed.
    pub min_persons: u32,
    /// The region's name, such as 五河县; its code where no pack knows it.
    pub region: String,
}

/// What sections are made from.
struct BulletinInput<'a> {
    month: Month,
    lang: Language,
    min_persons: u32,
    region: &'a str,
    audit: Option<&'a Snapshot>,
    cleanup: Option<&'a Snapshot>,
    settlement: Option<&'a Snapshot>,
}

/// A bulletin, not yet in any form.
#[derive(Debug, Clone)]
pub struct Bulletin {
    /// The month.
    pub month: Month,
    /// The language.
    pub lang: Language,
    /// Cells with fewer persons are suppressed.
    pub min_persons: u32,
    /// Its title.
    pub title: String,
    /// The month, in words.
    pub subtitle: String,
    /// What it is made from, a snapshot each.
    pub sources: Vec<Text>,
    /// The sections.
    pub sections: Vec<Section>,
    /// How to read it.
    pub remarks: Vec<Text>,
    /// The queries behind its figures.
    pub figures: Vec<Figure>,
}

/// The forms of a bulletin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// One page of HTML with its charts inside.
    Html,
    /// A workbook.
    Xlsx,
    /// Markdown.
    Md,
}

impl Form {
    /// All forms.
    pub const ALL: [Self; 3] = [Self::Html, Self::Xlsx, Self::Md];

    /// The end of the file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Html => "html",
            Self::Xlsx => "xlsx",
            Self::Md => "md",
        }
    }
}

/// A bulletin as a pipeline publishes it.
#[derive(Debug)]
pub struct Made {
    /// The rows of `bulletin_figures`.
    pub figures: RecordBatch,
    /// The bulletin in all its forms.
    pub documents: Vec<Document>,
    /// How many figures are suppressed.
    pub suppressed: u64,
}

impl Bulletin {
    /// The bulletin as a pipeline publishes it: a dataset of its figures, and a document in each form.
    ///
    /// # Errors
    /// As [`Bulletin::write`].
    pub fn publish(&self) -> Result<Made, BulletinError> {
        let document = |form: Form| {
            let title = format!("{} {}", self.title, self.subtitle);
            Ok::<_, BulletinError>(Document { path: self.file_name(form), title, bytes: self.write(form)? })
        };
        let tables = self.sections.iter().flat_map(|section| &section.blocks);
        let values = tables.filter_map(|block| if let Block::Table(table) = block { Some(&table.rows) } else { None }).flatten();
        let suppressed = values.flat_map(|row| &row.values).filter(|value| **value == Value::Suppressed).count();
        Ok(Made {
            figures: listed::figures(self)?,
            documents: Form::ALL.into_iter().map(document).collect::<Result<_, _>>()?,
            suppressed: suppressed as u64,
        })
    }

    /// Makes the bulletin of a month.
    ///
    /// # Errors
    /// No snapshot to make it from, or one that cannot be read.
    pub fn compose(request: &Request, snapshots: &InputSnapshots<'_>) -> Result<Self, BulletinError> {
        let Request { month, lang, min_persons, region } = request;
        let InputSnapshots { audit, cleanup, settlement } = *snapshots;
        let input = BulletinInput { month: *month, lang: *lang, min_persons: *min_persons, region, audit, cleanup, settlement };
        if snapshots.is_empty() {
            return Err(BulletinError::Nothing { month: input.period(), last_day: month.last_day().to_string() });
        }
        let mut figures = Figures::new(*lang);
        let mut sections = vec![enrollment::section(&input, &mut figures)?];
        sections.extend(settlement::sections(&input, &mut figures)?);
        Ok(Self {
            month: *month,
            lang: *lang,
            min_persons: *min_persons,
            title: lang.pick(&format!("{region}医疗保障月报"), &format!("{region}: monthly bulletin of medical insurance")).to_owned(),
            subtitle: input.month_words(),
            sources: sources::sources(&input),
            remarks: sources::remarks(&input, &sections),
            sections,
            figures: figures.into_asked(),
        })
    }

    /// The bulletin in one of its forms.
    ///
    /// # Errors
    /// A chart or a file that its library cannot write.
    pub fn write(&self, form: Form) -> Result<Vec<u8>, BulletinError> {
        match form {
            Form::Html => Ok(html::page(self)?.into_bytes()),
            Form::Xlsx => workbook::workbook(self),
            Form::Md => Ok(markdown::markdown(self).into_bytes()),
        }
    }

    /// The number under which a query stands among the sources, from 1.
    fn source_number(&self, query: &str) -> usize {
        self.figures.iter().position(|figure| figure.id == query).map_or(0, |at| at + 1)
    }

    /// What its file is called: `bulletin-2023-09.html`, `bulletin-2023-09.en.html`.
    pub fn file_name(&self, form: Form) -> String {
        let lang = self.lang.pick("", ".en");
        format!("bulletin-{:04}-{:02}{lang}.{}", self.month.year(), self.month.number(), form.extension())
    }
}

impl BulletinInput<'_> {
    /// The month as the statistics write it.
    fn period(&self) -> String {
        format!("{:04}-{:02}", self.month.year(), self.month.number())
    }

    /// The month in words.
    fn month_words(&self) -> String {
        let (year, number) = (self.month.year(), self.month.number());
        self.lang.pick(&format!("{year}年{number}月"), &format!("{} {year}", english_month(number))).to_owned()
    }

    /// A day in words.
    fn day_words(&self, day: Day) -> String {
        let (year, month, number) = day.ymd();
        self.lang.pick(&format!("{year}年{month}月{number}日"), &format!("{number} {} {year}", english_month(month))).to_owned()
    }

    /// The month's last day in words.
    fn last_day_words(&self) -> String {
        self.day_words(self.month.last_day())
    }

    /// The year up to a day of the month, as a sentence begins with it.
    fn year_to_date_words(&self, end: Day) -> String {
        let (year, number) = (self.month.year(), self.month.number());
        let name = english_month(number);
        let (zh, en) = if end != self.month.last_day() {
            let (_, month, day) = end.ymd();
            (format!("{year}年1月1日至{month}月{day}日，"), format!("1 January to {day} {} {year}, ", english_month(month)))
        } else if number == 1 {
            (format!("{year}年1月，"), format!("January {year}, "))
        } else {
            (format!("{year}年1—{number}月，"), format!("January to {name} {year}, "))
        };
        self.lang.pick(&zh, &en).to_owned()
    }

    /// 全市, 全县: the whole region, as its name ends.
    fn whole(&self) -> String {
        let last = self.region.chars().next_back().filter(|last| "省市县区旗州盟".contains(*last));
        let zh = last.map_or_else(|| self.region.to_owned(), |last| format!("全{last}"));
        self.lang.pick(&zh, self.region).to_owned()
    }

    /// In place of a number of persons that is suppressed.
    fn few_people(&self) -> String {
        self.lang.pick("人数不予公布", "a number that is not published").to_owned()
    }

    /// In place of a number of records that is suppressed.
    fn few_records(&self) -> String {
        self.lang.pick("条数不予公布", "a number that is not published").to_owned()
    }

    /// In place of a number of cases that is suppressed.
    fn few_cases(&self) -> String {
        self.lang.pick("件数不予公布", "a number that is not published").to_owned()
    }
}

fn english_month(number: u32) -> &'static str {
    const NAMES: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    NAMES.get((number as usize).wrapping_sub(1)).copied().unwrap_or_default()
}
