//! What a use case hands over: expectations, records, events.

use navi_domain::UtcMicros;
use navi_domain::approval::Approval;
use navi_domain::bypass::Standing;
use navi_domain::decision::DecisionRecord;
use navi_domain::delegation::Delegation;
use navi_domain::envelope::gate::Gate;
use navi_domain::envelope::issued::Issued;
use navi_domain::event::Event;
use navi_domain::execution::Execution;
use navi_domain::freeze::Freezes;
use navi_domain::grant::Grant;
use navi_domain::oncall::OnCall;
use navi_domain::people::{Device, Invite, Token, User};
use navi_domain::permit::Permit;
use navi_domain::pipeline::PipelineCheck;
use navi_domain::plan::run::PlanRun;
use navi_domain::policy::{AutonomyPolicy, PolicyScope};
use navi_domain::proposal::Proposal;
use navi_domain::risk::RiskOverrides;
use navi_domain::rollback::Rollback;
use navi_domain::settings::{OrgSettings, OrgText, OrgTextKind};
use serde::{Deserialize, Serialize};

/// Identifies one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// By id.
    Decision(String),
    /// By id.
    Approval(String),
    /// By id.
    Permit(String),
    /// By id.
    Execution(String),
    /// By scope.
    Policy(PolicyScope),
    /// By id.
    User(String),
    /// By id.
    Device(String),
    /// By hash.
    Token(String),
    /// By hash.
    Invite(String),
    /// The organisation's settings.
    OrgSettings,
    /// All pauses in force.
    Freezes,
    /// All bypasses that are asked for, in force or not reviewed.
    Bypasses,
    /// Who is on call.
    OnCall,
    /// By kind.
    OrgText(OrgTextKind),
    /// By scope.
    RiskSettings(RiskScope),
    /// By id.
    Grant(String),
    /// By id.
    Delegation(String),
    /// By id.
    Proposal(String),
    /// By id.
    Gate(String),
    /// By id.
    Envelope(String),
    /// By id.
    Plan(String),
    /// By id.
    Pipeline(String),
    /// Token id and key.
    Idempotency(String, String),
    /// By id.
    Rollback(String),
}

/// Whom risk settings are for.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "scope", content = "name")]
pub enum RiskScope {
    /// The organisation.
    Default,
    /// One repository.
    Repo(String),
    /// One person.
    User(String),
}

impl RiskScope {
    /// The scope that a path segment means: `default`, `repo:NAME`, `user:NAME`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        match text.split_once(':') {
            None if text == "default" => Some(Self::Default),
            Some(("repo", name)) if !name.is_empty() => Some(Self::Repo(name.to_owned())),
            Some(("user", name)) if !name.is_empty() => Some(Self::User(name.to_owned())),
            _ => None,
        }
    }

    /// Row id, and spelling on the wire.
    #[must_use]
    pub fn id(&self) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::Repo(name) => format!("repo:{name}"),
            Self::User(name) => format!("user:{name}"),
        }
    }
}

/// Risk settings as saved for one scope.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SavedRisk {
    /// Whom they are for.
    pub scope: RiskScope,
    /// What they change.
    pub changed: RiskOverrides,
    /// Row version.
    pub version: u64,
}

/// What the caller saw when it read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// There was no such row.
    Absent,
    /// The row had this version.
    Version(u64),
}

/// One row to write. The store sets `version` to the expected one plus one (1 for a new row).
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::large_enum_variant, reason = "records are moved once, into the writer's queue")]
pub enum Record {
    /// `governance_decisions`
    Decision(DecisionRecord),
    /// `governance_approvals`
    Approval(Approval),
    /// `governance_votes`: the signed bytes, kept verbatim. Key: approval id + device id + device_seq; insert only.
    Vote(SignedVote),
    /// `permits`
    Permit(Permit),
    /// `governance_executions`
    Execution(Execution),
    /// `autonomy_policies`
    Policy(AutonomyPolicy),
    /// `users`
    User(User),
    /// `devices`
    Device(Device),
    /// `tokens`
    Token(Token),
    /// `invites`
    Invite(Invite),
    /// `org_settings`
    OrgSettings(OrgSettings),
    /// `freezes`
    Freezes(Freezes),
    /// `bypasses`
    Bypasses(Standing),
    /// `oncall`
    OnCall(OnCall),
    /// `guardrails`
    OrgText(OrgText),
    /// `risk_settings`
    RiskSettings(SavedRisk),
    /// `grants`
    Grant(Grant),
    /// `delegations`
    Delegation(Delegation),
    /// `proposals`
    Proposal(Proposal),
    /// `gates`
    Gate(Gate),
    /// `envelopes`
    Envelope(Issued),
    /// `governance_plans`
    Plan(PlanRun),
    /// `pipeline_checks`
    Pipeline(PipelineCheck),
    /// `idempotency`
    Idempotency(IdempotentAnswer),
    /// `governance_rollbacks`
    Rollback(Rollback),
}

