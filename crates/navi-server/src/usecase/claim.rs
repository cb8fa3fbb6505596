//! "I am on it": a person claims a pending approval, takes it over, or gives it back. Binds nobody.

use navi_domain::approval::Approval;
use navi_domain::event::EventKind;
use navi_domain::people::Right;
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::json;

use super::{TRIES, commit, event, expire, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Claims; `take_over` replaces somebody else's claim.
///
/// # Errors
/// `claimed`, naming who looks at it; a refusal when it has ended.
pub async fn claim(app: &App, caller: &Caller, id: &str, take_over: bool) -> Result<(), Refusal> {
    person(caller)?;
    for _ in 0..TRIES {
        let (approval, now) = (pending(app, id).await?, app.store.now());
        let claimed = approval.claim(caller.user(), take_over, now)?;
        if claimed == approval {
            return Ok(());
        }
        let before = approval.claimed_by.as_ref().map(|c| c.user.as_str());
        let claim =
            event(EventKind::ApprovalClaimed, caller, id, &links(&approval), json!({"taken_from": before}));
        if commit(app, Change::default().event(claim).put(Record::Approval(claimed))).await?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}

/// Gives one's own claim back.
///
/// # Errors
/// `claimed` by somebody else; a refusal when it has ended.
pub async fn release(app: &App, caller: &Caller, id: &str) -> Result<(), Refusal> {
    for _ in 0..TRIES {
        let (approval, now) = (pending(app, id).await?, app.store.now());
        let released = approval.release(caller.user(), now)?;
        if released == approval {
            return Ok(());
        }
        let release = event(EventKind::ApprovalReleased, caller, id, &links(&approval), json!({}));
        if commit(app, Change::default().event(release).put(Record::Approval(released))).await?.is_some() {
            return Ok(());
        }
    }
    Err(lost_races())
}

/// What people do with an approval, an agent's credential does not, whatever role its token has.
pub(crate) fn person(caller: &Caller) -> Result<(), Refusal> {
    if caller.token.agent.is_some() || !caller.has(Right::SeeOwn) {
        return Err(Refusal::new(Code::Forbidden, "Only a person may do that, not an agent's credential."));
    }
    Ok(())
}

pub(super) async fn pending(app: &App, id: &str) -> Result<Approval, Refusal> {
    expire::current(app, id).await?.ok_or_else(|| Refusal::not_found("approval", id))
}

pub(super) fn links(approval: &Approval) -> [(&'static str, &str); 4] {
    [
        ("approval_id", &approval.id),
        ("action_id", &approval.decision_id),
        ("digest", &approval.digest),
        ("policy_hash", &approval.policy_hash),
    ]
}
