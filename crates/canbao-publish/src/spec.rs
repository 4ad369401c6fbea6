//! What a published dataset looks like: its columns, their Arrow types, and what they mean.
//!
//! A [`DatasetSpec`] is the static description of a dataset that the program itself computes; a
//! [`Dataset`] is what is really written: a name and an Arrow schema that carries every title and
//! meaning as metadata. A user's SQL dataset has no spec, its [`Dataset`] comes from the query's own
//! schema ([`Dataset::of_query`]).
//!
//! Invariants: a published schema holds only types that every reader of Parquet knows (no views, no
//! 64-bit offsets, no unsigned numbers, no time zones); every column carries `title` and `meaning`; a
//! column that can hold a personal value carries `identity`, by which it is masked.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_cast::{CastOptions, cast_with_options};
use arrow_schema::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use serde::Deserialize;

use super::error::PublishError;

/// Metadata key of a column's or dataset's Chinese name.
pub const TITLE: &str = "title";
/// Metadata key of what a column or dataset means: unit, codes, when it is null.
pub const MEANING: &str = "meaning";
/// Metadata key of a dataset's order of rows.
pub const ORDER: &str = "order";
/// Metadata key of a column whose values point at a person; its values are those of [`Identity`].
pub const IDENTITY: &str = "identity";

/// A dataset that the program computes, described once and for all.
#[derive(Debug)]
pub struct DatasetSpec {
    /// The file's name without `.parquet`.
    pub name: &'static str,
    /// Chinese name.
    pub title: &'static str,
    /// What one row is, in Chinese.
    pub meaning: &'static str,
    /// The order of the rows, in Chinese. Whoever computes the rows keeps it.
    pub order: &'static str,
    /// The columns, in the order of the contract.
    pub columns: &'static [ColumnSpec],
}

/// One column of a [`DatasetSpec`].
#[derive(Debug, Clone, Copy)]
pub struct ColumnSpec {
    /// The platform's name.
    pub name: &'static str,
    /// Chinese name.
    pub title: &'static str,
    /// Unit, codes, and when it is null, in Chinese.
    pub meaning: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
    /// Whether a row may lack it.
    pub nullable: bool,
}

/// What a column holds; fixes its Arrow type and whether it points at a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// `Utf8`: a name, a code, a month as yyyyMM.
    Text,
    /// `Utf8`: the number of a certificate.
    Certno,
    /// `Utf8`: a person's name.
    Name,
    /// `Utf8`: the platform's number of a person.
    PersonNo,
    /// `Utf8`: a value as an extract had it, whatever it is.
    RawValue,
    /// `Boolean`.
    Bool,
    /// `Int32`: years, months, ranks.
    Int32,
    /// `Int64`: counts and line numbers.
    Int64,
    /// `Decimal128(18, 2)`: yuan.
    Money,
    /// `Decimal128(9, 2)`: percent.
    Percent,
    /// `Date32`.
    Day,
    /// `Timestamp(µs)` without a zone.
    Moment,
    /// `List<Utf8>`, the items never null.
    TextList,
}

/// How a column points at a person; decides how it is masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Identity {
    /// The number of a certificate.
    Certno,
    /// A person's name.
    Name,
    /// The platform's number of a person.
    PsnNo,
    /// A raw value of whatever column.
    Value,
}

impl Identity {
    /// The word that stands in the metadata.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Certno => "certno",
            Self::Name => "name",
            Self::PsnNo => "psn_no",
            Self::Value => "value",
        }
    }

    /// What a column of a published schema says of itself.
    pub fn of(field: &Field) -> Option<Self> {
        match field.metadata().get(IDENTITY)?.as_str() {
            "certno" => Some(Self::Certno),
            "name" => Some(Self::Name),
            "psn_no" => Some(Self::PsnNo),
            "value" => Some(Self::Value),
            _ => None,
        }
    }

    /// What a column of a user's query is by its name alone: the platform's names keep their meaning
    /// through a `SELECT`, so that masking holds without a word in the pipeline's file.
    pub(super) fn by_name(name: &str) -> Option<Self> {
        match name {
            "certno" | "payer_certno" | "payee_certno" => Some(Self::Certno),
            "psn_name" => Some(Self::Name),
            "psn_no" => Some(Self::PsnNo),
            _ => None,
        }
    }
}

