//! What the screens and the tray show about the copy as a whole, and what is announced.

use std::collections::{BTreeMap, BTreeSet};

use navi_domain::UtcMicros;
use navi_domain::allowance::Allowances;
use navi_protocol::approvals::ApprovalView;
use navi_protocol::audit::AuditEntry;

use crate::outbox::OutboxItem;
use crate::trouble::Trouble;

/// State of the copy as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplicaState {
    /// The stream is connected.
    pub online: bool,
    /// Connected, but no event or heartbeat for more than 30 s.
    pub stale: bool,
    /// Connected, and what happened while it was not is still coming in.
    pub behind: bool,
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
    /// Stops ordered here that the server does not have yet.
    pub unsent_stops: u64,
    /// Grants taken back here, which the server does not know yet.
    pub unsent_revokes: u64,
    /// Pauses in force, as the server last told them.
    pub frozen: usize,
    /// This person is on call now, as far as the server said.
    pub on_call: bool,
    /// When the last bypass in force ends, if one is, as the server last told it.
    pub bypass_until: Option<UtcMicros>,
    /// Whether the record could be checked.
    pub integrity: Integrity,
    /// Who else stands behind it.
    pub witnessed: Witnessed,
    /// What the organisation lets be approved without a connection and in a notification, as the server last told it.
    pub allowances: Allowances,
    /// Who reads which approval now, as the server last said; empty without a connection.
    pub reading: BTreeMap<String, Vec<String>>,
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
    /// Somebody wanted to take a rejection of this approval back, and none was held.
    NotTakenBack(String),
    /// A pause began or ended, a run confirmed its stop, or what was ordered here got its answer.
    EmergencyChanged,
    /// A grant or a delegation began or ended, or what was taken back here got its answer.
    RightsChanged,
    /// A schedule, a shift or the line was saved.
    OncallChanged,
    /// The ledger contradicts itself.
    IntegrityBroken(String),
    /// Something that concerns everybody was recorded: a pause or a bypass began or ended.
    Recorded(Box<AuditEntry>),
    /// The server no longer lists this witness.
    WitnessVanished(String),
    /// The ledger's key gave way to another, or a new origin began, and this console follows: in words.
    LedgerFollowed(String),
}
