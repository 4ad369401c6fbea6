//! Sends the ledger's messages to people, from a thread of its own, so that nothing waits for a receiver.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::attempt::jitter;
use super::ledger::{Ledger, LedgerError, NoticeState, PendingNotice};
use crate::clock::Clock;
use crate::notify::{Event, Outbox, Pending, Sender, Timeouts, deliver, message};
use crate::pipeline::{Notify, Pipeline};

/// How often the thread looks for messages.
const LOOK: Duration = Duration::from_millis(500);
/// How long the program waits for the thread at its end; what is not sent then is sent at the next start.
const PATIENCE: Duration = Duration::from_secs(5);

/// The targets of each pipeline.
type Targets = Arc<Mutex<BTreeMap<String, Vec<Notify>>>>;

/// The thread that sends.
#[derive(Debug)]
pub(super) struct Messenger {
    targets: Targets,
    working: Option<mpsc::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Messenger {
    /// Starts the thread.
    pub fn start(state: &Path, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let targets = Targets::default();
        let (working, works) = mpsc::channel::<()>();
        let sender = Sender::new(Arc::clone(&clock), Timeouts::default())?;
        let post = Post { state: state.to_owned(), targets: Arc::clone(&targets), clock };
        let thread = thread::Builder::new().name("messages".to_owned()).spawn(move || {
            while works.recv_timeout(LOOK) == Err(RecvTimeoutError::Timeout) {
                post.round(&sender);
            }
        })?;
        Ok(Self { targets, working: Some(working), thread: Some(thread) })
    }

    /// Takes the pipelines' targets as their files say now.
    pub fn know<'p>(&self, pipelines: impl Iterator<Item = &'p Pipeline>) {
        let targets = pipelines.map(|pipeline| (pipeline.name.clone(), pipeline.running.notify.clone())).collect();
        *self.targets.lock().unwrap_or_else(PoisonError::into_inner) = targets;
    }

    /// Ends the thread after its round.
    pub fn end(&mut self) {
        drop(self.working.take());
        let Some(thread) = self.thread.take() else { return };
        let waited = std::time::Instant::now();
        while !thread.is_finished() && waited.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

struct Post {
    state: PathBuf,
    targets: Targets,
    clock: Arc<dyn Clock>,
}

impl Post {
    fn round(&self, sender: &Sender) {
        let round = Ledger::open(&self.state).and_then(|ledger| {
            let outbox = Box { ledger: RefCell::new(ledger), post: self };
            deliver(&outbox, sender, self.clock.as_ref(), jitter)
        });
        match round {
            Ok(done) if done.sent + done.again + done.gave_up > 0 => {
                tracing::info!(sent = done.sent, again = done.again, gave_up = done.gave_up, "messages");
            }
            Ok(_) => {}
            Err(error) => tracing::warn!("messages wait: {error}"),
        }
    }

    /// The message of a notice, or why there is none any more.
    fn pending(&self, notice: &PendingNotice) -> Result<Pending, String> {
        let targets = self.targets.lock().unwrap_or_else(PoisonError::into_inner);
        let notify = usize::try_from(notice.target).ok().and_then(|place| targets.get(&notice.pipeline)?.get(place));
        let notify = notify.ok_or_else(|| "the pipeline has no such `[[notify]]` any more".to_owned())?;
        let target = notify.target(|name| std::env::var(name).ok()).map_err(|error| error.to_string())?;
        let event: Event = serde_json::from_str(&notice.event).map_err(|error| format!("the event cannot be read: {error}"))?;
        // A user's template that fails is no reason to say nothing.
        let body = message(&event, &target).or_else(|error| {
            tracing::warn!(pipeline = notice.pipeline, "the template of a message fails, the default text stands in for it: {error}");
            message(&event, &target.clone().with_template(None))
        });
        let body = body.map_err(|error| error.to_string())?;
        Ok(Pending { id: notice.id, target, body, tries: notice.tries, since: notice.since })
    }
}

/// The ledger's messages as an outbox.
struct Box<'a> {
    ledger: RefCell<Ledger>,
    post: &'a Post,
}

impl Outbox for Box<'_> {
    type Error = LedgerError;

    fn due(&self, now: DateTime<Utc>) -> Result<Vec<Pending>, LedgerError> {
        let due = self.ledger.borrow().notices_due(now)?;
        let mut pending = Vec::with_capacity(due.len());
        for notice in due {
            match self.post.pending(&notice) {
                Ok(message) => pending.push(message),
                Err(reason) => {
                    tracing::warn!(pipeline = notice.pipeline, "a message is given up: {reason}");
                    self.gave_up(notice.id, &reason)?;
                }
            }
        }
        Ok(pending)
    }

    fn sent(&self, id: i64, _: DateTime<Utc>) -> Result<(), LedgerError> {
        self.ledger.borrow_mut().noticed(id, NoticeState::Sent, None, None)
    }

    fn again(&self, id: i64, at: DateTime<Utc>, reason: &str) -> Result<(), LedgerError> {
        self.ledger.borrow_mut().noticed(id, NoticeState::Pending, Some(reason), Some(at))
    }

    fn gave_up(&self, id: i64, reason: &str) -> Result<(), LedgerError> {
        self.ledger.borrow_mut().noticed(id, NoticeState::GivenUp, Some(reason), None)
    }
}