/// A vote's bytes as received. Needs no expectation: its key is unique and it is only ever inserted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedVote {
    /// The approval.
    pub approval_id: String,
    /// The device.
    pub device_id: String,
    /// Its sequence number.
    pub device_seq: u64,
    /// The person.
    pub user: String,
    /// Bytes that were signed.
    pub vote: Vec<u8>,
    /// 64 bytes of signature.
    pub signature: Vec<u8>,
    /// Accepted at.
    pub at: UtcMicros,
}

/// The remembered answer to an idempotent request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdempotentAnswer {
    /// The token that asked.
    pub token_id: String,
    /// The `Idempotency-Key`.
    pub key: String,
    /// SHA-256 (hex) of method, path and body.
    pub request_sha256: String,
    /// HTTP status.
    pub status: u16,
    /// Body.
    pub body: String,
    /// Remembered at; good for 24 hours.
    pub at: UtcMicros,
}

impl Record {
    /// The key under which [`Change::expect`] must guard this record; `None` for insert-only rows.
    #[must_use]
    pub fn key(&self) -> Option<Key> {
        Some(match self {
            Self::Decision(r) => Key::Decision(r.id.clone()),
            Self::Approval(r) => Key::Approval(r.id.clone()),
            Self::Vote(_) => return None,
            Self::Permit(r) => Key::Permit(r.id.clone()),
            Self::Execution(r) => Key::Execution(r.id.clone()),
            Self::Policy(r) => Key::Policy(r.scope.clone()),
            Self::User(r) => Key::User(r.id.clone()),
            Self::Device(r) => Key::Device(r.id.clone()),
            Self::Token(r) => Key::Token(r.hash.clone()),
            Self::Invite(r) => Key::Invite(r.hash.clone()),
            Self::OrgSettings(_) => Key::OrgSettings,
            Self::Freezes(_) => Key::Freezes,
            Self::Bypasses(_) => Key::Bypasses,
            Self::OnCall(_) => Key::OnCall,
            Self::OrgText(r) => Key::OrgText(r.kind),
            Self::RiskSettings(r) => Key::RiskSettings(r.scope.clone()),
            Self::Grant(r) => Key::Grant(r.id.clone()),
            Self::Delegation(r) => Key::Delegation(r.id.clone()),
            Self::Proposal(r) => Key::Proposal(r.id.clone()),
            Self::Gate(r) => Key::Gate(r.id.clone()),
            Self::Envelope(r) => Key::Envelope(r.envelope.id.clone()),
            Self::Plan(r) => Key::Plan(r.id.clone()),
            Self::Pipeline(r) => Key::Pipeline(r.id.clone()),
            Self::Idempotency(r) => Key::Idempotency(r.token_id.clone(), r.key.clone()),
            Self::Rollback(r) => Key::Rollback(r.id.clone()),
        })
    }

    /// The version the caller read it with; 0 for a new row.
    #[must_use]
    pub fn version(&self) -> u64 {
        match self {
            Self::Decision(r) => r.version,
            Self::Approval(r) => r.version,
            Self::Permit(r) => r.version,
            Self::Execution(r) => r.version,
            Self::Policy(r) => r.version,
            Self::User(r) => r.version,
            Self::Device(r) => r.version,
            Self::Token(r) => r.version,
            Self::Invite(r) => r.version,
            Self::OrgSettings(r) => r.version,
            Self::Freezes(r) => r.version,
            Self::Bypasses(r) => r.version,
            Self::OnCall(r) => r.version,
            Self::OrgText(r) => r.version,
            Self::RiskSettings(r) => r.version,
            Self::Grant(r) => r.version,
            Self::Delegation(r) => r.version,
            Self::Proposal(r) => r.version,
            Self::Gate(r) => r.version,
            Self::Envelope(r) => r.version,
            Self::Plan(r) => r.version,
            Self::Pipeline(r) => r.version,
            Self::Rollback(r) => r.version,
            Self::Vote(_) | Self::Idempotency(_) => 0,
        }
    }
}

