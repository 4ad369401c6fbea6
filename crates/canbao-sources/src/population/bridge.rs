//! Arrays between polars and arrow-rs through the Arrow C data interface: the buffers are shared, not copied.
//!
//! All the `unsafe` of the project stands in this module. Both libraries define the two structures of the
//! [C data interface](https://arrow.apache.org/docs/format/CDataInterface.html) (`ArrowArray`, `ArrowSchema`)
//! as `#[repr(C)]` with the fields that the specification fixes, so a pointer to one library's structure is a
//! pointer to the other's. The layouts are compared at compile time below.

use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};
use std::sync::Arc;

use arrow_array::ffi::{FFI_ArrowArray, FFI_ArrowSchema, from_ffi, to_ffi};
use arrow_array::{ArrayRef, RecordBatch, make_array};
use arrow_schema::{ArrowError, Field as ArrowRsField, Schema};
use polars::prelude::{Column, CompatLevel, DataFrame, PolarsError, Series};
use polars_arrow::datatypes::Field as PolarsField;
use polars_arrow::ffi as polars_ffi;

const _: () = {
    assert!(size_of::<polars_ffi::ArrowArray>() == size_of::<FFI_ArrowArray>());
    assert!(align_of::<polars_ffi::ArrowArray>() == align_of::<FFI_ArrowArray>());
    assert!(size_of::<polars_ffi::ArrowSchema>() == size_of::<FFI_ArrowSchema>());
    assert!(align_of::<polars_ffi::ArrowSchema>() == align_of::<FFI_ArrowSchema>());
};

