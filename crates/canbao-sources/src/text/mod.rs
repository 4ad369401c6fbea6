//! Delimited text: encodings, delimiters, quotes.
//!
//! - Records end with LF or CR LF. The last line of a file need not.
//! - A field that begins with a quote ends with the next quote that is not doubled; line ends and
//!   delimiters in between belong to it. What stands between that quote and the next delimiter belongs
//!   to the value as it stands. A quote anywhere else stands for itself.
//! - A record whose quote never closes runs to the end of the file and is one bad row.
//! - A blank line, of white space other than the delimiter, is no row.
//! - A record on a line that does not decode is a bad row, and no other is.
//!
//! In GB18030 the second byte of a character may be `|`, never a quote, comma, tab or line end. So
//! text is cut into blocks undecoded, and decoded before it is split into fields.

mod decode;
mod reader;
mod scan;
mod split;

pub use decode::Encoding;
pub(super) use decode::{Charset, LineCount};
pub(super) use reader::TextReader;
pub(super) use scan::Dialect;
pub(super) use split::split;
