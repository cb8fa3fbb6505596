//! A request to people: pending → approved, rejected, expired, superseded or cancelled. Final states are final.

use serde::{Deserialize, Serialize};

pub mod snooze;
pub mod waiting;

use self::snooze::Snooze;
use crate::UtcMicros;
use crate::delegation::{Delegation, stands_for};
use crate::evidence::KeyPurpose;
use crate::oncall::line::Alert;
use crate::people::Device;
use crate::risk::Level;
use crate::vote::{Surface, Vote, VoteVerdict};

/// Where an approval stands. Only `pending` can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ApprovalStatus {
    /// Waits for people.
    Pending,
    /// The quorum approved.
    Approved,
    /// Somebody rejected.
    Rejected,
    /// Nobody decided in time.
    Expired,
    /// Another request took its place.
    Superseded,
    /// The requester withdrew it.
    Cancelled,
}

impl ApprovalStatus {
    /// Spelling in JSON, SQL and UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Expired => "expired",
            Self::Superseded => "superseded",
            Self::Cancelled => "cancelled",
        }
    }
}

/// A counted vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CountedVote {
    /// Who.
    pub user: String,
    /// With which device.
    pub device_id: String,
    /// Approve or reject.
    pub verdict: VoteVerdict,
    /// Where.
    pub surface: Surface,
    /// In the person's words; empty when none were given.
    pub reason: String,
    /// The person for whom it was cast, under a delegation; that person's place is filled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub for_user: Option<String>,
    /// Cast by the requester under the explicit permission of a one-person team.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub own_request: bool,
    /// When the server accepted it.
    pub at: UtcMicros,
}

/// Somebody looks at it. Binds nobody: others may still vote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// Who.
    pub user: String,
    /// Since when.
    pub at: UtcMicros,
}

/// A request to people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Id (UUID v7).
    pub id: String,
    /// The decision that asked.
    pub decision_id: String,
    /// The person who asked, or for whom the agent asked. Does not count as approver.
    pub requester: String,
    /// Digest it is bound to.
    pub digest: String,
    /// Policy hash it is bound to.
    pub policy_hash: String,
    /// Level of the risk.
    pub level: Level,
    /// How many distinct people must approve.
    pub quorum: u8,
    /// State.
    pub status: ApprovalStatus,
    /// Votes that counted, in order.
    pub votes: Vec<CountedVote>,
    /// Asked at.
    pub created_at: UtcMicros,
    /// The last instant at which a vote counts.
    pub expires_at: UtcMicros,
    /// When the final state was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<UtcMicros>,
    /// The approval that took its place.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<String>,
    /// Who looks at it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claimed_by: Option<Claim>,
    /// Who put it off until when; at most one a person.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub snoozes: Vec<Snooze>,
    /// Whether its one extension was used.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub extended: bool,
    /// Since when its time stands still, because a freeze covers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_at: Option<UtcMicros>,
    /// For how long it stood still in all, in microseconds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub stood: i64,
    /// Who was alerted while it waited, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub alerts: Vec<Alert>,
    /// When it had waited longer than the organisation's target.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_missed_at: Option<UtcMicros>,
    /// The approval that a person edited into this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_from: Option<String>,
    /// Row version.
    pub version: u64,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

