//! All packs at hand: those shipped inside the binary, or those of a folder.

use std::path::{Path, PathBuf};

use super::{Fault, Pack, Place, PolicyError};

/// The packs of the project's `pipelines/policies/`, by file name.
const SHIPPED: [(&str, &str); 5] = [
    ("141121.toml", include_str!("../../pipelines/policies/141121.toml")),
    ("331100.toml", include_str!("../../pipelines/policies/331100.toml")),
    ("340322.toml", include_str!("../../pipelines/policies/340322.toml")),
    ("340600.toml", include_str!("../../pipelines/policies/340600.toml")),
    ("411600.toml", include_str!("../../pipelines/policies/411600.toml")),
];

/// The text of a pack's file.
///
/// # Errors
/// A file that cannot be read, or whose bytes are no UTF-8, with the place of the first that is none.
pub fn text_of(path: &Path) -> Result<String, PolicyError> {
    let bytes = std::fs::read(path).map_err(|source| PolicyError::Unreadable { path: path.to_owned(), source })?;
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..good]);
        let place = Place::of(&text, good);
        PolicyError::Pack { file: path.to_string_lossy().into_owned(), place, fault: Box::new(Fault::NotUtf8), more: 0 }
    })
}

/// Packs by region, at most one a region.
#[derive(Debug, Clone)]
pub struct Packs(Vec<Pack>);

impl Packs {
    /// The packs in `<pipelines>/policies/*.toml`, or those shipped where there is no such folder.
    pub fn load(pipelines: Option<&Path>) -> Result<Self, PolicyError> {
        match pipelines.map(|dir| dir.join("policies")).filter(|dir| dir.is_dir()) {
            Some(folder) => Self::of_folder(&folder),
            None => Self::shipped(),
        }
    }

    /// The packs inside the binary.
    pub fn shipped() -> Result<Self, PolicyError> {
        let packs = SHIPPED.iter().map(|(name, text)| Pack::parse(text, name)).collect::<Result<_, _>>()?;
        Self::distinct(packs)
    }

    fn of_folder(folder: &Path) -> Result<Self, PolicyError> {
        let unreadable = |path: PathBuf| move |source| PolicyError::Unreadable { path, source };
        let mut paths = std::fs::read_dir(folder)
            .and_then(|entries| entries.map(|entry| entry.map(|e| e.path())).collect::<Result<Vec<_>, _>>())
            .map_err(unreadable(folder.to_owned()))?;
        paths.retain(|path| path.extension().is_some_and(|e| e == "toml"));
        paths.sort();
        let mut packs = Vec::with_capacity(paths.len());
        for path in paths {
            packs.push(Pack::parse(&text_of(&path)?, &path.to_string_lossy())?);
        }
        Self::distinct(packs)
    }

    fn distinct(packs: Vec<Pack>) -> Result<Self, PolicyError> {
        for (place, pack) in packs.iter().enumerate() {
            if let Some(first) = packs[..place].iter().find(|p| p.region().area == pack.region().area) {
                let code = pack.region().area.to_string();
                return Err(PolicyError::TwoPacks { code, first: first.name().to_owned(), second: pack.name().to_owned() });
            }
        }
        Ok(Self(packs))
    }

    /// The pack of the region with this code.
    pub fn by_region(&self, code: &str) -> Result<&Pack, PolicyError> {
        self.0.iter().find(|pack| pack.region().area.to_string() == code).ok_or_else(|| PolicyError::UnknownRegion {
            code: code.to_owned(),
            known: self.0.iter().map(|pack| pack.region().area.to_string()).collect(),
        })
    }

    /// All packs, in the order of their files' names.
    pub fn iter(&self) -> impl Iterator<Item = &Pack> {
        self.0.iter()
    }
}
