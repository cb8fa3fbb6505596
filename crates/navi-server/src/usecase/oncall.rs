//! Who is on call is changed: schedules, shifts, calendars, the line. Each change is one entry with what it changed.

use std::collections::BTreeMap;

use chrono_tz::Tz;
use navi_domain::UtcMicros;
use navi_domain::event::EventKind;
use navi_domain::oncall::rota::Turn;
use navi_domain::oncall::{OnCall, OnCallError, Origin, Schedule, Shift};
use navi_domain::people::Right;
use navi_protocol::oncall::{
    CalendarRequest, CalendarView, LineRequest, ScheduleRequest, ShiftRequest, SkippedView,
};
use navi_protocol::problem::Code;
use navi_store::{Change, Record};
use serde_json::{Value, json};

use super::{TRIES, claim, commit, event, lost_races};
use crate::auth::Caller;
use crate::view::oncall as view;
use crate::{App, Refusal, calendar};

/// How far ahead a calendar is read.
const AHEAD: i64 = 366 * 24 * 3_600 * 1_000_000;

/// What a change comes to: the new state, and what the entry says of it.
type Changed = Result<(OnCall, Value), Refusal>;

/// Saves a schedule; its shifts stay.
///
/// # Errors
/// `invalid` for what cannot be a schedule; `version_conflict` when somebody else was first.
pub async fn save_schedule(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &ScheduleRequest,
) -> Result<OnCall, Refusal> {
    let rota = request.rota.as_ref().map(|part| {
        let unread = || invalid("begins is a wall clock's reading such as 2026-11-23T09:00.");
        view::rota_of(part).ok_or_else(unread)
    });
    let rota = rota.transpose()?;
    for person in rota.iter().flat_map(|rota| &rota.people) {
        voter(app, person).await?;
    }
    change(app, caller, id, |book, now| {
        same_version(&book, request.version)?;
        let shifts = book.schedule(id).map(|known| known.shifts.clone()).unwrap_or_default();
        let schedule = Schedule {
            id: id.to_owned(),
            name: request.name.trim().to_owned(),
            zone: request.zone.clone(),
            rota: rota.clone(),
            shifts,
        }
        .tidied(now);
        let payload = json!({"saved": schedule, "before": book.schedule(id)});
        Ok((book.with(schedule).map_err(refusal)?, payload))
    })
    .await
}

/// Removes a schedule.
///
/// # Errors
/// `not_found`; `invalid` while the line alerts it.
pub async fn remove_schedule(app: &App, caller: &Caller, id: &str) -> Result<OnCall, Refusal> {
    change(app, caller, id, |book, _| {
        let next = book.without(id).map_err(refusal)?.ok_or_else(|| unknown(id))?;
        Ok((next, json!({"removed": book.schedule(id)})))
    })
    .await
}

/// Saves the line and the target.
///
/// # Errors
/// `invalid` for what cannot be a line; `version_conflict` when somebody else was first.
pub async fn save_line(app: &App, caller: &Caller, request: &LineRequest) -> Result<OnCall, Refusal> {
    let line = view::line_of(&request.line, request.target_minutes)
        .ok_or_else(|| invalid("to is schedule, user or role; a role is one that exists."))?;
    change(app, caller, "line", |book, _| {
        same_version(&book, request.version)?;
        line.validate(&book).map_err(refusal)?;
        let payload = json!({"line": line, "before": book.line});
        Ok((OnCall { line: line.clone(), ..book }, payload))
    })
    .await
}

/// Takes a shift over, oneself or as an admin somebody else.
///
/// # Errors
/// `forbidden` for somebody else; `invalid` for a span that is over, or for somebody who may not vote.
pub async fn take_shift(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &ShiftRequest,
) -> Result<OnCall, Refusal> {
    claim::person(caller)?;
    let user = request.user.as_deref().unwrap_or(caller.user());
    if user != caller.user() && !caller.has(Right::ManagePeople) {
        return Err(Refusal::new(Code::Forbidden, "Only an admin puts somebody else on call."));
    }
    voter(app, user).await?;
    let shift_id = app.entropy.id(app.store.now())?;
    change(app, caller, id, |book, now| {
        let shift = Shift {
            id: shift_id.clone(),
            user: user.to_owned(),
            from: request.from,
            to: request.to,
            origin: Origin::Override,
            by: caller.user().to_owned(),
        };
        if shift.to <= now {
            return Err(invalid("The shift must end in the future."));
        }
        let mut schedule = book.schedule(id).cloned().ok_or_else(|| unknown(id))?.tidied(now);
        let payload = json!({"shift": shift});
        schedule.shifts.push(shift);
        Ok((book.with(schedule).map_err(refusal)?, payload))
    })
    .await
}

