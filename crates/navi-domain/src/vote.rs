//! A vote: the statement a device signs.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;

/// Approve or reject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteVerdict {
    /// Let it run.
    Approve,
    /// Do not.
    Reject,
}

/// Where the person clicked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// A desktop notification's button.
    Notification,
    /// The tray.
    Tray,
    /// The console's window.
    Window,
    /// The web page.
    Web,
    /// `navi-gate vote`.
    Terminal,
}

/// Limits of the grant that an approve gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GrantLimits {
    /// It ends this many minutes after the vote.
    pub minutes: u32,
    /// It lets this many further actions run.
    pub uses: u32,
}

/// How far an approve reaches: this approval, or a grant beyond it, within limits that are signed too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VoteScope {
    /// This approval only.
    #[default]
    Once,
    /// The very same action again, in the same session.
    SameAction(GrantLimits),
    /// The same parsed command, in the same repository.
    SameCommand(GrantLimits),
    /// The same action type that asks by the same rule, in the same repository, with no further facts.
    SameRule(GrantLimits),
}

/// The signed statement. Bytes: [`crate::canonical::vote_bytes`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Vote {
    /// Always 1.
    pub v: u8,
    /// The ledger's origin, so that a vote for one server counts on no other.
    pub origin: String,
    /// Organisation.
    pub org: String,
    /// The approval.
    pub approval_id: String,
    /// Digest (hex) of the action that was shown.
    pub digest: String,
    /// Policy hash (hex) under which it was shown.
    pub policy_hash: String,
    /// Approve or reject.
    pub verdict: VoteVerdict,
    /// Reach.
    pub scope: VoteScope,
    /// HMAC-SHA256(reason_nonce, reason) in hex; an absent reason is the empty string.
    pub reason_commitment: String,
    /// Where the person clicked.
    pub surface: Surface,
    /// [`crate::evidence::key_id`] of the signing key: vote key, or step-up key for high and critical.
    pub key_id: String,
    /// Counts up per device; gaps are allowed.
    pub device_seq: u64,
    /// The device's clock. Evidence only: it may cause a refusal ([`crate::allowance`]), and lets nothing count.
    pub made_at: UtcMicros,
}
