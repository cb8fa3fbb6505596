//! Who is on call, for the wire.

use navi_domain::UtcMicros;
use navi_domain::approval::Approval;
use navi_domain::decision::DecisionRecord;
use navi_domain::oncall::line::{Alert, Line, Reach, Step};
use navi_domain::oncall::rota::{self, Turn};
use navi_domain::oncall::{OnCall, Rota, Schedule, Shift};
use navi_domain::people::Role;
use navi_protocol::oncall::{
    AlertView, OnCallView, PendingItem, RotaPart, ScheduleView, ShiftView, StepView, TurnView,
};

use super::{name, title};

/// How far ahead the next turn is looked for.
const AHEAD: i64 = 100 * 24 * 3_600 * 1_000_000;
const WALL_CLOCK: &str = "%Y-%m-%dT%H:%M:%S";

/// Builds the view.
#[must_use]
pub fn build(book: &OnCall, now: UtcMicros) -> OnCallView {
    OnCallView {
        schedules: book.schedules.iter().map(|s| schedule(s, now)).collect(),
        line: book.line.steps.iter().map(step).collect(),
        target_minutes: book.line.target_minutes,
        version: book.version,
        server_time: now,
    }
}

/// A schedule with who is on call now and next.
#[must_use]
pub fn schedule(schedule: &Schedule, now: UtcMicros) -> ScheduleView {
    let mut turns = rota::turns(schedule, now, now + AHEAD).into_iter().peekable();
    let current = turns.next_if(|turn| turn.from == now);
    ScheduleView {
        id: schedule.id.clone(),
        name: schedule.name.clone(),
        zone: schedule.zone.clone(),
        rota: schedule.rota.as_ref().map(rota_part),
        shifts: schedule.shifts.iter().filter(|s| s.to > now).map(shift).collect(),
        now: current.as_ref().map(turn),
        next: turns.next().as_ref().map(turn),
    }
}

fn rota_part(rota: &Rota) -> RotaPart {
    RotaPart {
        people: rota.people.clone(),
        begins: rota.begins.format(WALL_CLOCK).to_string(),
        days: rota.days,
    }
}

/// The rota that a request asks for; `None` when `begins` is no wall clock's reading.
#[must_use]
pub fn rota_of(part: &RotaPart) -> Option<Rota> {
    let read = |format| chrono::NaiveDateTime::parse_from_str(&part.begins, format).ok();
    let begins = read(WALL_CLOCK).or_else(|| read("%Y-%m-%dT%H:%M"))?;
    Some(Rota { people: part.people.clone(), begins, days: part.days })
}

/// A turn.
#[must_use]
pub fn turn(turn: &Turn) -> TurnView {
    TurnView { user: turn.user.clone(), from: turn.from, to: turn.to, origin: name(&turn.origin) }
}

fn shift(shift: &Shift) -> ShiftView {
    ShiftView {
        id: shift.id.clone(),
        user: shift.user.clone(),
        from: shift.from,
        to: shift.to,
        origin: name(&shift.origin),
        by: shift.by.clone(),
    }
}

fn step(step: &Step) -> StepView {
    let (to, name) = match &step.reach {
        Reach::Schedule(id) => ("schedule", id.clone()),
        Reach::User(user) => ("user", user.clone()),
        Reach::Role(role) => ("role", role.as_str().to_owned()),
    };
    StepView { at: step.at, to: to.to_owned(), name }
}

/// The line that a request asks for; `None` when a step reaches no such thing.
#[must_use]
pub fn line_of(steps: &[StepView], target_minutes: u32) -> Option<Line> {
    let step = |step: &StepView| {
        let reach = match step.to.as_str() {
            "schedule" => Reach::Schedule(step.name.clone()),
            "user" => Reach::User(step.name.clone()),
            "role" => Reach::Role(*Role::ALL.iter().find(|role| role.as_str() == step.name)?),
            _ => return None,
        };
        Some(Step { at: step.at, reach })
    };
    Some(Line { steps: steps.iter().map(step).collect::<Option<_>>()?, target_minutes })
}

/// An alert.
#[must_use]
pub fn alert(alert: &Alert) -> AlertView {
    AlertView { step: alert.step, users: alert.users.clone(), cause: name(&alert.cause), at: alert.at }
}

/// A waiting request on the handover sheet.
#[must_use]
pub fn pending(approval: &Approval, record: &DecisionRecord) -> PendingItem {
    PendingItem {
        id: approval.id.clone(),
        title: title::title(&record.action),
        level: approval.level.as_str().to_owned(),
        requester: approval.requester.clone(),
        agent: record.action.agent.clone(),
        created_at: approval.created_at,
        expires_at: approval.expires_at,
        paused_since: approval.frozen_at,
        claimed_by: approval.claimed_by.as_ref().map(|claim| claim.user.clone()),
        alerts: approval.alerts.len(),
        votes: approval.votes.len(),
        quorum: approval.quorum,
        words: title::worded(&record.action).into_iter().collect(),
    }
}
