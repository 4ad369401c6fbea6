//! The sender against a real, very small server on this machine.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use chrono::DateTime;
use rstest::rstest;

use super::*;
use canbao_runtime::clock::FixedClock;

/// What the server does with one request.
#[derive(Debug, Clone)]
enum Act {
    /// Answers with this status line, headers and body.
    Answer(String),
    /// Reads the request and says nothing until the client leaves.
    Hang,
    /// Reads the request and closes the connection.
    Close,
}

fn answer(status: &str, headers: &str, body: &str) -> Act {
    Act::Answer(format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len()))
}

/// An answer that ends before its body does.
fn broken_off(body: &str) -> Act {
    Act::Answer(format!("HTTP/1.1 200 OK\r\ncontent-length: 99\r\n\r\n{body}"))
}

/// A server that does one act for each connection, then listens no more.
struct Server {
    url: String,
    requests: Receiver<String>,
}

impl Server {
    fn new(acts: impl FnOnce(&str) -> Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let acts = acts(&url);
        let (send, requests) = channel();
        thread::spawn(move || {
            for act in acts {
                let (mut stream, _) = listener.accept().unwrap();
                // Nobody may be left to hear of it.
                let _ = send.send(request(&mut stream));
                match act {
                    Act::Answer(answer) => stream.write_all(answer.as_bytes()).unwrap(),
                    Act::Hang => drop(stream.read(&mut [0])),
                    Act::Close => {}
                }
            }
        });
        Self { url, requests }
    }

    fn target(&self, shape: Shape) -> Target {
        Target::new(format!("{}?key=very-secret-key", self.url).parse().unwrap(), shape)
    }
}

/// A request: its head and as much of a body as the head says.
fn request(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer).unwrap();
        bytes.extend_from_slice(&buffer[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |n| n.parse().unwrap());
        if read == 0 || body.len() >= length {
            return text;
        }
    }
}

fn sender(whole: Duration) -> Sender {
    let clock = FixedClock(DateTime::from_timestamp_millis(1_709_245_800_123).unwrap());
    let timeouts = Timeouts { connect: Duration::from_secs(10), whole };
    // A proxy of the environment knows nothing of this machine's ports.
    Sender::with_client(Arc::new(clock), timeouts, Client::builder().no_proxy()).unwrap()
}

fn carried(shape: Shape, act: Act) -> Delivery {
    let server = Server::new(|_| vec![act]);
    hidden(&server, sender(Duration::from_secs(20)).carry(&server.target(shape), "{}"))
}

/// The delivery with the server's port, which is another each time, as 0; no reason holds the key.
fn hidden(server: &Server, delivery: Delivery) -> Delivery {
    let port = server.url.rsplit(':').next().unwrap().trim_end_matches("/hook").to_owned();
    let hide = |reason: String| {
        assert!(!reason.contains("very-secret-key"), "{reason}");
        reason.replace(&port, "0")
    };
    match delivery {
        Delivery::Sent => Delivery::Sent,
        Delivery::TryAgain { reason, wait } => Delivery::TryAgain { reason: hide(reason), wait },
        Delivery::Refused { reason } => Delivery::Refused { reason: hide(reason) },
    }
}

fn again(reason: &str) -> Delivery {
    Delivery::TryAgain { reason: format!("http://127.0.0.1:0/… {reason}"), wait: None }
}

fn refused(reason: &str) -> Delivery {
    Delivery::Refused { reason: format!("http://127.0.0.1:0/… {reason}") }
}

