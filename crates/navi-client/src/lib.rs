//! Typed HTTP client, resumable stream, keystore, and signing of votes. Opens no database.

pub mod api;
pub mod bypass;
mod deliveries;
pub mod enroll;
mod envelopes;
pub mod keystore;
mod oncall;
pub mod policy;
pub mod sealed;
pub mod sign;
pub mod stream;

use navi_protocol::problem::{Code, Problem};

/// Why a call has no usable answer. None of these may let an action run.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The server answered with a problem.
    #[error("{}", .0.detail.as_deref().unwrap_or(&.0.title))]
    Refused(Problem),
    /// No connection.
    #[error("the server at {url} cannot be reached")]
    Unreachable {
        /// Where it was looked for.
        url: String,
        /// Cause.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// No answer in time.
    #[error("the server at {url} did not answer in time")]
    TimedOut {
        /// Who was asked.
        url: String,
    },
    /// An answer that is not the contract's.
    #[error("the server's answer makes no sense: {0}")]
    Nonsense(String),
    /// The URL or token is not usable.
    #[error("the client is set up wrongly: {0}")]
    Setup(String),
}

impl ClientError {
    /// Whether the server cannot have heard the request: no connection was made.
    #[must_use]
    pub fn never_arrived(&self) -> bool {
        match self {
            Self::Unreachable { source, .. } => {
                source.downcast_ref::<reqwest::Error>().is_some_and(reqwest::Error::is_connect)
            }
            Self::Setup(_) => true,
            Self::Refused(_) | Self::TimedOut { .. } | Self::Nonsense(_) => false,
        }
    }

    /// The problem's code, if the server answered with one.
    #[must_use]
    pub fn code(&self) -> Option<Code> {
        match self {
            Self::Refused(problem) => Some(problem.code),
            _ => None,
        }
    }

    /// The credential is not (or no longer) good.
    #[must_use]
    pub fn is_unauthenticated(&self) -> bool {
        self.code() == Some(Code::Unauthenticated)
    }

    /// The stream's epoch is over: a new snapshot is needed.
    #[must_use]
    pub fn is_epoch_gone(&self) -> bool {
        self.code() == Some(Code::EpochGone)
    }
}
