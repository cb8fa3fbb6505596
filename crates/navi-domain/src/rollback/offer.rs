//! Whether what ran may be rolled back at all, as far as the record knows. What the target says comes with the rehearsal.

use crate::UtcMicros;
use crate::execution::{Execution, ExecutionStatus};
use crate::fact::Fact;

use super::capture::{Capture, Truth, UNCHANGED};
use super::foreseen::{Because, irreversible};
use super::window::Windows;

/// Why a rollback is not offered.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotOffered {
    /// It still runs, or its gate died.
    #[error("it has not ended yet")]
    StillRuns,
    /// Nothing was captured.
    #[error("nothing was captured that could be undone")]
    NothingCaptured,
    /// It was watched, and changed nothing that is captured.
    #[error("it changed nothing that is captured, so there is nothing to undo")]
    NothingChanged,
    /// The way back does not exist.
    #[error("it cannot be undone: {0}")]
    Impossible(String),
    /// Too late.
    #[error("its window of {minutes} minutes is over")]
    WindowClosed {
        /// How long it was.
        minutes: u32,
    },
    /// Somebody else rolled it back, or is doing so.
    #[error("it was rolled back before, or a rollback of it is under way ({0})")]
    AlreadyAsked(String),
}

impl NotOffered {
    /// Stable name.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::StillRuns => "still_runs",
            Self::NothingCaptured => "nothing_captured",
            Self::NothingChanged => "nothing_changed",
            Self::Impossible(_) => "impossible",
            Self::WindowClosed { .. } => "window_closed",
            Self::AlreadyAsked(_) => "already_asked",
        }
    }
}

/// A rollback that may be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What was captured.
    pub capture: Capture,
    /// How sure the way back is, by what was captured.
    pub truth: Truth,
    /// Until when it may be asked for.
    pub closes_at: UtcMicros,
}

/// Whether an execution may be rolled back now. `facts` are those of its decision, `outside` the evidence of what reached
/// others; `asked` names a rollback of it that was carried out or is under way.
///
/// # Errors
/// [`NotOffered`]
pub fn offer(
    execution: &Execution,
    (facts, outside): (&[Fact], &[String]),
    windows: Windows<'_>,
    asked: Option<&str>,
    now: UtcMicros,
) -> Result<Offer, NotOffered> {
    let Some(ended_at) = execution.finished_at.filter(|_| execution.status != ExecutionStatus::Started)
    else {
        return Err(NotOffered::StillRuns);
    };
    let capture =
        Capture::of(&execution.artifacts).filter(|capture| !capture.parts.is_empty()).ok_or_else(|| {
            match execution.artifacts.get(UNCHANGED) {
                Some(serde_json::Value::Bool(true)) => NotOffered::NothingChanged,
                _ => NotOffered::NothingCaptured,
            }
        })?;
    if let Some(id) = asked {
        return Err(NotOffered::AlreadyAsked(id.to_owned()));
    }
    if let Some((because, evidence)) = irreversible(facts, outside) {
        let evidence = evidence.first().map_or("", String::as_str);
        let found = match because {
            Because::DestroysData => "destroys data",
            Because::ExposesSecret => "exposes a secret",
            _ => "reaches others, which cannot be called back",
        };
        return Err(NotOffered::Impossible(format!("the server found that it {found} ({evidence})")));
    }
    let truth = match capture.truth() {
        Truth::Impossible { why } => return Err(NotOffered::Impossible(why)),
        truth => truth,
    };
    let closes_at = windows.closes_at(&execution.action_type, ended_at);
    if now >= closes_at {
        return Err(NotOffered::WindowClosed { minutes: windows.minutes(&execution.action_type) });
    }
    Ok(Offer { capture, truth, closes_at })
}

/// Executions after this one that touched the same thing where it ran, oldest first: they may rest on it.
#[must_use]
pub fn dependents<'a>(of: &Execution, capture: &Capture, later: &'a [Execution]) -> Vec<&'a Execution> {
    let mut found: Vec<&Execution> = later
        .iter()
        .filter(|e| e.id != of.id && e.started_at >= of.started_at && e.finished_at.is_some())
        .filter(|e| Capture::of(&e.artifacts).is_some_and(|c| c.overlaps(capture)))
        .collect();
    found.sort_by_key(|e| e.started_at);
    found
}
