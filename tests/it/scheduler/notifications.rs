//! People are told: of a failure, of a gate, of what was missed, and that it works again, by a webhook that is there
//! only later.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::mpsc::{self, Receiver};
use std::thread;

use serde_json::Value;

use crate::support::scheduler::{PATIENCE, SchedulerContext};

/// A group's robot: it answers as WeCom's does, and hands over what it was sent.
fn robot(listener: TcpListener) -> Receiver<Value> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut reader = BufReader::new(stream);
            let mut length = 0;
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                    length = value.trim().parse().unwrap();
                }
                if line.trim().is_empty() {
                    break;
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            let answer = r#"{"errcode":0,"errmsg":"ok"}"#;
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: ";
            write!(reader.get_mut(), "{head}{}\r\n\r\n{answer}", answer.len()).unwrap();
            if sender.send(serde_json::from_slice(&body).unwrap()).is_err() {
                break;
            }
        }
    });
    receiver
}

#[test]
fn a_group_hears_of_a_failure_and_of_the_recovery() {
    let context = SchedulerContext::new();
    // Nobody listens yet: the messages wait in the ledger.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    context.pipeline("count", "schedule = \"30 2 * * *\"");
    let file = context.path("pipelines/count.toml");
    let text = fs::read_to_string(&file).unwrap();
    context.file("pipelines/count.toml", &format!("{text}\n[[notify]]\nurl_env = \"ROBOT\"\nshape = \"wecom\"\n"));
    context.clock("2024-03-01T18:00:00Z");
    let household = fs::read(context.path("data/household.csv")).unwrap();
    fs::remove_file(context.path("data/household.csv")).unwrap();
    let scheduler = context.serve_with(|command| {
        command.env("ROBOT", format!("http://{address}/cgi-bin/webhook/send?key=SECRET-OF-THE-GROUP"));
    });
    context.wait_for("SELECT count(*) FROM pipeline", 1);
    context.clock("2024-03-01T18:30:01Z");
    context.wait_for("SELECT count(*) FROM occurrence WHERE state = 'failed'", 1);
    context.wait_for("SELECT count(*) FROM notice WHERE state = 'pending' AND tries > 0", 1);
    let sent = robot(TcpListener::bind(address).unwrap());
    context.clock("2024-03-01T19:00:00Z");
    let failure = sent.recv_timeout(PATIENCE).unwrap();
    assert_eq!(failure["msgtype"], "markdown");
    let content = failure["markdown"]["content"].as_str().unwrap();
    assert!(content.contains("乡镇人数") && content.contains("2024-03-02") && content.contains("household"), "{content}");

    fs::write(context.path("data/household.csv"), household).unwrap();
    context.clock("2024-03-02T18:30:01Z");
    let recovery = sent.recv_timeout(PATIENCE).unwrap();
    let content = recovery["markdown"]["content"].as_str().unwrap();
    assert!(content.contains("2024-03-03"), "{content}");

    // Down for three days: what is missed is told in one message.
    context.wait_for("SELECT count(*) FROM notice WHERE state = 'sent'", 2);
    scheduler.terminate();
    context.clock("2024-03-05T20:00:00Z");
    let scheduler = context.serve_with(|command| {
        command.env("ROBOT", format!("http://{address}/cgi-bin/webhook/send?key=SECRET-OF-THE-GROUP"));
    });
    let missed = sent.recv_timeout(PATIENCE).unwrap();
    let content = missed["markdown"]["content"].as_str().unwrap();
    assert!(content.contains('2') && content.contains("2024-03-04"), "{content}");
    context.wait_for("SELECT count(*) FROM notice WHERE state = 'sent'", 3);
    scheduler.terminate();
    assert!(!context.log().contains("SECRET"), "an address is a secret");
}

#[test]
fn a_gate_is_told_with_its_figures() {
    let context = SchedulerContext::new();
    let sent = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = sent.local_addr().unwrap();
    let sent = robot(sent);
    context.pipeline("count", "schedule = \"30 2 * * *\"");
    let text = fs::read_to_string(context.path("pipelines/count.toml")).unwrap();
    let more = format!(
        "\n[[gate]]\ncheck = \"rows\"\nsource = \"household\"\nat_least = 100000\n\n[[notify]]\nurl = \"http://{address}/\"\non = [\"gate\"]\nlang = \"en\"\n"
    );
    context.file("pipelines/count.toml", &format!("{text}{more}"));
    context.clock("2024-03-01T18:00:00Z");
    let scheduler = context.serve();
    context.wait_for("SELECT count(*) FROM pipeline", 1);
    context.clock("2024-03-01T18:30:01Z");
    let held = sent.recv_timeout(PATIENCE).unwrap();
    scheduler.terminate();
    assert_eq!((held["kind"].as_str(), held["logical_date"].as_str()), (Some("gate"), Some("2024-03-02")));
    assert!(held["findings"][0].as_str().unwrap().contains("household"), "{held}");
    assert!(context.path("state").join("held").is_dir(), "the rejects are put aside");
    assert_eq!(context.latest("count"), None);
}
