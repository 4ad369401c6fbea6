//! A location in an object store.

use std::sync::Arc;

use object_store::ObjectStore;
use object_store::path::Path as ObjectPath;
use tokio::runtime::Runtime;

use super::nature::{Entry, Nature};

/// An object store, the place in it, and the runtime that carries its transfers.
#[derive(Debug, Clone)]
pub(super) struct Remote {
    pub store: Arc<dyn ObjectStore>,
    pub prefix: ObjectPath,
    pub runtime: Arc<Runtime>,
}

impl Remote {
    /// The path of the location itself, or of the folder `below` it.
    pub fn within(&self, below: Option<&str>) -> ObjectPath {
        below.map_or_else(|| self.prefix.clone(), |below| self.prefix.clone().join(below))
    }

    /// What stands at that path.
    pub fn list(&self, below: Option<&str>) -> object_store::Result<Vec<Entry>> {
        let found = self.runtime.block_on(self.store.list_with_delimiter(Some(&self.within(below))))?;
        let named = |path: &ObjectPath, nature| Some(Entry { name: path.filename()?.into(), nature });
        let folders = found.common_prefixes.iter().filter_map(|path| named(path, Nature::Folder));
        let files = found.objects.iter().filter_map(|object| named(&object.location, Nature::File { bytes: object.size }));
        Ok(folders.chain(files).collect())
    }
}
