//! "Not now": a person puts a pending request off for themself, or wants to hear of it again. When too few people are
//! left to decide it, the next in line is alerted in the same commit.

use navi_domain::UtcMicros;
use navi_domain::event::EventKind;
use navi_store::{Change, Record};
use serde_json::json;

use super::claim::{links, pending, person};
use super::{TRIES, commit, escalate, event, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Puts it off until an instant, at the latest until a minute before its deadline.
///
/// # Errors
/// `invalid` when the instant has passed or the deadline is too near; a refusal when it has ended.
pub async fn snooze(app: &App, caller: &Caller, id: &str, until: UtcMicros) -> Result<(), Refusal> {
    person(caller)?;
    for _ in 0..TRIES {
        let (approval, now) = (pending(app, id).await?, app.store.now());
        let snoozed = approval.snooze(caller.user(), until, now)?;
        let same = |s: &navi_domain::approval::snooze::Snooze| s.until == until;
        if approval.claimed_by == snoozed.claimed_by
            && approval.snooze_of(caller.user(), now).is_some_and(same)
        {
            return Ok(());
        }
        let until = snoozed.snooze_of(caller.user(), now).map(|s| s.until);
        let put_off =
            event(EventKind::ApprovalSnoozed, caller, id, &links(&approval), json!({"until": until}));
        let (next, alerts) = escalate::hand_over(app, snoozed, now).await?;
        let change = alerts.into_iter().fold(Change::default().event(put_off), Change::event);
        if commit(app, change.put(Record::Approval(next))).await?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}

/// Ends one's own snooze. Without one nothing changes.
///
/// # Errors
/// A refusal when the request has ended.
pub async fn wake(app: &App, caller: &Caller, id: &str) -> Result<(), Refusal> {
    person(caller)?;
    for _ in 0..TRIES {
        let (approval, now) = (pending(app, id).await?, app.store.now());
        let awake = approval.wake(caller.user(), now)?;
        if awake == approval {
            return Ok(());
        }
        let ended = event(EventKind::SnoozeEnded, caller, id, &links(&approval), json!({}));
        if commit(app, Change::default().event(ended).put(Record::Approval(awake))).await?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}
