//! `/audit`

use axum::Json;
use axum::extract::{Path, State};
use navi_protocol::Page;
use navi_protocol::audit::{AuditEntry, AuditTrail};
use navi_protocol::problem::Problem;
use navi_store::AuditFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Params, listed, page_size};
use crate::auth::Caller;
use crate::view::audit as view;
use crate::{App, Refusal};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Kinds, joined by commas.
    kind: Option<String>,
    /// By or for this person or agent.
    user: Option<String>,
    /// About this subject.
    subject: Option<String>,
    /// Not before, UTC microseconds.
    from: Option<i64>,
    /// Not after, UTC microseconds.
    to: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<usize>,
}

/// List ledger entries, newest first.
#[utoipa::path(get, path = "/api/governance/audit", operation_id = "list_audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_audit(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    caller.may("list_audit")?;
    let filter = AuditFilter {
        kind: listed(query.kind.as_deref(), "kind of entry")?,
        person: query.user,
        subject: query.subject,
        facets: Vec::new(),
        text: None,
        from: query.from,
        to: query.to,
        cursor: query.cursor,
        limit: page_size(query.limit),
    };
    let as_of = super::ledger::as_of(&app).await?;
    let page = app.store.audit(&filter).await?;
    let items = page.items.iter().map(view::build).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor: page.next, as_of, server_time: app.store.now() }))
}

/// The whole chain of one action: decision, votes, permit, execution.
#[utoipa::path(get, path = "/api/governance/audit/{action_id}", operation_id = "read_audit_trail", tag = "audit",
    params(("action_id" = String, Path)),
    responses((status = 200, body = AuditTrail), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_audit_trail(
    State(app): State<App>,
    caller: Caller,
    Path(action_id): Path<String>,
) -> Result<Json<AuditTrail>, Refusal> {
    caller.may("read_audit_trail")?;
    let entries =
        app.store.chain(&action_id).await?.iter().map(view::build).collect::<Result<Vec<_>, _>>()?;
    if entries.is_empty() {
        return Err(Refusal::not_found("action", &action_id));
    }
    Ok(Json(AuditTrail { action_id, entries }))
}
