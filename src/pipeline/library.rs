//! Where pipelines come from: a folder of files, or the ones inside the binary.
//!
//! The folder is `--pipelines DIR`, by default `pipelines` in the working directory; where that is not there, the
//! shipped pipelines stand in for it. Policy packs are the folder's `policies`; where it has none, the shipped ones.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::config_error::{ConfigError, Fault, nearest};
use super::definition::Pipeline;
use crate::operators::OperatorRegistry;
use crate::policies::{self, PacksError};
use canbao_rules::policy::{Packs, PolicyError};
use canbao_runtime::diagnostic::{Diagnostic, ErrorClass};

/// The shipped pipelines: name and text.
const SHIPPED: [(&str, &str); 5] = [
    ("duplicate-cleanup", include_str!("../../pipelines/duplicate-cleanup.toml")),
    ("enrollment-audit", include_str!("../../pipelines/enrollment-audit.toml")),
    ("monthly-bulletin", include_str!("../../pipelines/monthly-bulletin.toml")),
    ("residents-by-township", include_str!("../../pipelines/residents-by-township.toml")),
    ("settlement-statistics", include_str!("../../pipelines/settlement-statistics.toml")),
];

/// All pipelines and policy packs.
#[derive(Debug)]
pub struct Library {
    files: Vec<File>,
    packs: Packs,
    operators: OperatorRegistry,
}

/// A pipeline's file that is not read yet.
#[derive(Debug)]
struct File {
    /// The pipeline's name.
    name: String,
    origin: FileOrigin,
}

#[derive(Debug)]
enum FileOrigin {
    Folder(PathBuf),
    Shipped(&'static str),
    Given(String),
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
    #[error("no pipeline `{name}`, expected one of {}", super::config_error::list(known))]
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
    Packs(#[from] PacksError),
}

impl From<PolicyError> for LibraryError {
    fn from(error: PolicyError) -> Self {
        Self::Packs(error.into())
    }
}

impl Diagnostic for LibraryError {
    fn class(&self) -> ErrorClass {
        ErrorClass::Usage
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::Unreadable { .. } => Some("`--pipelines DIR` names the folder of pipelines".to_owned()),
            Self::UnknownPipeline { name, known } => match nearest(name, known) {
                Some(near) => Some(format!("did you mean `{near}`?")),
                None => Some("a pipeline is a file NAME.toml in the folder that `--pipelines` names".to_owned()),
            },
            Self::Config(error) => error.hint(),
            Self::Packs(error) => error.hint(),
        }
    }
}

impl Library {
    /// The folder that is looked into unless the command line names another.
    pub const FOLDER: &'static str = "pipelines";

    /// Looks for pipelines in `folder`, or where none is named in `./pipelines`, or else in the binary. Their steps
    /// call `operators`.
    ///
    /// # Errors
    /// A folder that was named and cannot be read; a policy pack that is wrong.
    pub fn open(folder: Option<&Path>, operators: OperatorRegistry) -> Result<Self, LibraryError> {
        match folder {
            Some(folder) => Self::of_folder(folder, operators),
            None if Path::new(Library::FOLDER).is_dir() => Self::of_folder(Path::new(Library::FOLDER), operators),
            None => {
                let files = SHIPPED.map(|(name, text)| File { name: name.to_owned(), origin: FileOrigin::Shipped(text) });
                Ok(Self { files: files.into(), packs: policies::load(None)?, operators })
            }
        }
    }

