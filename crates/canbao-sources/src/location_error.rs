//! Why a location or a file in it cannot be read.

use std::io;

use super::nature::Nature;
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};
use canbao_runtime::stores::OpenStoreError;

/// Why a location or a file in it cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum LocationError {
    /// The text names no store.
    #[error(transparent)]
    Open(#[from] OpenStoreError),
    /// No runtime for the store's transfers could be started.
    #[error("cannot start the transfers from `{location}`")]
    Runtime {
        /// The location.
        location: String,
        /// The system's account.
        source: io::Error,
    },
    /// The location is there and is no folder.
    #[error("the location `{location}` is {nature}, expected a folder")]
    NoFolder {
        /// The location.
        location: String,
        /// What it is instead.
        nature: Nature,
    },
    /// Nothing is where the location, or a folder in it, should be.
    #[error("`{location}` does not exist, expected a folder")]
    Nowhere {
        /// The location, with the folder.
        location: String,
    },
    /// The location, or a folder in it, cannot be looked into.
    #[error("cannot look into `{location}`")]
    List {
        /// The location, with the folder.
        location: String,
        /// The system's or the store's account.
        source: io::Error,
    },
    /// Something that should be a regular file is none.
    #[error("`{file}` is {nature}, expected a regular file")]
    NoFile {
        /// The path below the location.
        file: String,
        /// What it is instead.
        nature: Nature,
    },
}

impl Diagnostic for LocationError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::Open(error) => error.class(),
            Self::Runtime { source, .. } | Self::List { source, .. } => source.class(),
            Self::NoFolder { .. } | Self::Nowhere { .. } => ErrorClass::Environment,
            Self::NoFile { .. } => ErrorClass::Data,
        }
    }

    fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Open(OpenStoreError::BadUrl { .. }) | Self::NoFolder { .. } => "name the folder or the URL with `--data`",
            Self::Open(OpenStoreError::Store { .. }) => {
                "see that the address is right and the environment has what the store needs, such as AWS_ACCESS_KEY_ID"
            }
            Self::List { source, .. } if source.kind() == io::ErrorKind::PermissionDenied => {
                "give the user who runs canbao the right to read it"
            }
            Self::Nowhere { .. } | Self::List { .. } => "name the folder or the URL with `--data`, and see that it is there",
            Self::NoFile { nature: Nature::Folder, .. } => "parts of an extract are `NAME/*.csv`; a single file is `NAME.csv`",
            Self::NoFile { .. } | Self::Runtime { .. } => return None,
        };
        Some(hint.to_owned())
    }
}
