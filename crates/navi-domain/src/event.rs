//! Ledger entries: what happened, who did it, and what it rests on. Personal data stays in the payload, outside the leaf.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::UtcMicros;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventKind {
    /// The organisation and its ledger began.
    OrgCreated,
    /// AUTO, APPROVAL or BLOCKED.
    Decision,
    /// A request to people began.
    ApprovalRequested,
    /// One person's signed vote was accepted.
    VoteCast,
    /// A signed vote arrived and has no effect.
    VoteRefused,
    /// Approved.
    ApprovalApproved,
    /// Rejected.
    ApprovalRejected,
    /// Nobody decided in time.
    ApprovalExpired,
    /// Another request took its place.
    ApprovalSuperseded,
    /// The requester withdrew it.
    ApprovalCancelled,
    /// A single-use right was issued.
    PermitIssued,
    /// It was taken back before use.
    PermitRevoked,
    /// It ran out unused.
    PermitExpired,
    /// It was used, and the execution began.
    ExecutionStarted,
    /// The execution ended.
    ExecutionFinished,
    /// A redeem was refused.
    RedeemRefused,
    /// An autonomy policy was saved.
    PolicyChanged,
    /// An invite was made.
    InviteCreated,
    /// A device was enrolled.
    DeviceEnrolled,
    /// A further device was confirmed.
    DeviceConfirmed,
    /// A device was revoked.
    DeviceRevoked,
    /// A token was made.
    TokenCreated,
    /// A token was revoked.
    TokenRevoked,
    /// The record was exported.
    Exported,
    /// The organisation's guardrails were saved.
    GuardrailsChanged,
    /// The organisation's patterns were saved.
    CatalogueChanged,
    /// Weights, bases, bounds or labels were saved.
    RiskSettingsChanged,
    /// The organisation's settings were saved.
    SettingsChanged,
    /// A looser setting waits for a second person.
    ProposalMade,
    /// A second person decided about it.
    ProposalDecided,
    /// A bounded repeat right was given with a vote.
    GrantGiven,
    /// It let an action run.
    GrantUsed,
    /// It was taken back.
    GrantRevoked,
    /// A plan began: its steps run as long as they stay within it.
    PlanBegun,
    /// It let a step run.
    PlanUsed,
    /// A step left its bounds: what follows asks.
    PlanDeviated,
    /// It ended.
    PlanEnded,
    /// Its approval was taken back: what follows asks.
    PlanRevoked,
    /// A gate gave no sign for too long: nobody knows how its run ended.
    ExecutionLapsed,
    /// Somebody knows after all.
    ExecutionCorrected,
    /// Somebody votes for another for some time.
    DelegationMade,
    /// That ended early.
    DelegationEnded,
    /// Somebody looks at it.
    ApprovalClaimed,
    /// They no longer do.
    ApprovalReleased,
    /// Somebody put it off for themself.
    ApprovalSnoozed,
    /// They want to hear of it again.
    SnoozeEnded,
    /// It was given more time, once.
    ApprovalExtended,
    /// A person changed the action; the edited one was decided anew.
    ApprovalEdited,
    /// A person wrote something about it.
    CommentAdded,
    /// A person asked the agent.
    QuestionAsked,
    /// The agent answered.
    QuestionAnswered,
    /// An agent asked too much at once.
    FloodDetected,
    /// What was learned from votes was computed anew.
    AdviceChanged,
    /// A console cosigned a checkpoint for the first time.
    WitnessJoined,
    /// Two people erased what entries said.
    PayloadsErased,
    /// What entries said was older than it is to be kept.
    PayloadsPruned,
    /// An agent, a repository or everything was paused.
    FreezeBegun,
    /// A pause was lifted.
    FreezeEnded,
    /// Deadlines stood still or ran again, and runs were asked to stop.
    FreezeApplied,
    /// A schedule, a shift or the line that a waiting request alerts was saved.
    OncallChanged,
    /// The next in line were alerted of a request that waits.
    ApprovalEscalated,
    /// A request waited longer than the organisation's target.
    TargetMissed,
    /// Somebody on call asked for a bypass.
    BypassAsked,
    /// The second person said another number than the one that was read aloud.
    BypassRefused,
    /// Nobody confirmed a bypass in time, or the number was wrong too often: it never came into force.
    BypassLapsed,
    /// A bypass came into force, with a second person or alone.
    BypassBegun,
    /// Somebody went on alone, and everybody of the line that is alerted was paged.
    BypassAlerted,
    /// An action ran by a bypass that would have waited for people.
    BypassUsed,
    /// A bypass is over, by its time or by somebody; its review is open.
    BypassEnded,
    /// Its review is late.
    BypassOverdue,
    /// Somebody else looked at what ran by it.
    BypassReviewed,
    /// A new origin began after the old ledger was closed.
    OriginStarted,
    /// State rows of the old origin that the new one begins with.
    StateCarried,
    /// Another key signs the ledger from here on.
    KeyRotated,
    /// The old key signs no more.
    KeyRetired,
    /// State rows that contradicted the entries were put right.
    StateRepaired,
    /// Somebody came with a credential that is not good.
    LoginFailed,
    /// A known caller asked for what they may not do.
    RequestRefused,
    /// A gate became known, with the key that its records are signed with.
    GateEnrolled,
    /// A gate told of something that cannot be: it was restored from a copy, or it lies.
    GateSuspected,
    /// A sealed envelope was handed out.
    EnvelopeIssued,
    /// It was taken back.
    EnvelopeRevoked,
    /// A gate opened one while its server was away.
    EnvelopeOpened,
    /// An action ran under it.
    EnvelopeUsed,
    /// That ended, or nobody knows.
    EnvelopeRunEnded,
    /// A gate refused to open one.
    EnvelopeRefused,
    /// It is over.
    EnvelopeEnded,
    /// Somebody wants what ran undone, or asks what that would do.
    RollbackRequested,
    /// A runner rehearsed it; for a dry run that is all.
    RollbackPlanned,
    /// It is not undone: impossible, blocked, or too late.
    RollbackRefused,
    /// A runner began to undo it.
    RollbackStarted,
    /// It ended: undone and proven, not undone, or nobody knows.
    RollbackFinished,
    /// A pipeline elsewhere waits for a word.
    PipelineAsked,
    /// People are asked about it.
    PipelineWaits,
    /// There is a word, and the run that begins with it.
    PipelineDecided,
    /// The word arrived, or never will.
    PipelineAnswered,
}

