//! Carries one message to one receiver, and waits for its answer.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::redirect::{Action, Attempt, Policy};
use reqwest::{Client, ClientBuilder, Response};
use tokio::runtime::{Builder, Runtime};

use super::sign::signed;
use super::target::{Shape, Target};
use super::verdict::{Answer, Delivery, judge};
use canbao_rules::identity::mask_text;
use canbao_runtime::clock::Clock;

/// Bytes of an answer that are read; no receiver has more to say.
const ANSWER_BYTES: usize = 64 << 10;
/// How often a receiver may send us on.
const REDIRECTS: usize = 3;

/// Who carries messages.
pub trait Carrier {
    /// Carries one message; comes back when it is known what became of it.
    fn carry(&self, target: &Target, body: &str) -> Delivery;
}

/// How long a receiver is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until it is connected.
    pub connect: Duration,
    /// Until it has answered.
    pub whole: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), whole: Duration::from_secs(30) }
    }
}

/// Carries messages over HTTP, by the proxies that the environment names (`HTTPS_PROXY`, `HTTP_PROXY`, `NO_PROXY`).
///
/// It has a runtime of its own, so it must not be used from within an asynchronous task.
pub struct Sender {
    client: Client,
    runtime: Runtime,
    clock: Arc<dyn Clock>,
    timeouts: Timeouts,
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("timeouts", &self.timeouts).finish_non_exhaustive()
    }
}

impl Sender {
    /// A sender; the clock dates signatures.
    ///
    /// # Errors
    /// The system's certificates cannot be read, or it has no room for another runtime.
    pub fn new(clock: Arc<dyn Clock>, timeouts: Timeouts) -> io::Result<Self> {
        Self::with_client(clock, timeouts, Client::builder())
    }

    fn with_client(clock: Arc<dyn Clock>, timeouts: Timeouts, client: ClientBuilder) -> io::Result<Self> {
        let client = client
            .user_agent(concat!("canbao/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeouts.connect)
            .timeout(timeouts.whole)
            .redirect(Policy::custom(redirect))
            // Connections are looked after only while a message is carried, so none is kept.
            .pool_max_idle_per_host(0);
        let client = client.build().map_err(io::Error::other)?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        Ok(Self { client, runtime, clock, timeouts })
    }

    async fn ask(&self, target: &Target, body: &str) -> reqwest::Result<Answer> {
        let url = match (&target.secret, target.shape) {
            (Some(secret), Shape::DingTalk) => signed(&target.url, secret, self.clock.now()),
            _ => target.url.clone(),
        };
        let request = self.client.post(url).header(CONTENT_TYPE, "application/json; charset=utf-8").body(body.to_owned());
        let mut response = request.send().await?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Ok(Answer { status, retry_after, body: beginning(&mut response).await })
    }

    fn failed(&self, error: reqwest::Error) -> Delivery {
        let error = error.without_url();
        if error.is_redirect() || error.is_builder() {
            return Delivery::Refused { reason: format!("cannot be asked: {}", deepest(&error)) };
        }
        let reason = if error.is_timeout() && error.is_connect() {
            format!("is not there within {} s", self.timeouts.connect.as_secs_f64())
        } else if error.is_timeout() {
            format!("does not answer within {} s", self.timeouts.whole.as_secs_f64())
        } else if error.is_connect() {
            format!("cannot be reached: {}", deepest(&error))
        } else {
            format!("does not answer: {}", deepest(&error))
        };
        Delivery::TryAgain { reason, wait: None }
    }
}

impl Carrier for Sender {
    fn carry(&self, target: &Target, body: &str) -> Delivery {
        let delivery = match self.runtime.block_on(self.ask(target, body)) {
            Ok(answer) => judge(target.shape, &answer),
            Err(error) => self.failed(error),
        };
        let shown = |reason: String| format!("{target} {}", mask_text(&target.scrub(&reason)));
        match delivery {
            Delivery::Sent => Delivery::Sent,
            Delivery::TryAgain { reason, wait } => Delivery::TryAgain { reason: shown(reason), wait },
            Delivery::Refused { reason } => Delivery::Refused { reason: shown(reason) },
        }
    }
}

/// The beginning of an answer. One that breaks off is judged by what there is of it.
async fn beginning(response: &mut Response) -> Vec<u8> {
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) | Err(_) => break,
        }
    }
    body
}

/// Goes on only to the same host, and only where the message goes with us: the other redirects drop it.
fn redirect(attempt: Attempt<'_>) -> Action {
    let keeps_message = matches!(attempt.status().as_u16(), 307 | 308);
    let origin = attempt.previous().first().map(url::Url::origin);
    if keeps_message && origin == Some(attempt.url().origin()) && attempt.previous().len() <= REDIRECTS {
        attempt.follow()
    } else {
        attempt.stop()
    }
}

/// The first cause: what came before it only says that something failed.
fn deepest(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;
