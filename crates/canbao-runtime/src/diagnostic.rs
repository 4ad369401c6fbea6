//! What an error means for whoever has to act: its class and its remedy, as data beside the message.
//!
//! A type says both where it is defined, and an error that wraps another hands on what that one says. At the edge the class
//! decides the exit status and whether a run is tried again, and the remedy becomes the `hint:` line.

use std::error::Error;
use std::fmt;
use std::io;

use canbao_rules::policy::PolicyError;

use crate::stores::OpenStoreError;
use crate::transient;

/// Who has to do something about an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorClass {
    /// The command line or the configuration has to be mended.
    Usage,
    /// An extract, a snapshot or a record has to be mended or replaced.
    Data,
    /// Nobody: the same may succeed later. The network, a locked file, others in the way.
    Transient,
    /// Who minds the machine: permissions, disk space, a store that is not there.
    Environment,
    /// The program has a defect.
    Bug,
}

impl ErrorClass {
    /// The exit status of a command that fails with it.
    ///
    /// ```
    /// use canbao_runtime::diagnostic::ErrorClass;
    /// assert_eq!(ErrorClass::Usage.exit_status(), 2);
    /// assert_eq!(ErrorClass::Data.exit_status(), 1);
    /// ```
    pub const fn exit_status(self) -> u8 {
        match self {
            Self::Usage => 2,
            Self::Data | Self::Transient | Self::Environment | Self::Bug => 1,
        }
    }

    /// Whether trying again later may succeed, with nothing mended.
    pub const fn is_transient(self) -> bool {
        matches!(self, Self::Transient)
    }
}

/// An error that says who has to act, and how.
pub trait Diagnostic: Error {
    /// Who has to do something.
    fn class(&self) -> ErrorClass;

    /// What to do about it, where there is a remedy.
    fn hint(&self) -> Option<String> {
        None
    }
}

/// Any diagnostic, once its type no longer matters.
pub type BoxDiagnostic = Box<dyn Diagnostic + Send + Sync>;

impl<E: Diagnostic + Send + Sync + 'static> From<E> for BoxDiagnostic {
    fn from(error: E) -> Self {
        Box::new(error)
    }
}

/// Transient, or else the machine's.
pub fn class_of_machine(error: &(dyn Error + 'static)) -> ErrorClass {
    if transient::is_transient(error) { ErrorClass::Transient } else { ErrorClass::Environment }
}

/// What to do where the machine is at fault, however deep in a library's error the cause lies.
pub fn machine_hint(error: &(dyn Error + 'static)) -> Option<String> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return error.hint();
        }
        cause = error.source();
    }
    None
}

impl Diagnostic for io::Error {
    fn class(&self) -> ErrorClass {
        class_of_machine(self)
    }

    fn hint(&self) -> Option<String> {
        let hint = match self.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free some disk space and run again; nothing was published",
            io::ErrorKind::PermissionDenied => "give the user who runs canbao the right to write there",
            io::ErrorKind::ReadOnlyFilesystem => "name another folder, the file system is mounted read-only",
            _ => return None,
        };
        Some(hint.to_owned())
    }
}

impl Diagnostic for OpenStoreError {
    fn class(&self) -> ErrorClass {
        match self {
            Self::BadUrl { .. } => ErrorClass::Usage,
            Self::Store { source, .. } => class_of_machine(source),
        }
    }
}

impl Diagnostic for PolicyError {
    fn class(&self) -> ErrorClass {
        ErrorClass::Usage
    }

    fn hint(&self) -> Option<String> {
        Self::hint(self)
    }
}

/// A library's error that no input can cause: the program has a defect.
#[derive(Debug)]
pub struct Defect<E>(pub E);

impl<E: Error> fmt::Display for Defect<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl<E: Error> Error for Defect<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

impl<E: Error> Diagnostic for Defect<E> {
    fn class(&self) -> ErrorClass {
        ErrorClass::Bug
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_decides_exit_status_and_another_try() {
        let table = [
            (ErrorClass::Usage, 2, false),
            (ErrorClass::Data, 1, false),
            (ErrorClass::Transient, 1, true),
            (ErrorClass::Environment, 1, false),
            (ErrorClass::Bug, 1, false),
        ];
        for (class, status, again) in table {
            assert_eq!((class.exit_status(), class.is_transient()), (status, again), "{class:?}");
        }
    }

    #[test]
    fn the_machines_errors_say_what_to_do() {
        let of = |kind: io::ErrorKind| (io::Error::from(kind).class(), Diagnostic::hint(&io::Error::from(kind)));
        assert_eq!(of(io::ErrorKind::TimedOut), (ErrorClass::Transient, None));
        let (class, hint) = of(io::ErrorKind::StorageFull);
        assert_eq!((class, hint.as_deref()), (ErrorClass::Environment, Some("free some disk space and run again; nothing was published")));
    }

    #[test]
    fn a_defect_shows_the_librarys_words() {
        let defect = Defect(io::Error::other("words"));
        assert_eq!((defect.class(), defect.to_string().as_str()), (ErrorClass::Bug, "words"));
    }
}