#[test]
fn a_message_arrives_as_it_was_written() {
    let server = Server::new(|_| vec![answer("200 OK", "", r#"{"errcode":0,"errmsg":"ok"}"#)]);
    let body = r#"{"text":"参保稽核"}"#;
    assert_eq!(sender(Duration::from_secs(20)).carry(&server.target(Shape::WeCom), body), Delivery::Sent);
    let request = server.requests.recv().unwrap();
    assert!(request.starts_with("POST /hook?key=very-secret-key HTTP/1.1\r\n"), "{request}");
    assert!(request.contains("content-type: application/json; charset=utf-8\r\n"), "{request}");
    assert!(request.contains(concat!("user-agent: canbao/", env!("CARGO_PKG_VERSION"), "\r\n")), "{request}");
    assert!(request.ends_with(&format!("\r\n\r\n{body}")), "{request}");
}

#[test]
fn only_dingtalk_with_a_secret_is_signed() {
    for (shape, secret, signed) in
        [(Shape::DingTalk, Some("this is secret"), true), (Shape::DingTalk, None, false), (Shape::WeCom, Some("this is secret"), false)]
    {
        let server = Server::new(|_| vec![answer("200 OK", "", r#"{"errcode":0}"#)]);
        let target = server.target(shape).with_secret(secret.map(str::to_owned));
        assert_eq!(sender(Duration::from_secs(20)).carry(&target, "{}"), Delivery::Sent);
        let request = server.requests.recv().unwrap();
        let query = "&timestamp=1709245800123&sign=asXABLuzJI92PSmTWrg6l5duIYVGylJpYO5HUtmGpiM%3D ";
        assert_eq!(request.contains(query), signed, "{request}");
        assert_eq!(request.contains("sign="), signed, "{request}");
    }
}

#[rstest]
#[case::server_error(Shape::Json, answer("500 Internal Server Error", "", "at line 5"), again("answers 500"))]
#[case::not_found(Shape::Json, answer("404 Not Found", "", "no hook very-secret-key"), refused("answers 404: no hook …"))]
#[case::bad_key(
    Shape::WeCom,
    answer("200 OK", "", r#"{"errcode":93000,"errmsg":"invalid webhook url"}"#),
    refused("answers errcode 93000: invalid webhook url")
)]
#[case::somebody(Shape::Json, answer("400 Bad Request", "", "bad: 340399199002280016"), refused("answers 400: bad: 340399********0016"))]
#[case::closes(Shape::Json, Act::Close, again("does not answer: connection closed before message completed"))]
#[case::no_http(Shape::Json, Act::Answer("220 mail.example.com ESMTP\r\n".to_owned()), again("does not answer: invalid HTTP version parsed"))]
#[case::breaks_off(
    Shape::WeCom,
    broken_off("{\"errcode\""),
    again("answers 200 without an `errcode`, as something between us and the receiver might")
)]
#[case::breaks_off_after_it_was_taken(Shape::Json, broken_off("{"), Delivery::Sent)]
#[case::redirect_that_drops_the_message(
    Shape::Json,
    answer("302 Found", "location: /other\r\n", ""),
    refused("answers 302: it redirects to where no message is sent")
)]
#[case::redirect_to_another_host(
    Shape::Json,
    answer("307 Temporary Redirect", "location: http://127.0.0.2:9/hook\r\n", ""),
    refused("answers 307: it redirects to where no message is sent")
)]
fn what_becomes_of_a_message(#[case] shape: Shape, #[case] act: Act, #[case] expected: Delivery) {
    assert_eq!(carried(shape, act), expected);
}

#[test]
fn a_receiver_that_asks_for_patience_gets_it() {
    let act = answer("429 Too Many Requests", "retry-after: 90\r\n", "");
    assert!(matches!(carried(Shape::Json, act), Delivery::TryAgain { wait: Some(wait), .. } if wait.as_secs() == 90));
}

#[test]
fn a_redirect_within_the_host_takes_the_message_along() {
    let server = Server::new(|_| vec![answer("308 Permanent Redirect", "location: /moved\r\n", ""), answer("200 OK", "", "")]);
    assert_eq!(sender(Duration::from_secs(20)).carry(&server.target(Shape::Json), "{\"a\":1}"), Delivery::Sent);
    assert!(server.requests.recv().unwrap().starts_with("POST /hook"));
    let moved = server.requests.recv().unwrap();
    assert!(moved.starts_with("POST /moved HTTP/1.1") && moved.ends_with("{\"a\":1}"), "{moved}");
}

#[test]
fn redirects_come_to_an_end() {
    let round = || answer("307 Temporary Redirect", "location: /hook\r\n", "");
    let server = Server::new(|_| vec![round(); 10]);
    let delivery = hidden(&server, sender(Duration::from_secs(20)).carry(&server.target(Shape::Json), "{}"));
    assert_eq!(delivery, refused("answers 307: it redirects to where no message is sent"));
    assert_eq!(server.requests.try_iter().count(), REDIRECTS + 1);
}

#[test]
fn a_receiver_that_hangs_is_left() {
    let server = Server::new(|_| vec![Act::Hang]);
    let delivery = hidden(&server, sender(Duration::from_millis(250)).carry(&server.target(Shape::WeCom), "{}"));
    assert_eq!(delivery, again("does not answer within 0.25 s"));
}

#[test]
fn a_receiver_that_is_not_there_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/hook?key=very-secret-key", listener.local_addr().unwrap());
    drop(listener);
    let target = Target::new(url.parse().unwrap(), Shape::Json);
    let Delivery::TryAgain { reason, wait: None } = sender(Duration::from_secs(20)).carry(&target, "{}") else { panic!("not tried again") };
    assert!(reason.contains("/… cannot be reached: ") && !reason.contains("secret"), "{reason}");
}
