//! `/audit/insights`

use axum::Json;
use axum::extract::State;
use navi_protocol::insights::Insights;
use navi_protocol::problem::Problem;
use navi_store::CounterFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::Params;
use crate::auth::Caller;
use crate::usecase::insights;
use crate::{App, Refusal};

/// Which period.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InsightsQuery {
    /// From the day of this instant (UTC microseconds); 30 days before `to` when absent.
    from: Option<i64>,
    /// To the day of this instant; today when absent.
    to: Option<i64>,
    /// Only actions of this repository.
    repo: Option<String>,
    /// Only actions that this agent asked for.
    agent: Option<String>,
}

/// What the ledger says about whole UTC days: risk, decisions, outcomes, people and agents.
#[utoipa::path(get, path = "/api/governance/audit/insights", operation_id = "read_insights", tag = "audit", params(InsightsQuery),
    responses((status = 200, body = Insights), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_insights(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<InsightsQuery>,
) -> Result<Json<Insights>, Refusal> {
    caller.may("read_insights")?;
    let of = CounterFilter { repo: query.repo, agent: query.agent };
    Ok(Json(insights::insights(&app, (query.from, query.to), of).await?))
}
