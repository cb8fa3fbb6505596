//! `/bypass`: an on-call person lets run what would have waited for people, for minutes, and is reviewed afterwards.
//!
//! Each step but the end is a statement signed by a device (`navi_domain::bypass::Statement`): its bytes are sent as they
//! were signed and are kept verbatim.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// A signed statement: `POST /bypass` (ask), `POST /bypass/{id}/confirm|alone|review`.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct BypassRequest {
    /// The statement's bytes (base64): `navi/bypass/v1\n` and JCS of `{v, origin, org, act, …, key_id, device_seq, made_at}`,
    /// where `act` is `ask` with `scope`, `name`, `incident`, `reason`, `minutes`; `confirm` with `bypass_id`, `ask_sha256`,
    /// `number`; `alone` with `bypass_id`; or `review` with `bypass_id`, `finding`.
    pub statement: String,
    /// The signature over exactly these bytes (base64): of the step-up key, for a review the vote key is enough.
    pub signature: String,
}

/// What `GET /bypass` answers: the state of every bypass that still matters, and what one would need.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BypassList {
    /// Asked for, in force, or waiting for a review; oldest first.
    pub open: Vec<BypassView>,
    /// Reviewed or lapsed, newest first, at most 50.
    pub closed: Vec<BypassView>,
    /// What the policy allows.
    pub limits: BypassLimitsView,
    /// Whether this credential may ask and confirm (`oncall` and a device with a step-up key, not shared, not a browser).
    pub may_ask: bool,
    /// Why not, in words; absent when it may.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub may_not_because: Option<String>,
    /// What no bypass lifts, one sentence each.
    pub stays_blocked: Vec<String>,
    /// Who is told when one begins: everybody who is skipped by it, without this person.
    pub told: Vec<String>,
    /// On-call people who can confirm, without this person, and whether they have a console open now.
    pub confirmers: Vec<ConfirmerView>,
    /// The server's clock.
    pub server_time: i64,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// Somebody who can be the second person.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConfirmerView {
    /// Who.
    pub user: String,
    /// Whether a console or page of theirs is connected now.
    pub present: bool,
}

/// What the policy allows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BypassLimitsView {
    /// Durations that can be chosen now, in minutes; empty: no bypass at all.
    pub minutes: Vec<u32>,
    /// Whether one person may go on alone when nobody answers; never for everything.
    pub solo: bool,
    /// Seconds to wait before going on alone.
    pub solo_wait_secs: u32,
    /// Shortest reason in characters.
    pub shortest_reason: u32,
    /// Wrong numbers after which it lapses.
    pub wrong_numbers: u8,
}

/// One bypass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BypassView {
    /// Id.
    pub id: String,
    /// `asked`, `active`, `ended` (its review is open), `reviewed` or `lapsed`.
    pub state: String,
    /// `action`, `repo`, `agent` or `everything`.
    pub scope: String,
    /// Which; for an action its digest (hex). None for everything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The scope in words.
    pub covers: String,
    /// The incident.
    pub incident: String,
    /// Why.
    pub reason: String,
    /// For how long.
    pub minutes: u32,
    /// Who asked.
    pub by: String,
    /// When.
    pub asked_at: i64,
    /// When it lapses if nobody confirms; while it is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lapses_at: Option<i64>,
    /// From when whoever asked may go on alone; while it is asked for, and only where the policy allows it at all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alone_from: Option<i64>,
    /// The two digits to read aloud to the second person; only for whoever asked, while it is asked for. Show with two places.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<u8>,
    /// Wrong numbers so far.
    #[serde(default)]
    pub wrong_numbers: u8,
    /// SHA-256 (hex) of the statement it was asked for with: a second person signs for exactly this.
    pub ask_sha256: String,
    /// That statement (base64), so that a console can recompute the hash and show what was signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ask_statement: Option<String>,
    /// The second person; absent: not yet, or alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub with: Option<String>,
    /// Whether it began without a second person.
    #[serde(default)]
    pub alone: bool,
    /// In force since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began_at: Option<i64>,
    /// First instant at which it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<i64>,
    /// When it was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// Who ended it; absent: its time was up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_by: Option<String>,
    /// When the review is due; once it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_due_at: Option<i64>,
    /// Whether the review is late.
    #[serde(default)]
    pub overdue: bool,
    /// Who reviewed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_by: Option<String>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reviewed_at: Option<i64>,
    /// What they found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<String>,
    /// The sealed envelope it was opened from, while no server was there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub envelope_id: Option<String>,
    /// How many actions ran by it so far.
    pub runs: u64,
    /// What this credential may do with it now.
    pub you: BypassRights,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// What the caller may do with a bypass now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BypassRights {
    /// Be its second person.
    pub confirm: bool,
    /// Go on alone, now or after the wait.
    pub alone: bool,
    /// End it.
    pub end: bool,
    /// Clear its review.
    pub review: bool,
}

/// `GET /bypass/{id}`: one bypass with what ran by it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct BypassDetail {
    /// The bypass.
    pub bypass: BypassView,
    /// What ran by it, oldest first, at most 500.
    pub runs: Vec<BypassRun>,
    /// The server's clock.
    pub server_time: i64,
}

/// One action that ran by a bypass.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct BypassRun {
    /// The decision's id; the action's id in the audit.
    pub action_id: String,
    /// Ledger index of the entry that says so.
    pub ledger_index: u64,
    /// When it was decided.
    pub at: i64,
    /// The agent, or the person.
    pub actor: String,
    /// The person it ran for.
    pub user: String,
    /// One line in our words.
    pub title: String,
    /// `low` … `critical`.
    pub level: String,
    /// 0.000–1.000.
    pub risk_score: f64,
    /// What it would have been: always `APPROVAL`.
    pub would_be: String,
    /// The rule that would have asked.
    pub would_rule: String,
    /// Its reasons.
    pub would_reasons: Vec<String>,
    /// Who would have decided and was skipped.
    pub skipped: Vec<String>,
    /// `issued` (may run), `started`, `succeeded`, `failed`, `unknown`, `expired` or `revoked` (did not run).
    pub outcome: String,
    /// Its execution, once it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// What a decision says about the bypass it rested on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BypassMark {
    /// The bypass.
    pub id: String,
    /// Who asked for it.
    pub by: String,
    /// For which incident.
    pub incident: String,
    /// What the decision would have been: always `APPROVAL`.
    pub would_be: String,
    /// By which rule.
    pub would_rule: String,
}
