//! Carries presses out: an approve at once, a reject after a while in which it can be taken back. Whatever keeps one
//! from counting is told.

use std::collections::BTreeSet;
use std::sync::Arc;

use navi_domain::vote::{Surface, VoteScope, VoteVerdict};
use navi_domain::{MINUTE, SECOND};
use navi_protocol::approvals::ApprovalView;
use navi_replica::{About, Draft, HeldReject, Replica, ReplicaError, SnoozeRefusal};

use super::{Notifier, rules, votes};
use crate::console::{Console, Decision, Standing};
use crate::language::{Language, Refused};
use crate::words::sentence;

/// How long a reject from a notification can be taken back, in seconds.
const UNDO_SECS: i64 = 10;
/// For how long a press puts a request off.
const PUT_OFF_MINUTES: i64 = 15;

/// The request still is what was shown: pending, with the same content and level, under the same policy.
fn is_as_shown(view: &ApprovalView, about: &About, policy_hash: &str) -> bool {
    view.status == "pending" && rules::about(view) == *about && view.policy_hash == policy_hash
}

/// What it takes to carry a press out, and the language in which its end is told.
pub(super) struct Hand<'a> {
    pub(super) console: &'a Arc<Console>,
    pub(super) replica: &'a Replica,
    pub(super) notifier: &'a Arc<dyn Notifier>,
    pub(super) language: Language,
}

impl Hand<'_> {
    /// The request as the copy has it, if it still is what was shown.
    fn as_shown(&self, about: &About, policy_hash: &str) -> Result<Option<ApprovalView>, ReplicaError> {
        let found = self.replica.approval(&about.approval_id)?.map(|item| item.approval);
        Ok(found.filter(|view| is_as_shown(view, about, policy_hash)))
    }

    fn changed(&self, about: &About, verdict: &str) {
        let why = self.language.words().note.changed_since;
        self.notifier.show(votes::refused(self.language, &about.approval_id, verdict, why));
    }

    /// Signs an approve, if the request still is what was shown.
    pub(super) fn approve(&self, about: &About, policy_hash: &str) -> Result<(), ReplicaError> {
        if self.as_shown(about, policy_hash)?.is_some() {
            let policy_hash = policy_hash.to_owned();
            self.decide(about.approval_id.clone(), about.digest.clone(), policy_hash, VoteVerdict::Approve);
        } else {
            self.changed(about, "approve");
        }
        Ok(())
    }

    /// Holds a reject back, and says so with a button that takes it back. `false`: the request is another one by now.
    pub(super) fn reject(&self, about: &About, policy_hash: &str) -> Result<bool, ReplicaError> {
        let Some(view) = self.as_shown(about, policy_hash)? else {
            self.changed(about, "reject");
            return Ok(false);
        };
        let due_at = self.replica.server_now() + UNDO_SECS * SECOND;
        self.replica.hold_reject(&HeldReject {
            approval_id: about.approval_id.clone(),
            digest: about.digest.clone(),
            policy_hash: policy_hash.to_owned(),
            due_at,
        })?;
        self.notifier.show(votes::rejecting(self.language, &view, UNDO_SECS));
        Ok(true)
    }

    /// Puts a request off for this person, also without a connection.
    pub(super) fn put_off(&self, approval_id: &str) -> Result<(), ReplicaError> {
        let until = self.replica.server_now() + PUT_OFF_MINUTES * MINUTE;
        match self.replica.snooze(approval_id, Some(until)) {
            Ok(_) => Ok(()),
            Err(SnoozeRefusal::Replica(error)) => Err(error),
            Err(refusal) => {
                let why = match &refusal {
                    SnoozeRefusal::TooLate => (self.language.words().refused)(Refused::TooLate).to_owned(),
                    other => votes::why(self.language, Some(other.code()), &sentence(&other.to_string())),
                };
                self.notifier.show(votes::not_put_off(self.language, approval_id, &why));
                Ok(())
            }
        }
    }

    /// Tells that a rejection could not be taken back, if it is signed; `signing`: it was let go to be signed by this run.
    pub(super) fn undone_too_late(&self, approval_id: &str, signing: bool) -> Result<(), ReplicaError> {
        let vote = self.replica.approval(approval_id)?.and_then(|item| item.outbox);
        if let Some(note) = votes::undone_too_late(self.language, approval_id, vote.as_ref(), signing) {
            self.notifier.show(note);
        }
        Ok(())
    }

    /// Signs every held reject that is due; says which. One that was held when an earlier run ended is due as well.
    pub(super) fn sign_due(&self) -> Result<BTreeSet<String>, ReplicaError> {
        let now = self.replica.server_now();
        let mut signed = BTreeSet::new();
        for held in self.replica.held_rejects()?.into_iter().filter(|held| held.due_at <= now) {
            // First, so that the next look does not sign it once more; what ends here is told as a rejection that
            // waits, because the request then still stands in the queue.
            if self.replica.drop_held_reject(&held.approval_id)? {
                self.notifier.withdraw(&votes::vote_key(&held.approval_id));
                signed.insert(held.approval_id.clone());
                self.decide(held.approval_id, held.digest, held.policy_hash, VoteVerdict::Reject);
            }
        }
        Ok(signed)
    }

    fn decide(&self, approval_id: String, digest: String, policy_hash: String, verdict: VoteVerdict) {
        let (console, notifier) = (Arc::clone(self.console), Arc::clone(self.notifier));
        let language = self.language;
        let (word, reason) = match verdict {
            VoteVerdict::Approve => ("approve", ""),
            VoteVerdict::Reject => ("reject", "from notification"),
        };
        let draft = Draft {
            approval_id: approval_id.clone(),
            digest,
            policy_hash,
            verdict,
            scope: VoteScope::Once,
            reason: reason.to_owned(),
            surface: Surface::Notification,
            for_user: None,
        };
        tokio::spawn(async move {
            let outcome = console.decide(Decision { draft, passphrase: None }).await;
            match outcome.state {
                Standing::Recorded => {
                    tracing::info!(approval = approval_id, word, "decided from a notification");
                }
                Standing::Queued => notifier.show(votes::queued(language, &approval_id, word)),
                Standing::Refused => {
                    let message = outcome.message.as_deref();
                    let message = message.unwrap_or(language.words().note.server_refused);
                    let why = votes::why(language, outcome.code.as_deref(), message);
                    notifier.show(votes::refused(language, &approval_id, word, &why));
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::rules::tests::view;

    #[test]
    fn a_press_counts_only_for_what_was_shown() {
        let shown = view(|_| {});
        let same = |now: &ApprovalView| is_as_shown(now, &rules::about(&shown), &shown.policy_hash);
        assert!(same(&shown));
        assert!(same(&view(|v| v.version = 2)), "a claim or a comment is no other request");
        assert!(!same(&view(|v| v.policy_hash = "p2".into())), "the policy changed");
        assert!(!same(&view(|v| v.digest = "00".into())));
        assert!(!same(&view(|v| v.level = "low".into())));
        assert!(!same(&view(|v| v.status = "approved".into())));
    }
}