impl EventKind {
    /// Spelling in JSON and SQL.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OrgCreated => "org_created",
            Self::Decision => "decision",
            Self::ApprovalRequested => "approval_requested",
            Self::VoteCast => "vote_cast",
            Self::VoteRefused => "vote_refused",
            Self::ApprovalApproved => "approval_approved",
            Self::ApprovalRejected => "approval_rejected",
            Self::ApprovalExpired => "approval_expired",
            Self::ApprovalSuperseded => "approval_superseded",
            Self::ApprovalCancelled => "approval_cancelled",
            Self::PermitIssued => "permit_issued",
            Self::PermitRevoked => "permit_revoked",
            Self::PermitExpired => "permit_expired",
            Self::ExecutionStarted => "execution_started",
            Self::ExecutionFinished => "execution_finished",
            Self::RedeemRefused => "redeem_refused",
            Self::PolicyChanged => "policy_changed",
            Self::InviteCreated => "invite_created",
            Self::DeviceEnrolled => "device_enrolled",
            Self::DeviceConfirmed => "device_confirmed",
            Self::DeviceRevoked => "device_revoked",
            Self::TokenCreated => "token_created",
            Self::TokenRevoked => "token_revoked",
            Self::Exported => "exported",
            Self::GuardrailsChanged => "guardrails_changed",
            Self::CatalogueChanged => "catalogue_changed",
            Self::RiskSettingsChanged => "risk_settings_changed",
            Self::SettingsChanged => "settings_changed",
            Self::ProposalMade => "proposal_made",
            Self::ProposalDecided => "proposal_decided",
            Self::GrantGiven => "grant_given",
            Self::GrantUsed => "grant_used",
            Self::GrantRevoked => "grant_revoked",
            Self::PlanBegun => "plan_begun",
            Self::PlanUsed => "plan_used",
            Self::PlanDeviated => "plan_deviated",
            Self::PlanEnded => "plan_ended",
            Self::PlanRevoked => "plan_revoked",
            Self::ExecutionLapsed => "execution_lapsed",
            Self::ExecutionCorrected => "execution_corrected",
            Self::DelegationMade => "delegation_made",
            Self::DelegationEnded => "delegation_ended",
            Self::ApprovalClaimed => "approval_claimed",
            Self::ApprovalReleased => "approval_released",
            Self::ApprovalSnoozed => "approval_snoozed",
            Self::SnoozeEnded => "snooze_ended",
            Self::ApprovalExtended => "approval_extended",
            Self::ApprovalEdited => "approval_edited",
            Self::CommentAdded => "comment_added",
            Self::QuestionAsked => "question_asked",
            Self::QuestionAnswered => "question_answered",
            Self::FloodDetected => "flood_detected",
            Self::AdviceChanged => "advice_changed",
            Self::WitnessJoined => "witness_joined",
            Self::PayloadsErased => "payloads_erased",
            Self::PayloadsPruned => "payloads_pruned",
            Self::FreezeBegun => "freeze_begun",
            Self::FreezeEnded => "freeze_ended",
            Self::FreezeApplied => "freeze_applied",
            Self::OncallChanged => "oncall_changed",
            Self::ApprovalEscalated => "approval_escalated",
            Self::TargetMissed => "target_missed",
            Self::BypassAsked => "bypass_asked",
            Self::BypassRefused => "bypass_refused",
            Self::BypassLapsed => "bypass_lapsed",
            Self::BypassBegun => "bypass_begun",
            Self::BypassAlerted => "bypass_alerted",
            Self::BypassUsed => "bypass_used",
            Self::BypassEnded => "bypass_ended",
            Self::BypassOverdue => "bypass_overdue",
            Self::BypassReviewed => "bypass_reviewed",
            Self::OriginStarted => "origin_started",
            Self::StateCarried => "state_carried",
            Self::KeyRotated => "key_rotated",
            Self::KeyRetired => "key_retired",
            Self::StateRepaired => "state_repaired",
            Self::LoginFailed => "login_failed",
            Self::RequestRefused => "request_refused",
            Self::GateEnrolled => "gate_enrolled",
            Self::GateSuspected => "gate_suspected",
            Self::EnvelopeIssued => "envelope_issued",
            Self::EnvelopeRevoked => "envelope_revoked",
            Self::EnvelopeOpened => "envelope_opened",
            Self::EnvelopeUsed => "envelope_used",
            Self::EnvelopeRunEnded => "envelope_run_ended",
            Self::EnvelopeRefused => "envelope_refused",
            Self::EnvelopeEnded => "envelope_ended",
            Self::RollbackRequested => "rollback_requested",
            Self::RollbackPlanned => "rollback_planned",
            Self::RollbackRefused => "rollback_refused",
            Self::RollbackStarted => "rollback_started",
            Self::RollbackFinished => "rollback_finished",
            Self::PipelineAsked => "pipeline_asked",
            Self::PipelineWaits => "pipeline_waits",
            Self::PipelineDecided => "pipeline_decided",
            Self::PipelineAnswered => "pipeline_answered",
        }
    }
}

