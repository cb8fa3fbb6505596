//! Errors on the wire: `application/problem+json` (RFC 9457) with one stable `code`.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Stable error code. Nobody matches text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// 400: the request is not what the contract says.
    BadRequest,
    /// 401: no or unknown credential.
    Unauthenticated,
    /// 403: the credential may not do this.
    Forbidden,
    /// 404
    NotFound,
    /// 409: the row changed; load again.
    VersionConflict,
    /// 409: same key, other body.
    IdempotencyMismatch,
    /// 409: vote: somebody decided first.
    AlreadyDecided,
    /// 409: vote: too late.
    Expired,
    /// 409: vote: replaced by a newer request.
    Superseded,
    /// 409: vote: withdrawn by the requester.
    Cancelled,
    /// 409: vote or redeem: other content.
    DigestMismatch,
    /// 409: vote: policy changed.
    PolicyChanged,
    /// 403: vote: own request.
    OwnRequest,
    /// 409: vote: this person already voted.
    AlreadyVoted,
    /// 403: vote: needs the step-up key.
    StepUpRequired,
    /// 403: vote: the device's ceiling.
    DeviceCeiling,
    /// 403: vote: the organisation does not let this level be approved in a notification.
    NotFromNotification,
    /// 403: vote: approved without a connection, at a level or for so long as the organisation does not allow.
    NotOffline,
    /// 403: vote: revoked device.
    DeviceRevoked,
    /// 403: vote: unconfirmed device.
    DeviceUnconfirmed,
    /// 409: vote: sequence number used.
    Replayed,
    /// 400: vote: not for this ledger or approval.
    WrongTarget,
    /// 400: vote: bytes, key, signature or reason do not fit.
    InvalidVote,
    /// 422: vote: cannot be granted beyond this once, or not within these limits.
    NotGrantable,
    /// 422: vote: an approve of this level needs a reason in the person's words.
    ReasonRequired,
    /// 429: evaluate: too many requests of this agent wait already.
    Flood,
    /// 403: vote: no delegation in force for that person.
    NotDelegated,
    /// 409: somebody else looks at it; `take_over` replaces them.
    Claimed,
    /// 409: its one extension was used.
    AlreadyExtended,
    /// 409: the policy blocks the edited action.
    EditBlocked,
    /// 423: redeem: a freeze covers it; try again when it is lifted.
    Frozen,
    /// 409: redeem: used by another run.
    AlreadyRedeemed,
    /// 409: redeem: too late.
    PermitExpired,
    /// 409: redeem: taken back.
    PermitRevoked,
    /// 409: redeem: the target changed.
    TargetStateChanged,
    /// 409: the execution has already ended otherwise.
    AlreadyEnded,
    /// 403: the run was begun by another credential, which alone reports its end.
    NotYourRun,
    /// 409: this gate has records of its own that it did not send yet.
    RecordsPending,
    /// 409: bypass: an earlier one of this person or for this scope is open or not reviewed.
    BypassUnreviewed,
    /// 409: bypass: not the number that the other person sees.
    WrongNumber,
    /// 403: bypass: this takes another person, by rule or by policy.
    SecondPerson,
    /// 409: bypass: alone only after a wait.
    TooSoon,
    /// 409: bypass: it does not stand where this step begins.
    BypassState,
    /// 409: it cannot be rolled back, or not now.
    NotOffered,
    /// 409: it changed nothing that is captured.
    NothingToUndo,
    /// 410: the stream's epoch is over: bootstrap.
    EpochGone,
    /// 409: invite: used, expired or for another class.
    InviteUnusable,
    /// 413
    TooLarge,
    /// 422: a value is out of range.
    Invalid,
    /// 503: queue full, try again.
    Busy,
    /// 503: the database cannot be written or is fenced.
    Unavailable,
    /// 500
    Internal,
}

/// The body of every error.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `urn:navi:problem:CODE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short, the same for every occurrence.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable code.
    pub code: Code,
    /// What failed, on what, what to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// For finding it in the server's log.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Where a text is wrong (guardrails, patterns), in the order of the text.
    #[serde(default, skip_serializing_if = "<[_]>::is_empty")]
    #[schema(value_type = Vec<TextProblem>)]
    pub problems: Box<[TextProblem]>,
}

/// One thing that is wrong with a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TextProblem {
    /// Line, from 1; 1 for what concerns the whole text.
    pub line: u64,
    /// Column in characters, from 1; 1 for what concerns the whole text.
    pub column: u64,
    /// What is wrong, and what would help.
    pub reason: String,
    /// The policy it stands in: its `@id`, else its place in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}
