//! `/oncall`: who is on call, whom a waiting request alerts, and what the next shift takes over.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::bypass::BypassView;
use crate::envelopes::EnvelopeView;
use crate::freeze::FreezeView;
use crate::grants::GrantView;
use crate::proposals::ProposalView;
use crate::words::Worded;

/// `GET /oncall`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OnCallView {
    /// By id.
    pub schedules: Vec<ScheduleView>,
    /// Whom a waiting request alerts, in order.
    pub line: Vec<StepView>,
    /// How soon a request should be answered, in minutes.
    pub target_minutes: u32,
    /// Row version, to be sent back with a change; 0: nothing was saved.
    pub version: u64,
    /// Server time when this was built.
    pub server_time: i64,
}

/// A schedule, with who is on call now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ScheduleView {
    /// Id.
    pub id: String,
    /// In words.
    pub name: String,
    /// IANA time zone whose wall clock it follows.
    pub zone: String,
    /// The rota, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rota: Option<RotaPart>,
    /// Shifts taken over or imported that have not ended.
    pub shifts: Vec<ShiftView>,
    /// Who is on call now, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<TurnView>,
    /// Who is next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<TurnView>,
}

/// People who take turns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RotaPart {
    /// In turn.
    pub people: Vec<String>,
    /// First handover by the schedule's wall clock: `2026-11-23T09:00:00`.
    pub begins: String,
    /// Length of a turn in days, 1–90; absent: 7.
    #[serde(default = "week")]
    pub days: u16,
}

fn week() -> u16 {
    7
}

/// A span in which one person is on call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TurnView {
    /// Who.
    pub user: String,
    /// First instant.
    pub from: i64,
    /// First instant after it.
    pub to: i64,
    /// `rota`, `calendar` or `override`.
    pub origin: String,
}

/// One shift outside the rota.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShiftView {
    /// Id.
    pub id: String,
    /// Who.
    pub user: String,
    /// First instant.
    pub from: i64,
    /// First instant after it.
    pub to: i64,
    /// `calendar` or `override`.
    pub origin: String,
    /// Who entered it.
    pub by: String,
}

/// One step of the line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepView {
    /// After this part of the time allowed, in thousandths: 1–999.
    pub at: u16,
    /// `schedule`, `user` or `role`.
    pub to: String,
    /// Of what.
    pub name: String,
}

/// `PUT /oncall/schedules/{id}`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ScheduleRequest {
    /// In words.
    pub name: String,
    /// IANA time zone: `Europe/Berlin`.
    pub zone: String,
    /// The rota; absent: only shifts count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rota: Option<RotaPart>,
    /// Version of what is changed.
    pub version: u64,
}

/// `PUT /oncall/line`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineRequest {
    /// In order.
    pub line: Vec<StepView>,
    /// In minutes: 1–10080.
    pub target_minutes: u32,
    /// Version of what is changed.
    pub version: u64,
}

/// `POST /oncall/schedules/{id}/shifts`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShiftRequest {
    /// Who takes it; absent: oneself. Only an admin names somebody else.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// First instant.
    pub from: i64,
    /// First instant after it.
    pub to: i64,
}

/// `POST /oncall/schedules/{id}/calendar`: replaces what was imported before.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CalendarRequest {
    /// The iCalendar file (RFC 5545).
    pub calendar: String,
    /// What the file calls a person (e-mail address, name or summary) → who that is here. An id, or the part of an
    /// address before `@`, needs no line.
    #[serde(default)]
    pub people: BTreeMap<String, String>,
    /// Read and report, and change nothing.
    #[serde(default)]
    pub dry_run: bool,
}

/// What an import found in the year ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CalendarView {
    /// The shifts, oldest first.
    pub shifts: Vec<TurnView>,
    /// Events that name no shift.
    pub skipped: Vec<SkippedView>,
    /// Whether it is in force.
    pub saved: bool,
}

/// An event that names no shift.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SkippedView {
    /// Its summary, or its place in the file.
    pub what: String,
    /// Why.
    pub why: String,
}

/// Somebody was alerted of a waiting request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AlertView {
    /// Which step of the line, from 0.
    pub step: u8,
    /// Who; empty: nobody was there, and the next step followed.
    pub users: Vec<String>,
    /// `time`, `undeliverable` or `snoozed`.
    pub cause: String,
    /// When.
    pub at: i64,
}

/// `GET /oncall/handover`: what the next shift takes over.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HandoverView {
    /// When this was built.
    pub at: i64,
    /// Who is on call, and who is next.
    pub schedules: Vec<ScheduleView>,
    /// Requests that wait, soonest end first.
    pub pending: Vec<PendingItem>,
    /// What agents may repeat until when.
    pub grants: Vec<GrantView>,
    /// Pauses in force.
    pub freezes: Vec<FreezeView>,
    /// Bypasses asked for, in force, or waiting for their review.
    pub bypasses: Vec<BypassView>,
    /// Break-glass envelopes that somebody can open.
    #[serde(default)]
    pub envelopes: Vec<EnvelopeView>,
    /// Changes that wait for a second person.
    pub proposals: Vec<ProposalView>,
    /// Requests that waited longer than the target since then (24 hours before `at`), answered or not.
    pub late: u64,
}

/// A request that waits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PendingItem {
    /// Id.
    pub id: String,
    /// One line in our words.
    pub title: String,
    /// `low` … `critical`.
    pub level: String,
    /// For whom.
    pub requester: String,
    /// The agent, if one asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Asked at.
    pub created_at: i64,
    /// The last instant at which a vote counts.
    pub expires_at: i64,
    /// Since when its time stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paused_since: Option<i64>,
    /// Who looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<String>,
    /// How often somebody was alerted.
    pub alerts: usize,
    /// Votes that counted, of how many.
    pub votes: usize,
    /// Distinct people needed.
    pub quorum: u8,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}
