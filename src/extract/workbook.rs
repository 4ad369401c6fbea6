//! Workbooks: the first sheet of an XLSX file as blocks of cells.

use super::{BlockReader, ExtractError, SourceFile};

/// Opens the file and reads its header.
pub(super) fn open(file: &SourceFile) -> Result<Box<dyn BlockReader>, ExtractError> {
    Err(ExtractError::Unreadable { file: file.path.clone(), column: None, why: "this format is not read yet".to_owned() })
}
