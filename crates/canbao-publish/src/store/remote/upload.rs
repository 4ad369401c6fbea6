//! An object on its way to a store.

use std::io::{self, Write};

use object_store::path::Path as ObjectPath;
use object_store::{Error, MultipartUpload, ObjectStoreExt, PutPayload};

use super::Link;
use crate::error::PublishError;
use crate::store::Upload;

/// Bytes a part of an upload; all stores take this size, and some want equal parts.
const PART: usize = 8 << 20;

/// An object on its way: one put if it is small, else parts of equal size.
pub(super) struct RemoteUpload {
    link: Link,
    object: ObjectPath,
    shown: String,
    parts: Option<Box<dyn MultipartUpload>>,
    buffer: Vec<u8>,
}

impl RemoteUpload {
    pub fn new(link: Link, object: ObjectPath, shown: String) -> Self {
        Self { link, object, shown, parts: None, buffer: Vec::new() }
    }

    /// A part that failed is not sent anew: its place among the parts is taken, and some stores would leave a hole there.
    fn send_part(&mut self) -> Result<(), Error> {
        let part = PutPayload::from(std::mem::take(&mut self.buffer));
        let Self { link, object, parts, .. } = self;
        let parts = match parts {
            Some(parts) => parts,
            none => none.insert(link.send(|| link.store.put_multipart(object))?),
        };
        link.once(parts.put_part(part))
    }

    fn complete(&mut self) -> Result<(), Error> {
        if self.parts.is_some() && !self.buffer.is_empty() {
            self.send_part()?;
        }
        let Self { link, object, parts, buffer, .. } = self;
        match parts {
            Some(parts) => link.once(parts.complete())?,
            None => {
                let small = PutPayload::from(std::mem::take(buffer));
                link.send(|| link.store.put(object, small.clone()))?
            }
        };
        self.parts = None;
        Ok(())
    }
}

impl Write for RemoteUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let taken = bytes.len().min(PART - self.buffer.len());
        self.buffer.extend_from_slice(&bytes[..taken]);
        if self.buffer.len() == PART {
            self.send_part()?;
        }
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Upload for RemoteUpload {
    fn finish(mut self: Box<Self>) -> Result<(), PublishError> {
        self.complete().map_err(|source| PublishError::Store { doing: "write", path: self.shown.clone(), source })
    }
}

impl Drop for RemoteUpload {
    fn drop(&mut self) {
        if let Some(parts) = &mut self.parts {
            // Parts that stay behind are the store's to expire; the failure that led here is told already.
            let _ = self.link.once(parts.abort());
        }
    }
}
