//! Failures that can pass by themselves, so that trying again is worth it: the network, a store that is overloaded, a file
//! that another program holds. Wrong credentials, missing files, a full disk or bad data never are.
//!
//! What is judged is the cause: the first error in the chain of sources that tells anything about it.

use std::error::Error;
use std::io::{self, ErrorKind};

use object_store::client::{HttpError, HttpErrorKind};

/// Whether trying again later may succeed, going by the error and its causes.
pub fn is_transient(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(verdict) = verdict(error) {
            return verdict;
        }
        cause = error.source();
    }
    false
}

/// What a single error tells; `None` where its cause has to be asked.
fn verdict(error: &(dyn Error + 'static)) -> Option<bool> {
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return Some(is_transient_io(error));
    }
    if let Some(error) = error.downcast_ref::<object_store::Error>() {
        return match error {
            object_store::Error::Generic { .. } => None,
            _ => Some(false),
        };
    }
    if let Some(error) = error.downcast_ref::<HttpError>() {
        return http_verdict(error);
    }
    answer_verdict(&error.to_string())
}

/// Whether an input or output that failed may succeed later.
pub fn is_transient_io(error: &io::Error) -> bool {
    match error.kind() {
        ErrorKind::Interrupted
        | ErrorKind::WouldBlock
        | ErrorKind::TimedOut
        | ErrorKind::ResourceBusy
        | ErrorKind::ExecutableFileBusy
        | ErrorKind::Deadlock
        | ErrorKind::ConnectionRefused
        | ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::NotConnected
        | ErrorKind::BrokenPipe
        | ErrorKind::HostUnreachable
        | ErrorKind::NetworkUnreachable
        | ErrorKind::NetworkDown
        | ErrorKind::StaleNetworkFileHandle => true,
        ErrorKind::Other => error.get_ref().is_some_and(|inner| is_transient(inner)),
        _ => error.raw_os_error().is_some_and(is_shortage),
    }
}

/// Whether the system has run out of something that others give back, or another program holds the file.
fn is_shortage(code: i32) -> bool {
    #[cfg(unix)]
    {
        use rustix::io::Errno;
        [Errno::MFILE, Errno::NFILE, Errno::NOLCK].iter().any(|known| known.raw_os_error() == code)
    }
    // ERROR_SHARING_VIOLATION and ERROR_LOCK_VIOLATION
    #[cfg(not(unix))]
    {
        cfg!(windows) && matches!(code, 32 | 33)
    }
}

fn http_verdict(error: &HttpError) -> Option<bool> {
    match error.kind() {
        // A certificate that is not trusted is so the next time, too.
        HttpErrorKind::Connect => Some(!is_invalid(error)),
        HttpErrorKind::Request | HttpErrorKind::Timeout | HttpErrorKind::Interrupted => Some(true),
        _ => None,
    }
}

fn is_invalid(error: &HttpError) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::InvalidData) {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What a store answered. `object_store` keeps the type of these errors to itself, so their words have to do.
fn answer_verdict(words: &str) -> Option<bool> {
    if let Some(rest) = words.strip_prefix("Server returned non-2xx status code: ") {
        let status: u16 = rest.get(..3)?.parse().ok()?;
        // 501 is for ever, and 507 is a full disk.
        return Some(matches!(status, 408 | 425 | 429 | 500 | 502..=504 | 509 | 520..=599));
    }
    let rest = words.strip_prefix("Server returned error response: ")?;
    Some(rest.contains("InternalError") || rest.contains("SlowDown"))
}

#[cfg(test)]
mod tests;
