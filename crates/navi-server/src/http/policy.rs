//! `/policy`

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use navi_domain::action::KNOWN_TYPES;
use navi_domain::people::{Right, Role};
use navi_domain::policy::{AutonomyLevel, AutonomyPolicy, PolicyScope, effective};
use navi_protocol::policy::{PolicyDefaults, PolicyRequest, PolicyView};
use navi_protocol::problem::{Code, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Params, replay};
use crate::auth::Caller;
use crate::usecase::save_policy;
use crate::view::policy as view;
use crate::{App, Refusal};

/// Where.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct RepoQuery {
    /// Only in this repository.
    repo: Option<String>,
}

/// Read the policy in force for a person (or `role:NAME`, `default`). `version` 0: inherited, nothing saved here.
#[utoipa::path(get, path = "/api/governance/policy/{user_id}", operation_id = "read_policy", tag = "policy",
    params(("user_id" = String, Path), RepoQuery),
    responses((status = 200, body = PolicyView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_policy(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<String>,
    Params(query): Params<RepoQuery>,
) -> Result<Json<PolicyView>, Refusal> {
    caller.may("read_policy")?;
    if !caller.has(Right::SeeAll) && user_id != caller.user() {
        return Err(Refusal::new(Code::Forbidden, "You may read your own policy."));
    }
    let scope = PolicyScope::parse(&user_id, query.repo.as_deref());
    if let Some(saved) = app.store.policy(&scope).await? {
        return Ok(Json(view::build(&saved)));
    }
    let role = app.store.user(&user_id).await?.map_or(Role::Developer, |u| u.role);
    let inherited = match &scope {
        PolicyScope::User { user } | PolicyScope::UserRepo { user, .. } => {
            effective(&app.store.policies_for(user, role.as_str(), query.repo.as_deref()).await?)
        }
        PolicyScope::Role { .. } | PolicyScope::Default => {
            app.store.policy(&PolicyScope::Default).await?.unwrap_or_else(AutonomyPolicy::system_default)
        }
    };
    let shown = view::build(&AutonomyPolicy { scope, version: 0, ..inherited.clone() });
    Ok(Json(PolicyView { source: inherited.scope.describe(), ..shown }))
}

/// Save a policy.
#[utoipa::path(put, path = "/api/governance/policy/{user_id}", operation_id = "save_policy", tag = "policy",
    params(("user_id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = PolicyRequest,
    responses((status = 200, body = PolicyView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn save_policy(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<String>,
    body: Body<PolicyRequest>,
) -> Result<Response, Refusal> {
    caller.may("save_policy")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let saved = save_policy::save_policy(&app, &caller, &user_id, &body.value, key.as_ref()).await?;
    Ok(Json(view::build(&saved)).into_response())
}

/// The organisation's default, and what each level means.
#[utoipa::path(get, path = "/api/governance/policy/defaults", operation_id = "read_policy_defaults", tag = "policy",
    responses((status = 200, body = PolicyDefaults), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_policy_defaults(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<PolicyDefaults>, Refusal> {
    caller.may("read_policy_defaults")?;
    let default =
        app.store.policy(&PolicyScope::Default).await?.unwrap_or_else(AutonomyPolicy::system_default);
    let levels =
        [AutonomyLevel::Minimal, AutonomyLevel::Standard, AutonomyLevel::Elevated, AutonomyLevel::Full];
    Ok(Json(PolicyDefaults {
        default: view::build(&default),
        levels: levels.map(|l| view::build(&AutonomyPolicy::of_level(PolicyScope::Default, l))).into(),
        action_types: KNOWN_TYPES.iter().map(|t| (*t).to_owned()).collect(),
    }))
}
