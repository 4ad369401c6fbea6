//! Files for people beside the datasets of a snapshot: workbooks, pages, drawings.
//!
//! A document lies below `documents/` in the snapshot's folder and is as durable as a dataset: written and hashed
//! before the manifest, and seen by nobody before `latest.json` moves. Whoever makes one sees to it that the same
//! inputs give the same bytes, so no present moment stands in it.

use sha2::{Digest, Sha256};

use super::error::PublishError;
use super::manifest::DocumentEntry;

/// The folder of a snapshot's documents.
const FOLDER: &str = "documents";
/// The longest name of a file or folder in bytes: what file systems take, less the mark of a name that was cut.
const LONGEST: usize = 200;

/// One file to publish beside the datasets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Its path below `documents/`, with `/`.
    pub path: String,
    /// What it is, in Chinese, for reports.
    pub title: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

impl Document {
    /// Whether `file` is its path in the snapshot.
    pub fn is_at(&self, file: &str) -> bool {
        self.file().is_ok_and(|own| own == file)
    }

    /// What a manifest says of it.
    ///
    /// # Errors
    /// Its path leads out of the snapshot's documents.
    pub fn entry(&self) -> Result<DocumentEntry, PublishError> {
        Ok(DocumentEntry { file: self.file()?, bytes: self.bytes.len() as u64, sha256: hex::encode(Sha256::digest(&self.bytes)) })
    }

    /// Its path in the snapshot.
    ///
    /// # Errors
    /// The path leads elsewhere, or a part of it cannot name a file everywhere.
    pub(super) fn file(&self) -> Result<String, PublishError> {
        if is_below(&self.path) {
            return Ok(format!("{FOLDER}/{}", self.path));
        }
        Err(PublishError::BadName { what: "document", name: self.path.clone() })
    }
}

/// Whether `file` can be a document's path in a snapshot.
pub(super) fn is_document(file: &str) -> bool {
    file.strip_prefix(FOLDER).and_then(|rest| rest.strip_prefix('/')).is_some_and(is_below)
}

/// Whether a path below `documents/` leads nowhere else, and can be a file's on every system.
fn is_below(path: &str) -> bool {
    path.split('/').all(|part| !part.is_empty() && part.len() <= LONGEST && file_name(part) == part)
}

/// A text as it can stand in a file's name on every system: what one of them refuses becomes `_`, and a long text is
/// cut.
///
/// ```
/// use canbao_publish::file_name;
/// assert_eq!(file_name("340322101-城关镇.xlsx"), "340322101-城关镇.xlsx");
/// assert_eq!(file_name("a/b: \"c\"?"), "a_b_ _c__");
/// assert_eq!(file_name(".."), "__");
/// ```
pub fn file_name(text: &str) -> String {
    let refused = |c: char| c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let mut name: String = text.chars().map(|c| if refused(c) { '_' } else { c }).collect();
    let cut = (0..=LONGEST.min(name.len())).rev().find(|&at| name.is_char_boundary(at)).unwrap_or(0);
    name.truncate(cut);
    // Windows drops dots and blanks at the end; a dot in front hides a file.
    let open = name.trim_end_matches(['.', ' ']).len();
    let closed = "_".repeat(name.len() - open);
    name.replace_range(open.., &closed);
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    name
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    fn document(path: &str) -> Document {
        Document { path: path.to_owned(), title: "t".to_owned(), bytes: Vec::new() }
    }

    #[rstest]
    #[case("清单.xlsx")]
    #[case("charts/2023-09.svg")]
    fn paths_below_the_folder_are_taken(#[case] path: &str) {
        assert_eq!(document(path).file().unwrap(), format!("documents/{path}"));
    }

    #[rstest]
    #[case("")]
    #[case("/etc/passwd")]
    #[case("../manifest.json")]
    #[case("a//b")]
    #[case("a\\b")]
    #[case("a\nb")]
    #[case("hidden/.x")]
    #[case("dot.")]
    fn paths_that_lead_elsewhere_are_refused(#[case] path: &str) {
        assert!(matches!(document(path).file(), Err(PublishError::BadName { what: "document", .. })), "{path}");
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        let name = file_name(&"镇".repeat(300));
        assert_eq!(name, "镇".repeat(66));
    }
}
