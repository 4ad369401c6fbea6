//! Why a message cannot be made.

/// An event that has no message. None of these holds a URL or a secret.
#[derive(Debug, thiserror::Error)]
pub enum NotifyError {
    /// A template that cannot be rendered.
    #[error("the message's template {0}")]
    Template(String),
    /// An event that cannot be written as JSON.
    #[error("the event cannot be written as JSON")]
    Json(#[from] serde_json::Error),
}
