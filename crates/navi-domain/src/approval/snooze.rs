//! "Not now": one person puts a pending request off. Nobody else's queue and no deadline changes; when too few are left
//! to decide it, the next in line is alerted at once.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::waiting::WaitingRefusal;
use super::{Approval, Claim};
use crate::vote::VoteVerdict;
use crate::{SECOND, UtcMicros};

/// A snooze ends at least this long before the deadline, so that it can still be answered.
pub const LAST_CALL: UtcMicros = 60 * SECOND;

/// One person does not want to hear of it until an instant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snooze {
    /// Who.
    pub user: String,
    /// Until when.
    pub until: UtcMicros,
    /// Since when.
    pub at: UtcMicros,
}

impl Approval {
    /// Puts it off for `user`, at the latest until [`LAST_CALL`] before the deadline; another snooze of the same person is
    /// replaced. Who puts off what they claimed gives the claim back.
    ///
    /// # Errors
    /// [`WaitingRefusal::Ended`]; [`WaitingRefusal::Snooze`] when `until` has passed or the deadline is too near.
    pub fn snooze(&self, user: &str, until: UtcMicros, now: UtcMicros) -> Result<Self, WaitingRefusal> {
        self.waits(now)?;
        let left = self.expires_at - self.clock(now);
        let until = until.min(now + left - LAST_CALL);
        if until <= now {
            return Err(WaitingRefusal::Snooze);
        }
        let mut next = self.clone();
        next.snoozes.retain(|s| s.user != user && s.until > now);
        next.snoozes.push(Snooze { user: user.to_owned(), until, at: now });
        let own = |claim: &Claim| claim.user == user;
        next.claimed_by = next.claimed_by.filter(|claim| !own(claim));
        Ok(next)
    }

    /// Ends `user`'s snooze. Without one nothing changes.
    ///
    /// # Errors
    /// [`WaitingRefusal::Ended`]
    pub fn wake(&self, user: &str, now: UtcMicros) -> Result<Self, WaitingRefusal> {
        self.waits(now)?;
        let mut next = self.clone();
        next.snoozes.retain(|s| s.user != user);
        Ok(next)
    }

    /// The snooze of `user` that is in force.
    #[must_use]
    pub fn snooze_of(&self, user: &str, now: UtcMicros) -> Option<&Snooze> {
        self.snoozes.iter().find(|s| s.user == user && s.until > now)
    }

    /// Whether `there` (people who may decide it and can be reached) are too few for what is missing, once those who
    /// snooze, who voted, and the requester are taken off.
    #[must_use]
    pub fn lacks_people(&self, there: &BTreeSet<String>, now: UtcMicros) -> bool {
        let approvals = self.votes.iter().filter(|v| v.verdict == VoteVerdict::Approve).count();
        let voted =
            |user: &str| self.votes.iter().any(|v| v.user == user || v.for_user.as_deref() == Some(user));
        let free = there
            .iter()
            .filter(|user| **user != self.requester && !voted(user) && self.snooze_of(user, now).is_none());
        free.count() < usize::from(self.quorum).saturating_sub(approvals)
    }
}
