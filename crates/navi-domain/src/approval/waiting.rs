//! What people do with a pending approval beside voting: claim it, give it more time once, change its action.

use super::{Approval, ApprovalStatus, Claim};
use crate::{SECOND, UtcMicros};

/// Why an approval cannot be claimed, released or extended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaitingRefusal {
    /// It has ended.
    #[error("it is no longer pending but {}", .0.as_str())]
    Ended(ApprovalStatus),
    /// Somebody else looks at it.
    #[error("{} looks at it already", .0.user)]
    Claimed(Claim),
    /// Its one extension was used.
    #[error("it was extended once already")]
    Extended,
    /// Its end has passed, or the deadline is less than a minute away.
    #[error("a snooze must end in the future and a minute before the deadline")]
    Snooze,
    /// Not within the organisation's limit, in seconds.
    #[error("an extension must be between 1 and {0} seconds")]
    Length(u32),
}

impl Approval {
    /// "I am on it." Binds nobody; only `take_over` replaces somebody else's claim.
    ///
    /// # Errors
    /// [`WaitingRefusal::Ended`], [`WaitingRefusal::Claimed`].
    pub fn claim(&self, user: &str, take_over: bool, now: UtcMicros) -> Result<Self, WaitingRefusal> {
        self.waits(now)?;
        match &self.claimed_by {
            Some(claim) if claim.user == user => Ok(self.clone()),
            Some(claim) if !take_over => Err(WaitingRefusal::Claimed(claim.clone())),
            _ => Ok(Self { claimed_by: Some(Claim { user: user.to_owned(), at: now }), ..self.clone() }),
        }
    }

    /// Gives one's own claim back. Without one nothing changes.
    ///
    /// # Errors
    /// [`WaitingRefusal::Ended`], [`WaitingRefusal::Claimed`] by somebody else.
    pub fn release(&self, user: &str, now: UtcMicros) -> Result<Self, WaitingRefusal> {
        self.waits(now)?;
        match &self.claimed_by {
            Some(claim) if claim.user != user => Err(WaitingRefusal::Claimed(claim.clone())),
            _ => Ok(Self { claimed_by: None, ..self.clone() }),
        }
    }

    /// Gives it `secs` more, at most `limit_secs`, once.
    ///
    /// # Errors
    /// [`WaitingRefusal::Ended`], [`WaitingRefusal::Extended`], [`WaitingRefusal::Length`].
    pub fn extend(&self, secs: u32, limit_secs: u32, now: UtcMicros) -> Result<Self, WaitingRefusal> {
        self.waits(now)?;
        if self.extended {
            return Err(WaitingRefusal::Extended);
        }
        if secs == 0 || secs > limit_secs {
            return Err(WaitingRefusal::Length(limit_secs));
        }
        let expires_at = self.expires_at + UtcMicros::from(secs) * SECOND;
        Ok(Self { expires_at, extended: true, ..self.clone() })
    }

    /// Refuses unless people can still decide it at this instant.
    ///
    /// # Errors
    /// [`WaitingRefusal::Ended`].
    pub fn waits(&self, now: UtcMicros) -> Result<(), WaitingRefusal> {
        match self.status {
            ApprovalStatus::Pending if self.clock(now) > self.expires_at => {
                Err(WaitingRefusal::Ended(ApprovalStatus::Expired))
            }
            ApprovalStatus::Pending => Ok(()),
            ended => Err(WaitingRefusal::Ended(ended)),
        }
    }
}
