use std::net::TcpListener;
use std::thread;

use object_store::aws::AmazonS3Builder;
use object_store::path::Path;
use object_store::{ObjectStoreExt, RetryConfig};
use rstest::rstest;

use super::*;

#[derive(Debug, thiserror::Error)]
#[error("the outside")]
struct Outside(#[source] io::Error);

#[rstest]
#[case(ErrorKind::TimedOut, true)]
#[case(ErrorKind::Interrupted, true)]
#[case(ErrorKind::WouldBlock, true)]
#[case(ErrorKind::ResourceBusy, true)]
#[case(ErrorKind::ConnectionReset, true)]
#[case(ErrorKind::NetworkUnreachable, true)]
#[case(ErrorKind::NotFound, false)]
#[case(ErrorKind::PermissionDenied, false)]
#[case(ErrorKind::StorageFull, false)]
#[case(ErrorKind::QuotaExceeded, false)]
#[case(ErrorKind::ReadOnlyFilesystem, false)]
#[case(ErrorKind::InvalidData, false)]
#[case(ErrorKind::UnexpectedEof, false)]
#[case(ErrorKind::Other, false)]
fn the_kind_decides_however_deep_it_lies(#[case] kind: ErrorKind, #[case] passes: bool) {
    assert_eq!(is_transient(&io::Error::from(kind)), passes);
    assert_eq!(is_transient(&Outside(kind.into())), passes);
    assert_eq!(is_transient(&io::Error::other(Outside(kind.into()))), passes, "wrapped in an io error");
    let generic = object_store::Error::Generic { store: "S3", source: Box::new(Outside(kind.into())) };
    assert_eq!(is_transient(&io::Error::from(generic)), passes, "from a store");
}

#[cfg(unix)]
#[rstest]
#[case(rustix::io::Errno::MFILE, true)]
#[case(rustix::io::Errno::NFILE, true)]
#[case(rustix::io::Errno::BUSY, true)]
#[case(rustix::io::Errno::NOSPC, false)]
#[case(rustix::io::Errno::IO, false)]
fn the_systems_code_decides(#[case] errno: rustix::io::Errno, #[case] passes: bool) {
    assert_eq!(is_transient(&io::Error::from(errno)), passes);
}

#[test]
fn what_a_store_refuses_for_good_does_not_pass() {
    let denied = |source: io::Error| object_store::Error::PermissionDenied { path: "x".to_owned(), source: Box::new(source) };
    assert!(!is_transient(&denied(ErrorKind::TimedOut.into())));
    assert!(!is_transient(&object_store::Error::UnknownConfigurationKey { store: "S3", key: "k".to_owned() }));
}

/// Answers each request with these words, and one that is empty by hanging up.
fn server(answer: &'static str) -> String {
    use std::io::{Read, Write};
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request);
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    format!("http://{address}")
}

/// What `object_store` makes of a server's answer, its own retries switched off.
fn said(endpoint: String) -> object_store::Error {
    let retry = RetryConfig { max_retries: 0, ..RetryConfig::default() };
    let store = AmazonS3Builder::new().with_bucket_name("b").with_region("r").with_endpoint(endpoint).with_allow_http(true);
    let store = store.with_access_key_id("a").with_secret_access_key("s").with_retry(retry).build().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(store.get(&Path::from("object"))).unwrap_err()
}

#[rstest]
#[case::overloaded("HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", true)]
#[case::broken("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops", true)]
#[case::throttled("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", true)]
#[case::hangs_up("", true)]
#[case::full("HTTP/1.1 507 Insufficient Storage\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false)]
#[case::bad_request("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false)]
#[case::forbidden("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false)]
#[case::unauthorized("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false)]
#[case::not_found("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", false)]
fn a_stores_answer_is_understood(#[case] answer: &'static str, #[case] passes: bool) {
    let error = said(server(answer));
    assert_eq!(is_transient(&error), passes, "{error:?}");
}

#[test]
fn nobody_answering_is_transient() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = said(format!("http://{address}"));
    assert!(is_transient(&error), "{error:?}");
}
