//! Where pipelines come from: a folder of files, or the ones inside the binary.
//!
//! The folder is `--pipelines DIR`, by default `pipelines` in the working directory; where that is not there, the
//! shipped pipelines stand in for it. Policy packs are the folder's `policies`; where it has none, the shipped ones.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::config::{ConfigError, nearest};
use super::definition::Pipeline;
use crate::policy::{Packs, PolicyError};

/// The folder that is looked into unless the command line names another.
const FOLDER: &str = "pipelines";

/// The shipped pipelines: name and text.
const SHIPPED: [(&str, &str); 4] = [
    ("duplicate-cleanup", include_str!("../../pipelines/duplicate-cleanup.toml")),
    ("enrollment-audit", include_str!("../../pipelines/enrollment-audit.toml")),
    ("residents-by-township", include_str!("../../pipelines/residents-by-township.toml")),
    ("settlement-statistics", include_str!("../../pipelines/settlement-statistics.toml")),
];

/// All pipelines and policy packs at hand.
#[derive(Debug)]
pub struct Library {
    files: Vec<File>,
    packs: Packs,
}

/// A pipeline's file that is not read yet.
#[derive(Debug)]
struct File {
    /// The pipeline's name.
    name: String,
    place: Place,
}

#[derive(Debug)]
enum Place {
    Folder(PathBuf),
    Shipped(&'static str),
}

/// Why a pipeline or its policy cannot be had: the command line or the configuration is wrong.
#[derive(Debug, thiserror::Error)]
pub enum LibraryError {
    /// The folder, or a file in it, cannot be read.
    #[error("cannot read the pipelines in `{}`", path.display())]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// The system's account.
        source: io::Error,
    },
    /// There is no such pipeline.
    #[error("no pipeline `{name}`, expected one of {}", super::config::list(known))]
    UnknownPipeline {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The pipeline's file is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A policy pack is wrong.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl LibraryError {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => Some("`--pipelines DIR` names the folder of pipelines".to_owned()),
            Self::UnknownPipeline { name, known } => match nearest(name, known) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None => Some("a pipeline is a file NAME.toml in the folder that `--pipelines` names".to_owned()),
            },
            Self::Config(error) => error.hint(),
            Self::Policy(error) => error.hint(),
        }
    }
}

impl Library {
    /// Looks for pipelines in `folder`, or where none is named in `./pipelines`, or else in the binary.
    ///
    /// # Errors
    /// A folder that was named and cannot be read; a policy pack that is wrong.
    pub fn open(folder: Option<&Path>) -> Result<Self, LibraryError> {
        match folder {
            Some(folder) => Self::of_folder(folder),
            None if Path::new(FOLDER).is_dir() => Self::of_folder(Path::new(FOLDER)),
            None => {
                let files = SHIPPED.map(|(name, text)| File { name: name.to_owned(), place: Place::Shipped(text) });
                Ok(Self { files: files.into(), packs: Packs::load(None)? })
            }
        }
    }

    fn of_folder(folder: &Path) -> Result<Self, LibraryError> {
        let unreadable = |source| LibraryError::Unreadable { path: folder.to_owned(), source };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if let (Some("toml"), Some(stem)) = (path.extension().and_then(|e| e.to_str()), path.file_stem()) {
                files.push(File { name: stem.to_string_lossy().into_owned(), place: Place::Folder(path) });
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { files, packs: Packs::load(Some(folder))? })
    }

    /// The pipelines' names, in byte order where they come from a folder.
    pub fn names(&self) -> Vec<String> {
        self.files.iter().map(|file| file.name.clone()).collect()
    }

    /// Reads and checks one pipeline.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or one that is wrong.
    pub fn pipeline(&self, name: &str) -> Result<Pipeline, LibraryError> {
        let Some(file) = self.files.iter().find(|file| file.name == name) else {
            return Err(LibraryError::UnknownPipeline { name: name.to_owned(), known: self.names() });
        };
        match &file.place {
            Place::Shipped(text) => Ok(Pipeline::parse(&format!("{name}.toml"), text)?),
            Place::Folder(path) => {
                let text = fs::read_to_string(path).map_err(|source| LibraryError::Unreadable { path: path.clone(), source })?;
                Ok(Pipeline::parse(&path.to_string_lossy(), &text)?)
            }
        }
    }

    /// The policy packs.
    pub fn packs(&self) -> &Packs {
        &self.packs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shipped_pipeline_is_valid() {
        for (name, text) in SHIPPED {
            let pipeline = Pipeline::parse(&format!("{name}.toml"), text).unwrap();
            assert_eq!(pipeline.name, name);
        }
    }
}
