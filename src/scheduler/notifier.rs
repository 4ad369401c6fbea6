//! Sends the notifications that stand in the ledger, from a thread of its own, so that nothing waits for a receiver.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::ledger::{Ledger, LedgerError, NoticeState, PendingNotice};
use super::retry::jitter;
use super::worker_threads::{ServedPipelines, WorkerThread};
use crate::notify::{Event, Outbox, Pending, Sender, Timeouts, deliver, message};
use canbao_runtime::clock::Clock;

/// How often the thread looks for messages.
const LOOK: Duration = Duration::from_millis(500);
/// Starts the thread. The served pipelines have to be set: a notification of a pipeline that is not among them is given up.
pub(super) fn start(state: &Path, served: ServedPipelines, clock: Arc<dyn Clock>) -> io::Result<WorkerThread> {
    let sender = Sender::new(Arc::clone(&clock), Timeouts::default())?;
    let notifier = Notifier { state: state.to_owned(), served, clock };
    WorkerThread::start("messages", LOOK, move || notifier.round(&sender))
}

struct Notifier {
    state: PathBuf,
    served: ServedPipelines,
    clock: Arc<dyn Clock>,
}

impl Notifier {
    fn round(&self, sender: &Sender) {
        let round = Ledger::open(&self.state).and_then(|ledger| {
            let outbox = LedgerOutbox { ledger: RefCell::new(ledger), notifier: self };
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
        let pipeline = self.served.pipeline(&notice.pipeline);
        let notify = usize::try_from(notice.target).ok().and_then(|place| pipeline.as_ref()?.execution.notify.get(place));
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
struct LedgerOutbox<'a> {
    ledger: RefCell<Ledger>,
    notifier: &'a Notifier,
}

impl Outbox for LedgerOutbox<'_> {
    type Error = LedgerError;

    fn due(&self, now: DateTime<Utc>) -> Result<Vec<Pending>, LedgerError> {
        let due = self.ledger.borrow().notices_due(now)?;
        let mut pending = Vec::with_capacity(due.len());
        for notice in due {
            match self.notifier.pending(&notice) {
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
