//! What stands in published datasets for the numbers and names of persons.
//!
//! A column's `identity` says what it holds; everything else passes unchanged. The rows keep their
//! order, which is that of the plain numbers: whoever knows some persons of a masked or pseudonymous
//! dataset can narrow down the birth place and date of their neighbours. A dataset for outsiders must
//! therefore not be one of persons at all; these are for colleagues who need no numbers.

use std::borrow::Cow;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{Schema, SchemaRef};
use serde::Deserialize;

use super::error::PublishError;
use super::spec::{Dataset, Identity};
use canbao_rules::identity::{Pseudonym, mask, mask_name};

/// The file in the state folder that holds the key of pseudonyms, as hexadecimal digits.
pub const KEY_FILE: &str = "pseudonym.key";
/// Metadata key of a schema whose persons are not plain.
const PERSON_IDS: &str = "person_ids";
/// Bytes of a key that this program makes.
const KEY_BYTES: usize = 32;
/// From so many letters and digits in a row on, a raw value may be somebody's number.
const NUMBER_PLACES: usize = 10;

/// The pipeline's `[publish] person_ids`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonIds {
    /// As they are.
    #[default]
    Plain,
    /// 6 + 4 places of numbers, the family name of names.
    Masked,
    /// A keyed hash, the same for the same person across datasets and snapshots.
    Pseudonym,
}

impl PersonIds {
    /// What stands for persons in a published dataset, by its schema; `None` where that is a word of a later version.
    pub fn of(schema: &Schema) -> Option<Self> {
        match schema.metadata().get(PERSON_IDS) {
            None => Some(Self::Plain),
            Some(word) => word.parse().ok(),
        }
    }

    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Masked => "masked",
            Self::Pseudonym => "pseudonym",
        }
    }
}

/// A word that is none of `plain`, `masked` and `pseudonym`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` says nothing of person_ids, expected `plain`, `masked` or `pseudonym`")]
pub struct UnknownPersonIds(String);

impl FromStr for PersonIds {
    type Err = UnknownPersonIds;

    fn from_str(word: &str) -> Result<Self, UnknownPersonIds> {
        let all = [Self::Plain, Self::Masked, Self::Pseudonym];
        all.into_iter().find(|ids| ids.as_str() == word).ok_or_else(|| UnknownPersonIds(word.to_owned()))
    }
}

/// What is laid over a dataset's persons before it is written. Laid over twice it is as laid over once: a list that
/// carries on what an earlier snapshot had shows it as that did.
#[derive(Debug, Clone, Default)]
pub enum PersonIdMask {
    /// Nothing.
    #[default]
    Plain,
    /// See [`PersonIds::Masked`].
    Masked,
    /// See [`PersonIds::Pseudonym`].
    Pseudonym(Box<Pseudonym>),
}

impl PersonIdMask {
    /// The mask of a run. Pseudonyms take their key from `key` (the environment's
    /// `CANBAO_PSEUDONYM_KEY`) or else from [`KEY_FILE`] in the state folder, which is made, readable by
    /// its owner only, where it is not there yet. Whoever loses the key loses the link between snapshots.
    ///
    /// # Errors
    /// The key is no hexadecimal number of 32 bytes, or its file can be neither read nor made.
    pub fn open(ids: PersonIds, state: &Path, key: Option<&str>) -> Result<Self, PublishError> {
        Ok(match ids {
            PersonIds::Plain => Self::Plain,
            PersonIds::Masked => Self::Masked,
            PersonIds::Pseudonym => Self::Pseudonym(Box::new(pseudonym(state, key)?)),
        })
    }

    /// A dataset's rows as they are published, persons masked: for documents that show them.
    ///
    /// # Errors
    /// The rows are not the dataset's.
    pub fn mask_dataset(&self, dataset: &Dataset, batch: &RecordBatch) -> Result<RecordBatch, PublishError> {
        let masked = self.mask_rows(dataset.conform(batch)?, &self.schema(dataset.schema()));
        masked.map_err(|source| PublishError::Rows { dataset: dataset.name().to_owned(), source })
    }