/// Why a vote has no effect. The names are the outcomes of the conflict table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "snake_case")]
pub enum VoteRefusal {
    /// Somebody was first.
    #[error("it was already decided")]
    AlreadyDecided,
    /// The server received it too late.
    #[error("it expired before the vote arrived")]
    Expired,
    /// Another request took its place.
    #[error("it was replaced by a newer request")]
    Superseded,
    /// The requester withdrew it.
    #[error("it was withdrawn")]
    Cancelled,
    /// The vote is for other content than this approval's.
    #[error("the vote was signed for other content")]
    DigestMismatch,
    /// The policy changed since the vote was signed.
    #[error("the policy changed since the vote was signed")]
    PolicyChanged,
    /// The requester cannot approve.
    #[error("you cannot decide your own request")]
    OwnRequest,
    /// The same person already fills a place, themself or through a delegate.
    #[error("one person fills one place, and this one's is filled")]
    AlreadyVoted,
    /// No delegation in force lets this person vote for that one.
    #[error("no delegation in force lets you vote for that person")]
    NotDelegated,
    /// The level needs the step-up key.
    #[error("this level needs your step-up key")]
    StepUpRequired,
    /// This device may not approve this level.
    #[error("this device may not approve this level")]
    DeviceCeiling,
    /// The device was revoked.
    #[error("this device was revoked")]
    DeviceRevoked,
    /// A further device that nobody confirmed yet.
    #[error("this device must first be confirmed on an earlier one")]
    DeviceUnconfirmed,
    /// `device_seq` does not exceed the last accepted one.
    #[error("the vote's sequence number was already used")]
    Replayed,
    /// The organisation's guardrails do not let this person approve it.
    #[error("your organisation's guardrails do not let you approve this")]
    NotAllowed,
    /// What the vote would let be repeated cannot be granted; it can be approved once.
    #[error("this cannot be granted beyond this once")]
    NotGrantable,
    /// The organisation wants a reason with an approve of this level, and there is none.
    #[error("your organisation wants a reason with an approve of this level")]
    ReasonRequired,
    /// The organisation does not let this level be approved in a notification.
    #[error("your organisation does not let this level be approved in a notification")]
    NotFromNotification,
    /// The organisation does not let this level be approved offline.
    #[error("it was approved without a connection, which your organisation does not allow for this level")]
    NotOffline,
    /// The vote names another organisation, ledger or approval.
    #[error("the vote is for another ledger or approval")]
    WrongTarget,
}

/// What a vote stands on beside the voter's own right.
#[derive(Clone, Copy, Debug, Default)]
pub struct Standing<'a> {
    /// The absent person it is cast for. Rests on `delegations`; the statement that was signed stays the voter's own.
    pub for_user: Option<&'a str>,
    /// The delegations that the server knows.
    pub delegations: &'a [Delegation],
    /// The requester has the explicit permission of a one-person team.
    pub self_approver: bool,
}

impl Approval {
    /// [`Approval::cast_as`] in one's own name, without further permission.
    ///
    /// # Errors
    /// [`VoteRefusal`]; the approval is unchanged.
    pub fn cast(
        &self,
        vote: &Vote,
        purpose: KeyPurpose,
        device: &Device,
        reason: &str,
        now: UtcMicros,
    ) -> Result<Self, VoteRefusal> {
        self.cast_as(vote, purpose, device, reason, &Standing::default(), now)
    }

    /// Counts a vote whose signature was verified ([`crate::evidence::open_vote`]), received at `now`.
    /// The first reject, or the `quorum`-th distinct approve, is final. Both the voter and the person voted for fill that
    /// one place: neither can fill another.
    ///
    /// # Errors
    /// [`VoteRefusal`]; the approval is unchanged.
    pub fn cast_as(
        &self,
        vote: &Vote,
        purpose: KeyPurpose,
        device: &Device,
        reason: &str,
        standing: &Standing<'_>,
        now: UtcMicros,
    ) -> Result<Self, VoteRefusal> {
        self.admit(vote, purpose, device, standing, now)?;
        let mut next = self.clone();
        next.votes.push(CountedVote {
            user: device.user.clone(),
            device_id: device.id.clone(),
            verdict: vote.verdict,
            surface: vote.surface,
            reason: reason.to_owned(),
            for_user: standing.for_user.map(str::to_owned),
            own_request: vote.verdict == VoteVerdict::Approve && device.user == self.requester,
            at: now,
        });
        let approvals = next.votes.iter().filter(|v| v.verdict == VoteVerdict::Approve).count();
        let end = match vote.verdict {
            VoteVerdict::Reject => Some(ApprovalStatus::Rejected),
            VoteVerdict::Approve if approvals >= usize::from(self.quorum) => Some(ApprovalStatus::Approved),
            VoteVerdict::Approve => None,
        };
        if let Some(status) = end {
            next.status = status;
            next.ended_at = Some(now);
        }
        Ok(next)
    }

