//! Bytes that wait for their turn: in memory up to a budget, beyond it in one temporary file.
//!
//! The file has no name that others could open, and is gone with the process, however that ends: rows of persons
//! stand in it.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A place for chunks of bytes, from any thread.
#[derive(Debug)]
pub struct Spill {
    folder: PathBuf,
    /// Bytes that may still be kept in memory.
    budget: AtomicUsize,
    file: Mutex<Option<Open>>,
}

/// The file, once there is one.
#[derive(Debug)]
struct Open {
    file: File,
    end: u64,
}

/// Some bytes that were spilled.
#[derive(Debug)]
pub enum Chunk {
    /// In memory.
    Memory(Box<[u8]>),
    /// In the file.
    File {
        /// The offset of the first byte.
        at: u64,
        /// How many bytes.
        length: usize,
    },
}

impl Chunk {
    /// How many bytes there are.
    pub fn byte_count(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::File { length, .. } => *length,
        }
    }
}

impl Spill {
    /// Nothing spilled yet. The file goes into `folder`, which is made once it is needed.
    pub fn new(folder: &Path, budget: usize) -> Self {
        Self { folder: folder.to_owned(), budget: AtomicUsize::new(budget), file: Mutex::new(None) }
    }

    /// Puts bytes aside.
    pub fn put(&self, bytes: &[u8]) -> io::Result<Chunk> {
        let take = |left: usize| left.checked_sub(bytes.len());
        if self.budget.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok() {
            return Ok(Chunk::Memory(bytes.into()));
        }
        let mut open = self.open();
        let Open { file, end } = match &mut *open {
            Some(open) => open,
            none => {
                fs::create_dir_all(&self.folder)?;
                none.insert(Open { file: tempfile::tempfile_in(&self.folder)?, end: 0 })
            }
        };
        let at = *end;
        file.seek(SeekFrom::Start(at))?;
        file.write_all(bytes)?;
        *end += bytes.len() as u64;
        Ok(Chunk::File { at, length: bytes.len() })
    }

    /// Reads a chunk into as many bytes as it has.
    pub fn get(&self, chunk: &Chunk, into: &mut [u8]) -> io::Result<()> {
        match chunk {
            Chunk::Memory(bytes) => {
                into.copy_from_slice(bytes);
                Ok(())
            }
            Chunk::File { at, .. } => {
                let mut open = self.open();
                let Some(Open { file, .. }) = &mut *open else { return Err(io::ErrorKind::NotFound.into()) };
                file.seek(SeekFrom::Start(*at))?;
                file.read_exact(into)
            }
        }
    }

    fn open(&self) -> MutexGuard<'_, Option<Open>> {
        // Whoever panicked with the lock held left no chunk behind that would be read.
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_aside_comes_back_from_memory_and_from_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let below = folder.path().join("state");
        let spill = Spill::new(&below, 6);
        let chunks: Vec<Chunk> = [b"1234".as_slice(), b"567", b"", b"89", b"0"].iter().map(|bytes| spill.put(bytes).unwrap()).collect();
        assert_eq!(chunks.iter().filter(|chunk| matches!(chunk, Chunk::File { .. })).count(), 2, "three and one did not fit");
        let read = |chunk: &Chunk| {
            let mut bytes = vec![0; chunk.byte_count()];
            spill.get(chunk, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        assert_eq!(chunks.iter().rev().map(read).collect::<Vec<_>>(), ["0", "89", "", "567", "1234"]);
        assert_eq!(fs::read_dir(&below).unwrap().count(), 0, "the file has no name");
    }

    #[test]
    fn a_folder_that_cannot_be_made_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "").unwrap();
        assert!(Spill::new(&file.join("below"), 0).put(b"x").is_err());
    }
}
