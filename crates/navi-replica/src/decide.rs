//! Deciding: the checks before a signature, the signature, and its durable row in the outbox.
//!
//! Rejecting is always possible, also offline. Approving offline, and in a notification, needs a level that the
//! organisation allows so; offline also a fresh enough copy.

use navi_domain::allowance::{Allowances, UpTo};
use navi_domain::canonical;
use navi_domain::risk::Level;
use navi_domain::vote::{Surface, Vote, VoteScope, VoteVerdict};
use navi_domain::{SECOND, UtcMicros};
use navi_protocol::approvals::{ApprovalView, VoteRequest};
use navi_protocol::settings::AllowancesView;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::identity::Identity;
use crate::outbox::{self, OutboxItem, OutboxState};
use crate::rights::stands_for;
use crate::state::{Integrity, ReplicaState};
use crate::{Replica, ReplicaError, Trouble, db};

/// Under which name the allowances are kept.
pub(crate) const KEPT_ALLOWANCES: &str = "allowances";
/// How far the clock may stand before the last contact after a restart.
const CLOCK_SLACK: UtcMicros = 300 * SECOND;

/// A key of this device.
pub trait Sign {
    /// The Ed25519 public key.
    fn public_key(&self) -> [u8; 32];
    /// Signs (RFC 8032).
    fn sign(&self, message: &[u8]) -> [u8; 64];
    /// Whether this is the step-up key.
    fn is_step_up(&self) -> bool;
}

/// What a person wants.
#[derive(Clone, Debug)]
pub struct Draft {
    /// The approval.
    pub approval_id: String,
    /// The digest of what was shown to the person.
    pub digest: String,
    /// The policy hash of what was shown to the person.
    pub policy_hash: String,
    /// Approve or reject.
    pub verdict: VoteVerdict,
    /// How far an approve reaches.
    pub scope: VoteScope,
    /// In the person's words; empty when none.
    pub reason: String,
    /// Where the person clicked.
    pub surface: Surface,
    /// The absent person whose vote this is, under a delegation; `None`: one's own.
    pub for_user: Option<String>,
}

/// Why nothing was signed.
#[derive(Debug, thiserror::Error)]
pub enum DecideRefusal {
    /// Not enrolled.
    #[error("this console is not enrolled")]
    NotEnrolled,
    /// Revoked, or the token is no longer good.
    #[error("this device is signed out")]
    SignedOut,
    /// Not in the copy.
    #[error("this request is not known here")]
    Unknown,
    /// No longer pending; the state it is in.
    #[error("this request is already {0}")]
    Ended(String),
    /// Another content than was shown.
    #[error("the request changed since it was shown; look at it again")]
    Changed,
    /// Under another policy than was shown.
    #[error("the policy changed since the request was shown; look at it again")]
    PolicyChanged,
    /// The digest is not that of the material: what is shown is not what would run.
    #[error("what is shown is not what would run; it cannot be approved")]
    NotWhole,
    /// The time is over.
    #[error("the request has expired")]
    Expired,
    /// A vote of this device is already on its way.
    #[error("your decision on this request is already signed")]
    AlreadySigned,
    /// The requester cannot approve.
    #[error("you cannot approve your own request")]
    OwnRequest,
    /// No delegation that is known here is in force.
    #[error("no delegation in force lets you vote for {0}")]
    NotDelegated(String),
    /// The level needs the step-up key.
    #[error("this level needs your passphrase")]
    StepUpRequired,
    /// This device may not approve this level.
    #[error("this device may not approve this level")]
    DeviceCeiling,
    /// The organisation wants a reason with an approve of this level.
    #[error("your organisation wants a reason with this approve")]
    ReasonRequired,
    /// Offline (or not live), and this approve needs a connection.
    #[error("approving this needs a live connection")]
    NeedsConnection,
    /// Offline (or not live), and the organisation does not let this level be approved so.
    #[error("your organisation does not let this level be approved without a connection")]
    NotOffline,
    /// In a notification, where the organisation does not let this level be approved.
    #[error("your organisation does not let this level be approved in a notification")]
    NotFromNotification,
    /// The ledger contradicts itself.
    #[error("the record contradicts itself; approving stopped here")]
    IntegrityBroken,
    /// The local copy failed.
    #[error(transparent)]
    Replica(#[from] ReplicaError),
}

impl DecideRefusal {
    /// Stable code for the UI; the server's spelling where it has one.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotEnrolled => "not_enrolled",
            Self::SignedOut => "device_revoked",
            Self::Unknown => "not_found",
            Self::Ended(_) => "already_decided",
            Self::Changed => "digest_mismatch",
            Self::PolicyChanged => "policy_changed",
            Self::NotWhole => "not_whole",
            Self::Expired => "expired",
            Self::AlreadySigned => "already_voted",
            Self::OwnRequest => "own_request",
            Self::NotDelegated(_) => "not_delegated",
            Self::StepUpRequired => "step_up_required",
            Self::DeviceCeiling => "device_ceiling",
            Self::ReasonRequired => "reason_required",
            Self::NeedsConnection => "needs_connection",
            Self::NotOffline => "not_offline",
            Self::NotFromNotification => "not_from_notification",
            Self::IntegrityBroken => "integrity_broken",
            Self::Replica(error) => error.trouble().map_or("internal", Trouble::code),
        }
    }
}

