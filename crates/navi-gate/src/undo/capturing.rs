//! A capture under way on a thread of its own, while the server decides: disk and git work, and nothing runs meanwhile.

use std::path::PathBuf;
use std::time::Duration;

use super::{Held, Subject, capture};
use crate::observe::Looked;

/// A capture that is not wanted any more is waited for this long.
const LONGEST_FAREWELL: Duration = Duration::from_secs(2);

/// What is about to run, for another thread: see [`Subject`].
#[derive(Clone, Debug)]
pub struct About {
    /// Action type.
    pub action_type: String,
    /// Where it runs.
    pub cwd: PathBuf,
    /// Files it says it touches.
    pub files: Vec<PathBuf>,
    /// The exact command.
    pub command: Option<String>,
    /// It changes these files and nothing else.
    pub files_only: bool,
}

impl About {
    /// The same, borrowed.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            action_type: &self.action_type,
            cwd: &self.cwd,
            files: &self.files,
            command: self.command.as_deref(),
            files_only: self.files_only,
        }
    }
}

/// A capture under way.
#[derive(Debug)]
pub struct Capturing(tokio::task::JoinHandle<Option<Held>>);

impl Capturing {
    /// Begins it. `status`: what git says of the work tree now, if anybody asked already.
    #[must_use]
    pub fn begin(about: About, status: Option<Looked>) -> Self {
        let runtime = tokio::runtime::Handle::current();
        let looked = async move {
            let status = match status {
                Some(looked) => looked.await,
                None => None,
            };
            capture(&about.subject(), status.as_ref()).await
        };
        Self(tokio::task::spawn_blocking(move || runtime.block_on(looked)))
    }

    /// What was captured, once it is durable; `None`: there is nothing to undo, or no way.
    pub async fn held(self) -> Option<Held> {
        self.0.await.ok().flatten()
    }

    /// Forgets it: what it was for never began, or is captured anew. A disk that does not answer is not waited for; what it
    /// keeps then is named by nothing.
    pub async fn discard(self) {
        if let Ok(Some(held)) = tokio::time::timeout(LONGEST_FAREWELL, self.held()).await {
            held.discard();
        }
    }
}