impl Record {
    /// The row's JSON with a version set; `None` for insert-only rows, which have their own columns.
    pub(crate) fn body(self, version: u64) -> Option<serde_json::Result<String>> {
        Some(match self {
            Self::Decision(r) => serde_json::to_string(&DecisionRecord { version, ..r }),
            Self::Approval(r) => serde_json::to_string(&Approval { version, ..r }),
            Self::Permit(r) => serde_json::to_string(&Permit { version, ..r }),
            Self::Execution(r) => serde_json::to_string(&Execution { version, ..r }),
            Self::Policy(r) => serde_json::to_string(&AutonomyPolicy { version, ..r }),
            Self::User(r) => serde_json::to_string(&User { version, ..r }),
            Self::Device(r) => serde_json::to_string(&Device { version, ..r }),
            Self::Token(r) => serde_json::to_string(&Token { version, ..r }),
            Self::Invite(r) => serde_json::to_string(&Invite { version, ..r }),
            Self::OrgSettings(r) => serde_json::to_string(&OrgSettings { version, ..r }),
            Self::Freezes(r) => serde_json::to_string(&Freezes { version, ..r }),
            Self::Bypasses(r) => serde_json::to_string(&Standing { version, ..r }),
            Self::OnCall(r) => serde_json::to_string(&OnCall { version, ..r }),
            Self::OrgText(r) => serde_json::to_string(&OrgText { version, ..r }),
            Self::RiskSettings(r) => serde_json::to_string(&SavedRisk { version, ..r }),
            Self::Grant(r) => serde_json::to_string(&Grant { version, ..r }),
            Self::Delegation(r) => serde_json::to_string(&Delegation { version, ..r }),
            Self::Proposal(r) => serde_json::to_string(&Proposal { version, ..r }),
            Self::Gate(r) => serde_json::to_string(&Gate { version, ..r }),
            Self::Envelope(r) => serde_json::to_string(&Issued { version, ..r }),
            Self::Plan(r) => serde_json::to_string(&PlanRun { version, ..r }),
            Self::Pipeline(r) => serde_json::to_string(&PipelineCheck { version, ..r }),
            Self::Rollback(r) => serde_json::to_string(&Rollback { version, ..r }),
            Self::Vote(_) | Self::Idempotency(_) => return None,
        })
    }
}

/// All or nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Change {
    /// What the rows that were read must still look like.
    pub expect: Vec<(Key, Expected)>,
    /// Rows to write; each guarded by an entry of `expect`.
    pub put: Vec<Record>,
    /// Ledger entries, in order.
    pub events: Vec<Event>,
    /// Entries whose payloads are erased by the first of `events`, which names them.
    pub erase: Vec<u64>,
    /// What it rests on ends at this instant: it commits only in a batch before it, by the batch's own time.
    pub before: Option<(Key, UtcMicros)>,
}

impl Change {
    /// Writes a record and guards it by the version it was read with (0: must be absent).
    #[must_use]
    pub fn put(mut self, record: Record) -> Self {
        if let Some(key) = record.key() {
            let expected = match record.version() {
                0 => Expected::Absent,
                v => Expected::Version(v),
            };
            self.expect.push((key, expected));
        }
        self.put.push(record);
        self
    }

    /// Guards a row that was only read.
    #[must_use]
    pub fn expect(mut self, key: Key, expected: Expected) -> Self {
        self.expect.push((key, expected));
        self
    }

    /// Commits only before an instant, by the batch's own time; afterwards it conflicts on `key`, whose row ends then.
    #[must_use]
    pub fn before(mut self, key: Key, end: UtcMicros) -> Self {
        self.before = Some((key, end));
        self
    }

    /// Erases payloads; the first event must name them by its link [`navi_domain::erasure::LINK`].
    #[must_use]
    pub fn erase(mut self, indices: Vec<u64>) -> Self {
        self.erase = indices;
        self
    }

    /// Adds a ledger entry.
    #[must_use]
    pub fn event(mut self, event: Event) -> Self {
        self.events.push(event);
        self
    }
}

/// What became of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Durable. `first_index..first_index + events` are its entries, all with instant `at`.
    Committed {
        /// Index of its first entry.
        first_index: u64,
        /// Instant of the batch.
        at: UtcMicros,
    },
    /// Another change was first; nothing of this one is in effect.
    Conflict(Key),
}
