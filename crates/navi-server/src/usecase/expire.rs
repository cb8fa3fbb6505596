//! Time runs out: pending approvals and unused permits end, on a timer and whenever somebody looks.

use navi_domain::approval::Approval;
use navi_domain::event::EventKind;
use navi_domain::permit::Permit;
use navi_store::{Change, Record};
use serde_json::json;

use super::{commit, system_event};
use crate::{App, Refusal};

/// Ends everything whose time is over.
///
/// # Errors
/// The store's refusal; what was not ended is ended the next time.
pub async fn all_due(app: &App) -> Result<(), Refusal> {
    let now = app.store.now();
    for approval in app.store.approvals_due(now).await? {
        expire_approval(app, &approval).await?;
    }
    for permit in app.store.permits_due(now).await? {
        expire_permit(app, &permit).await?;
    }
    Ok(())
}

/// An approval as it is now: one whose time is over is ended first.
///
/// # Errors
/// The store's refusal.
pub async fn current(app: &App, id: &str) -> Result<Option<Approval>, Refusal> {
    let Some(approval) = app.store.approval(id).await? else { return Ok(None) };
    if expire_approval(app, &approval).await? {
        return app.store.approval(id).await.map_err(Refusal::from);
    }
    Ok(Some(approval))
}

async fn expire_approval(app: &App, approval: &Approval) -> Result<bool, Refusal> {
    let Some(expired) = approval.expire(app.store.now()) else { return Ok(false) };
    let links = super::claim::links(approval);
    let payload = json!({"expires_at": approval.expires_at});
    let event = system_event(EventKind::ApprovalExpired, &approval.id, &links, payload);
    commit(app, Change::default().put(Record::Approval(expired)).event(event)).await?;
    Ok(true)
}

async fn expire_permit(app: &App, permit: &Permit) -> Result<(), Refusal> {
    let Some(expired) = permit.expire(app.store.now()) else { return Ok(()) };
    let links = [
        ("action_id", permit.decision_id.as_str()),
        ("approval_id", permit.approval_id.as_deref().unwrap_or_default()),
        ("digest", permit.digest.as_str()),
        ("policy_hash", permit.policy_hash.as_str()),
    ];
    let event =
        system_event(EventKind::PermitExpired, &permit.id, &links, json!({"expires_at": permit.expires_at}));
    commit(app, Change::default().put(Record::Permit(expired)).event(event)).await?;
    Ok(())
}
