//! `/oncall`

use axum::Json;
use axum::extract::{Path, State};
use navi_domain::oncall::rota::{LONGEST, turns};
use navi_protocol::oncall::{
    CalendarRequest, CalendarView, HandoverView, LineRequest, OnCallView, ScheduleRequest, ShiftRequest,
    TurnView,
};
use navi_protocol::problem::{Code, Problem};
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Body, Params};
use crate::auth::Caller;
use crate::usecase::{handover, oncall};
use crate::view::oncall as view;
use crate::{App, Refusal};

/// Read who is on call, and whom a waiting request alerts.
#[utoipa::path(get, path = "/api/governance/oncall", operation_id = "read_oncall", tag = "oncall",
    responses((status = 200, body = OnCallView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_oncall(State(app): State<App>, caller: Caller) -> Result<Json<OnCallView>, Refusal> {
    caller.may("read_oncall")?;
    let book = app.store.on_call().await?.unwrap_or_default();
    Ok(Json(view::build(&book, app.store.now())))
}

/// Save a schedule: a rota by the wall clock of a zone. Its shifts stay.
#[utoipa::path(put, path = "/api/governance/oncall/schedules/{id}", operation_id = "save_schedule", tag = "oncall",
    params(("id" = String, Path)), request_body = ScheduleRequest,
    responses((status = 200, body = OnCallView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn save_schedule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ScheduleRequest>,
) -> Result<Json<OnCallView>, Refusal> {
    caller.may("save_schedule")?;
    let book = oncall::save_schedule(&app, &caller, &id, &body.value).await?;
    Ok(Json(view::build(&book, app.store.now())))
}

/// Remove a schedule that the line does not alert.
#[utoipa::path(delete, path = "/api/governance/oncall/schedules/{id}", operation_id = "remove_schedule", tag = "oncall",
    params(("id" = String, Path)),
    responses((status = 200, body = OnCallView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn remove_schedule(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<OnCallView>, Refusal> {
    caller.may("remove_schedule")?;
    let book = oncall::remove_schedule(&app, &caller, &id).await?;
    Ok(Json(view::build(&book, app.store.now())))
}

/// A span.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct TurnsQuery {
    /// First instant; absent: now.
    from: Option<i64>,
    /// First instant after it, at most 400 days later; absent: 28 days later.
    to: Option<i64>,
}

/// Lay out who is on call between two instants. Spans without anybody are left out.
#[utoipa::path(get, path = "/api/governance/oncall/schedules/{id}/turns", operation_id = "list_turns", tag = "oncall",
    params(("id" = String, Path), TurnsQuery),
    responses((status = 200, body = Vec<TurnView>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_turns(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    Params(query): Params<TurnsQuery>,
) -> Result<Json<Vec<TurnView>>, Refusal> {
    caller.may("list_turns")?;
    let from = query.from.unwrap_or_else(|| app.store.now());
    let to = query.to.unwrap_or_else(|| from.saturating_add(28 * 24 * 3_600 * 1_000_000));
    if to <= from || to.saturating_sub(from) > LONGEST {
        return Err(Refusal::new(Code::BadRequest, "to lies after from, by at most 400 days."));
    }
    let book = app.store.on_call().await?.unwrap_or_default();
    let schedule = book.schedule(&id).ok_or_else(|| Refusal::not_found("schedule", &id))?;
    Ok(Json(turns(schedule, from, to).iter().map(view::turn).collect()))
}

/// Take a shift over.
#[utoipa::path(post, path = "/api/governance/oncall/schedules/{id}/shifts", operation_id = "take_shift", tag = "oncall",
    params(("id" = String, Path)), request_body = ShiftRequest,
    responses((status = 200, body = OnCallView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn take_shift(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<ShiftRequest>,
) -> Result<Json<OnCallView>, Refusal> {
    caller.may("take_shift")?;
    let book = oncall::take_shift(&app, &caller, &id, &body.value).await?;
    Ok(Json(view::build(&book, app.store.now())))
}

/// Give a shift back.
#[utoipa::path(delete, path = "/api/governance/oncall/schedules/{id}/shifts/{shift_id}", operation_id = "give_shift_back", tag = "oncall",
    params(("id" = String, Path), ("shift_id" = String, Path)),
    responses((status = 200, body = OnCallView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn give_shift_back(
    State(app): State<App>,
    caller: Caller,
    Path((id, shift_id)): Path<(String, String)>,
) -> Result<Json<OnCallView>, Refusal> {
    caller.may("give_shift_back")?;
    let book = oncall::give_back(&app, &caller, &id, &shift_id).await?;
    Ok(Json(view::build(&book, app.store.now())))
}

/// Import a calendar: what was imported before is replaced, from now to a year ahead.
#[utoipa::path(post, path = "/api/governance/oncall/schedules/{id}/calendar", operation_id = "import_calendar", tag = "oncall",
    params(("id" = String, Path)), request_body = CalendarRequest,
    responses((status = 200, body = CalendarView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn import_calendar(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<String>,
    body: Body<CalendarRequest>,
) -> Result<Json<CalendarView>, Refusal> {
    caller.may("import_calendar")?;
    Ok(Json(oncall::import(&app, &caller, &id, &body.value).await?))
}

/// Save whom a waiting request alerts, and how soon it should be answered.
#[utoipa::path(put, path = "/api/governance/oncall/line", operation_id = "save_line", tag = "oncall",
    request_body = LineRequest,
    responses((status = 200, body = OnCallView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn save_line(
    State(app): State<App>,
    caller: Caller,
    body: Body<LineRequest>,
) -> Result<Json<OnCallView>, Refusal> {
    caller.may("save_line")?;
    let book = oncall::save_line(&app, &caller, &body.value).await?;
    Ok(Json(view::build(&book, app.store.now())))
}

/// Read what the next shift takes over: everything that is open now.
#[utoipa::path(get, path = "/api/governance/oncall/handover", operation_id = "read_handover", tag = "oncall",
    responses((status = 200, body = HandoverView), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_handover(State(app): State<App>, caller: Caller) -> Result<Json<HandoverView>, Refusal> {
    caller.may("read_handover")?;
    Ok(Json(handover::sheet(&app, &caller).await?))
}