/// The level a server's spelling means; an unknown one is treated as critical.
fn level_of(name: &str) -> Level {
    [Level::Low, Level::Medium, Level::High]
        .into_iter()
        .find(|l| l.as_str() == name)
        .unwrap_or(Level::Critical)
}

/// The offline truth table: may this be signed here and now?
fn admit(
    view: &ApprovalView,
    draft: &Draft,
    identity: &Identity,
    state: &ReplicaState,
    step_up: bool,
    now: UtcMicros,
) -> Result<(), DecideRefusal> {
    if state.signed_out {
        return Err(DecideRefusal::SignedOut);
    }
    if view.status != "pending" {
        return Err(DecideRefusal::Ended(view.status.clone()));
    }
    if view.digest != draft.digest {
        return Err(DecideRefusal::Changed);
    }
    if view.left(now) < 0 {
        return Err(DecideRefusal::Expired);
    }
    if draft.verdict == VoteVerdict::Reject {
        return Ok(());
    }
    if view.policy_hash != draft.policy_hash {
        return Err(DecideRefusal::PolicyChanged);
    }
    if canonical::digest_of_material(&view.material).ok().as_deref() != Some(&view.digest) {
        return Err(DecideRefusal::NotWhole);
    }
    if matches!(state.integrity, Integrity::Broken { .. }) {
        return Err(DecideRefusal::IntegrityBroken);
    }
    // The server names a requester as a decider only with the permission of a one-person team.
    if view.requester == identity.user && !view.deciders.contains(&identity.user) {
        return Err(DecideRefusal::OwnRequest);
    }
    let level = level_of(&view.level);
    if level > level_of(&identity.device.ceiling) {
        return Err(DecideRefusal::DeviceCeiling);
    }
    if level.needs_step_up() && !step_up {
        return Err(DecideRefusal::StepUpRequired);
    }
    if view.reason_required && draft.reason.trim().is_empty() {
        return Err(DecideRefusal::ReasonRequired);
    }
    if draft.surface == Surface::Notification && !state.allowances.notification.permits(level) {
        return Err(DecideRefusal::NotFromNotification);
    }
    if state.online && !state.stale {
        return Ok(());
    }
    // A clock that stands before the last contact was put back; it cannot lengthen the lease.
    let lease = -CLOCK_SLACK..=state.allowances.lease();
    let leased = state.last_sync_at.is_some_and(|at| lease.contains(&(now - at)));
    if level.needs_step_up() || !leased {
        return Err(DecideRefusal::NeedsConnection);
    }
    if !state.allowances.offline.permits(level) {
        return Err(DecideRefusal::NotOffline);
    }
    Ok(())
}

impl Replica {
    /// Until when the levels that the organisation allows may be approved here without a connection, in server time; `None`
    /// before the first contact, and where it allows none. Rejecting is always possible.
    #[must_use]
    pub fn approve_offline_until(&self) -> Option<UtcMicros> {
        let state = self.shared.state.borrow();
        let allowed = state.allowances.offline > UpTo::None;
        state.last_sync_at.filter(|_| allowed).map(|at| at + state.allowances.lease())
    }

    /// Remembers what the organisation allows, also over a restart without a connection. What this build does not know is
    /// taken as allowing nothing.
    pub(crate) fn allow(&self, given: &AllowancesView) -> Result<(), ReplicaError> {
        let up_to =
            |name: &str| UpTo::ALL.into_iter().find(|known| known.as_str() == name).unwrap_or(UpTo::None);
        let told = Allowances {
            offline: up_to(&given.offline),
            offline_minutes: given.offline_minutes,
            notification: up_to(&given.notification),
        };
        if self.watch().borrow().allowances != told {
            db::set_meta(&*self.db()?, KEPT_ALLOWANCES, &told)?;
            self.changed(|s| s.allowances = told);
        }
        Ok(())
    }

    /// A sequence number of this device for a statement that is signed and sent at once, and is no vote. It is used up
    /// durably, whatever becomes of the statement.
    ///
    /// # Errors
    /// [`DecideRefusal::NotEnrolled`], or the copy's.
    pub fn reserve_seq(&self) -> Result<u64, DecideRefusal> {
        let identity = self.identity()?.ok_or(DecideRefusal::NotEnrolled)?;
        let db = self.db()?;
        let seq = outbox::next_seq(&db, identity.device.last_seq)?;
        db::set_meta(&db, "reserved_seq", &seq)?;
        Ok(seq)
    }

