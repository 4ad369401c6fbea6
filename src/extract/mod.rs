//! (in work)
pub mod cells;
pub mod location;
pub mod source;
pub mod workbook;
