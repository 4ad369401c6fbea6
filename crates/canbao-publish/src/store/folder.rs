//! Snapshots in a folder of a file system.
//!
//! A draft is written under a hidden name and renamed as a whole once everything in it is on the disk,
//! so that not even a reader who globs over the folders meets half a snapshot. The file system knows no
//! conditional replacing; a lock on `.lock` in the pipeline's folder stands in for it. Each draft keeps
//! a lock of its own for as long as it lives, by which the next draft tells a crashed one and sweeps it.
//! Removing goes the other way: the folder is hidden by a renaming, and then emptied.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use chrono::{DateTime, Utc};

use super::{Change, Claim, REMOVED, Store, UNFINISHED, Upload, next_attempt};
use crate::error::PublishError;
use crate::snapshot_name::SnapshotName;
use canbao_rules::period::Day;
use canbao_runtime::crash;

/// The file in a pipeline's folder, and in a draft's, that is there to be locked.
const LOCK: &str = ".lock";

/// What stands behind a file's name, and a dot before it, while its new content is being written.
const NEW: &str = ".new";

/// A folder of snapshots.
#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    /// The locks of this process's drafts, by their folder. The system lets go of them when it dies.
    held: Mutex<HashMap<String, File>>,
}

impl Folder {
    /// The folder need not exist yet.
    pub fn new(root: PathBuf) -> Self {
        Self { root, held: Mutex::default() }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.root.join(path)
    }

    /// Waits for the pipeline's lock; it is held until the file is dropped.
    fn lock(&self, pipeline: &str) -> Result<File, PublishError> {
        let folder = self.at(pipeline);
        fs::create_dir_all(&folder).map_err(failed("make the folder", &folder))?;
        let path = folder.join(LOCK);
        let file = lock_file(&path).map_err(failed("open", &path))?;
        file.lock().map_err(failed("lock", &path))?;
        Ok(file)
    }

    /// What killed processes have left: drafts, snapshots half removed, new contents of files. The pipeline's lock must
    /// be held: then no draft is between making its folder and locking it, and no content is about to be renamed.
    fn leftovers(&self, pipeline: &str) -> Result<Vec<PathBuf>, PublishError> {
        let folder = self.at(pipeline);
        let names = self.names(pipeline)?;
        let left = names.iter().filter(|name| {
            let draft = name.starts_with(UNFINISHED) && is_abandoned(&folder.join(name));
            draft || name.starts_with(REMOVED) || (name.starts_with('.') && name.ends_with(NEW))
        });
        Ok(left.map(|name| folder.join(name)).collect())
    }

    /// Makes the folders between a draft's own and a file in it. The draft's own is there, or something is wrong.
    fn make_folders_within(&self, path: &str) -> Result<(), PublishError> {
        for (end, _) in path.match_indices('/').skip(2) {
            let folder = self.at(&path[..end]);
            match fs::create_dir(&folder) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(failed("make the folder", &folder)(error)),
                _ => {}
            }
        }
        Ok(())
    }

    fn let_go(&self, claim: &Claim) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&claim.folder);
    }
}

impl Store for Folder {
    fn shown(&self, path: &str) -> String {
        self.at(path).display().to_string()
    }