    /// Which of the three it is.
    pub const fn person_ids(&self) -> PersonIds {
        match self {
            Self::Plain => PersonIds::Plain,
            Self::Masked => PersonIds::Masked,
            Self::Pseudonym(_) => PersonIds::Pseudonym,
        }
    }

    /// A text that is the same for masks that give the same values.
    pub fn fingerprint(&self) -> String {
        format!("{} {}", self.person_ids().as_str(), self.number("canbao"))
    }

    /// The schema of masked rows: says so in its metadata.
    pub fn schema(&self, schema: &SchemaRef) -> SchemaRef {
        if matches!(self, Self::Plain) {
            return Arc::clone(schema);
        }
        let mut metadata = schema.metadata().clone();
        metadata.insert(PERSON_IDS.to_owned(), self.person_ids().as_str().to_owned());
        Arc::new(Schema::new_with_metadata(schema.fields().clone(), metadata))
    }

    /// The rows with their persons masked. `schema` is what [`PersonIdMask::schema`] gave for theirs.
    pub fn mask_rows(&self, batch: RecordBatch, schema: &SchemaRef) -> Result<RecordBatch, arrow_schema::ArrowError> {
        if matches!(self, Self::Plain) {
            return Ok(batch);
        }
        let of_column = batch.column_by_name("column").and_then(|names| names.as_string_opt::<i32>());
        let columns =
            schema.fields().iter().zip(batch.columns()).map(|(field, values)| match (Identity::of(field), values.as_string_opt::<i32>()) {
                (Some(identity), Some(texts)) => self.mask_column(identity, texts, of_column),
                _ => Arc::clone(values),
            });
        RecordBatch::try_new(Arc::clone(schema), columns.collect())
    }

    fn mask_column(&self, identity: Identity, texts: &StringArray, of_column: Option<&StringArray>) -> ArrayRef {
        let mut masked = StringBuilder::with_capacity(texts.len(), texts.value_data().len());
        for (row, text) in texts.iter().enumerate() {
            let about = of_column.filter(|names| names.is_valid(row)).map(|names| names.value(row));
            masked.append_option(text.map(|text| match identity {
                Identity::Certno | Identity::PsnNo => self.number(text),
                Identity::Name => self.name(text),
                Identity::Value => self.raw_value(about, text),
            }));
        }
        Arc::new(masked.finish())
    }

    fn number(&self, number: &str) -> String {
        match self {
            Self::Plain => number.to_owned(),
            Self::Masked => mask(number),
            Self::Pseudonym(_) if number.is_empty() || Pseudonym::is_pseudonym(number) => number.to_owned(),
            Self::Pseudonym(pseudonym) => pseudonym.of(number),
        }
    }

    fn name(&self, name: &str) -> String {
        match self {
            Self::Masked => mask_name(name),
            Self::Plain | Self::Pseudonym(_) => self.number(name),
        }
    }

    /// A raw value of `rejects`. In a column of numbers all of it is one; in any other, what looks like
    /// a number is: an extract whose columns have slipped has numbers anywhere.
    fn raw_value(&self, column: Option<&str>, text: &str) -> String {
        match column.map(Identity::by_name) {
            Some(Some(Identity::Name)) => self.name(text),
            Some(Some(_)) => self.number(&canonical(text)),
            _ => self.numbers_within(text),
        }
    }

    fn numbers_within(&self, text: &str) -> String {
        let mut masked = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(start) = rest.find(is_number_place) {
            let length = rest[start..].find(|c| !is_number_place(c)).unwrap_or(rest.len() - start);
            let (before, run) = rest[..start + length].split_at(start);
            masked.push_str(before);
            if run.chars().count() >= NUMBER_PLACES {
                masked.push_str(&self.number(&canonical(run)))
            } else {
                masked.push_str(run)
            }
            rest = &rest[start + length..];
        }
        masked.push_str(rest);
        masked
    }
}

/// Half or full width, as extracts have both.
fn is_number_place(c: char) -> bool {
    half_width(c).is_ascii_alphanumeric()
}

fn half_width(c: char) -> char {
    match c {
        '！'..='～' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        _ => c,
    }
}

