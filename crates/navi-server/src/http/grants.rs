//! `/grants`

use axum::Json;
use axum::extract::{Path, State};
use navi_domain::people::Right;
use navi_protocol::grants::GrantView;
use navi_protocol::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::Params;
use crate::auth::Caller;
use crate::usecase::grant;
use crate::view::grant as view;
use crate::{App, Refusal};

/// Which.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GrantsQuery {
    /// Only those that can be used now.
    #[serde(default)]
    live: bool,
}

/// List grants, newest first: one's own and those one gave; everybody's for those who vote or see all.
#[utoipa::path(get, path = "/api/governance/grants", operation_id = "list_grants", tag = "approvals",
    params(GrantsQuery),
    responses((status = 200, body = Vec<GrantView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_grants(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<GrantsQuery>,
) -> Result<Json<Vec<GrantView>>, Refusal> {
    caller.may("list_grants")?;
    let now = app.store.now();
    let everybody = caller.has(Right::SeeAll) || caller.has(Right::Vote);
    let own = (!everybody).then(|| caller.user());
    let grants = app.store.grants(own, query.live.then_some(now)).await?;
    let seen = grants.iter().filter(|g| !query.live || g.is_live(now)).filter(|g| grant::may_see(&caller, g));
    Ok(Json(seen.map(|g| view::build(g, now)).collect()))
}

/// Take a grant back, at once: permits it issued and that were not used yet end with it.
#[utoipa::path(delete, path = "/api/governance/grants/{id}", operation_id = "revoke_grant", tag = "approvals",
    params(("id" = String, Path)),
    responses((status = 200, body = GrantView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn revoke_grant(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<GrantView>, Refusal> {
    caller.may("revoke_grant")?;
    let revoked = grant::revoke(&app, &caller, &id).await?;
    Ok(Json(view::build(&revoked, app.store.now())))
}
