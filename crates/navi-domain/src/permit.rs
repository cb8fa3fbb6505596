//! The single-use right to run one digest: issued → redeemed, expired or revoked.

use serde::{Deserialize, Serialize};

use crate::action::TargetState;
use crate::{SECOND, UtcMicros};

/// A permit lives ten minutes.
pub const PERMIT_LIFE: UtcMicros = 600 * SECOND;

/// Where a permit stands. Only `issued` can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PermitStatus {
    /// May be redeemed.
    Issued,
    /// Was redeemed once.
    Redeemed,
    /// Ran out.
    Expired,
    /// Taken back by a later reject, revocation or stricter policy.
    Revoked,
}

/// The right to run one digest once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permit {
    /// Id (UUID v7).
    pub id: String,
    /// The decision it rests on.
    pub decision_id: String,
    /// The approval it rests on, absent for AUTO.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// Digest (hex) it is bound to.
    pub digest: String,
    /// Target state it is bound to.
    pub target_state: TargetState,
    /// Policy hash under which it was issued.
    pub policy_hash: String,
    /// State.
    pub status: PermitStatus,
    /// Issued at.
    pub issued_at: UtcMicros,
    /// Last instant at which it may be redeemed.
    pub expires_at: UtcMicros,
    /// Since when its time stands still, because a freeze covers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub frozen_at: Option<UtcMicros>,
    /// The nonce that redeemed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_nonce: Option<String>,
    /// The execution it became.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// Row version.
    pub version: u64,
}

/// Why a redeem is refused; none of them runs the action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RedeemRefusal {
    /// Used by another run.
    #[error("the permit was already redeemed by another run")]
    AlreadyRedeemed,
    /// Too late.
    #[error("the permit has expired")]
    Expired,
    /// Taken back.
    #[error("the permit was revoked")]
    Revoked,
    /// A freeze covers it: not now.
    #[error("a freeze covers it; nothing runs until it is lifted")]
    Frozen,
    /// Other material than was decided.
    #[error("the action is not the one that was decided")]
    DigestMismatch,
    /// The target changed since it was shown.
    #[error("the target changed since the action was decided")]
    TargetStateChanged,
}

/// What a redeem finds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Redeem {
    /// The permit becomes this execution.
    Start(Box<Permit>),
    /// The same run asked again: the execution it already has.
    Replay(String),
}

impl Permit {
    /// Redeems for a run. `digest_at_target` is the digest of the presented material with the *stored* target state and
    /// salt, so that a changed action and a changed target are told apart.
    ///
    /// # Errors
    /// [`RedeemRefusal`].
    pub fn redeem(
        &self,
        digest_at_target: &str,
        target_state: &TargetState,
        run_nonce: &str,
        execution_id: &str,
        now: UtcMicros,
    ) -> Result<Redeem, RedeemRefusal> {
        if digest_at_target != self.digest {
            return Err(RedeemRefusal::DigestMismatch);
        }
        match (self.status, &self.run_nonce, &self.execution_id) {
            (PermitStatus::Redeemed, Some(nonce), Some(execution)) if nonce == run_nonce => {
                return Ok(Redeem::Replay(execution.clone()));
            }
            (PermitStatus::Redeemed, _, _) => return Err(RedeemRefusal::AlreadyRedeemed),
            (PermitStatus::Revoked, _, _) => return Err(RedeemRefusal::Revoked),
            (PermitStatus::Expired, _, _) => return Err(RedeemRefusal::Expired),
            (PermitStatus::Issued, _, _) => {}
        }
        if self.frozen_at.is_some() {
            return Err(RedeemRefusal::Frozen);
        }
        if now > self.expires_at {
            return Err(RedeemRefusal::Expired);
        }
        if target_state != &self.target_state {
            return Err(RedeemRefusal::TargetStateChanged);
        }
        Ok(Redeem::Start(Box::new(Self {
            status: PermitStatus::Redeemed,
            run_nonce: Some(run_nonce.to_owned()),
            execution_id: Some(execution_id.to_owned()),
            ..self.clone()
        })))
    }

    /// The permit with its time standing still since `at`; `None` when it is not issued or stands still already.
    #[must_use]
    pub fn freeze(&self, at: UtcMicros) -> Option<Self> {
        (self.status == PermitStatus::Issued && self.frozen_at.is_none())
            .then(|| Self { frozen_at: Some(at.max(self.issued_at)), ..self.clone() })
    }

    /// The permit with its time running again since `at`; `None` when its time did not stand still.
    #[must_use]
    pub fn thaw(&self, at: UtcMicros) -> Option<Self> {
        let stood = (at - self.frozen_at?).max(0);
        Some(Self { frozen_at: None, expires_at: self.expires_at + stood, ..self.clone() })
    }

    /// The permit after its end of life, if that has come.
    #[must_use]
    pub fn expire(&self, now: UtcMicros) -> Option<Self> {
        (self.status == PermitStatus::Issued && self.frozen_at.is_none() && now > self.expires_at)
            .then(|| Self { status: PermitStatus::Expired, ..self.clone() })
    }

    /// The permit taken back; `None` when it is no longer open.
    #[must_use]
    pub fn revoke(&self) -> Option<Self> {
        (self.status == PermitStatus::Issued).then(|| Self { status: PermitStatus::Revoked, ..self.clone() })
    }
}