    /// Signs a vote and keeps it durably in the outbox, from where the sync sends it. *Not in effect* until recorded.
    ///
    /// # Errors
    /// [`DecideRefusal`]; nothing was signed.
    pub fn decide(&self, draft: &Draft, key: &dyn Sign) -> Result<OutboxItem, DecideRefusal> {
        let identity = self.identity()?.ok_or(DecideRefusal::NotEnrolled)?;
        let found = self.approval(&draft.approval_id)?.ok_or(DecideRefusal::Unknown)?;
        let now = self.server_now();
        let state = self.watch().borrow().clone();
        if let Some(absent) = &draft.for_user {
            if *absent == found.approval.requester {
                return Err(DecideRefusal::OwnRequest);
            }
            stands_for(&identity.user, absent, &self.delegations()?.unwrap_or_default(), now)?;
        }
        admit(&found.approval, draft, &identity, &state, key.is_step_up(), now)?;
        let pending = |o: &OutboxItem| matches!(o.state, OutboxState::Unsent | OutboxState::Sending);
        if found.outbox.as_ref().is_some_and(pending) {
            return Err(DecideRefusal::AlreadySigned);
        }
        let db = self.db()?;
        let seq = outbox::next_seq(&db, identity.device.last_seq)?;
        let (item, request) = sign(&found.approval, draft, &identity, key, seq, now)?;
        let kept = outbox::add(&db, &item, seq, &request);
        drop(db);
        kept.inspect_err(|error| self.note_trouble(error))?;
        self.recount()?;
        self.shared.outbox_changed.notify_one();
        Ok(item)
    }
}

fn sign(
    view: &ApprovalView,
    draft: &Draft,
    identity: &Identity,
    key: &dyn Sign,
    device_seq: u64,
    now: UtcMicros,
) -> Result<(OutboxItem, VoteRequest), DecideRefusal> {
    let mut nonce = [0_u8; 16];
    getrandom::fill(&mut nonce).map_err(|_| ReplicaError::Unreadable("random source"))?;
    let vote = Vote {
        v: 1,
        origin: identity.origin.clone(),
        org: identity.org.clone(),
        approval_id: view.id.clone(),
        digest: view.digest.clone(),
        policy_hash: draft.policy_hash.clone(),
        verdict: draft.verdict,
        scope: if draft.verdict == VoteVerdict::Approve { draft.scope } else { VoteScope::Once },
        reason_commitment: canonical::reason_commitment(&nonce, &draft.reason),
        surface: draft.surface,
        key_id: navi_domain::evidence::key_id(&key.public_key()),
        device_seq,
        made_at: now,
    };
    let bytes = canonical::vote_bytes(&vote).map_err(|_| ReplicaError::Unreadable("vote"))?;
    let request = VoteRequest {
        vote: STANDARD.encode(&bytes),
        signature: STANDARD.encode(key.sign(&bytes)),
        reason: draft.reason.clone(),
        reason_nonce: hex::encode(nonce),
        for_user: draft.for_user.clone(),
    };
    let verdict = if draft.verdict == VoteVerdict::Approve { "approve" } else { "reject" };
    let item = OutboxItem {
        id: format!("{}-{device_seq}", identity.device.id),
        approval_id: view.id.clone(),
        verdict: verdict.to_owned(),
        title: view.title.clone(),
        for_user: draft.for_user.clone(),
        state: OutboxState::Unsent,
        code: None,
        message: None,
        ledger_index: None,
        made_at: now,
    };
    Ok((item, request))
}

impl Sign for navi_client::sign::DeviceKey {
    fn public_key(&self) -> [u8; 32] {
        self.public_key()
    }
    fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.sign(message)
    }
    fn is_step_up(&self) -> bool {
        self.is_step_up()
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn what_is_allowed_outlives_a_restart_and_what_is_not_known_allows_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        let kept = || open().watch().borrow().allowances;
        assert_eq!(kept(), Allowances::default());
        let told = |offline: &str, notification: &str| AllowancesView {
            offline: offline.into(),
            offline_minutes: 60,
            notification: notification.into(),
        };
        open().allow(&told("low", "none")).unwrap();
        let low = Allowances { offline: UpTo::Low, offline_minutes: 60, notification: UpTo::None };
        assert_eq!(kept(), low);
        open().allow(&told("everything", "medium")).unwrap();
        assert_eq!(kept(), Allowances { offline: UpTo::None, notification: UpTo::Medium, ..low });
    }
}
