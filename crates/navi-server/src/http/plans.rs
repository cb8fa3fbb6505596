//! `/plans`

use axum::Json;
use axum::extract::{Path, State};
use navi_domain::people::Right;
use navi_protocol::plans::PlanRunView;
use navi_protocol::problem::Problem;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::Params;
use crate::auth::Caller;
use crate::usecase::plan;
use crate::view::plan as view;
use crate::{App, Refusal};

/// Which.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PlansQuery {
    /// Only those that did not end.
    #[serde(default)]
    open: bool,
}

/// List plans that run or ran, newest first: one's own; everybody's for those who vote or see all.
#[utoipa::path(get, path = "/api/governance/plans", operation_id = "list_plans", tag = "executions",
    params(PlansQuery),
    responses((status = 200, body = Vec<PlanRunView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_plans(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<PlansQuery>,
) -> Result<Json<Vec<PlanRunView>>, Refusal> {
    caller.may("list_plans")?;
    let everybody = caller.has(Right::SeeAll) || caller.has(Right::Vote);
    let own = (!everybody).then(|| caller.user());
    let plans = app.store.plans(own, query.open).await?;
    let now = app.store.now();
    Ok(Json(
        plans.iter().filter(|run| plan::may_see(&caller, run)).map(|run| view::build(run, now)).collect(),
    ))
}

/// Read a plan, with where each of its steps stands.
#[utoipa::path(get, path = "/api/governance/plans/{id}", operation_id = "read_plan", tag = "executions",
    params(("id" = String, Path)),
    responses((status = 200, body = PlanRunView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_plan(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<PlanRunView>, Refusal> {
    caller.may("read_plan")?;
    let run = app.store.plan(&id).await?.filter(|run| plan::may_see(&caller, run));
    let run = run.ok_or_else(|| Refusal::not_found("plan", &id))?;
    Ok(Json(view::build(&run, app.store.now())))
}

/// Take the approval of a plan back, at once: every further step asks.
#[utoipa::path(delete, path = "/api/governance/plans/{id}", operation_id = "revoke_plan", tag = "executions",
    params(("id" = String, Path)),
    responses((status = 200, body = PlanRunView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn revoke_plan(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<PlanRunView>, Refusal> {
    caller.may("revoke_plan")?;
    let run = plan::revoke(&app, &caller, &id).await?;
    Ok(Json(view::build(&run, app.store.now())))
}
