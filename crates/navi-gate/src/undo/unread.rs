//! Declared targets that could not be read around a run. They have no way back, and nobody is to believe that they do: it
//! is named among what stays, or is the reason why nothing is offered.

use navi_domain::rollback::{Part, Strategy, Truth};
use serde::{Deserialize, Serialize};

use super::{How, Step};

/// One of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Unread {
    strategy: Strategy,
    target: String,
    why: String,
}

impl Unread {
    /// `what` could not be read before or after a run; it is told on stderr too.
    pub fn new(strategy: Strategy, target: String, what: &str, when: &str, error: &anyhow::Error) -> Self {
        let why = format!("{what} could not be read {when} the run, so that it has no way back: {error:#}");
        eprintln!("[navi] {why}");
        Self { strategy, target, why }
    }

    /// It was changed, and `why` it cannot be brought back.
    pub fn changed(strategy: Strategy, target: &str, why: String) -> Self {
        Self { strategy, target: target.to_owned(), why }
    }
}

/// Adds them to what a run left: beside steps they are what stays, alone they are why nothing can be undone.
pub(super) fn add(unread: Vec<Unread>, steps: &mut Vec<Step>) {
    if let Some(first) = steps.first_mut() {
        first.part.leaves.extend(unread.into_iter().map(|one| one.why));
        return;
    }
    steps.extend(unread.into_iter().map(|one| {
        let part = Part::new(one.strategy, &one.target, "not read", "not read", Truth::impossible(one.why));
        Step { part, how: How::Nothing }
    }));
}
