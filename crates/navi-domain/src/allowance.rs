//! Allowances: how far an organisation lets people approve where less care is possible, without a connection and in a
//! notification. Rejecting is always possible, everywhere.

use serde::{Deserialize, Serialize};

use crate::approval::VoteRefusal;
use crate::risk::Level;
use crate::vote::{Surface, Vote, VoteVerdict};
use crate::{MINUTE, UtcMicros};

/// Highest level that may be approved so. High and critical never may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpTo {
    /// Nothing.
    None,
    /// Low risk.
    Low,
    /// Low and medium risk.
    Medium,
}

impl UpTo {
    /// Every one, the strictest first.
    pub const ALL: [Self; 3] = [Self::None, Self::Low, Self::Medium];

    /// Spelling in JSON and UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Low => "low",
            Self::Medium => "medium",
        }
    }

    /// Whether a level may be approved so.
    #[must_use]
    pub fn permits(self, level: Level) -> bool {
        match self {
            Self::None => false,
            Self::Low => level <= Level::Low,
            Self::Medium => level <= Level::Medium,
        }
    }
}

/// Minutes after the last contact within which an approve may be signed offline, at most.
pub const MOST_MINUTES: u32 = 1_440;
/// What a vote may take to arrive and still counts as sent at once.
const SENT_AT_ONCE: UtcMicros = 5 * MINUTE;

/// What an organisation allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Allowances {
    /// What may be approved without a connection.
    pub offline: UpTo,
    /// For so many minutes after the last contact it may be signed: 1–1440. How long it is on its way then is no matter: it
    /// counts while the request is open.
    pub offline_minutes: u32,
    /// What may be approved in a notification.
    pub notification: UpTo,
}

impl Default for Allowances {
    fn default() -> Self {
        Self { offline: UpTo::Medium, offline_minutes: 240, notification: UpTo::Medium }
    }
}

impl Allowances {
    /// How long after the last contact an approve may be signed offline.
    #[must_use]
    pub fn lease(&self) -> UtcMicros {
        UtcMicros::from(self.offline_minutes) * MINUTE
    }

    /// Whether a vote received at `now` is within what is allowed. A console signs with the server's time as it knows it,
    /// so that a vote of one that arrives late was signed without a connection; what other clocks say proves nothing
    /// and is not looked at.
    ///
    /// # Errors
    /// [`VoteRefusal::NotFromNotification`] and [`VoteRefusal::NotOffline`].
    pub fn admit(&self, vote: &Vote, level: Level, now: UtcMicros) -> Result<(), VoteRefusal> {
        if vote.verdict == VoteVerdict::Reject {
            return Ok(());
        }
        if vote.surface == Surface::Notification && !self.notification.permits(level) {
            return Err(VoteRefusal::NotFromNotification);
        }
        let by_console = matches!(vote.surface, Surface::Notification | Surface::Tray | Surface::Window);
        let under_way = now.saturating_sub(vote.made_at);
        let kept = by_console && under_way > SENT_AT_ONCE;
        if kept && !self.offline.permits(level) {
            return Err(VoteRefusal::NotOffline);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vote::VoteScope;

    const SURFACES: [Surface; 5] =
        [Surface::Notification, Surface::Tray, Surface::Window, Surface::Web, Surface::Terminal];

    fn vote(verdict: VoteVerdict, surface: Surface) -> Vote {
        Vote {
            v: 1,
            origin: "o".into(),
            org: "acme".into(),
            approval_id: "a".into(),
            digest: "d".into(),
            policy_hash: "p".into(),
            verdict,
            scope: VoteScope::Once,
            reason_commitment: String::new(),
            surface,
            key_id: "k".into(),
            device_seq: 1,
            made_at: 0,
        }
    }

    #[test]
    fn a_reject_is_always_within_what_is_allowed() {
        let nothing = Allowances { offline: UpTo::None, notification: UpTo::None, offline_minutes: 1 };
        for (surface, level) in SURFACES.into_iter().flat_map(|s| Level::ALL.map(|l| (s, l))) {
            assert_eq!(nothing.admit(&vote(VoteVerdict::Reject, surface), level, i64::MAX), Ok(()));
        }
    }

    #[test]
    fn a_notification_approves_no_more_than_is_allowed_and_never_high_or_critical() {
        for (up_to, most) in
            [(UpTo::None, None), (UpTo::Low, Some(Level::Low)), (UpTo::Medium, Some(Level::Medium))]
        {
            let allowed = Allowances { notification: up_to, ..Allowances::default() };
            for level in Level::ALL {
                let may = most.is_some_and(|most| level <= most);
                let said = allowed.admit(&vote(VoteVerdict::Approve, Surface::Notification), level, 0);
                assert_eq!(
                    said,
                    if may { Ok(()) } else { Err(VoteRefusal::NotFromNotification) },
                    "{up_to:?} {level:?}"
                );
                let elsewhere = vote(VoteVerdict::Approve, Surface::Window);
                assert_eq!(allowed.admit(&elsewhere, level, 0), Ok(()), "only in notifications");
            }
        }
    }

    #[test]
    fn what_a_console_kept_counts_only_where_it_is_allowed_offline() {
        let allowed = Allowances { offline: UpTo::Low, offline_minutes: 60, ..Allowances::default() };
        let at = |level, minutes: i64| {
            allowed.admit(&vote(VoteVerdict::Approve, Surface::Window), level, minutes * MINUTE)
        };
        assert_eq!(
            (at(Level::Low, 600), at(Level::Medium, 5)),
            (Ok(()), Ok(())),
            "however long it was on its way"
        );
        assert_eq!(at(Level::Medium, 6), Err(VoteRefusal::NotOffline));
        assert_eq!(at(Level::Critical, 6), Err(VoteRefusal::NotOffline));
        let by_terminal = vote(VoteVerdict::Approve, Surface::Terminal);
        assert_eq!(
            allowed.admit(&by_terminal, Level::Critical, 600 * MINUTE),
            Ok(()),
            "its clock proves nothing"
        );
    }
}
