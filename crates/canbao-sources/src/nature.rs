//! What stands at a path: read from its metadata, without opening it.

use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io;
use std::path::Path;

/// What stands at a path, links followed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Nature {
    /// A regular file, or an object in a store.
    File {
        /// Its size when it was looked at.
        bytes: u64,
    },
    /// A folder, or the common beginning of several objects' names.
    Folder,
    /// A named pipe: reading it would wait for a writer.
    NamedPipe,
    /// A socket.
    Socket,
    /// A character or block device.
    Device,
    /// A link to nothing.
    DanglingLink,
    /// A path whose metadata cannot be read, with the system's account of it.
    Unknown(String),
}

impl fmt::Display for Nature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { .. } => f.write_str("a regular file"),
            Self::Folder => f.write_str("a folder"),
            Self::NamedPipe => f.write_str("a named pipe"),
            Self::Socket => f.write_str("a socket"),
            Self::Device => f.write_str("a device"),
            Self::DanglingLink => f.write_str("a link that leads nowhere"),
            Self::Unknown(account) => write!(f, "not to be looked at ({account})"),
        }
    }
}

impl Nature {
    pub(super) fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(metadata) => Self::of_metadata(&metadata),
            Err(error) if error.kind() == io::ErrorKind::NotFound && fs::symlink_metadata(path).is_ok() => Self::DanglingLink,
            Err(error) => Self::Unknown(error.to_string()),
        }
    }

    #[cfg(unix)]
    fn of_metadata(metadata: &fs::Metadata) -> Self {
        use std::os::unix::fs::FileTypeExt;
        let kind = metadata.file_type();
        if kind.is_fifo() {
            Self::NamedPipe
        } else if kind.is_socket() {
            Self::Socket
        } else if kind.is_dir() {
            Self::Folder
        } else if kind.is_file() {
            Self::File { bytes: metadata.len() }
        } else {
            Self::Device
        }
    }

    #[cfg(not(unix))]
    fn of_metadata(metadata: &fs::Metadata) -> Self {
        if metadata.is_dir() {
            Self::Folder
        } else if metadata.is_file() {
            Self::File { bytes: metadata.len() }
        } else {
            Self::Device
        }
    }
}

/// A name in a location, or in a folder one level below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The last part of the path.
    pub name: OsString,
    /// What stands there.
    pub nature: Nature,
}