    fn admit(
        &self,
        vote: &Vote,
        purpose: KeyPurpose,
        device: &Device,
        standing: &Standing<'_>,
        now: UtcMicros,
    ) -> Result<(), VoteRefusal> {
        if vote.approval_id != self.id {
            return Err(VoteRefusal::WrongTarget);
        }
        if device.revoked_at.is_some() {
            return Err(VoteRefusal::DeviceRevoked);
        }
        if device.confirmed_at.is_none() {
            return Err(VoteRefusal::DeviceUnconfirmed);
        }
        if vote.device_seq <= device.last_seq {
            return Err(VoteRefusal::Replayed);
        }
        match self.status {
            ApprovalStatus::Pending => {}
            ApprovalStatus::Approved | ApprovalStatus::Rejected => return Err(VoteRefusal::AlreadyDecided),
            ApprovalStatus::Expired => return Err(VoteRefusal::Expired),
            ApprovalStatus::Superseded => return Err(VoteRefusal::Superseded),
            ApprovalStatus::Cancelled => return Err(VoteRefusal::Cancelled),
        }
        if self.clock(now) > self.expires_at {
            return Err(VoteRefusal::Expired);
        }
        if vote.digest != self.digest {
            return Err(VoteRefusal::DigestMismatch);
        }
        if let Some(absent) = standing.for_user {
            if !stands_for(&device.user, standing.delegations, now).contains(&absent) {
                return Err(VoteRefusal::NotDelegated);
            }
            if absent == self.requester {
                return Err(VoteRefusal::OwnRequest);
            }
        }
        if vote.verdict == VoteVerdict::Reject {
            return Ok(());
        }
        if vote.policy_hash != self.policy_hash {
            return Err(VoteRefusal::PolicyChanged);
        }
        if device.user == self.requester && !may_approve_own(device, standing) {
            return Err(VoteRefusal::OwnRequest);
        }
        if self.fills_a_place(&device.user) || standing.for_user.is_some_and(|u| self.fills_a_place(u)) {
            return Err(VoteRefusal::AlreadyVoted);
        }
        if self.level > device.ceiling() {
            return Err(VoteRefusal::DeviceCeiling);
        }
        if self.level.needs_step_up() && purpose != KeyPurpose::StepUp {
            return Err(VoteRefusal::StepUpRequired);
        }
        Ok(())
    }

    /// Whether this person's place is filled: by themself, or by a delegate for them.
    fn fills_a_place(&self, user: &str) -> bool {
        self.votes.iter().any(|v| v.user == user || v.for_user.as_deref() == Some(user))
    }

    /// The approval after its time, if it is still pending and the time has come.
    #[must_use]
    pub fn expire(&self, now: UtcMicros) -> Option<Self> {
        (self.clock(now) > self.expires_at).then(|| self.end(ApprovalStatus::Expired, now)).flatten()
    }

    /// The instant that its deadline is held against: it stands still under a freeze.
    #[must_use]
    pub fn clock(&self, now: UtcMicros) -> UtcMicros {
        self.frozen_at.map_or(now, |at| at.min(now))
    }

    /// The approval with its time standing still since `at`; `None` when it is not pending or stands still already.
    #[must_use]
    pub fn freeze(&self, at: UtcMicros) -> Option<Self> {
        (self.status == ApprovalStatus::Pending && self.frozen_at.is_none())
            .then(|| Self { frozen_at: Some(at.max(self.created_at)), ..self.clone() })
    }

    /// The approval with its time running again since `at`: what was left when it stopped is left now. `None` when its
    /// time did not stand still.
    #[must_use]
    pub fn thaw(&self, at: UtcMicros) -> Option<Self> {
        let stood = (at - self.frozen_at?).max(0);
        Some(Self {
            frozen_at: None,
            expires_at: self.expires_at + stood,
            stood: self.stood + stood,
            ..self.clone()
        })
    }

    /// The approval replaced by another; `None` when it is no longer pending.
    #[must_use]
    pub fn supersede(&self, by: &str, now: UtcMicros) -> Option<Self> {
        self.end(ApprovalStatus::Superseded, now).map(|a| Self { superseded_by: Some(by.to_owned()), ..a })
    }

    /// The approval withdrawn by its requester; `None` when it is no longer pending.
    #[must_use]
    pub fn cancel(&self, now: UtcMicros) -> Option<Self> {
        self.end(ApprovalStatus::Cancelled, now)
    }

    fn end(&self, status: ApprovalStatus, now: UtcMicros) -> Option<Self> {
        (self.status == ApprovalStatus::Pending).then(|| Self { status, ended_at: Some(now), ..self.clone() })
    }
}

/// Their own request: only with the permission, in their own name, and never where agents run.
fn may_approve_own(device: &Device, standing: &Standing<'_>) -> bool {
    standing.self_approver && standing.for_user.is_none() && !device.shared
}
