//! What the tray shows, read from the console. Values only.

use chrono::{Local, TimeZone as _};
use navi_domain::risk::Level;
use navi_domain::{SECOND, UtcMicros};
use navi_protocol::approvals::ApprovalView;
use navi_replica::{Integrity, OutboxState, QueueItem, Replica, ReplicaError, ReplicaState, SeenLately};

use crate::console::{Mode, Ready};
use crate::language::{Language, said};
use crate::notify::Decider;
use crate::words::level_of;

/// Most agents and most repositories that are named.
const NAMED: usize = 4;

/// Everything icon and menu depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TrayState {
    /// In which it is said.
    pub(crate) language: Language,
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
    /// Of what waits, how much nobody has claimed.
    pub(crate) unclaimed: usize,
    /// Until when the person asked for quiet: local time, such as `08:00`.
    pub(crate) quiet_until: Option<String>,
    /// How many pauses are in force.
    pub(crate) freezes: usize,
    /// Pauses ordered here that the server does not have yet.
    pub(crate) unsent_stops: u64,
    /// Who asked lately, and could be paused.
    pub(crate) seen: SeenLately,
    /// Rejections that can still be taken back: request and title.
    pub(crate) held: Vec<(String, String)>,
    /// Whole minutes that a bypass in force still lasts.
    pub(crate) bypass_minutes: Option<i64>,
}

/// What can be done here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The keystore was not asked yet.
    #[default]
    Starting,
    /// No device yet.
    NotEnrolled,
    /// Keys cannot be read.
    Locked,
    /// The copy is damaged, or there is no room for it.
    Damaged,
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
    /// The agent that asks, if one does.
    pub(crate) agent: Option<String>,
    /// Whole minutes left, rounded down.
    pub(crate) minutes_left: i64,
}

impl TrayState {
    /// Reads what there is to show now, to be said in `language`.
    ///
    /// # Errors
    /// When the copy cannot be read.
    pub(crate) fn read(mode: &Mode, language: Language) -> Result<Self, ReplicaError> {
        let standing = match mode {
            Mode::Starting => Standing::Starting,
            Mode::Enroll => Standing::NotEnrolled,
            Mode::Locked(locked) if locked.is_of_the_copy() => Standing::Damaged,
            Mode::Locked(_) => Standing::Locked,
            Mode::Ready(ready) => return Self::of(ready, language),
        };
        Ok(Self { language, standing, ..Self::default() })
    }

    fn of(ready: &Ready, language: Language) -> Result<Self, ReplicaError> {
        let replica = &ready.replica;
        let state = replica.watch().borrow().clone();
        let now = replica.server_now();
        let identity = replica.identity()?;
        // The same answer to "does it wait for me" that notifications have.
        let asked = identity.as_ref().map(|identity| Decider::new(identity, now));
        let mut waiting: Vec<ApprovalView> = replica
            .waiting()?
            .into_iter()
            .filter(|item| !is_signed(item))
            .map(|item| item.approval)
            .filter(|view| asked.as_ref().is_some_and(|asked| asked.is_asked(view)))
            .collect();
        waiting.sort_by(|a, b| {
            level_of(&b.level).cmp(&level_of(&a.level)).then(a.expires_at.cmp(&b.expires_at))
        });
        let at_least = |level| waiting.iter().filter(|v| level_of(&v.level) >= level).count();
        Ok(Self {
            language,
            standing: standing(&state),
            link: link(&state, now, language),
            waiting: waiting.len(),
            grave: at_least(Level::High),
            critical: at_least(Level::Critical),
            urgent: waiting.iter().take(3).map(|view| urgent(view, language, now)).collect(),
            unsent: state.unsent,
            needs_you: state.needs_you,
            broken_record: matches!(state.integrity, Integrity::Broken { .. }),
            unclaimed: waiting.iter().filter(|view| view.claimed_by.is_none()).count(),
            quiet_until: replica.quiet_until()?.and_then(|at| clock(at, &state, now, language)),
            freezes: state.frozen,
            unsent_stops: state.unsent_stops,
            seen: replica.seen_lately(NAMED)?,
            held: held(replica, language)?,
            bypass_minutes: state
                .bypass_until
                .filter(|until| now < *until)
                .map(|until| (until - now) / (60 * SECOND)),
        })
    }
}

fn held(replica: &Replica, language: Language) -> Result<Vec<(String, String)>, ReplicaError> {
    let held = replica.held_rejects()?.into_iter().map(|held| {
        let found = replica.approval(&held.approval_id)?;
        let title = found.map(|item| said(language, &item.approval.words, &item.approval.title));
        let title = title.unwrap_or_else(|| held.approval_id.clone());
        Ok((held.approval_id, title))
    });
    held.collect()
}

fn standing(state: &ReplicaState) -> Standing {
    match (state.signed_out, state.trouble) {
        (true, _) => Standing::SignedOut,
        (false, Some(_)) => Standing::Damaged,
        (false, None) => Standing::Enrolled,
    }
}

fn urgent(view: &ApprovalView, language: Language, now: UtcMicros) -> Urgent {
    Urgent {
        approval_id: view.id.clone(),
        level: level_of(&view.level),
        title: said(language, &view.words, &view.title),
        agent: view.agent.clone(),
        minutes_left: view.left(now) / (60 * SECOND),
    }
}

fn link(state: &ReplicaState, now: UtcMicros, language: Language) -> Link {
    if state.online && !state.stale {
        return Link::Live;
    }
    let Some(at) = state.last_sync_at else { return Link::Connecting };
    clock(at, state, now, language).map_or(Link::Connecting, Link::OfflineSince)
}

/// An instant of the server's time as this machine's clock shows it, with the day if it is not near.
fn clock(at: UtcMicros, state: &ReplicaState, now: UtcMicros, language: Language) -> Option<String> {
    let is_near = (now - at).abs() < 20 * 3600 * SECOND;
    let format = if is_near { "%H:%M" } else { language.words().day_and_clock };
    let local = Local.timestamp_micros(at + state.clock_offset_ms * 1000).single()?;
    Some(local.format(format).to_string())
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
        let at_in = |language, online, stale, last_sync_at| {
            let state = ReplicaState { online, stale, last_sync_at, ..ReplicaState::default() };
            link(&state, 100 * hour, language)
        };
        let at = |online, stale, last_sync_at| at_in(Language::En, online, stale, last_sync_at);
        assert_eq!(at(true, false, Some(100 * hour)), Link::Live);
        assert_eq!(at(false, false, None), Link::Connecting);
        let words = |found| if let Link::OfflineSince(words) = found { words } else { String::new() };
        assert_eq!(words(at(true, true, Some(99 * hour))).len(), "14:02".len());
        assert!(words(at(false, false, Some(50 * hour))).contains(" Jan "));
        assert!(words(at_in(Language::De, false, false, Some(50 * hour))).contains(".1. "));
    }
}
