//! The writer through which every log goes: it masks the numbers of residents line by line.
//!
//! Lines are masked whole, however they come in pieces. What is below may fail, and is then not heard: no log stops the
//! program.

use std::borrow::Cow;
use std::io::{self, Write};

use tracing::Metadata;
use tracing_subscriber::fmt::MakeWriter;

use canbao_rules::identity::mask_text;

/// How a line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Text,
    /// One JSON object a line; it stays one when a number is masked that was not in a string.
    Json,
}

/// Makes writers that mask.
#[derive(Debug, Clone)]
pub struct Masking<M> {
    below: M,
    form: Form,
}

impl<M> Masking<M> {
    /// Writers like those of `below`, for lines in this form.
    pub const fn new(below: M, form: Form) -> Self {
        Self { below, form }
    }
}

impl<'a, M: MakeWriter<'a>> MakeWriter<'a> for Masking<M> {
    type Writer = MaskedWriter<M::Writer>;

    fn make_writer(&'a self) -> Self::Writer {
        MaskedWriter::new(self.below.make_writer(), self.form)
    }

    fn make_writer_for(&'a self, metadata: &Metadata<'_>) -> Self::Writer {
        MaskedWriter::new(self.below.make_writer_for(metadata), self.form)
    }
}

/// Masks each line before it goes on; what is left without a line end goes on when the writer is dropped.
#[derive(Debug)]
pub struct MaskedWriter<W: Write> {
    below: W,
    form: Form,
    /// What came after the last line end.
    begun: Vec<u8>,
}

impl<W: Write> MaskedWriter<W> {
    /// A writer for lines in this form.
    pub const fn new(below: W, form: Form) -> Self {
        Self { below, form, begun: Vec::new() }
    }

    /// Masks the first `length` bytes of what is begun, which end where a line does, and passes them on in one piece.
    fn pass_on(&mut self, length: usize) {
        let lines: Vec<u8> = self.begun.drain(..length).collect();
        let lines = String::from_utf8_lossy(&lines);
        let masked: String = lines.split_inclusive('\n').map(|line| mask_line(line, self.form)).collect();
        // Nobody is left to hear of it; what writes to a file tells by itself.
        let _ = self.below.write_all(masked.as_bytes());
    }
}

impl<W: Write> Write for MaskedWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.begun.extend_from_slice(bytes);
        if let Some(end) = memchr::memrchr(b'\n', &self.begun) {
            self.pass_on(end + 1);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let _ = self.below.flush();
        Ok(())
    }
}

impl<W: Write> Drop for MaskedWriter<W> {
    fn drop(&mut self) {
        if !self.begun.is_empty() {
            self.pass_on(self.begun.len());
        }
        let _ = self.below.flush();
    }
}

fn mask_line(line: &str, form: Form) -> Cow<'_, str> {
    match (mask_text(line), form) {
        (Cow::Owned(_), Form::Json) => Cow::Owned(mask_json(line)),
        (masked, _) => masked,
    }
}

/// A line of JSON: strings are masked as text is, numbers become strings where they are masked.
fn mask_json(line: &str) -> String {
    let mut masked = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((outside, after)) = rest.split_once('"') {
        masked.push_str(&mask_numbers(outside));
        let end = string_end(after);
        masked.push('"');
        masked.push_str(&mask_text(&after[..end]));
        rest = &after[end..];
        if let Some(after) = rest.strip_prefix('"') {
            masked.push('"');
            rest = after;
        }
    }
    masked.push_str(&mask_numbers(rest));
    masked
}

/// Where the string that begins here ends: before the first quote that is not escaped.
fn string_end(text: &str) -> usize {
    let mut escaped = false;
    let end = text.bytes().position(|byte| {
        let quote = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        quote
    });
    end.unwrap_or(text.len())
}

/// What stands between strings.
fn mask_numbers(text: &str) -> String {
    let of_number = |c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E');
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(begin) = rest.find(of_number) {
        let end = rest[begin..].find(|c| !of_number(c)).map_or(rest.len(), |length| begin + length);
        masked.push_str(&rest[..begin]);
        match mask_text(&rest[begin..end]) {
            Cow::Borrowed(number) => masked.push_str(number),
            Cow::Owned(number) => masked.extend(["\"", &number, "\""]),
        }
        rest = &rest[end..];
    }
    masked.push_str(rest);
    masked
}

#[cfg(test)]
mod tests;
