//! How much memory a run may take, and what follows from it: whether persons are worked on all at once or by ranges.
//!
//! Extracts that fit are held whole, which is fastest. Where they do not, their rows are spilled while they are read
//! ([`canbao_sources::read_spilled`]), and the limit says how many of them are held at a time. It changes no result.
//!
//! What does not follow it: rejects, rows of `mutual_aid`, certificates that are no resident numbers, and frames that
//! queries read. They grow with the rows, but are few or small; a query over an extract holds the whole of it.

use std::fmt;
use std::fs;
use std::path::Path;
use std::str::FromStr;

use canbao_sources::{Format, Source};

const KIB: u64 = 1 << 10;
const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

/// What a run takes beside a range's rows: the program, blocks on their way through the row check, runs that are sorted,
/// row groups that fill.
const BESIDE: u64 = 352 * MIB;

/// What a range's rows take while it is worked on, measured in what they take alone. A source's column is there once more
/// while it is sorted, and the allocator keeps holes of the range before: four million people in six ranges of 402 MiB
/// took 1135 MiB, a million in two took 759 MiB, and in five of 110 MiB 436 MiB.
const RANGE_FACTOR: u64 = 2;

/// What a run takes beside extracts that are held whole.
const BESIDE_WHOLE: u64 = 128 * MIB;

/// No range is smaller, however little memory there is: less would be time without gain.
const LEAST_RANGE: u64 = 64 * KIB;

/// The largest limit that a run takes by itself. A county of some 800,000 people is held whole within it, which is about
/// a seventh faster; a larger one leaves the machine to others.
const MOST: u64 = GIB;

/// The units, the largest first: an amount is shown in the first one that it is a whole number of.
const UNITS: [(&str, u64); 9] = [
    ("TiB", 1024 * GIB),
    ("TB", 1_000_000_000_000),
    ("GiB", GIB),
    ("GB", 1_000_000_000),
    ("MiB", MIB),
    ("MB", 1_000_000),
    ("KiB", KIB),
    ("KB", 1000),
    ("B", 1),
];

/// An amount of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Memory(u64);

/// A text that is no [`Memory`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is no amount of memory, expected a whole number and a unit, such as 4GiB, 512MiB or 4GB")]
pub struct BadMemory;

impl Memory {
    /// What a run takes where nothing is said: half of the machine's memory, or of what the process's group may take, so
    /// that files stay in the page cache; and not more than 1 GiB.
    pub fn of_machine() -> Self {
        let machine = fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text));
        let group = fs::read_to_string(Path::new("/sys/fs/cgroup/memory.max")).ok().and_then(|text| text.trim().parse().ok());
        let known = machine.into_iter().chain(group).min();
        Self(known.map_or(MOST, |bytes| (bytes / 2).min(MOST)))
    }

    /// How many bytes of rows may be held at a time, where the rows of these extracts cannot all be.
    pub(super) fn range<'s>(self, sources: impl Iterator<Item = &'s Source>) -> Option<usize> {
        let files = sources.flat_map(|source| &source.files);
        let whole: u64 = files.map(|file| file.size.saturating_mul(bytes_in_memory(file.format)) / 4).sum();
        if whole.saturating_add(BESIDE_WHOLE) <= self.0 {
            return None;
        }
        let for_rows = self.0.saturating_sub(BESIDE).max(self.0 / 8);
        usize::try_from((for_rows / RANGE_FACTOR).max(LEAST_RANGE)).ok()
    }
}

/// What a run takes at most for a byte of a file where all rows are held, times 4.
///
/// Text is what was measured: 777 MB of `canbao sample`, a million people, took 1.1 to 1.25 GiB. Parquet and workbooks are packed, the better the more
/// their rows repeat: for them it is a cautious guess, and being wrong only makes ranges where none were needed.
fn bytes_in_memory(format: Format) -> u64 {
    match format {
        // Nobody knows beforehand how many rows a source without a file has; its size is 0.
        Format::Text | Format::Rows => 6,
        Format::Parquet | Format::Workbook => 48,
    }
}

/// The whole memory that `/proc/meminfo` tells.
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.saturating_mul(KIB))
}

impl FromStr for Memory {
    type Err = BadMemory;

    /// ```
    /// use canbao::pipeline::Memory;
    /// let shown = |text: &str| text.parse::<Memory>().unwrap().to_string();
    /// assert_eq!(["4GiB", "512mib", "2048MiB", "4GB", "1 GiB"].map(shown), ["4GiB", "512MiB", "2GiB", "4GB", "1GiB"]);
    /// for bad in ["", "4", "GiB", "-1GiB", "1.5GiB", "0GiB", "4G", "99999999999TiB"] {
    ///     assert!(bad.parse::<Memory>().is_err(), "{bad}");
    /// }
    /// ```
    fn from_str(text: &str) -> Result<Self, BadMemory> {
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or(BadMemory)?;
        let (number, unit) = text.split_at(digits);
        let (_, size) = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit.trim())).ok_or(BadMemory)?;
        let bytes = number.parse::<u64>().ok().and_then(|number| number.checked_mul(*size));
        bytes.filter(|&bytes| bytes > 0).map(Self).ok_or(BadMemory)
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = UNITS.iter().find(|(_, size)| self.0.is_multiple_of(*size));
        let (unit, size) = whole.copied().unwrap_or(("B", 1));
        write!(f, "{}{unit}", self.0 / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use canbao_sources::SourceFile;

    fn of(format: Format, size: u64) -> Source {
        let opener = std::sync::Arc::new(|| Ok(Box::new(std::io::empty()) as Box<dyn std::io::Read + Send>));
        Source { name: "household".to_owned(), files: vec![SourceFile::new("x", format, size, opener)] }
    }

    fn range(memory: &str, source: &Source) -> Option<usize> {
        memory.parse::<Memory>().unwrap().range(std::iter::once(source))
    }

    #[test]
    fn what_fits_is_held_whole_and_what_does_not_in_ranges_below_the_limit() {
        let million = of(Format::Text, 800 * MIB);
        assert_eq!(range("4GiB", &million), None);
        let sizes = ["1MiB", "512MiB", "1GiB"].map(|memory| range(memory, &million).unwrap() as u64);
        assert_eq!(sizes[0], (MIB / 8 / RANGE_FACTOR).max(LEAST_RANGE));
        assert!(sizes[1] < 512 * MIB - BESIDE && sizes[2] < GIB - BESIDE && sizes[1] < sizes[2] && sizes[2] > 300 * MIB, "{sizes:?}");
        assert!(range("4GiB", &of(Format::Parquet, 800 * MIB)).is_some());
        assert!(range("1B", &of(Format::Text, u64::MAX)).is_some());
    }

    #[test]
    fn the_machine_says_what_it_has() {
        assert_eq!(total("MemTotal:       24731872 kB\nMemFree:   1 kB\n"), Some(24_731_872 * KIB));
        assert_eq!(total("MemFree: 1 kB\n"), None);
        assert!(Memory::of_machine() <= Memory(MOST));
    }

    #[test]
    fn an_amount_is_shown_as_it_can_be_given() {
        for text in ["1B", "1023B", "1KiB", "1KB", "1000KiB", "3GiB", "5TB"] {
            let memory: Memory = text.parse().unwrap();
            assert_eq!(memory.to_string().parse(), Ok(memory));
        }
    }
}
