//! Refusals: one code, one detail, and what to log.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use navi_domain::approval::waiting::WaitingRefusal;
use navi_domain::approval::{ApprovalStatus, VoteRefusal};
use navi_domain::bypass::{BypassError, BypassFault};
use navi_domain::canonical::CanonicalError;
use navi_domain::permit::RedeemRefusal;
use navi_protocol::problem::{Code, Problem, TextProblem};
use navi_store::StoreError;

/// Why a request is not done. None of these runs an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// Stable code.
    pub code: Code,
    /// What failed, on what, what to do. Never internal text.
    pub detail: String,
    /// Where a text is wrong.
    pub problems: Vec<TextProblem>,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: Code, detail: impl Into<String>) -> Self {
        Self { code, detail: detail.into(), problems: Vec::new() }
    }

    /// There is no such thing (or not for you).
    #[must_use]
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no {what} {id}."))
    }

    /// The body for the wire.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (status, title) = wire(self.code);
        let name = serde_json::to_value(self.code).ok().and_then(|v| v.as_str().map(str::to_owned));
        Problem {
            kind: format!("urn:navi:problem:{}", name.unwrap_or_default()),
            title: title.to_owned(),
            status: status.as_u16(),
            code: self.code,
            detail: Some(self.detail.clone()),
            request_id: None,
            problems: self.problems.clone().into(),
        }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, _) = wire(self.code);
        let mut response = (status, Json(self.problem())).into_response();
        response
            .headers_mut()
            .insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        let wait = match status {
            StatusCode::SERVICE_UNAVAILABLE => Some("1"),
            StatusCode::TOO_MANY_REQUESTS => Some("30"),
            _ => None,
        };
        if let Some(secs) = wait {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(secs));
        }
        response
    }
}

/// Status and title of each code.
#[must_use]
pub fn wire(code: Code) -> (StatusCode, &'static str) {
    match code {
        Code::BadRequest => (StatusCode::BAD_REQUEST, "The request is not understood"),
        Code::Unauthenticated => (StatusCode::UNAUTHORIZED, "No valid credential"),
        Code::Forbidden => (StatusCode::FORBIDDEN, "This credential may not do that"),
        Code::NotFound => (StatusCode::NOT_FOUND, "Not found"),
        Code::VersionConflict => (StatusCode::CONFLICT, "It changed meanwhile"),
        Code::IdempotencyMismatch => (StatusCode::CONFLICT, "The key was used for another request"),
        Code::AlreadyDecided => (StatusCode::CONFLICT, "Already decided"),
        Code::Expired => (StatusCode::CONFLICT, "Expired"),
        Code::Superseded => (StatusCode::CONFLICT, "Superseded"),
        Code::Cancelled => (StatusCode::CONFLICT, "Cancelled"),
        Code::DigestMismatch => (StatusCode::CONFLICT, "Not the action that was decided"),
        Code::PolicyChanged => (StatusCode::CONFLICT, "The policy changed"),
        Code::OwnRequest => (StatusCode::FORBIDDEN, "Own request"),
        Code::AlreadyVoted => (StatusCode::CONFLICT, "Already voted"),
        Code::StepUpRequired => (StatusCode::FORBIDDEN, "The step-up key is needed"),
        Code::DeviceCeiling => (StatusCode::FORBIDDEN, "Not with this device"),
        Code::NotFromNotification => (StatusCode::FORBIDDEN, "Not in a notification"),
        Code::NotOffline => (StatusCode::FORBIDDEN, "Not without a connection"),
        Code::DeviceRevoked => (StatusCode::FORBIDDEN, "The device was revoked"),
        Code::DeviceUnconfirmed => (StatusCode::FORBIDDEN, "The device is not confirmed"),
        Code::Replayed => (StatusCode::CONFLICT, "The sequence number was used"),
        Code::WrongTarget => (StatusCode::BAD_REQUEST, "The vote is for something else"),
        Code::InvalidVote => (StatusCode::BAD_REQUEST, "The vote does not verify"),
        Code::NotGrantable => (StatusCode::UNPROCESSABLE_ENTITY, "Not beyond this once"),
        Code::ReasonRequired => (StatusCode::UNPROCESSABLE_ENTITY, "A reason is needed"),
        Code::Flood => (StatusCode::TOO_MANY_REQUESTS, "Too many requests wait"),
        Code::NotDelegated => (StatusCode::FORBIDDEN, "No delegation"),
        Code::Claimed => (StatusCode::CONFLICT, "Somebody looks at it already"),
        Code::AlreadyExtended => (StatusCode::CONFLICT, "Already extended"),
        Code::EditBlocked => (StatusCode::CONFLICT, "The edited action is blocked"),
        Code::Frozen => (StatusCode::LOCKED, "Stopped by a freeze"),
        Code::AlreadyRedeemed => (StatusCode::CONFLICT, "Already redeemed"),
        Code::PermitExpired => (StatusCode::CONFLICT, "The permit has expired"),
        Code::PermitRevoked => (StatusCode::CONFLICT, "The permit was revoked"),
        Code::TargetStateChanged => (StatusCode::CONFLICT, "The target changed"),
        Code::NotOffered => (StatusCode::CONFLICT, "It cannot be rolled back"),
        Code::NothingToUndo => (StatusCode::CONFLICT, "There is nothing to undo"),
        Code::AlreadyEnded => (StatusCode::CONFLICT, "Already ended"),
        Code::NotYourRun => (StatusCode::FORBIDDEN, "Somebody else's run"),
        Code::RecordsPending => (StatusCode::CONFLICT, "Records come first"),
        Code::BypassUnreviewed => (StatusCode::CONFLICT, "An earlier bypass must be reviewed first"),
        Code::WrongNumber => (StatusCode::CONFLICT, "Another number"),
        Code::SecondPerson => (StatusCode::FORBIDDEN, "This takes another person"),
        Code::TooSoon => (StatusCode::CONFLICT, "Too soon"),
        Code::BypassState => (StatusCode::CONFLICT, "The bypass does not stand there"),
        Code::EpochGone => (StatusCode::GONE, "The stream starts anew"),
        Code::InviteUnusable => (StatusCode::CONFLICT, "The invite cannot be used"),
        Code::TooLarge => (StatusCode::PAYLOAD_TOO_LARGE, "Too large"),
        Code::Invalid => (StatusCode::UNPROCESSABLE_ENTITY, "A value is out of range"),
        Code::Busy => (StatusCode::SERVICE_UNAVAILABLE, "Busy"),
        Code::Unavailable => (StatusCode::SERVICE_UNAVAILABLE, "The record cannot be written"),
        Code::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "A defect of the server"),
    }
}