/// A raw number in the form in which the good ones are published, so that one person has one pseudonym.
fn canonical(raw: &str) -> Cow<'_, str> {
    let trimmed = raw.trim();
    if trimmed.chars().all(|c| half_width(c) == c && c != 'x') {
        return Cow::Borrowed(trimmed);
    }
    Cow::Owned(trimmed.chars().map(half_width).map(|c| if c == 'x' { 'X' } else { c }).collect())
}

/// How a run shows persons, and how it tells them apart where it does not.
#[derive(Debug, Clone)]
pub struct PersonIdSettings {
    mask: PersonIdMask,
    state: PathBuf,
    key: Option<String>,
}

impl PersonIdSettings {
    /// The same places for a key as [`PersonIdMask::open`].
    ///
    /// # Errors
    /// As [`PersonIdMask::open`].
    pub fn open(ids: PersonIds, state: &Path, key: Option<String>) -> Result<Self, PublishError> {
        Ok(Self { mask: PersonIdMask::open(ids, state, key.as_deref())?, state: state.to_owned(), key })
    }

    /// What is laid over the datasets.
    pub const fn mask(&self) -> &PersonIdMask {
        &self.mask
    }

    /// Pseudonyms under the key, whatever the mask. The key's file is made where it is not there yet.
    ///
    /// # Errors
    /// As [`PersonIdMask::open`].
    pub fn pseudonym(&self) -> Result<Pseudonym, PublishError> {
        match &self.mask {
            PersonIdMask::Pseudonym(pseudonym) => Ok(pseudonym.as_ref().clone()),
            PersonIdMask::Plain | PersonIdMask::Masked => pseudonym(&self.state, self.key.as_deref()),
        }
    }
}

fn pseudonym(state: &Path, key: Option<&str>) -> Result<Pseudonym, PublishError> {
    let key = match key {
        Some(key) => parse_key(key, "CANBAO_PSEUDONYM_KEY")?,
        None => key_in(state)?,
    };
    Ok(Pseudonym::new(&key))
}

fn key_in(state: &Path) -> Result<Vec<u8>, PublishError> {
    let path = state.join(KEY_FILE);
    let place = path.display().to_string();
    match fs::read_to_string(&path) {
        Ok(text) => parse_key(&text, &place),
        Err(error) if error.kind() == ErrorKind::NotFound => make_key(state, &path),
        Err(source) => Err(PublishError::File { doing: "read", path: place, source }),
    }
}

/// Makes a key under another name and links it into place whole, so that of two processes that both
/// find none the later takes the earlier's.
fn make_key(state: &Path, path: &Path) -> Result<Vec<u8>, PublishError> {
    let place = path.display().to_string();
    let failed = |source| PublishError::File { doing: "make", path: place.clone(), source };
    let mut key = [0; KEY_BYTES];
    getrandom::fill(&mut key).map_err(|error| failed(error.into()))?;
    fs::create_dir_all(state).map_err(failed)?;
    // Temporary files are made with mode 0600, and keep it under their lasting name.
    let mut file = tempfile::NamedTempFile::new_in(state).map_err(failed)?;
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    file.write_all(digits.as_bytes()).and_then(|()| file.write_all(b"\n")).map_err(failed)?;
    file.as_file().sync_all().map_err(failed)?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(key.to_vec()),
        Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => key_in(state),
        Err(refused) => Err(failed(refused.error)),
    }
}

fn parse_key(text: &str, place: &str) -> Result<Vec<u8>, PublishError> {
    let bad = |why| PublishError::Key { place: place.to_owned(), why };
    let digits = text.trim();
    if digits.len() != 2 * KEY_BYTES {
        return Err(bad("is of another length"));
    }
    let nibble = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    let pairs = digits.as_bytes().chunks_exact(2);
    let bytes = pairs.map(|pair| Some(nibble(pair[0])? << 4 | nibble(pair[1])?)).collect::<Option<Vec<u8>>>();
    bytes.ok_or_else(|| bad("holds something else than hexadecimal digits"))
}

#[cfg(test)]
mod tests;