impl ColumnKind {
    /// The Arrow type of the column.
    pub fn data_type(self) -> DataType {
        match self {
            Self::Text | Self::Certno | Self::Name | Self::PersonNo | Self::RawValue => DataType::Utf8,
            Self::Bool => DataType::Boolean,
            Self::Int32 => DataType::Int32,
            Self::Int64 => DataType::Int64,
            Self::Money => DataType::Decimal128(18, 2),
            Self::Percent => DataType::Decimal128(9, 2),
            Self::Day => DataType::Date32,
            Self::Moment => DataType::Timestamp(TimeUnit::Microsecond, None),
            Self::TextList => DataType::List(list_item()),
        }
    }

    /// How the column points at a person, if it does.
    pub const fn identity(self) -> Option<Identity> {
        match self {
            Self::Certno => Some(Identity::Certno),
            Self::Name => Some(Identity::Name),
            Self::PersonNo => Some(Identity::PsnNo),
            Self::RawValue => Some(Identity::Value),
            _ => None,
        }
    }
}

/// The item field of a [`ColumnKind::TextList`], for whoever builds such an array.
pub fn list_item() -> FieldRef {
    Arc::new(Field::new("element", DataType::Utf8, false))
}

/// A column that always has a value.
pub const fn column(name: &'static str, kind: ColumnKind, title: &'static str, meaning: &'static str) -> ColumnSpec {
    ColumnSpec { name, title, meaning, kind, nullable: false }
}

impl ColumnSpec {
    /// The same column where a row may lack it.
    pub const fn or_null(self) -> Self {
        Self { nullable: true, ..self }
    }

    fn field(&self) -> Field {
        let identity = self.kind.identity();
        described(Field::new(self.name, self.kind.data_type(), self.nullable), self.title, self.meaning, identity)
    }
}

impl DatasetSpec {
    /// The Arrow schema of the rows, with all metadata.
    pub fn schema(&self) -> SchemaRef {
        let fields: Vec<Field> = self.columns.iter().map(ColumnSpec::field).collect();
        let metadata = [(TITLE, self.title), (MEANING, self.meaning), (ORDER, self.order)];
        let metadata = metadata.map(|(key, text)| (key.to_owned(), text.to_owned()));
        Arc::new(Schema::new_with_metadata(fields, metadata.into()))
    }

    /// The dataset to write.
    pub fn dataset(&self) -> Dataset {
        Dataset { name: self.name.to_owned(), schema: self.schema() }
    }
}

fn described(field: Field, title: &str, meaning: &str, identity: Option<Identity>) -> Field {
    let mut metadata = HashMap::from([(TITLE.to_owned(), title.to_owned()), (MEANING.to_owned(), meaning.to_owned())]);
    if let Some(identity) = identity {
        metadata.insert(IDENTITY.to_owned(), identity.as_str().to_owned());
    }
    field.with_metadata(metadata)
}

/// What a pipeline's file says of one of its SQL datasets; all of it may be left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DatasetDescription {
    /// Name of the dataset; its own name where empty.
    pub title: String,
    /// What one row is.
    pub meaning: String,
    /// The order of the rows that the query's `ORDER BY` gives.
    pub order: String,
    /// What the columns mean, by name.
    pub columns: BTreeMap<String, ColumnDescription>,
}

/// What a pipeline's file says of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ColumnDescription {
    /// Name of the column; its own name where empty.
    pub title: String,
    /// Unit and codes.
    pub meaning: String,
    /// How the column points at a person, where its name does not say it.
    pub identity: Option<Identity>,
}

/// A dataset as it is written: a name and the Arrow schema of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dataset {
    name: String,
    schema: SchemaRef,
}

