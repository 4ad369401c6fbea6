//! The folder into which a sample is written. What is not a sample's is never touched.

use std::fs;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::SampleError;
use super::number::DIVISIONS;

/// What a sample may have left in a folder, as files or folders.
const NAMES: [&str; 17] = [
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
    "mutual_aid.txt",
    "mutual_aid.csv",
    "incentive_use.xlsx",
    "incentive_use.csv",
    SETTLEMENT,
    "settlement.csv",
];

/// The settlement extract in parts.
pub const SETTLEMENT: &str = "settlement";

/// Makes the folder, or empties it of an earlier sample: of all of it, or of the settlements only.
///
/// # Errors
///
/// A folder that holds anything else is refused: by name, or because its household extract or its settlements do not
/// begin with resident numbers of a division code never assigned.
pub fn prepare(folder: &Path, settlements_only: bool) -> Result<(), SampleError> {
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
    if !is_a_samples(folder, &found) {
        let name = found[0].file_name().unwrap_or_default().to_string_lossy().into_owned();
        return Err(SampleError::Occupied { folder: folder.to_owned(), name });
    }
    found.retain(|path| !settlements_only || is_settlement(path));
    for path in found {
        let removed = if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        removed.map_err(|source| SampleError::Folder { folder: path, source })?;
    }
    Ok(())
}

/// Whether what was found begins with invented persons: the settlements, and the household extract, which a county's
/// sample writes first and which vouches for the other extracts.
fn is_a_samples(folder: &Path, found: &[PathBuf]) -> bool {
    let invented = |paths: &[PathBuf]| paths.iter().any(|path| beginning(path).is_ok_and(|bytes| has_invented_number(&bytes)));
    let household = ["household.csv", "household/part-1.csv", "household/part-2.csv"].map(|name| folder.join(name));
    let parts = fs::read_dir(folder.join(SETTLEMENT)).map(|parts| parts.flatten().map(|part| part.path()).collect());
    let mut settlements: Vec<PathBuf> = parts.unwrap_or_default();
    settlements.push(folder.join("settlement.csv"));
    let (some, all) = (found.iter().any(|path| is_settlement(path)), found.iter().all(|path| is_settlement(path)));
    (all || invented(&household)) && (!some || invented(&settlements))
}

fn is_settlement(path: &Path) -> bool {
    path.file_stem().is_some_and(|name| name == SETTLEMENT)
}

fn beginning(path: &PathBuf) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if !fs::metadata(path)?.is_file() {
        return Err(ErrorKind::InvalidInput.into());
    }
    fs::File::open(path)?.take(64 * 1024).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether every number of 18 places with a year of birth, of which there is one at least, is of a division never
/// assigned.
fn has_invented_number(bytes: &[u8]) -> bool {
    let numbers = bytes.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| {
        let (digits, last) = word.split_at(word.len().saturating_sub(1));
        // Numbers of the insured have 18 places too, and no century at this one.
        word.len() == 18 && digits.iter().all(u8::is_ascii_digit) && last[0].is_ascii_alphanumeric() && matches!(&word[6..8], b"19" | b"20")
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
