//! Where policy packs come from: a folder, or the binary itself.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use canbao_rules::policy::{Pack, Packs, PolicyError, text_of};
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// The packs of the project's `pipelines/policies/`, by file name.
const SHIPPED: [(&str, &str); 5] = [
    ("141121.toml", include_str!("../pipelines/policies/141121.toml")),
    ("331100.toml", include_str!("../pipelines/policies/331100.toml")),
    ("340322.toml", include_str!("../pipelines/policies/340322.toml")),
    ("340600.toml", include_str!("../pipelines/policies/340600.toml")),
    ("411600.toml", include_str!("../pipelines/policies/411600.toml")),
];

/// Why packs cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum PacksError {
    /// The folder or a file in it cannot be read.
    #[error("cannot read the policy packs in `{path}`")]
    Unreadable {
        /// The folder or file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What was read is no pack, or there are two of one region.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

impl Diagnostic for PacksError {
    fn class(&self) -> ErrorClass {
        ErrorClass::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => None,
            Self::Policy(error) => error.hint(),
        }
    }
}

/// The packs in `<pipelines>/policies/*.toml`, or those shipped where there is no such folder.
///
/// # Errors
/// A file that cannot be read or is no pack, or two packs of one region.
pub fn load(pipelines: Option<&Path>) -> Result<Packs, PacksError> {
    match pipelines.map(|dir| dir.join("policies")).filter(|dir| dir.is_dir()) {
        Some(folder) => of_folder(&folder),
        None => Ok(shipped()?),
    }
}

/// The packs inside the binary.
///
/// # Errors
/// A defect of the program: a test parses them all.
pub fn shipped() -> Result<Packs, PolicyError> {
    Packs::parse(SHIPPED)
}

/// The text of a pack's file.
///
/// # Errors
/// A file that cannot be read, or whose bytes are no UTF-8, with the place of the first that is none.
pub fn read_text(path: &Path) -> Result<String, PacksError> {
    let bytes = fs::read(path).map_err(unreadable(path))?;
    Ok(text_of(&path.to_string_lossy(), bytes)?)
}

fn of_folder(folder: &Path) -> Result<Packs, PacksError> {
    let mut paths = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>())
        .map_err(unreadable(folder))?;
    paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
    paths.sort();
    let mut packs = Vec::with_capacity(paths.len());
    for path in paths {
        packs.push(Pack::parse(&read_text(&path)?, &path.to_string_lossy())?);
    }
    Ok(Packs::new(packs)?)
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> PacksError {
    let path = path.to_owned();
    move |source| PacksError::Unreadable { path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pack_of_the_folder_is_shipped() {
        let names =
            |packs: Packs| packs.iter().map(|pack| pack.name().rsplit('/').next().unwrap_or_default().to_owned()).collect::<Vec<_>>();
        let folder = load(Some(Path::new("pipelines"))).unwrap();
        assert_eq!(names(folder), names(shipped().unwrap()));
    }
}