/// Gives a shift back: whoever has it, whoever entered it, or an admin.
///
/// # Errors
/// `not_found`; `forbidden` for somebody else's.
pub async fn give_back(app: &App, caller: &Caller, id: &str, shift_id: &str) -> Result<OnCall, Refusal> {
    claim::person(caller)?;
    change(app, caller, id, |book, now| {
        let mut schedule = book.schedule(id).cloned().ok_or_else(|| unknown(id))?.tidied(now);
        let shift = schedule.shifts.iter().find(|shift| shift.id == shift_id).cloned();
        let shift = shift.ok_or_else(|| Refusal::not_found("shift", shift_id))?;
        let own = shift.user == caller.user() || shift.by == caller.user();
        if !own && !caller.has(Right::ManagePeople) {
            return Err(Refusal::new(Code::Forbidden, "Only whose shift it is, or an admin, may do that."));
        }
        schedule.shifts.retain(|known| known.id != shift_id);
        Ok((book.with(schedule).map_err(refusal)?, json!({"given_back": shift})))
    })
    .await
}

/// Replaces the shifts that were imported before by those of a calendar, from now to a year ahead.
///
/// # Errors
/// `invalid` for what is no calendar, or names somebody who may not vote.
pub async fn import(
    app: &App,
    caller: &Caller,
    id: &str,
    request: &CalendarRequest,
) -> Result<CalendarView, Refusal> {
    let now = app.store.now();
    let book = app.store.on_call().await?.unwrap_or_default();
    let zone: Tz = book.schedule(id).ok_or_else(|| unknown(id))?.zone.parse().unwrap_or(Tz::UTC);
    let (found, skipped) = read_calendar(app, request, zone, now).await?;
    let mut shifts = Vec::new();
    for shift in found {
        shifts.push(Shift {
            id: app.entropy.id(now)?,
            user: shift.user,
            from: shift.from,
            to: shift.to,
            origin: Origin::Calendar,
            by: caller.user().to_owned(),
        });
    }
    let turns = shifts.iter().map(|shift| {
        view::turn(&Turn { user: shift.user.clone(), from: shift.from, to: shift.to, origin: shift.origin })
    });
    let answer = CalendarView { shifts: turns.collect(), skipped, saved: !request.dry_run };
    if request.dry_run {
        return Ok(answer);
    }
    change(app, caller, id, |book, now| {
        let mut schedule = book.schedule(id).cloned().ok_or_else(|| unknown(id))?.tidied(now);
        schedule.shifts.retain(|known| known.origin != Origin::Calendar);
        schedule.shifts.extend(shifts.iter().cloned());
        let payload = json!({"imported": shifts, "skipped": answer.skipped});
        Ok((book.with(schedule).map_err(refusal)?, payload))
    })
    .await?;
    Ok(answer)
}

async fn read_calendar(
    app: &App,
    request: &CalendarRequest,
    zone: Tz,
    now: UtcMicros,
) -> Result<(Vec<calendar::Found>, Vec<SkippedView>), Refusal> {
    for person in request.people.values() {
        voter(app, person).await?;
    }
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let mut known: BTreeMap<String, String> = BTreeMap::new();
    for user in app.store.users().await?.iter().filter(|u| rules.may(&u.id, u.role, Right::Vote)) {
        known.insert(user.id.to_lowercase(), user.id.clone());
    }
    known.extend(request.people.iter().map(|(said, user)| (said.to_lowercase(), user.clone())));
    let find = |said: &str| {
        let said = said.trim().to_lowercase();
        let local = said.split_once('@').map(|(local, _)| local.to_owned());
        known.get(&said).or_else(|| known.get(&local?)).cloned()
    };
    let (found, skipped) = calendar::shifts(&request.calendar, zone, &find, (now, now + AHEAD))
        .map_err(|why| invalid(&format!("Nothing was imported: {why}.")))?;
    let skipped = skipped.into_iter().map(|s| SkippedView { what: s.what, why: s.why }).collect();
    Ok((found, skipped))
}

async fn change(
    app: &App,
    caller: &Caller,
    subject: &str,
    edit: impl Fn(OnCall, UtcMicros) -> Changed,
) -> Result<OnCall, Refusal> {
    for _ in 0..TRIES {
        let book = app.store.on_call().await?.unwrap_or_default();
        let (next, payload) = edit(book, app.store.now())?;
        let change = Change::default()
            .event(event(EventKind::OncallChanged, caller, subject, &[], payload))
            .put(Record::OnCall(next.clone()));
        if commit(app, change).await?.is_some() {
            return Ok(OnCall { version: next.version + 1, ..next });
        }
    }
    Err(lost_races())
}

fn same_version(book: &OnCall, claimed: u64) -> Result<(), Refusal> {
    let known = book.version;
    if known == claimed {
        return Ok(());
    }
    let detail =
        format!("Who is on call has version {known}, the change is for version {claimed}. Load it again.");
    Err(Refusal::new(Code::VersionConflict, detail))
}

async fn voter(app: &App, person: &str) -> Result<(), Refusal> {
    let known = crate::rules::voter(app, person).await?;
    known.map(|_| ()).ok_or_else(|| invalid(&format!("{person:?} is nobody who may vote.")))
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn refusal(error: OnCallError) -> Refusal {
    invalid(&format!("It was not saved: {error}."))
}

fn invalid(detail: &str) -> Refusal {
    Refusal::new(Code::Invalid, detail)
}

fn unknown(id: &str) -> Refusal {
    Refusal::not_found("schedule", id)
}
