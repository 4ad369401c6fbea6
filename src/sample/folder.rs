//! The folder into which a sample is written. What is not a sample's is never touched.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::SampleError;
use super::number::DIVISIONS;

/// What a sample may have left in a folder, as files or folders.
const NAMES: [&str; 11] = [
    "household",
    "household.csv",
    "identity.xlsx",
    "identity.csv",
    "enrollment",
    "student.txt",
    "student.csv",
    "payment.parquet",
    "payment.csv",
    "target.xlsx",
    "target.csv",
];

/// Makes the folder, or empties it of an earlier sample.
///
/// # Errors
///
/// A folder that holds anything else is refused: by name, or because its household extract has no resident number
/// of a division code never assigned.
pub fn prepare(folder: &Path) -> Result<(), SampleError> {
    let failed = |source| SampleError::Folder { folder: folder.to_owned(), source };
    fs::create_dir_all(folder).map_err(failed)?;
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        if !NAMES.iter().any(|known| name == **known) {
            return Err(SampleError::Occupied { folder: folder.to_owned(), name: name.to_string_lossy().into_owned() });
        }
        found.push(folder.join(name));
    }
    if found.is_empty() {
        return Ok(());
    }
    found.sort();
    if !holds_a_sample(folder) {
        let name = found[0].file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(SampleError::Occupied { folder: folder.to_owned(), name });
    }
    for path in found {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|source| SampleError::Folder { folder: path, source })?;
    }
    Ok(())
}

/// Whether the household extract, which a sample writes first, begins with an invented person.
fn holds_a_sample(folder: &Path) -> bool {
    let household = [folder.join("household.csv"), folder.join("household/part-1.csv"), folder.join("household/part-2.csv")];
    household.iter().any(|path| beginning(path).is_ok_and(|bytes| has_invented_number(&bytes)))
}

fn beginning(path: &PathBuf) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if !fs::metadata(path)?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    fs::File::open(path)?.take(64 * 1024).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether every number of 18 places, of which there is one at least, is of a division never assigned.
fn has_invented_number(bytes: &[u8]) -> bool {
    let numbers = bytes.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| {
        let (digits, last) = word.split_at(word.len().saturating_sub(1));
        word.len() == 18 && digits.iter().all(u8::is_ascii_digit) && last[0].is_ascii_alphanumeric()
    });
    let divisions = numbers.map(|word| word[..6].iter().fold(0, |code, digit| code * 10 + u64::from(digit - b'0')));
    let mut seen = false;
    for division in divisions {
        seen = true;
        if !DIVISIONS.contains(&division) {
            return false;
        }
    }
    seen
}