/// Why arrays could not be handed over. Neither happens with the types that canbao's frames have.
#[derive(Debug, thiserror::Error)]
pub enum BridgeError {
    /// arrow-rs does not know the type, or the batch is not whole.
    #[error("a column cannot be handed to arrow: {0}")]
    Arrow(#[from] ArrowError),
    /// polars does not know the type.
    #[error("a column cannot be handed to polars: {0}")]
    Polars(#[from] PolarsError),
}

impl Diagnostic for BridgeError {
    fn class(&self) -> ErrorClass {
        ErrorClass::Bug
    }
}

/// A polars frame as one Arrow record batch. Frames of several chunks are put together first.
pub fn to_arrow(frame: &DataFrame) -> Result<RecordBatch, BridgeError> {
    let mut fields = Vec::with_capacity(frame.width());
    let mut arrays = Vec::with_capacity(frame.width());
    for column in frame.columns() {
        let series = column.as_materialized_series().rechunk();
        let polars_field = series.dtype().to_arrow_field(series.name().clone(), CompatLevel::newest());
        let array = array_to_arrow(series.to_arrow(0, CompatLevel::newest()), &polars_field)?;
        fields.push(ArrowRsField::new(series.name().as_str(), array.data_type().clone(), true));
        arrays.push(array);
    }
    Ok(RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?)
}

/// Record batches of one schema as a polars frame, a chunk a batch.
pub fn to_polars(schema: &Schema, batches: &[RecordBatch]) -> Result<DataFrame, BridgeError> {
    let height = batches.iter().map(RecordBatch::num_rows).sum();
    let mut columns = Vec::with_capacity(schema.fields().len());
    for (place, field) in schema.fields().iter().enumerate() {
        let mut chunks = Vec::with_capacity(batches.len());
        let empty = arrow_array::new_empty_array(field.data_type());
        let (_, polars_field) = array_to_polars(&empty, field)?;
        for batch in batches {
            chunks.push(array_to_polars(batch.column(place), field)?.0);
        }
        if chunks.is_empty() {
            chunks.push(array_to_polars(&empty, field)?.0);
        }
        columns.push(Column::from(Series::try_from((&polars_field, chunks))?));
    }
    Ok(DataFrame::new(height, columns)?)
}

fn array_to_arrow(array: Box<dyn polars_arrow::array::Array>, field: &PolarsField) -> Result<ArrayRef, ArrowError> {
    let mut exported_array = polars_ffi::export_array_to_c(array);
    let mut exported_field = polars_ffi::export_field_to_c(field);
    // SAFETY: both pointers are to live, exclusively borrowed structures whose layout the specification fixes
    // (see the module's doc). `from_raw` moves the content out and leaves a structure without `release`
    // behind, so the locals' destructors do nothing and each content is released once, by arrow-rs.
    let (array, schema) = unsafe {
        (
            FFI_ArrowArray::from_raw((&raw mut exported_array).cast::<FFI_ArrowArray>()),
            FFI_ArrowSchema::from_raw((&raw mut exported_field).cast::<FFI_ArrowSchema>()),
        )
    };
    // SAFETY: polars exported the two for each other and keeps to the interface: `schema` describes `array`,
    // whose buffers stay alive until arrow-rs calls `release`.
    let data = unsafe { from_ffi(array, &schema)? };
    Ok(make_array(data))
}

fn array_to_polars(array: &ArrayRef, field: &ArrowRsField) -> Result<(Box<dyn polars_arrow::array::Array>, PolarsField), BridgeError> {
    let (mut exported_array, _) = to_ffi(&array.to_data())?;
    let mut exported_field = FFI_ArrowSchema::try_from(field)?;
    // SAFETY: as above, the other way round: `ptr::read` moves the content out of a structure that is then
    // forgotten, so it is released once, by polars.
    let (polars_array, polars_schema) = unsafe {
        let array = std::ptr::read((&raw mut exported_array).cast::<polars_ffi::ArrowArray>());
        let schema = std::ptr::read((&raw mut exported_field).cast::<polars_ffi::ArrowSchema>());
        (array, schema)
    };
    std::mem::forget(exported_array);
    std::mem::forget(exported_field);
    // SAFETY: arrow-rs exported the two from one array and the field that has its type.
    let polars_field = unsafe { polars_ffi::import_field_from_c(&polars_schema)? };
    // SAFETY: as before; the array keeps its buffers alive until polars calls `release`.
    let imported = unsafe { polars_ffi::import_array_from_c(polars_array, polars_field.dtype.clone())? };
    Ok((imported, polars_field))
}

#[cfg(test)]
mod tests {
    use polars::prelude::*;

    use super::*;

    fn frame() -> DataFrame {
        df!(
            "key" => [Some(7u64), None, Some(9)],
            "name" => [Some("张"), None, Some("a name longer than twelve bytes")],
            "flag" => [Some(true), Some(false), None],
            "amount" => [1i64, 2, 3],
        )
        .unwrap()
        .lazy()
        .with_columns([
            col("amount").cast(DataType::Int32).cast(DataType::Date).alias("day"),
            col("amount").cast(DataType::Datetime(TimeUnit::Microseconds, None)).alias("moment"),
            col("amount").cast(DataType::Decimal(18, 2)).alias("yuan"),
            concat_list([col("name"), col("name")]).unwrap().alias("names"),
        ])
        .collect()
        .unwrap()
    }

    #[test]
    fn there_and_back_is_the_same() {
        let here = frame();
        let there = to_arrow(&here).unwrap();
        assert_eq!(there.num_rows(), 3);
        let back = to_polars(&there.schema(), &[there.clone(), there.slice(1, 2)]).unwrap();
        let expected = here.vstack(&here.slice(1, 2)).unwrap();
        assert!(back.equals_missing(&expected), "{back} {expected}");
    }

    #[test]
    fn a_slice_and_several_chunks_come_over_whole() {
        let long = frame().vstack(&frame()).unwrap().slice(2, 3);
        let there = to_arrow(&long).unwrap();
        let back = to_polars(&there.schema(), &[there]).unwrap();
        assert!(back.equals_missing(&long));
    }

    #[test]
    fn no_rows_keep_their_types() {
        let there = to_arrow(&frame().slice(0, 0)).unwrap();
        let back = to_polars(&there.schema(), &[]).unwrap();
        assert_eq!(back.schema(), frame().schema());
    }

    #[test]
    fn buffers_outlive_their_makers() {
        let there = to_arrow(&frame()).unwrap();
        let names = there.column_by_name("name").unwrap().clone();
        drop(there);
        let names = arrow_array::cast::AsArray::as_string_view(&names).clone();
        assert_eq!(names.value(2), "a name longer than twelve bytes");
    }
}
