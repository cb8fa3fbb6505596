//! Shapes of what is read.

use std::collections::BTreeMap;

use navi_domain::UtcMicros;
use navi_domain::action::ActionType;
use navi_domain::approval::{Approval, ApprovalStatus};
use navi_domain::decision::{DecisionRecord, Verdict};
use navi_domain::delivery::Delivery;
use navi_domain::delivery::desk::Desk;
use navi_domain::event::EventKind;
use navi_domain::execution::{Execution, ExecutionStatus};
use navi_domain::fact::{FactKind, Severity};
use navi_domain::permit::Permit;
use navi_domain::reading::facet::Facet;
use navi_domain::reading::tally::Measure;
use navi_domain::reading::words;
use navi_domain::risk::{Level, Score};

/// One page of a list; `next` is the opaque cursor of the following one.
#[derive(Clone, Debug, PartialEq)]
pub struct Page<T> {
    /// Items.
    pub items: Vec<T>,
    /// Cursor for the next page; `None` at the end.
    pub next: Option<String>,
}

/// Which approvals.
#[derive(Clone, Debug, Default)]
pub struct ApprovalFilter {
    /// Only these states; empty: all.
    pub status: Vec<ApprovalStatus>,
    /// Only this person's requests.
    pub requester: Option<String>,
    /// Only these levels; empty: all.
    pub level: Vec<Level>,
    /// Only this repository.
    pub repo: Option<String>,
    /// Only this action type.
    pub action_type: Option<String>,
    /// Cursor of the previous page.
    pub cursor: Option<String>,
    /// At most this many (1–500).
    pub limit: usize,
}

/// An approval with the decision that asked.
#[derive(Clone, Debug, PartialEq)]
pub struct ApprovalRow {
    /// The approval.
    pub approval: Approval,
    /// The decision.
    pub decision: DecisionRecord,
}

/// Which steps of a session.
#[derive(Clone, Debug)]
pub struct SessionFilter {
    /// The session, as the agent names it.
    pub session: String,
    /// Its agent; `None`: a person without one.
    pub agent: Option<String>,
    /// The person acted for.
    pub user: String,
    /// Only before this decision.
    pub before: String,
    /// At most this many.
    pub limit: usize,
}

/// One earlier action of a session.
#[derive(Clone, Debug, PartialEq)]
pub struct SessionStep {
    /// The decision.
    pub decision: DecisionRecord,
    /// The approval it asked for.
    pub approval: Option<Approval>,
}

/// What became of an action that ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Became {
    /// Its decision.
    pub decision_id: String,
    /// How it ended, if it did.
    pub status: ExecutionStatus,
    /// Whether it was undone, and that was proven.
    pub rolled_back: bool,
}

/// What became of what an agent asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AgentRecord {
    /// Requests to people by state.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Of those that were approved: runs that failed.
    pub failed: u64,
    /// Runs that were rolled back, also of what nobody was asked about.
    pub rolled_back: u64,
}

/// How many approvals are where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusCounts {
    /// By state.
    pub by_status: BTreeMap<&'static str, u64>,
    /// Pending ones by level.
    pub pending_by_level: BTreeMap<&'static str, u64>,
    /// When the oldest pending one was asked.
    pub oldest_pending_at: Option<UtcMicros>,
    /// Pending ones by agent, and when the newest of them was asked.
    pub pending_by_agent: BTreeMap<String, (u64, UtcMicros)>,
}

/// Which ledger entries.
#[derive(Clone, Debug, Default)]
pub struct AuditFilter {
    /// Only these kinds; empty: all.
    pub kind: Vec<EventKind>,
    /// Only by this actor or on behalf of this person (in clear).
    pub person: Option<String>,
    /// Only about this subject.
    pub subject: Option<String>,
    /// Only with one of these values of each facet.
    pub facets: Vec<(Facet, Vec<String>)>,
    /// Only with all of these words; the last may be the beginning of one.
    pub text: Option<String>,
    /// Not before.
    pub from: Option<UtcMicros>,
    /// Not after.
    pub to: Option<UtcMicros>,
    /// Cursor of the previous page.
    pub cursor: Option<String>,
    /// At most this many (1–500).
    pub limit: usize,
}

impl AuditFilter {
    /// Whether the index of words and facets must answer it: see [`Store::index_to`](crate::Store::index_to).
    #[must_use]
    pub fn needs_index(&self) -> bool {
        let words = self.text.as_deref().is_some_and(|text| words::split(text).next().is_some());
        let facets = self.facets.iter().any(|(_, values)| !values.is_empty());
        words || facets
    }
}

