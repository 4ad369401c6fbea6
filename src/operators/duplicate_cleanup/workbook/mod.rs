//! The lists as workbooks: one for each township, one for those who live elsewhere, and one for the region.
//!
//! A workbook is made from the rows as they are published, persons masked. It has a cover, the list, and what was
//! settled. Nothing in it depends on when it was made: it bears the logical date.

mod cover;
mod format;
mod line;
mod sheet;

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use rayon::prelude::*;
use rust_xlsxwriter::{DocProperties, ExcelDateTime, Workbook, XlsxError};

use super::audit::Places;
use super::{CleanupError, CleanupInput};
use canbao_publish::datasets::{CLEANUP_SETTLED, CLEANUP_WORKLIST};
use canbao_publish::{Document, file_name};
use cover::Source;
use format::Formats;
use line::Line;

/// The longest name of a place in the name of a file, in characters.
const LONGEST_NAME: usize = 30;

/// Whose workbook it is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Scope {
    /// All cases.
    Region,
    /// Those of one township, by code, with its name where it is known.
    Township(String, Option<String>),
    /// Those of persons who live in none of the region's townships.
    Elsewhere,
}

/// The rows of a workbook.
struct Lists<'a> {
    open: Vec<&'a Line<'a>>,
    settled: Vec<&'a Line<'a>>,
}

/// Makes all workbooks. A township without a case has one that says so; for those who live elsewhere there is one where
/// there are any.
pub(super) fn workbooks(
    input: &CleanupInput<'_>,
    places: &Places<'_>,
    worklist: &RecordBatch,
    settled: &RecordBatch,
) -> Result<Vec<Document>, CleanupError> {
    let mask = input.persons.mask();
    let open = mask.mask_dataset(&CLEANUP_WORKLIST.dataset(), worklist)?;
    let settled = mask.mask_dataset(&CLEANUP_SETTLED.dataset(), settled)?;
    let open = line::lines(&open, CLEANUP_WORKLIST.name)?;
    let mut settled = line::lines(&settled, CLEANUP_SETTLED.name)?;
    settled.sort_by_key(|line| (std::cmp::Reverse(line.end.map(|end| end.settled_on)), line.number));

    let mut townships: BTreeMap<&str, Option<&str>> =
        places.townships.iter().map(|(code, name)| (code.as_str(), name.as_deref())).collect();
    for line in open.iter().chain(&settled) {
        if let Some(code) = line.township {
            townships.entry(code).or_insert(line.township_name);
        }
    }
    let of_townships = townships.iter().map(|(code, name)| Scope::Township((*code).to_owned(), name.map(str::to_owned)));
    let elsewhere = open.iter().chain(&settled).any(|line| line.township.is_none()).then_some(Scope::Elsewhere);
    let scopes: Vec<Scope> = [Scope::Region].into_iter().chain(elsewhere).chain(of_townships).collect();

    let source = Source::of(input);
    let made = scopes.into_par_iter().map(|scope| {
        let fits = |line: &&Line<'_>| scope.holds(line);
        let lists = Lists { open: open.iter().filter(fits).collect(), settled: settled.iter().filter(fits).collect() };
        let townships = if scope == Scope::Region { Some(&townships) } else { None };
        let name = scope.file_name(&source);
        match workbook(&scope, &source, &lists, townships) {
            Ok(bytes) => Ok(Document { path: name, title: scope.title(&source), bytes }),
            Err(error) => Err(CleanupError::Workbook { name, source: error }),
        }
    });
    made.collect()
}

fn workbook(
    scope: &Scope,
    source: &Source<'_>,
    lists: &Lists<'_>,
    townships: Option<&BTreeMap<&str, Option<&str>>>,
) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let created = ExcelDateTime::from_timestamp(i64::from(source.date.epoch()) * 86_400)?;
    let title = scope.title(source);
    workbook.set_properties(&DocProperties::new().set_title(&title).set_creation_datetime(&created));
    let formats = Formats::new();
    cover::write(workbook.add_worksheet(), scope, source, lists, townships, &formats)?;
    let margin = sheet::Margin { title: &title, date: source.date, confidential: source.shows_persons() };
    sheet::write(workbook.add_worksheet(), &sheet::OPEN, &lists.open, &margin, &formats)?;
    sheet::write(workbook.add_worksheet(), &sheet::SETTLED, &lists.settled, &margin, &formats)?;
    workbook.save_to_buffer()
}

impl Scope {
    fn holds(&self, line: &Line<'_>) -> bool {
        match self {
            Self::Region => true,
            Self::Township(code, _) => line.township == Some(code),
            Self::Elsewhere => line.township.is_none(),
        }
    }

    /// The place in words.
    fn place(&self, source: &Source<'_>) -> String {
        match self {
            Self::Region => format!("{}全部", source.region_name),
            Self::Township(code, Some(name)) => format!("{name}（{code}）"),
            Self::Township(code, None) => code.clone(),
            Self::Elsewhere => format!("居住地不在{}或不明", source.region_name),
        }
    }

    fn title(&self, source: &Source<'_>) -> String {
        format!("重复参保清理清单：{}", self.place(source))
    }

    fn file_name(&self, source: &Source<'_>) -> String {
        let short = |name: &str| name.chars().take(LONGEST_NAME).collect::<String>();
        let region = format!("{}-{}", source.region, short(source.region_name));
        let name = match self {
            Self::Region => format!("{region}-全部"),
            Self::Township(code, Some(name)) => format!("{code}-{}", short(name)),
            Self::Township(code, None) => code.clone(),
            Self::Elsewhere => format!("{region}-辖区外"),
        };
        file_name(&format!("{name}.xlsx"))
    }
}
