//! `/approvals`

use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use navi_domain::SECOND;
use navi_domain::approval::ApprovalStatus;
use navi_domain::people::Right;
use navi_protocol::Page;
use navi_protocol::approvals::{ApprovalView, FloodView, QueueStatus, VoteRequest, VoteResponse};
use navi_protocol::problem::Problem;
use navi_store::{ApprovalFilter, ApprovalRow};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Params, listed, page_size, replay};
use crate::auth::Caller;
use crate::usecase::{cancel, cast_vote, expire};
use crate::view::{approval as view, discussion, told};
use crate::{App, Refusal};

/// Which approvals.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ListQuery {
    /// `pending`, `approved` …, joined by commas; absent: pending; `all`: every state.
    status: Option<String>,
    /// `low` …, joined by commas.
    level: Option<String>,
    /// Only this repository.
    repo: Option<String>,
    /// Only this action type.
    action_type: Option<String>,
    /// Only this person's requests.
    requester: Option<String>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<usize>,
}

/// List approvals, newest first.
#[utoipa::path(get, path = "/api/governance/approvals", operation_id = "list_approvals", tag = "approvals",
    params(ListQuery),
    responses((status = 200, body = Page<ApprovalView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_approvals(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<ListQuery>,
) -> Result<Json<Page<ApprovalView>>, Refusal> {
    caller.may("list_approvals")?;
    let status = match query.status.as_deref() {
        None => vec![ApprovalStatus::Pending],
        Some("all") => Vec::new(),
        names => listed(names, "state of an approval")?,
    };
    let own = (!caller.has(Right::SeeAll)).then(|| caller.user().to_owned());
    let filter = ApprovalFilter {
        status,
        requester: own.or(query.requester),
        level: listed(query.level.as_deref(), "level")?,
        repo: query.repo,
        action_type: query.action_type,
        cursor: query.cursor,
        limit: page_size(query.limit),
    };
    // Read before the rows: a change in between comes again on the stream.
    let as_of = super::ledger::as_of(&app).await?;
    let (page, voters) = (app.store.approvals(&filter).await?, view::voters(&app).await?);
    let mut items = Vec::with_capacity(page.items.len());
    for row in &page.items {
        items.push(view::for_caller(&app, &caller, row, &voters).await?);
    }
    Ok(Json(Page { items, next_cursor: page.next, as_of, server_time: app.store.now() }))
}

/// How many wait.
#[utoipa::path(get, path = "/api/governance/approvals/status", operation_id = "read_approval_queue", tag = "approvals",
    responses((status = 200, body = QueueStatus), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_approval_queue(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<QueueStatus>, Refusal> {
    caller.may("read_approval_queue")?;
    let own = (!caller.has(Right::SeeAll)).then(|| caller.user().to_owned());
    let counts = app.store.approval_counts(own.as_deref()).await?;
    let most = u64::from(app.store.org_settings().await?.unwrap_or_default().max_open_per_agent);
    let floods = counts.pending_by_agent.iter().filter(|(_, (open, _))| *open >= most);
    let flood = |(agent, (open, since)): (&String, &(u64, i64))| FloodView {
        agent: agent.clone(),
        open: *open,
        since: *since,
    };
    let now = app.store.now();
    let age = |at: i64| u64::try_from((now - at) / SECOND).unwrap_or(0);
    Ok(Json(QueueStatus {
        pending: counts.by_status.get("pending").copied().unwrap_or(0),
        pending_by_level: view::counts(&counts.pending_by_level),
        by_status: view::counts(&counts.by_status),
        floods: floods.map(flood).collect(),
        oldest_pending_secs: counts.oldest_pending_at.map(age),
        server_time: now,
    }))
}

/// How long to wait.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WaitQuery {
    /// Answer when it is no longer pending, or after this many seconds (at most 60).
    wait: Option<u64>,
    /// The version that was seen: answer also when it has another one (a vote, a question, more time).
    seen: Option<u64>,
}

/// Read one approval, optionally waiting for its end.
#[utoipa::path(get, path = "/api/governance/approvals/{id}", operation_id = "read_approval", tag = "approvals",
    params(("id" = String, Path), WaitQuery),
    responses((status = 200, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_approval(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<WaitQuery>,
) -> Result<Json<ApprovalView>, Refusal> {
    caller.may("read_approval")?;
    let mut head = app.store.watch_head();
    let wait = Duration::from_secs(query.wait.unwrap_or(0).min(60));
    let deadline = tokio::time::Instant::now() + wait;
    loop {
        head.borrow_and_update();
        let row = visible(&app, &caller, &id).await?;
        let news = query.seen.is_some_and(|seen| seen != row.approval.version);
        let ended = row.approval.status != ApprovalStatus::Pending;
        if ended || news || tokio::time::Instant::now() >= deadline {
            return whole(&app, &caller, &row).await;
        }
        // Its own expiry is looked for at least once a second, whatever the job does.
        let next = deadline.min(tokio::time::Instant::now() + Duration::from_secs(1));
        let _ = tokio::time::timeout_at(next, head.changed()).await;
    }
}

/// An approval that the caller may see, with its discussion.
pub(super) async fn shown(app: &App, caller: &Caller, id: &str) -> Result<Json<ApprovalView>, Refusal> {
    whole(app, caller, &visible(app, caller, id).await?).await
}

async fn whole(app: &App, caller: &Caller, row: &ApprovalRow) -> Result<Json<ApprovalView>, Refusal> {
    let voters = view::voters(app).await?;
    let discussion = discussion::read(app, &row.approval).await?;
    let view = view::for_caller(app, caller, row, &voters).await?;
    let told = if row.approval.status == ApprovalStatus::Pending {
        let (news, desks) = (app.store.deliveries(&view.id).await?, app.store.desks().await?);
        told::told(&view.deciders, &view.digest, &news, &desks, &app.presence.places(), app.store.now())
    } else {
        Vec::new()
    };
    Ok(Json(ApprovalView { discussion, told, ..view }))
}

pub(super) async fn visible(app: &App, caller: &Caller, id: &str) -> Result<ApprovalRow, Refusal> {
    let unknown = || Refusal::not_found("approval", id);
    let approval = expire::current(app, id).await?.ok_or_else(unknown)?;
    if !caller.has(Right::SeeAll) && approval.requester != caller.user() {
        return Err(unknown());
    }
    let decision = app.store.decision(&approval.decision_id).await?.ok_or_else(unknown)?;
    Ok(ApprovalRow { approval, decision })
}

/// Cast a signed vote.
#[utoipa::path(post, path = "/api/governance/approvals/{id}", operation_id = "cast_vote", tag = "approvals",
    params(("id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = VoteRequest,
    responses((status = 200, body = VoteResponse), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn cast_vote(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<VoteRequest>,
) -> Result<Response, Refusal> {
    caller.may("cast_vote")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    Ok(Json(cast_vote::cast_vote(&app, &caller, &id, &body.value, key.as_ref()).await?).into_response())
}

/// Withdraw one's own request.
#[utoipa::path(delete, path = "/api/governance/approvals/{id}", operation_id = "cancel_approval", tag = "approvals",
    params(("id" = String, Path)),
    responses((status = 200, body = ApprovalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn cancel_approval(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<ApprovalView>, Refusal> {
    caller.may("cancel_approval")?;
    cancel::cancel(&app, &caller, &id).await?;
    shown(&app, &caller, &id).await
}