    fn of_folder(folder: &Path, operators: OperatorRegistry) -> Result<Self, LibraryError> {
        let unreadable = |source| LibraryError::Unreadable { path: folder.to_owned(), source };
        let mut files = Vec::new();
        for entry in fs::read_dir(folder).map_err(unreadable)? {
            let path = entry.map_err(unreadable)?.path();
            if let (Some("toml"), Some(stem)) = (path.extension().and_then(|e| e.to_str()), path.file_stem()) {
                files.push(File { name: stem.to_string_lossy().into_owned(), origin: FileOrigin::Folder(path) });
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self { files, packs: policies::load(Some(folder))?, operators })
    }

    /// The pipelines' names, in byte order where they come from a folder.
    pub fn names(&self) -> Vec<String> {
        self.files.iter().map(|file| file.name.clone()).collect()
    }

    /// The same with another text for a pipeline's file.
    #[must_use]
    pub fn with_text(mut self, name: &str, text: String) -> Self {
        self.files.retain(|file| file.name != name);
        self.files.push(File { name: name.to_owned(), origin: FileOrigin::Given(text) });
        self
    }

    /// Reads and checks one pipeline.
    ///
    /// # Errors
    /// An unknown name, a file that cannot be read, or one that is wrong.
    pub fn pipeline(&self, name: &str) -> Result<Pipeline, LibraryError> {
        let Some(file) = self.files.iter().find(|file| file.name == name) else {
            return Err(LibraryError::UnknownPipeline { name: name.to_owned(), known: self.names() });
        };
        match &file.origin {
            FileOrigin::Shipped(text) => Ok(Pipeline::parse(&format!("{name}.toml"), text, &self.operators)?),
            FileOrigin::Given(text) => Ok(Pipeline::parse(&format!("{name}.toml"), text, &self.operators)?),
            FileOrigin::Folder(path) => {
                let text = fs::read_to_string(path).map_err(|source| LibraryError::Unreadable { path: path.clone(), source })?;
                Ok(Pipeline::parse(&path.to_string_lossy(), &text, &self.operators)?)
            }
        }
    }

    /// Reads and checks every pipeline, each by itself: that one is wrong says nothing of the others.
    pub fn load_all(&self) -> Vec<(String, Result<Pipeline, LibraryError>)> {
        self.names().into_iter().map(|name| (name.clone(), self.pipeline(&name))).collect()
    }

    /// The file of a pipeline; `None` where it comes with the program, or is unknown.
    pub fn path(&self, name: &str) -> Option<&Path> {
        self.files.iter().find(|file| file.name == name).and_then(|file| match &file.origin {
            FileOrigin::Folder(path) => Some(path.as_path()),
            FileOrigin::Shipped(_) | FileOrigin::Given(_) => None,
        })
    }

    /// What is wrong with how pipelines follow each other: an `after` that names none of the library's, or that leads
    /// in a circle. Each fault with the pipeline in whose file it stands.
    ///
    /// A pipeline whose own file is wrong is not among `pipelines`, and may still be named.
    pub fn check_after<'a>(&self, pipelines: impl IntoIterator<Item = &'a Pipeline>) -> Vec<(String, ConfigError)> {
        let pipelines: BTreeMap<&str, &Pipeline> = pipelines.into_iter().map(|pipeline| (pipeline.name.as_str(), pipeline)).collect();
        let names = self.names();
        let mut faults = Vec::new();
        for (own, pipeline) in &pipelines {
            for (upstream, at) in pipeline.execution.after.iter().zip(&pipeline.execution.after_at) {
                let fault = if !names.contains(upstream) {
                    let known = names.iter().filter(|name| name != own).cloned().collect();
                    Fault::Unknown { what: "pipeline", name: upstream.clone(), known }
                } else if let Some(way) = upstream_path(&pipelines, upstream, own) {
                    Fault::Circle { pipelines: [vec![(*own).to_owned()], way].concat() }
                } else {
                    continue;
                };
                faults.push(((*own).to_owned(), pipeline.fault_at(*at, fault)));
            }
        }
        faults
    }

