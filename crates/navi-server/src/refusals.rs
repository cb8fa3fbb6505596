//! Who was turned away at the door: bad credentials, bad invites, and rights that a caller does not have. Each becomes an
//! entry of the ledger, at most one a minute for the same thing, with how often it happened: a flood of them cannot fill
//! the ledger. What was counted and not written yet is lost with the process; that it happened at all is not, because the
//! first is written within a second.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use navi_domain::event::{Event, EventKind};
use navi_domain::{SECOND, UtcMicros};
use navi_store::Change;
use serde_json::json;

use crate::{App, Refusal};

/// The same thing is written at most this often.
const PAUSE: UtcMicros = 60 * SECOND;
/// Different things that are counted at once; further ones are counted together.
const MOST: usize = 500;

/// What was refused to whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Tried {
    kind: EventKind,
    actor: String,
    subject: String,
    why: &'static str,
}

#[derive(Clone, Copy, Debug, Default)]
struct Times {
    /// Not written yet.
    open: u64,
    /// Of the last entry.
    written_at: Option<UtcMicros>,
}

/// Counts, until they are written.
#[derive(Debug, Default)]
pub struct Refusals(Mutex<BTreeMap<Tried, Times>>);

impl Refusals {
    /// A credential that is none, or no longer good. `actor`: whose it was, if that is known.
    pub fn login(&self, actor: Option<&str>, subject: &str, why: &'static str) {
        self.count(EventKind::LoginFailed, actor.unwrap_or("system"), subject, why);
    }

    /// A caller that asked for what its role may not.
    pub fn access(&self, actor: &str, operation: &str) {
        self.count(EventKind::RequestRefused, actor, operation, "the role does not allow it");
    }

    fn count(&self, kind: EventKind, actor: &str, subject: &str, why: &'static str) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tried = Tried { kind, actor: actor.to_owned(), subject: subject.to_owned(), why };
        if counts.len() >= MOST && !counts.contains_key(&tried) {
            tried = Tried { actor: "system".to_owned(), subject: "others".to_owned(), ..tried };
        }
        counts.entry(tried).or_default().open += 1;
    }

    /// What is to be written now.
    fn due(&self, now: UtcMicros) -> Vec<(Tried, u64)> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.retain(|_, times| times.open > 0 || times.written_at.is_none_or(|at| now - at < PAUSE));
        let rested = |times: &Times| times.written_at.is_none_or(|at| now - at >= PAUSE);
        let mut due = Vec::new();
        for (tried, times) in counts.iter_mut().filter(|(_, times)| times.open > 0 && rested(times)) {
            due.push((tried.clone(), std::mem::take(&mut times.open)));
            times.written_at = Some(now);
        }
        due
    }
}

/// Writes what is due.
///
/// # Errors
/// The store's refusal; what was due is lost then, and counted anew when it happens again.
pub async fn record(app: &App) -> Result<(), Refusal> {
    let due = app.refusals.due(app.store.now());
    if due.is_empty() {
        return Ok(());
    }
    let event = |(tried, times): (Tried, u64)| Event {
        kind: tried.kind,
        actor: tried.actor,
        on_behalf_of: None,
        subject: tried.subject,
        links: BTreeMap::new(),
        payload: json!({"why": tried.why, "times": times}),
    };
    let change = due.into_iter().map(event).fold(Change::default(), Change::event);
    app.store.commit(change).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_becomes_one_entry_a_minute_and_no_count_is_lost() {
        let refusals = Refusals::default();
        for _ in 0..1_000 {
            refusals.login(None, "credential", "unknown");
        }
        let times = |due: Vec<(Tried, u64)>| due.into_iter().map(|(_, times)| times).collect::<Vec<_>>();
        assert_eq!(times(refusals.due(0)), [1_000]);
        refusals.login(None, "credential", "unknown");
        assert!(refusals.due(PAUSE - 1).is_empty());
        refusals.login(Some("ana"), "token-1", "revoked");
        assert_eq!(times(refusals.due(PAUSE - 1)), [1]);
        assert_eq!(times(refusals.due(PAUSE)), [1]);
        assert!(refusals.due(10 * PAUSE).is_empty());
        assert!(refusals.0.lock().unwrap().is_empty(), "what is over is forgotten");
        for n in 0..2 * MOST {
            refusals.access("ana", &format!("operation-{n}"));
        }
        let all = refusals.due(20 * PAUSE);
        assert_eq!(all.iter().map(|(_, times)| times).sum::<u64>(), 2 * MOST as u64);
        assert!(all.len() <= MOST + 1);
    }
}