    fn names(&self, folder: &str) -> Result<Vec<String>, PublishError> {
        let folder = self.at(folder);
        let entries = match fs::read_dir(&folder) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(Vec::new()),
            entries => entries.map_err(failed("look into", &folder))?,
        };
        let names = entries.map(|entry| entry.map(|entry| entry.file_name().to_string_lossy().into_owned()));
        names.collect::<io::Result<_>>().map_err(failed("look into", &folder))
    }

    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, PublishError> {
        let path = self.at(path);
        match fs::read(&path) {
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            content => content.map(Some).map_err(failed("read", &path)),
        }
    }

    fn local(&self, path: &str) -> Option<PathBuf> {
        Some(self.at(path))
    }

    fn fetch(&self, path: &str, into: &mut dyn Write) -> Result<(), PublishError> {
        let path = self.at(path);
        let mut file = File::open(&path).map_err(failed("read", &path))?;
        io::copy(&mut file, into).map_err(failed("copy", &path))?;
        Ok(())
    }

    fn claim(&self, pipeline: &str, date: Day) -> Result<Claim, PublishError> {
        let _lock = self.lock(pipeline)?;
        crash::point("publish.claiming");
        for left in self.leftovers(pipeline)? {
            // What cannot be removed now is tried again by the next draft.
            let _ = remove_all(&left);
        }
        let name = next_attempt(&self.names(pipeline)?, date);
        let claim = Claim { name, folder: format!("{pipeline}/{UNFINISHED}{name}"), token: String::new() };
        let folder = self.at(&claim.folder);
        fs::create_dir(&folder).map_err(failed("make the folder", &folder))?;
        crash::point("publish.claiming.unlocked");
        let path = folder.join(LOCK);
        let locked = lock_file(&path).and_then(|file| match file.try_lock() {
            Ok(()) => Ok(file),
            Err(TryLockError::Error(error)) => Err(error),
            Err(TryLockError::WouldBlock) => Err(ErrorKind::ResourceBusy.into()),
        });
        match locked {
            Ok(file) => {
                self.held.lock().unwrap_or_else(PoisonError::into_inner).insert(claim.folder.clone(), file);
                Ok(claim)
            }
            Err(error) => {
                let _ = fs::remove_dir_all(&folder);
                Err(failed("lock", &path)(error))
            }
        }
    }

    fn create(&self, path: &str) -> Result<Box<dyn Upload>, PublishError> {
        self.make_folders_within(path)?;
        let path = self.at(path);
        let file = OpenOptions::new().write(true).create_new(true).open(&path).map_err(failed("make the file", &path))?;
        Ok(Box::new(LocalUpload { file, path }))
    }

    fn reveal(&self, pipeline: &str, claim: &Claim) -> Result<(), PublishError> {
        let lock = self.lock(pipeline)?;
        let (from, to) = (self.at(&claim.folder), self.at(pipeline).join(claim.name.to_string()));
        let mark = from.join(LOCK);
        fs::remove_file(&mark).map_err(failed("remove", &mark))?;
        crash::point("publish.revealing.unmarked");
        sync_folders(&from)?;
        fs::rename(&from, &to).map_err(failed("make the folder", &to))?;
        crash::point("publish.revealing.renamed");
        self.let_go(claim);
        sync_folder(&self.at(pipeline))?;
        sync_folder(&self.root)?;
        drop(lock);
        Ok(())
    }

    fn complete_reveal(&self, pipeline: &str, _name: SnapshotName) -> Result<(), PublishError> {
        sync_folder(&self.at(pipeline))?;
        sync_folder(&self.root)
    }

    fn discard(&self, _pipeline: &str, claim: &Claim) {
        // A failure is not told: what led here is worse news, and the next draft sweeps.
        let _ = fs::remove_dir_all(self.at(&claim.folder));
        self.let_go(claim);
    }

    fn remove(&self, pipeline: &str, name: SnapshotName) -> Result<bool, PublishError> {
        let hidden = self.at(pipeline).join(format!("{REMOVED}{name}"));
        let visible = self.at(pipeline).join(name.to_string());
        if !visible.is_dir() {
            return Ok(false);
        }
        let lock = self.lock(pipeline)?;
        // Another removal of that name may have been cut off.
        remove_all(&hidden).map_err(failed("remove", &hidden))?;
        match fs::rename(&visible, &hidden) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
            renamed => renamed.map_err(failed("remove", &visible))?,
        }
        sync_folder(&self.at(pipeline))?;
        drop(lock);
        crash::point("publish.removing");
        remove_all(&hidden).map_err(failed("remove", &hidden))?;
        Ok(true)
    }

    fn sweep(&self, pipeline: &str, _before: DateTime<Utc>) -> Result<Vec<String>, PublishError> {
        if !self.at(pipeline).is_dir() {
            return Ok(Vec::new());
        }
        let _lock = self.lock(pipeline)?;
        let mut removed = Vec::new();
        for left in self.leftovers(pipeline)? {
            crash::point("publish.sweeping");
            remove_all(&left).map_err(failed("remove", &left))?;
            removed.push(left.display().to_string());
        }
        removed.sort();
        Ok(removed)
    }

    fn revise(&self, path: &str, change: &mut Change<'_>) -> Result<bool, PublishError> {
        let target = self.at(path);
        let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
        let _lock = self.lock(folder)?;
        let present = self.read(path)?;
        let Some(content) = change(present.as_deref()) else { return Ok(false) };
        let beside = self.at(folder).join(format!(".{name}{NEW}"));
        crash::point("publish.revising");
        let written = write_durably(&beside, &content).and_then(|()| {
            crash::point("publish.revising.written");
            fs::rename(&beside, &target)
        });
        if let Err(error) = written {
            let _ = fs::remove_file(&beside);
            return Err(failed("write", &target)(error));
        }
        crash::point("publish.revising.renamed");
        sync_folder(&self.at(folder))?;
        Ok(true)
    }
}

fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
}

/// Whether the process that made this draft is gone.
fn is_abandoned(draft: &Path) -> bool {
    lock_file(&draft.join(LOCK)).is_ok_and(|file| file.try_lock().is_ok())
}

/// Removes a file or a whole folder, if it is there.
fn remove_all(path: &Path) -> io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        // Gone, or another process was quicker.
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = File::create(path)?;
    let (first, rest) = content.split_at(content.len() / 2);
    file.write_all(first)?;
    crash::point("publish.revising.half");
    file.write_all(rest)?;
    file.sync_all()
}

/// Makes a folder's names durable. Systems that cannot open a folder keep their names by themselves.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), PublishError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    if cfg!(unix) { File::open(folder).and_then(|f| f.sync_all()).map_err(failed("sync", folder)) } else { Ok(()) }
}

/// Makes the names in a folder durable, and those in the folders within.
fn sync_folders(folder: &Path) -> Result<(), PublishError> {
    for entry in fs::read_dir(folder).map_err(failed("look into", folder))? {
        let path = entry.map_err(failed("look into", folder))?.path();
        if path.is_dir() {
            sync_folders(&path)?;
        }
    }
    sync_folder(folder)
}

fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PublishError {
    move |source| PublishError::File { doing, path: path.display().to_string(), source }
}

struct LocalUpload {
    file: File,
    path: PathBuf,
}

impl Write for LocalUpload {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Upload for LocalUpload {
    fn finish(self: Box<Self>) -> Result<(), PublishError> {
        self.file.sync_all().map_err(failed("write", &self.path))
    }
}
