//! Rolling back what ran. Somebody wishes it, a runner where it ran rehearses it, the rehearsed plan is decided like every
//! other action, and the runner begins with the permit that comes of it. The server undoes nothing itself.

pub mod available;
pub mod end;
pub mod plan;
pub mod request;
pub mod start;
pub mod work;

use navi_domain::approval::ApprovalStatus;
use navi_domain::decision::DecisionRecord;
use navi_domain::execution::Execution;
use navi_domain::people::Right;
use navi_domain::permit::{Permit, PermitStatus};
use navi_domain::rollback::offer::offer;
use navi_domain::rollback::{NotOffered, Offer, RUNNER_WITHIN, Rollback, RollbackStatus, Windows};
use navi_protocol::problem::Code;
use sha2::{Digest, Sha256};

use crate::auth::Caller;
use crate::view::reach::reach;
use crate::{App, Refusal};

/// Where a rollback stands, with what its approval and its permit say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phase {
    /// See [`navi_protocol::rollback::RollbackView::status`].
    pub status: &'static str,
    /// Nothing follows by itself.
    pub over: bool,
    /// Why, where that is not plain.
    pub why: Option<String>,
}

impl Phase {
    fn new(status: &'static str, over: bool, why: Option<&str>) -> Self {
        Self { status, over, why: why.map(str::to_owned) }
    }
}

/// Where a rollback stands now.
///
/// # Errors
/// The store's refusal.
pub async fn phase(app: &App, rollback: &Rollback) -> Result<Phase, Refusal> {
    match rollback.status {
        RollbackStatus::Planning if app.store.now() > rollback.requested_at + RUNNER_WITHIN => {
            let why = "no runner came for it; start `navi-gate runner` where it ran";
            Ok(Phase::new("expired", true, Some(why)))
        }
        RollbackStatus::Decided => decided(app, rollback).await,
        status => {
            let told = rollback.outcome.as_ref().and_then(|o| o.why.as_deref());
            Ok(Phase::new(status.as_str(), status.is_over(), told.or(rollback.refused.as_deref())))
        }
    }
}

async fn decided(app: &App, rollback: &Rollback) -> Result<Phase, Refusal> {
    if let Some(id) = &rollback.approval_id {
        let approval = app.store.approval(id).await?;
        match approval.map_or(ApprovalStatus::Cancelled, |a| a.status) {
            ApprovalStatus::Pending => return Ok(Phase::new("waiting", false, None)),
            ApprovalStatus::Approved => {}
            ApprovalStatus::Rejected => return Ok(Phase::new("rejected", true, None)),
            ApprovalStatus::Expired => {
                return Ok(Phase::new("expired", true, Some("nobody decided in time")));
            }
            ApprovalStatus::Superseded | ApprovalStatus::Cancelled => {
                return Ok(Phase::new("cancelled", true, None));
            }
        }
    }
    let permit = permit_of(app, rollback).await?;
    let late = || Phase::new("expired", true, Some("no runner began it while its permit was good"));
    Ok(match permit {
        Some(p)
            if p.status == PermitStatus::Issued
                && (p.frozen_at.is_some() || app.store.now() <= p.expires_at) =>
        {
            Phase::new("approved", false, p.frozen_at.map(|_| "a freeze covers it"))
        }
        Some(p) if p.status == PermitStatus::Revoked => Phase::new("revoked", true, None),
        _ => late(),
    })
}

/// The permit that a rollback rests on.
async fn permit_of(app: &App, rollback: &Rollback) -> Result<Option<Permit>, Refusal> {
    if let Some(id) = &rollback.approval_id {
        return Ok(app.store.permit_of_approval(id).await?);
    }
    let Some(id) = &rollback.decision_id else { return Ok(None) };
    let Some(permit) = app.store.decision(id).await?.and_then(|d| d.permit_id) else { return Ok(None) };
    Ok(app.store.permit(&permit).await?)
}

/// A rollback of an execution that stands in the way of another one.
async fn in_the_way(app: &App, execution_id: &str) -> Result<Option<String>, Refusal> {
    for rollback in app.store.rollbacks_of(execution_id).await? {
        if rollback.dry_run {
            continue;
        }
        if rollback.has_begun() || !phase(app, &rollback).await?.over {
            return Ok(Some(rollback.id));
        }
    }
    Ok(None)
}

/// Whether an execution may be rolled back now, by the record.
async fn offered(
    app: &App,
    execution: &Execution,
    decision: &DecisionRecord,
) -> Result<Result<Offer, NotOffered>, Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let windows = Windows(&rules.settings.rollback_minutes);
    let asked = in_the_way(app, &execution.id).await?;
    let outside: Vec<String> = reach(decision).outside.into_iter().map(|one| one.from).collect();
    Ok(offer(execution, (&decision.facts, &outside), windows, asked.as_deref(), app.store.now()))
}

/// The rollback of this id, if the runner's key is that of its place.
async fn at_place(app: &App, caller: &Caller, id: &str, place_key: &str) -> Result<Rollback, Refusal> {
    let unknown = || Refusal::not_found("rollback", id);
    let rollback = app.store.rollback(id).await?.ok_or_else(unknown)?;
    if rollback.capture.place != place(place_key) {
        return Err(unknown());
    }
    own_credential(caller, &rollback)?;
    Ok(rollback)
}

/// Whoever wants something undone does not also report that it was.
fn own_credential(caller: &Caller, rollback: &Rollback) -> Result<(), Refusal> {
    if caller.token.id != rollback.token_id {
        return Ok(());
    }
    let detail = "A runner has a credential of its own; this one asked for the rollback.";
    Err(Refusal::new(Code::Forbidden, detail))
}

/// Name of the place with this key; the gate names its place alike.
#[must_use]
pub fn place(key: &str) -> String {
    hex::encode(Sha256::new().chain_update(b"navi/place/v1\n").chain_update(key).finalize())
}

/// Whether somebody may know of what ran for a person.
#[must_use]
pub fn may_see(caller: &Caller, user: &str) -> bool {
    user == caller.user() || caller.has(Right::SeeAll)
}