/// An event as a use case states it. The store adds id, instant and the payload's nonce when it appends.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// Person, agent or `system`, in clear; the store replaces it by a pseudonym in the leaf.
    pub actor: String,
    /// The person an agent acted for, in clear.
    pub on_behalf_of: Option<String>,
    /// Id of the thing it happened to (approval, decision, permit, execution, policy scope, device …).
    pub subject: String,
    /// Ids of what it rests on: `decision_id`, `approval_id`, `permit_id`, `execution_id`, `action_id`, `digest` …
    pub links: std::collections::BTreeMap<String, String>,
    /// Everything else; committed to, kept beside the leaf.
    pub payload: Value,
}

/// The canonical entry of the log. Bytes: [`crate::canonical::leaf_bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leaf {
    /// Always 1.
    pub v: u8,
    /// UUID v7.
    pub id: String,
    /// Instant of the batch; never below the previous entry's.
    pub at: UtcMicros,
    /// Organisation.
    pub org: String,
    /// What happened.
    pub kind: EventKind,
    /// Pseudonymous id: HMAC under the organisation's key, or `system`.
    pub actor: String,
    /// Pseudonymous id of the person acted for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on_behalf_of: Option<String>,
    /// What it happened to.
    pub subject: String,
    /// What it rests on.
    pub links: std::collections::BTreeMap<String, String>,
    /// HMAC-SHA256(32-byte nonce, payload bytes) in hex.
    pub payload_commitment: String,
}
