//! What the tray shows, read from the console. Values only.

use chrono::{Local, TimeZone as _};
use navi_domain::risk::Level;
use navi_domain::{SECOND, UtcMicros};
use navi_protocol::approvals::ApprovalView;
use navi_replica::{Integrity, OutboxState, QueueItem, ReplicaError, ReplicaState};

use crate::console::{Mode, Ready};
use crate::words::level_of;

/// Everything icon and menu depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrayState {
    /// What can be done here.
    pub(crate) standing: Standing,
    /// Connection.
    pub(crate) link: Link,
    /// Requests waiting for this person.
    pub(crate) waiting: usize,
    /// Of them high and critical ones.
    pub(crate) grave: usize,
    /// Of them critical ones.
    pub(crate) critical: usize,
    /// The most urgent ones, at most three.
    pub(crate) urgent: Vec<Urgent>,
    /// Votes not accepted yet.
    pub(crate) unsent: u64,
    /// Votes that had no effect and were not dismissed.
    pub(crate) needs_you: u64,
    /// The ledger contradicts itself.
    pub(crate) broken_record: bool,
}

/// What can be done here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The keystore was not asked yet.
    #[default]
    Starting,
    /// No device yet.
    NotEnrolled,
    /// Keys or copy cannot be read.
    Locked,
    /// Revoked.
    SignedOut,
    /// Enrolled.
    Enrolled,
}

/// Connection in words for the menu.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Link {
    /// Events arrive.
    Live,
    /// Never connected since the start of this enrolment.
    #[default]
    Connecting,
    /// Not connected; local time of the last contact, such as `14:02` or `3 Mar 14:02`.
    OfflineSince(String),
}

/// A waiting request in the menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Urgent {
    /// Its id.
    pub(crate) approval_id: String,
    /// Its level.
    pub(crate) level: Level,
    /// The server's title.
    pub(crate) title: String,
    /// Whole minutes left, rounded down.
    pub(crate) minutes_left: i64,
}

impl TrayState {
    /// Reads what there is to show now.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub(crate) fn read(mode: &Mode) -> Result<Self, ReplicaError> {
        let standing = match mode {
            Mode::Starting => Standing::Starting,
            Mode::Enroll => Standing::NotEnrolled,
            Mode::Locked(_) => Standing::Locked,
            Mode::Ready(ready) => return Self::of(ready),
        };
        Ok(Self { standing, ..Self::default() })
    }

    fn of(ready: &Ready) -> Result<Self, ReplicaError> {
        let replica = &ready.replica;
        let state = replica.watch().borrow().clone();
        let now = replica.server_now();
        let user = replica.identity()?.map(|i| i.user).unwrap_or_default();
        let mut waiting: Vec<ApprovalView> = replica
            .queue()?
            .into_iter()
            .filter(|item| !is_signed(item))
            .map(|item| item.approval)
            .filter(|view| view.left(now) > 0 && view.requester != user)
            .collect();
        waiting.sort_by(|a, b| {
            level_of(&b.level).cmp(&level_of(&a.level)).then(a.expires_at.cmp(&b.expires_at))
        });
        let at_least = |level| waiting.iter().filter(|v| level_of(&v.level) >= level).count();
        Ok(Self {
            standing: if state.signed_out { Standing::SignedOut } else { Standing::Enrolled },
            link: link(&state, now),
            waiting: waiting.len(),
            grave: at_least(Level::High),
            critical: at_least(Level::Critical),
            urgent: waiting.iter().take(3).map(|view| urgent(view, now)).collect(),
            unsent: state.unsent,
            needs_you: state.needs_you,
            broken_record: matches!(state.integrity, Integrity::Broken { .. }),
        })
    }
}

fn urgent(view: &ApprovalView, now: UtcMicros) -> Urgent {
    Urgent {
        approval_id: view.id.clone(),
        level: level_of(&view.level),
        title: view.title.clone(),
        minutes_left: view.left(now) / (60 * SECOND),
    }
}

fn link(state: &ReplicaState, now: UtcMicros) -> Link {
    if state.online && !state.stale {
        return Link::Live;
    }
    let Some(at) = state.last_sync_at else { return Link::Connecting };
    let format = if now - at < 20 * 3600 * SECOND { "%H:%M" } else { "%-d %b %H:%M" };
    // The last contact is in server time; the person reads this machine's clock.
    match Local.timestamp_micros(at + state.clock_offset_ms * 1000).single() {
        Some(at) => Link::OfflineSince(at.format(format).to_string()),
        None => Link::Connecting,
    }
}

/// Whether the person has done their part: signed here and not refused.
pub(crate) fn is_signed(item: &QueueItem) -> bool {
    let under_way = [OutboxState::Unsent, OutboxState::Sending, OutboxState::Recorded];
    item.outbox.as_ref().is_some_and(|vote| under_way.contains(&vote.state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_is_said_as_it_is() {
        let hour = 3600 * SECOND;
        let at = |online, stale, last_sync_at| {
            link(&ReplicaState { online, stale, last_sync_at, ..ReplicaState::default() }, 100 * hour)
        };
        assert_eq!(at(true, false, Some(100 * hour)), Link::Live);
        assert_eq!(at(false, false, None), Link::Connecting);
        let words = |found| if let Link::OfflineSince(words) = found { words } else { String::new() };
        assert_eq!(words(at(true, true, Some(99 * hour))).len(), "14:02".len());
        assert!(words(at(false, false, Some(50 * hour))).contains("Jan"));
    }
}
