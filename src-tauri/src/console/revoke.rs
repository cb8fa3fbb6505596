//! Taking a grant back from the window: kept durably, sent before any vote, and waited for shortly.

use std::time::Duration;

use navi_replica::{GrantRevoke, OrderRefusal, OutboxState};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::{Console, Standing};
use crate::words::sentence;

/// How long an answer is waited for while connected; after that it is shown as queued.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What became of taking a grant back, as the window shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Revoked {
    /// Where it stands: taken back, queued, or without effect.
    pub(crate) state: Standing,
    /// Stable code, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Why, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

impl Revoked {
    fn refused(refusal: &OrderRefusal) -> Self {
        let (code, message) = (refusal.code().to_owned(), sentence(&refusal.to_string()));
        Self { state: Standing::Refused, code: Some(code), message: Some(message) }
    }

    fn of(order: GrantRevoke) -> Self {
        let state = match order.state {
            OutboxState::Recorded => Standing::Recorded,
            OutboxState::Unsent | OutboxState::Sending => Standing::Queued,
            OutboxState::NeedsYou | OutboxState::Withdrawn | OutboxState::Dismissed => Standing::Refused,
        };
        Self { state, code: order.code, message: order.message }
    }
}

impl Console {
    /// Takes a grant back. While the server is away that is queued, which is said.
    pub(crate) async fn revoke_grant(&self, id: &str) -> Revoked {
        let Some(ready) = self.ready() else { return Revoked::refused(&OrderRefusal::NotEnrolled) };
        let replica = ready.replica;
        let mut events = replica.subscribe();
        let order = match replica.revoke_grant(id) {
            Ok(order) => order,
            Err(refusal) => return Revoked::refused(&refusal),
        };
        let answer = async {
            loop {
                let found = replica.grant_revoke(id).ok().flatten();
                let settled =
                    |o: &GrantRevoke| !matches!(o.state, OutboxState::Unsent | OutboxState::Sending);
                if let Some(order) = found.filter(settled) {
                    return Some(order);
                }
                // Any event is a reason to look again; being behind is one too.
                if matches!(events.recv().await, Err(RecvError::Closed)) {
                    return None;
                }
            }
        };
        let within = if replica.watch().borrow().online { ANSWER_WITHIN } else { Duration::ZERO };
        let answered = tokio::time::timeout(within, answer).await.ok().flatten();
        Revoked::of(answered.unwrap_or(order))
    }
}