    /// The policy packs.
    pub fn packs(&self) -> &Packs {
        &self.packs
    }
}

/// The shortest way by `after` from one pipeline to another: `from` and what lies between; `None` where there is none.
fn upstream_path(pipelines: &BTreeMap<&str, &Pipeline>, from: &str, to: &str) -> Option<Vec<String>> {
    let mut seen = BTreeSet::from([from.to_owned()]);
    let mut ways = VecDeque::from([vec![from.to_owned()]]);
    while let Some(way) = ways.pop_front() {
        let reached = way.last().and_then(|name| pipelines.get(name.as_str()));
        for upstream in reached.map(|pipeline| pipeline.execution.after.as_slice()).unwrap_or_default() {
            if upstream == to {
                return Some(way);
            }
            if seen.insert(upstream.clone()) {
                ways.push_back([way.as_slice(), std::slice::from_ref(upstream)].concat());
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operators::registry;

    #[test]
    fn every_shipped_pipeline_is_valid() {
        for (name, text) in SHIPPED {
            let pipeline = Pipeline::parse(&format!("{name}.toml"), text, &registry()).unwrap();
            assert_eq!(pipeline.name, name);
        }
    }

    #[test]
    fn the_shipped_pipelines_follow_each_other() {
        let library = Library::open(Some(Path::new(Library::FOLDER)), registry()).unwrap();
        let pipelines: Vec<_> = library.load_all().into_iter().map(|(_, pipeline)| pipeline.unwrap()).collect();
        assert_eq!(pipelines.iter().map(|pipeline| pipeline.name.as_str()).collect::<Vec<_>>(), SHIPPED.map(|(name, _)| name));
        assert!(library.check_after(&pipelines).is_empty());
        assert_eq!(library.path("monthly-bulletin"), Some(Path::new("pipelines/monthly-bulletin.toml")));
        assert_eq!(library.path("nothing"), None);
    }

    /// A library of files with nothing but `after`, and what is wrong with them together.
    fn told(files: &[(&str, &str)]) -> Vec<String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, after) in files {
            let text = format!("title = \"t\"\nafter = [{after}]\n[publish]\n");
            fs::write(folder.path().join(name).with_extension("toml"), text).unwrap();
        }
        let library = Library::of_folder(folder.path(), registry()).unwrap();
        let pipelines: Vec<_> = library.load_all().into_iter().filter_map(|(_, pipeline)| pipeline.ok()).collect();
        let place = format!("{}{}", folder.path().display(), std::path::MAIN_SEPARATOR);
        let faults = library.check_after(&pipelines).into_iter();
        let told = |(name, fault): (String, ConfigError)| {
            let hint = fault.hint().map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
            format!("{name}: {}{hint}", fault.to_string().replace(&place, ""))
        };
        faults.map(told).collect()
    }

    #[test]
    fn pipelines_that_follow_each_other() {
        assert!(told(&[("a", ""), ("b", "\"a\""), ("c", "\"a\", \"b\""), ("d", "\"b\", \"c\"")]).is_empty());
        assert!(told(&[("a", "\"broken\""), ("broken", "1")]).is_empty(), "one that cannot be read is there all the same");
    }

    #[test]
    fn an_upstream_that_is_not_there() {
        insta::assert_snapshot!(told(&[("audit", ""), ("list", "\"audit\", \"audits\"")]).join("\n"), @"list: `list.toml` line 2: pipeline `audits` is unknown, expected one of `audit` (hint: did you mean `audit`?)");
    }

    #[test]
    fn pipelines_that_wait_for_each_other() {
        insta::assert_snapshot!(told(&[("a", "\"b\""), ("b", "\"c\""), ("c", "\"d\", \"a\""), ("d", ""), ("e", "\"a\"")]).join("\n"), @"
        a: `a.toml` line 2: `after` leads back to this pipeline: `a` after `b` after `c` after `a` (hint: take one of them out of `after`, or give it a `schedule` instead)
        b: `b.toml` line 2: `after` leads back to this pipeline: `b` after `c` after `a` after `b` (hint: take one of them out of `after`, or give it a `schedule` instead)
        c: `c.toml` line 2: `after` leads back to this pipeline: `c` after `a` after `b` after `c` (hint: take one of them out of `after`, or give it a `schedule` instead)
        ");
    }
}