impl Dataset {
    /// The dataset of a query's result. Types that not every Parquet reader knows become the nearest
    /// that all know: string views and large strings `Utf8`, unsigned numbers the next wider signed
    /// ones, timestamps microseconds without a zone.
    ///
    /// # Errors
    /// The name is no plain file name, a described column is not in the result, or a type has no
    /// published form.
    pub fn of_query(name: &str, result: &Schema, described_as: &DatasetDescription) -> Result<Self, PublishError> {
        if !is_plain_name(name) {
            return Err(PublishError::BadName { what: "dataset", name: name.to_owned() });
        }
        if let Some(unknown) = described_as.columns.keys().find(|column| result.field_with_name(column).is_err()) {
            return Err(PublishError::DescribedColumn { dataset: name.to_owned(), column: unknown.clone() });
        }
        let fields = result.fields().iter().map(|field| query_field(name, field, described_as));
        let or_name = |text: &str| if text.is_empty() { name.to_owned() } else { text.to_owned() };
        let metadata = HashMap::from([
            (TITLE.to_owned(), or_name(&described_as.title)),
            (MEANING.to_owned(), described_as.meaning.clone()),
            (ORDER.to_owned(), described_as.order.clone()),
        ]);
        let schema = Schema::new_with_metadata(fields.collect::<Result<Vec<_>, _>>()?, metadata);
        Ok(Self { name: name.to_owned(), schema: Arc::new(schema) })
    }

    /// The file's name without `.parquet`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schema of the file.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// The rows in exactly the dataset's types and with its metadata.
    ///
    /// # Errors
    /// Another number of columns, a column of another name, a value that its published type cannot hold,
    /// or a null in a column that is never null.
    pub fn conform(&self, batch: &RecordBatch) -> Result<RecordBatch, PublishError> {
        let found = batch.schema_ref();
        let names_agree = found.fields().iter().map(|f| f.name()).eq(self.schema.fields().iter().map(|f| f.name()));
        if !names_agree {
            let columns = found.fields().iter().map(|f| f.name().as_str()).collect::<Vec<_>>().join(", ");
            return Err(PublishError::Columns { dataset: self.name.clone(), columns });
        }
        let strict = CastOptions { safe: false, ..CastOptions::default() };
        let wanted = self.schema.fields().iter().zip(batch.columns());
        let columns = wanted.map(|(field, array)| {
            if array.data_type() == field.data_type() {
                return Ok(Arc::clone(array));
            }
            cast_with_options(array, field.data_type(), &strict)
        });
        let columns = columns.collect::<Result<Vec<_>, _>>();
        columns
            .and_then(|columns| RecordBatch::try_new(Arc::clone(&self.schema), columns))
            .map_err(|source| PublishError::Rows { dataset: self.name.clone(), source })
    }
}

/// Whether a name can be a file's and a table's: ASCII letters, digits, `_` and `-`.
pub(super) fn is_plain_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn query_field(dataset: &str, field: &Field, described_as: &DatasetDescription) -> Result<Field, PublishError> {
    let name = field.name();
    let data_type = published_type(field.data_type()).ok_or_else(|| PublishError::Type {
        dataset: dataset.to_owned(),
        column: name.clone(),
        data_type: field.data_type().to_string(),
    })?;
    let column = described_as.columns.get(name).cloned().unwrap_or_default();
    let title = if column.title.is_empty() { name } else { &column.title };
    let is_text = matches!(data_type, DataType::Utf8);
    let identity = column.identity.or_else(|| Identity::by_name(name)).filter(|_| is_text);
    Ok(described(Field::new(name, data_type, true), title, &column.meaning, identity))
}

/// The type in which a query's column is published.
fn published_type(data_type: &DataType) -> Option<DataType> {
    use DataType as T;
    Some(match data_type {
        T::Null | T::Utf8 | T::LargeUtf8 | T::Utf8View => T::Utf8,
        T::Dictionary(_, values) => published_type(values)?,
        T::Boolean => T::Boolean,
        T::Int8 | T::Int16 | T::UInt8 | T::UInt16 | T::Int32 => T::Int32,
        T::UInt32 | T::Int64 | T::UInt64 => T::Int64,
        T::Float16 | T::Float32 | T::Float64 => T::Float64,
        T::Decimal32(precision, scale)
        | T::Decimal64(precision, scale)
        | T::Decimal128(precision, scale)
        | T::Decimal256(precision, scale)
            if *precision <= 38 =>
        {
            T::Decimal128(*precision, *scale)
        }
        T::Date32 | T::Date64 => T::Date32,
        T::Timestamp(_, _) => T::Timestamp(TimeUnit::Microsecond, None),
        T::List(item) | T::LargeList(item) | T::ListView(item) | T::LargeListView(item) => {
            T::List(Arc::new(Field::new("element", published_type(item.data_type())?, true)))
        }
        _ => return None,
    })
}
