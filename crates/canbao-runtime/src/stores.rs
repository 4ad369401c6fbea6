//! Object stores by the text that names them: a folder's path or a URL.
//!
//! Settings of object stores come from the environment: every variable beginning with `AWS_`,
//! `AZURE_` or `GOOGLE_` that `object_store` knows, such as `AWS_ENDPOINT` or `AWS_ACCESS_KEY_ID`.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use object_store::ObjectStore;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use url::Url;

/// Why a location names no store that can be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenStoreError {
    /// The text looks like a URL and is none.
    #[error("`{location}` is no location, expected a folder or an object store's URL such as s3://bucket/folder")]
    BadUrl {
        /// The text, without a password.
        location: String,
        /// What the URL lacks.
        source: url::ParseError,
    },
    /// The object store cannot be addressed: an unknown scheme, a missing setting.
    #[error("cannot open the location `{location}`")]
    Store {
        /// The location.
        location: String,
        /// The store's own account.
        source: object_store::Error,
    },
}

/// Opens the object store that a folder's path or a URL names, for reading or for publishing.
///
/// Gives the store, and the path in it to which the location leads. A local folder need not exist
/// yet; writing below the path creates it. Settings come from the environment.
///
/// # Errors
/// [`OpenStoreError::BadUrl`] and [`OpenStoreError::Store`].
pub fn open_store(location: &str) -> Result<(Arc<dyn ObjectStore>, ObjectPath), OpenStoreError> {
    match Address::parse(location)? {
        Address::Folder(folder) => {
            let generic = |source: Box<dyn std::error::Error + Send + Sync>| OpenStoreError::Store {
                location: location.to_owned(),
                source: object_store::Error::Generic { store: "LocalFileSystem", source },
            };
            let folder = absolute(&folder).map_err(|source| generic(source.into()))?;
            let prefix = ObjectPath::from_absolute_path(folder).map_err(|source| generic(source.into()))?;
            Ok((Arc::new(LocalFileSystem::new()), prefix))
        }
        Address::Url(url) => {
            let settings = store_settings(&url);
            let (store, prefix) = object_store::parse_url_opts(&url, settings)
                .map_err(|source| OpenStoreError::Store { location: without_password(location), source })?;
            Ok((store.into(), prefix))
        }
    }
}

/// What a location's text names.
pub enum Address {
    /// A folder of this machine.
    Folder(PathBuf),
    /// An object store and a place in it.
    Url(Url),
}

impl Address {
    /// What this text names.
    ///
    /// # Errors
    /// [`OpenStoreError::BadUrl`].
    pub fn parse(text: &str) -> Result<Self, OpenStoreError> {
        if !text.contains("://") {
            return Ok(Self::Folder(text.into()));
        }
        let url = Url::parse(text).map_err(|source| OpenStoreError::BadUrl { location: without_password(text), source })?;
        match url.to_file_path() {
            Ok(folder) if url.scheme() == "file" => Ok(Self::Folder(folder)),
            _ => Ok(Self::Url(url)),
        }
    }
}

/// The folder's absolute path without links or `..`, as far as the folder is there already.
fn absolute(folder: &Path) -> io::Result<PathBuf> {
    match fs::canonicalize(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let name = folder.file_name().ok_or(error)?;
            let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty());
            Ok(absolute(parent.unwrap_or(Path::new(".")))?.join(name))
        }
        found => found,
    }
}

fn store_settings(url: &Url) -> Vec<(String, String)> {
    // Only names that begin so: `object_store` would also take a stray `REGION` or `TOKEN` for its own.
    let ours = |name: &str| ["AWS_", "AZURE_", "GOOGLE_"].iter().any(|prefix| name.starts_with(prefix));
    let text = |(name, value): (OsString, OsString)| Some((name.into_string().ok()?, value.into_string().ok()?));
    let mut settings: Vec<_> = std::env::vars_os().filter_map(text).filter(|(name, _)| ours(name)).collect();
    // Whoever writes http:// has chosen it; for the clouds' stores AWS_ALLOW_HTTP and the like decide.
    if url.scheme() == "http" {
        settings.push(("allow_http".to_owned(), "true".to_owned()));
    }
    settings
}

/// The location with `***` for a password, as it may stand in messages.
pub fn without_password(location: &str) -> String {
    match Url::parse(location) {
        Ok(mut url) if url.password().is_some() => {
            let hidden = url.set_password(Some("***"));
            if hidden.is_ok() { url.into() } else { "***".to_owned() }
        }
        _ => location.to_owned(),
    }
}
