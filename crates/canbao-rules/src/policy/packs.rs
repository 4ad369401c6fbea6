//! A collection of packs, at most one a region.

use super::{Fault, Pack, PolicyError, Position};

/// Packs by region, at most one a region.
#[derive(Debug, Clone)]
pub struct Packs(Vec<Pack>);

impl Packs {
    /// Packs in this order.
    ///
    /// # Errors
    /// Two packs of one region.
    pub fn new(packs: Vec<Pack>) -> Result<Self, PolicyError> {
        for (place, pack) in packs.iter().enumerate() {
            if let Some(first) = packs[..place].iter().find(|p| p.region().area == pack.region().area) {
                let code = pack.region().area.to_string();
                return Err(PolicyError::TwoPacks { code, first: first.name().to_owned(), second: pack.name().to_owned() });
            }
        }
        Ok(Self(packs))
    }

    /// The packs of these files, each with its name and its text.
    ///
    /// # Errors
    /// A text that is no pack, or two packs of one region.
    pub fn parse<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>) -> Result<Self, PolicyError> {
        Self::new(files.into_iter().map(|(name, text)| Pack::parse(text, name)).collect::<Result<_, _>>()?)
    }

    /// The pack of the region with this code.
    ///
    /// # Errors
    /// No pack has this region.
    pub fn by_region(&self, code: &str) -> Result<&Pack, PolicyError> {
        self.0.iter().find(|pack| pack.region().area.to_string() == code).ok_or_else(|| PolicyError::UnknownRegion {
            code: code.to_owned(),
            known: self.0.iter().map(|pack| pack.region().area.to_string()).collect(),
        })
    }

    /// All packs, in their order.
    pub fn iter(&self) -> impl Iterator<Item = &Pack> {
        self.0.iter()
    }
}

/// The text of a pack's file.
///
/// # Errors
/// Bytes that are no UTF-8, with the position of the first that is none.
pub fn text_of(name: &str, bytes: Vec<u8>) -> Result<String, PolicyError> {
    String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(&error.as_bytes()[..good]);
        let position = Position::of(&text, good);
        PolicyError::Pack { file: name.to_owned(), position, fault: Box::new(Fault::NotUtf8), more: 0 }
    })
}
