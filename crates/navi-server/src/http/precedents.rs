//! `/approvals/{id}/precedents`

use axum::Json;
use axum::extract::{Path, State};
use navi_domain::approval::ApprovalStatus;
use navi_domain::people::Right;
use navi_protocol::precedents::PrecedentsView;
use navi_protocol::problem::Problem;
use navi_store::ApprovalFilter;

use super::approvals::visible;
use crate::auth::Caller;
use crate::usecase::background;
use crate::view::precedent;
use crate::{App, Refusal};

/// How many earlier decisions are compared.
const COMPARED: usize = 200;

/// The nearest earlier decisions about the same kind of action in the same repository, and what is new against each.
#[utoipa::path(get, path = "/api/governance/approvals/{id}/precedents", operation_id = "list_precedents", tag = "approvals",
    params(("id" = String, Path)),
    responses((status = 200, body = PrecedentsView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_precedents(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<PrecedentsView>, Refusal> {
    caller.may("list_precedents")?;
    let row = visible(&app, &caller, &id).await?;
    let action = &row.decision.action;
    let filter = ApprovalFilter {
        status: vec![ApprovalStatus::Approved, ApprovalStatus::Rejected],
        requester: (!caller.has(Right::SeeAll)).then(|| caller.user().to_owned()),
        repo: action.repo.clone(),
        action_type: Some(action.action_type.as_str().to_owned()),
        limit: COMPARED,
        ..ApprovalFilter::default()
    };
    let page = app.store.approvals(&filter).await?;
    let mut earlier = page.items;
    // Without a repository the filter asks for any; what was erased has nothing left to compare.
    earlier.retain(|then| {
        then.approval.id != row.approval.id
            && then.approval.created_at <= row.approval.created_at
            && then.decision.action.repo == action.repo
            && then.decision.erased_at.is_none()
    });
    let became =
        background::became(&app, earlier.iter().map(|then| then.decision.id.clone()).collect()).await?;
    Ok(Json(PrecedentsView {
        items: precedent::nearest(&row, &earlier, &became),
        compared: u32::try_from(earlier.len()).unwrap_or(u32::MAX),
        more: page.next.is_some(),
        server_time: app.store.now(),
    }))
}
