//! `/policy`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use navi_domain::action::KNOWN_TYPES;
use navi_domain::decision::AUTO_ALLOW_CEILING;
use navi_domain::people::Right;
use navi_domain::policy::{AutonomyLevel, AutonomyPolicy, PolicyScope};
use navi_protocol::policy::{PolicyDefaults, PolicyRequest, PolicyVersion, PolicyView, RevertRequest};
use navi_protocol::preview::{PreviewRequest, PreviewView};
use navi_protocol::problem::{Code, Problem};
use navi_protocol::proposals::ProposalView;
use navi_protocol::suggestions::SuggestionView;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::extract::{Body, Params, replay};
use crate::auth::Caller;
use crate::usecase::policy_in_force::locks::locks;
use crate::usecase::policy_in_force::policy_in_force;
use crate::usecase::save_policy::{self, Answer};
use crate::usecase::{policy_history, preview, suggest};
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
    own_or_all(&caller, &user_id)?;
    let scope = PolicyScope::parse(&user_id, query.repo.as_deref());
    let found = policy_in_force(&app, &scope).await?;
    let locks = locks(&app, &scope).await?;
    Ok(Json(PolicyView { locks, ..view::in_force(scope, &found.in_force) }))
}

/// Save a policy. Where the organisation asks for a second person, what is looser only becomes a proposal (202).
#[utoipa::path(put, path = "/api/governance/policy/{user_id}", operation_id = "save_policy", tag = "policy",
    params(("user_id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = PolicyRequest,
    responses((status = 200, body = PolicyView), (status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
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
    let answer = save_policy::save_policy(&app, &caller, &user_id, &body.value, key.as_ref()).await?;
    Ok(answered(&answer, view::build))
}

/// Every saved version of a policy, newest first, with what changed.
#[utoipa::path(get, path = "/api/governance/policy/{user_id}/history", operation_id = "read_policy_history", tag = "policy",
    params(("user_id" = String, Path), RepoQuery),
    responses((status = 200, body = Vec<PolicyVersion>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_policy_history(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<String>,
    Params(query): Params<RepoQuery>,
) -> Result<Json<Vec<PolicyVersion>>, Refusal> {
    caller.may("read_policy_history")?;
    own_or_all(&caller, &user_id)?;
    let scope = PolicyScope::parse(&user_id, query.repo.as_deref());
    Ok(Json(policy_history::history(&app, &scope).await?))
}

/// Save an older version of a policy as the newest.
#[utoipa::path(post, path = "/api/governance/policy/{user_id}/revert", operation_id = "revert_policy", tag = "policy",
    params(("user_id" = String, Path), ("Idempotency-Key" = Option<String>, Header, description = "A repeat with the same key and body gets the first answer for 24 hours.")), request_body = RevertRequest,
    responses((status = 200, body = PolicyView), (status = 202, body = ProposalView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn revert_policy(
    State(app): State<App>,
    caller: Caller,
    Path(user_id): Path<String>,
    body: Body<RevertRequest>,
) -> Result<Response, Refusal> {
    caller.may("revert_policy")?;
    let key = body.remember(&caller);
    if let Some(first) = replay(&app, key.as_ref()).await? {
        return Ok(first);
    }
    let answer = save_policy::revert(&app, &caller, &user_id, &body.value, key.as_ref()).await?;
    Ok(answered(&answer, view::build))
}

/// Try a draft on recorded decisions: what would have run alone, asked or been blocked. Nothing is saved.
#[utoipa::path(post, path = "/api/governance/policy/preview", operation_id = "preview_policy", tag = "policy",
    request_body = PreviewRequest,
    responses((status = 200, body = PreviewView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn preview_policy(
    State(app): State<App>,
    caller: Caller,
    body: Body<PreviewRequest>,
) -> Result<Json<PreviewView>, Refusal> {
    caller.may("preview_policy")?;
    Ok(Json(preview::preview(&app, &body.value).await?))
}

/// What people always approved, each with the policy that would stop asking. Nothing is applied by itself.
#[utoipa::path(get, path = "/api/governance/policy/suggestions", operation_id = "list_suggestions", tag = "policy",
    responses((status = 200, body = Vec<SuggestionView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_suggestions(
    State(app): State<App>,
    caller: Caller,
) -> Result<Json<Vec<SuggestionView>>, Refusal> {
    caller.may("list_suggestions")?;
    if !caller.has(Right::ReadPolicy) {
        return Err(Refusal::new(Code::Forbidden, "Suggestions show policies, which you may not read."));
    }
    Ok(Json(suggest::suggest(&app).await?))
}

/// The view of what is in force now, or (202) the proposal that waits for a second person.
pub(super) fn answered<T, V: Serialize>(answer: &Answer<T>, view: impl Fn(&T) -> V) -> Response {
    match answer {
        Answer::Saved(saved) => Json(view(saved)).into_response(),
        Answer::Proposed(proposal) => {
            (StatusCode::ACCEPTED, Json(crate::view::proposal::build(proposal))).into_response()
        }
    }
}

/// People without the right to see all read their own policy.
fn own_or_all(caller: &Caller, user_id: &str) -> Result<(), Refusal> {
    if caller.has(Right::SeeAll) || user_id == caller.user() {
        return Ok(());
    }
    Err(Refusal::new(Code::Forbidden, "You may read your own policy."))
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
        auto_allow_ceiling: crate::view::score(AUTO_ALLOW_CEILING),
    }))
}