impl From<StoreError> for Refusal {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Busy => Self::new(Code::Busy, "Too many changes are waiting. Try again in a moment."),
            StoreError::Cursor(cursor) => Self::new(
                Code::BadRequest,
                format!("{cursor:?} is no cursor of this list. Begin without one."),
            ),
            StoreError::Malformed(what) => {
                tracing::error!(what, "malformed change");
                Self::new(Code::Internal, "The server built a change that it cannot store. Nothing was done.")
            }
            StoreError::Fenced => Self::new(
                Code::Unavailable,
                "The ledger is not the one that was signed: an older copy was put back, or somebody changed it below the \
                 server. Reading works, nothing is changed and nothing may run until an operator has looked: \
                 `navi-server fsck` says what is wrong, `navi-server ledger new-origin` starts anew.",
            ),
            StoreError::Database { .. } | StoreError::Closed => {
                tracing::error!(error = %chain(&error), "the store failed");
                Self::new(
                    Code::Unavailable,
                    "The record could not be written, so nothing was done. Try again.",
                )
            }
        }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

impl From<crate::entropy::EntropyFault> for Refusal {
    fn from(_: crate::entropy::EntropyFault) -> Self {
        Self::new(Code::Unavailable, "The server has no randomness. Nothing was done.")
    }
}

impl From<CanonicalError> for Refusal {
    fn from(error: CanonicalError) -> Self {
        Self::new(Code::BadRequest, format!("The request has no canonical form: {error}."))
    }
}