/// Whose counters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CounterFilter {
    /// Only of actions in this repository.
    pub repo: Option<String>,
    /// Only of actions that this agent asked for.
    pub agent: Option<String>,
}

/// One counter behind the insights.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counter {
    /// Days since 1970 (UTC), for what is shown over time; `None`: summed over the days that were asked for.
    pub day: Option<i64>,
    /// What is counted.
    pub measure: Measure,
    /// Of what: see [`Measure`].
    pub key: String,
    /// How often.
    pub count: u64,
}

/// The few features of a recorded decision that a policy looks at, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecisionFeatures {
    /// Id of the decision.
    pub id: String,
    /// Decided at.
    pub created_at: UtcMicros,
    /// Action type.
    pub action_type: ActionType,
    /// The person acted for.
    pub user: String,
    /// Repository.
    pub repo: Option<String>,
    /// Score.
    pub score: Score,
    /// Level.
    pub level: Level,
    /// What it was.
    pub verdict: Verdict,
    /// By which rule.
    pub rule: String,
    /// What the guardrails answered: `run`, `run_unattended`.
    pub guardrails: (bool, bool),
    /// Kinds and severities of its facts.
    pub facts: Vec<(FactKind, Severity)>,
    /// Whether a person had rejected the same before.
    pub rejected_before: bool,
    /// Whether its agent asked too much at once.
    pub flooding: bool,
    /// What became of its approval.
    pub approval: Option<ApprovalStatus>,
    /// Whether it ran and failed.
    pub failed: bool,
}

/// Versions of an organisation's settings and texts; 0: nothing was saved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct OrgVersions {
    /// Of the settings.
    pub settings: u64,
    /// Of the guardrails.
    pub guardrails: u64,
    /// Of the patterns.
    pub catalogue: u64,
    /// Of the pauses in force.
    pub freezes: u64,
    /// Of the bypasses.
    pub bypasses: u64,
}

/// Where something happens: what a freeze covers it by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The agent that asked.
    pub agent: Option<String>,
    /// The repository.
    pub repo: Option<String>,
}

/// What is under way.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct UnderWay {
    /// Requests that wait.
    pub approvals: Vec<(Approval, Place)>,
    /// Rights to run that were not used.
    pub permits: Vec<(Permit, Place)>,
    /// Runs that began at most a day ago and did not end.
    pub executions: Vec<(Execution, Place)>,
}

/// One ledger entry as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// Index in the log, from 0.
    pub index: u64,
    /// The exact canonical leaf bytes.
    pub leaf: Vec<u8>,
    /// RFC 6962 leaf hash.
    pub leaf_hash: [u8; 32],
    /// Actor in clear.
    pub actor: String,
    /// Person acted for, in clear.
    pub on_behalf_of: Option<String>,
    /// Payload bytes (JSON), unless erased.
    pub payload: Option<Vec<u8>>,
    /// Nonce of the commitment, unless erased.
    pub nonce: Option<[u8; 32]>,
}

/// A witness of the ledger, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessState {
    /// Its verifier key.
    pub vkey: String,
    /// The console's device; `None`: a foreign witness.
    pub device_id: Option<String>,
    /// First cosigned at.
    pub joined_at: UtcMicros,
    /// Largest size it cosigned.
    pub last_size: u64,
    /// When that was, as the witness says.
    pub last_at: UtcMicros,
}

/// One witness's signature line over the note of a size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// Size of the note.
    pub size: u64,
    /// Verifier key of the witness.
    pub vkey: String,
    /// The console's device; `None`: a foreign witness.
    pub device_id: Option<String>,
    /// The line, as C2SP tlog-cosignature has it. The caller has verified it.
    pub line: String,
    /// The line's time.
    pub at: UtcMicros,
}

/// What one device reports about notifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryReport {
    /// The device.
    pub device_id: String,
    /// Its person.
    pub user: String,
    /// News of requests, one a request.
    pub deliveries: Vec<Delivery>,
    /// What its desktop can show now.
    pub desk: Option<Desk>,
}

/// What a device said about one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// The device.
    pub device_id: String,
    /// Its person.
    pub user: String,
    /// How far the news came.
    pub delivery: Delivery,
}

/// A device's desktop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskRow {
    /// The device.
    pub device_id: String,
    /// Its person.
    pub user: String,
    /// What it can show.
    pub desk: Desk,
}

/// Where the ledger stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Number of entries.
    pub size: u64,
    /// RFC 6962 root.
    pub root: [u8; 32],
    /// Changes when a restored ledger starts anew; part of every stream cursor.
    pub epoch: String,
    /// Origin line of checkpoints.
    pub origin: String,
    /// Instant of the last entry.
    pub at: UtcMicros,
}
