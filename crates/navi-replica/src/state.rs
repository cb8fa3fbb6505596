//! What the screens and the tray show about the copy as a whole, and what is announced.

use std::collections::BTreeSet;

use navi_domain::UtcMicros;
use navi_protocol::approvals::ApprovalView;

use crate::outbox::OutboxItem;
use crate::trouble::Trouble;

/// State of the copy as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicaState {
    /// The stream is connected.
    pub online: bool,
    /// Connected, but no event or heartbeat for more than 30 s.
    pub stale: bool,
    /// The device was revoked or its token is no longer good.
    pub signed_out: bool,
    /// The first snapshot of this enrolment is complete.
    pub bootstrapped: bool,
    /// What is wrong with the file itself; nothing is claimed as saved meanwhile.
    pub trouble: Option<Trouble>,
    /// Last contact, in server time.
    pub last_sync_at: Option<UtcMicros>,
    /// How far the local clock is ahead of the server's.
    pub clock_offset_ms: i64,
    /// Votes signed here and not yet accepted.
    pub unsent: u64,
    /// Votes that had no effect and that the person has not dismissed.
    pub needs_you: u64,
    /// Whether the record could be checked.
    pub integrity: Integrity,
    /// Who else stands behind it.
    pub witnessed: Witnessed,
    /// Grows with every change of anything in the copy.
    pub revision: u64,
}

/// Whether the ledger is still the one that was seen before.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Integrity {
    /// No checkpoint was seen yet.
    #[default]
    Unknown,
    /// Every checkpoint so far extends the one before.
    Consistent {
        /// Size of the last one.
        size: u64,
        /// When it was checked, in server time.
        checked_at: UtcMicros,
    },
    /// A fork, a roll-back or a foreign key: approving stops, and both notes are kept.
    Broken {
        /// What contradicts what.
        message: String,
    },
}

/// How many other witnesses stand behind the record. Too few is a warning, not a contradiction: approving goes on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// Size of the newest checkpoint that enough witnesses cosigned; 0: none yet.
    pub size: u64,
    /// How many other than this console did.
    pub cosignatures: u64,
    /// How many the organisation wants; 0: it does not.
    pub required: u8,
    /// A checkpoint seen more than ten minutes ago still lacks them.
    pub late: bool,
    /// Names of witnesses that the server no longer lists, which no honest one does.
    pub vanished: BTreeSet<String>,
}

/// Something a person may want to hear about.
#[derive(Clone, Debug, PartialEq)]
pub enum ReplicaEvent {
    /// A snapshot is complete: this many pending approvals were not announced before.
    Bootstrapped {
        /// Newly seen pending approvals.
        unannounced: usize,
    },
    /// A pending approval that was not announced before.
    NewApproval(Box<ApprovalView>),
    /// An approval that was known changed (decided, expired, superseded, another vote).
    ApprovalChanged(Box<ApprovalView>),
    /// A vote from here was recorded or refused.
    VoteOutcome(Box<OutboxItem>),
    /// The ledger contradicts itself.
    IntegrityBroken(String),
    /// The server no longer lists this witness.
    WitnessVanished(String),
    /// The ledger's key gave way to another, or a new origin began, and this console follows: in words.
    LedgerFollowed(String),
}
