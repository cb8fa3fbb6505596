//! Deciding from a window or a notification: the right key, the copy's checks, and a short wait for the outcome.

use std::time::Duration;

use navi_client::enroll::{self, EnrollError};
use navi_client::sealed::SealError;
use navi_client::sign::DeviceKey;
use navi_domain::vote::VoteVerdict;
use navi_protocol::approvals::ApprovalView;
use navi_replica::{DecideRefusal, Draft, OutboxItem, OutboxState, Replica};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::Console;
use crate::ipc::Refusal;
use crate::secrets::Passphrase;
use crate::words::sentence;

/// How long an outcome is waited for while connected; after that the vote is shown as queued.
const OUTCOME_WITHIN: Duration = Duration::from_secs(10);

/// A decision and what opens the step-up key, if the level needs it.
pub(crate) struct Decision {
    /// What the person wants, on what was shown.
    pub(crate) draft: Draft,
    /// Opens the step-up key.
    pub(crate) passphrase: Option<Passphrase>,
}

/// Where a decision stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Standing {
    /// In effect: the ledger has it.
    Recorded,
    /// Signed here, not in effect yet.
    Queued,
    /// No effect.
    Refused,
}

/// What became of a decision, as the window shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Outcome {
    /// Where it stands.
    pub(crate) state: Standing,
    /// Its ledger entry, once recorded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) ledger_index: Option<u64>,
    /// Stable code, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Why, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// The approval now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) approval: Option<Box<ApprovalView>>,
}

impl Outcome {
    fn refused(code: &str, message: String) -> Self {
        Self {
            state: Standing::Refused,
            ledger_index: None,
            code: Some(code.to_owned()),
            message: Some(message),
            approval: None,
        }
    }

    /// A refusal as other commands answer it.
    pub(super) fn into_refusal(self) -> Refusal {
        Refusal::new(self.code.as_deref().unwrap_or("internal"), self.message.unwrap_or_default())
    }

    /// The outcome that an outbox row tells; `None` while it is on its way.
    fn settled(item: &OutboxItem) -> Option<Self> {
        match item.state {
            OutboxState::Recorded => Some(Self {
                state: Standing::Recorded,
                ledger_index: item.ledger_index,
                code: None,
                message: None,
                approval: None,
            }),
            OutboxState::NeedsYou | OutboxState::Dismissed => Some(Self::refused(
                item.code.as_deref().unwrap_or("internal"),
                item.message.clone().unwrap_or_else(|| "The decision has no effect.".to_owned()),
            )),
            OutboxState::Withdrawn => Some(Self::refused("withdrawn", "The decision was taken back.".into())),
            OutboxState::Unsent | OutboxState::Sending => None,
        }
    }
}

impl Console {
    /// Signs a decision, keeps it, and waits for its outcome while connected.
    pub(crate) async fn decide(&self, decision: Decision) -> Outcome {
        let Some(ready) = self.ready() else {
            return Outcome::refused("not_enrolled", DecideRefusal::NotEnrolled.to_string());
        };
        let replica = ready.replica;
        let mut events = replica.subscribe();
        let approval_id = decision.draft.approval_id.clone();
        let item = match self.sign(&replica, decision).await {
            Ok(item) => item,
            Err(refusal) => return refusal,
        };
        let outcome = async {
            loop {
                let found = replica.outbox_item(&item.id).ok().flatten();
                if let Some(outcome) = found.as_ref().and_then(Outcome::settled) {
                    return Some(outcome);
                }
                // Any event is a reason to look again; being behind is one too.
                if matches!(events.recv().await, Err(RecvError::Closed)) {
                    return None;
                }
            }
        };
        let within = if replica.watch().borrow().online { OUTCOME_WITHIN } else { Duration::ZERO };
        let queued = Outcome {
            state: Standing::Queued,
            ledger_index: None,
            code: None,
            message: None,
            approval: None,
        };
        let mut outcome = tokio::time::timeout(within, outcome).await.ok().flatten().unwrap_or(queued);
        outcome.approval =
            replica.approval(&approval_id).ok().flatten().map(|found| Box::new(found.approval));
        outcome
    }

    /// Signs with the step-up key if a passphrase came, else with the vote key. The copy makes the checks.
    async fn sign(&self, replica: &Replica, decision: Decision) -> Result<OutboxItem, Outcome> {
        let keystore = self.keystore();
        let replica = replica.clone();
        let signed = tokio::task::spawn_blocking(move || {
            let key = match (&decision.passphrase, decision.draft.verdict) {
                (Some(passphrase), VoteVerdict::Approve) => {
                    enroll::step_up_key(keystore.as_ref(), passphrase.text())
                }
                _ => enroll::vote_key(keystore.as_ref()).map_err(EnrollError::from),
            };
            let key: DeviceKey = key.map_err(|e| unusable(&e))?.ok_or_else(|| {
                Outcome::refused(
                    "step_up_required",
                    "This device has no such key; enrol it again.".to_owned(),
                )
            })?;
            replica
                .decide(&decision.draft, &key)
                .map_err(|r| Outcome::refused(r.code(), sentence(&r.to_string())))
        });
        signed.await.map_err(|_| Outcome::refused("internal", "The key could not be used.".to_owned()))?
    }
}

/// Why a key cannot be used.
pub(super) fn unusable(error: &EnrollError) -> Outcome {
    match error {
        EnrollError::Seal(SealError::WrongPassphrase) => {
            Outcome::refused("wrong_passphrase", sentence(&error.to_string()))
        }
        EnrollError::Keystore(_) => Outcome::refused("keystore", sentence(&error.to_string())),
        _ => Outcome::refused("internal", sentence(&error.to_string())),
    }
}