impl From<VoteRefusal> for Refusal {
    fn from(refusal: VoteRefusal) -> Self {
        let code = match refusal {
            VoteRefusal::AlreadyDecided => Code::AlreadyDecided,
            VoteRefusal::Expired => Code::Expired,
            VoteRefusal::Superseded => Code::Superseded,
            VoteRefusal::Cancelled => Code::Cancelled,
            VoteRefusal::DigestMismatch => Code::DigestMismatch,
            VoteRefusal::PolicyChanged => Code::PolicyChanged,
            VoteRefusal::OwnRequest => Code::OwnRequest,
            VoteRefusal::AlreadyVoted => Code::AlreadyVoted,
            VoteRefusal::NotDelegated => Code::NotDelegated,
            VoteRefusal::NotAllowed => Code::Forbidden,
            VoteRefusal::NotFromNotification => Code::NotFromNotification,
            VoteRefusal::NotOffline => Code::NotOffline,
            VoteRefusal::NotGrantable => Code::NotGrantable,
            VoteRefusal::ReasonRequired => Code::ReasonRequired,
            VoteRefusal::StepUpRequired => Code::StepUpRequired,
            VoteRefusal::DeviceCeiling => Code::DeviceCeiling,
            VoteRefusal::DeviceRevoked => Code::DeviceRevoked,
            VoteRefusal::DeviceUnconfirmed => Code::DeviceUnconfirmed,
            VoteRefusal::Replayed => Code::Replayed,
            VoteRefusal::WrongTarget => Code::WrongTarget,
        };
        Self::new(code, format!("The vote has no effect: {refusal}."))
    }
}

impl From<BypassError> for Refusal {
    fn from(error: BypassError) -> Self {
        let code = match &error {
            BypassError::Minutes { .. }
            | BypassError::Reason
            | BypassError::Incident
            | BypassError::Scope(_)
            | BypassError::TooMany
            | BypassError::Finding => Code::Invalid,
            BypassError::Unreviewed { .. } => Code::BypassUnreviewed,
            BypassError::NotAsked | BypassError::NotActive | BypassError::NoReview => Code::BypassState,
            BypassError::SamePerson | BypassError::Alone => Code::SecondPerson,
            BypassError::WrongNumber => Code::WrongNumber,
            BypassError::TooSoon => Code::TooSoon,
        };
        Self::new(code, format!("Nothing was changed: {error}."))
    }
}

impl From<BypassFault> for Refusal {
    fn from(fault: BypassFault) -> Self {
        let code = match fault {
            BypassFault::Malformed | BypassFault::ForeignKey | BypassFault::BadSignature => Code::InvalidVote,
            BypassFault::WrongTarget => Code::WrongTarget,
            BypassFault::StepUpRequired => Code::StepUpRequired,
            BypassFault::DeviceCeiling => Code::DeviceCeiling,
            BypassFault::DeviceRevoked => Code::DeviceRevoked,
            BypassFault::DeviceUnconfirmed => Code::DeviceUnconfirmed,
            BypassFault::Replayed => Code::Replayed,
        };
        Self::new(code, format!("The statement has no effect: {fault}."))
    }
}

impl From<WaitingRefusal> for Refusal {
    fn from(refusal: WaitingRefusal) -> Self {
        let code = match &refusal {
            WaitingRefusal::Ended(ApprovalStatus::Expired) => Code::Expired,
            WaitingRefusal::Ended(ApprovalStatus::Superseded) => Code::Superseded,
            WaitingRefusal::Ended(ApprovalStatus::Cancelled) => Code::Cancelled,
            WaitingRefusal::Ended(_) => Code::AlreadyDecided,
            WaitingRefusal::Claimed(_) => Code::Claimed,
            WaitingRefusal::Extended => Code::AlreadyExtended,
            WaitingRefusal::Length(_) | WaitingRefusal::Snooze => Code::Invalid,
        };
        Self::new(code, format!("Nothing was changed: {refusal}."))
    }
}

impl From<RedeemRefusal> for Refusal {
    fn from(refusal: RedeemRefusal) -> Self {
        let code = match refusal {
            RedeemRefusal::AlreadyRedeemed => Code::AlreadyRedeemed,
            RedeemRefusal::Frozen => Code::Frozen,
            RedeemRefusal::Expired => Code::PermitExpired,
            RedeemRefusal::Revoked => Code::PermitRevoked,
            RedeemRefusal::DigestMismatch => Code::DigestMismatch,
            RedeemRefusal::TargetStateChanged => Code::TargetStateChanged,
        };
        Self::new(code, format!("Nothing may run: {refusal}. Ask for a new decision."))
    }
}
