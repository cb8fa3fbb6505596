//! Stopping from the window or the tray: the order is kept durably, sent before any vote, and waited for shortly.

use std::time::Duration;

use navi_protocol::freeze::FreezeRequest;
use navi_replica::{FreezeOrder, OrderRefusal, OutboxState};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::{Console, Standing};
use crate::words::sentence;

/// How long an answer is waited for while connected; after that the order is shown as queued.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// What became of an order, as the window shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Ordered {
    /// Where it stands: in force, queued, or without effect.
    pub(crate) state: Standing,
    /// The order, once it was kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<FreezeOrder>,
    /// Stable code, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// Why, when refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
}

impl Ordered {
    fn refused(code: &str, message: String) -> Self {
        Self { state: Standing::Refused, order: None, code: Some(code.to_owned()), message: Some(message) }
    }

    fn of(order: FreezeOrder) -> Self {
        let state = match order.state {
            OutboxState::Recorded => Standing::Recorded,
            OutboxState::Unsent | OutboxState::Sending => Standing::Queued,
            OutboxState::NeedsYou | OutboxState::Withdrawn | OutboxState::Dismissed => Standing::Refused,
        };
        Self { state, code: order.code.clone(), message: order.message.clone(), order: Some(order) }
    }
}

impl Console {
    /// Stops an agent, a repository or everything. While the server is away the order is queued, which is said.
    pub(crate) async fn stop_agents(&self, request: &FreezeRequest) -> Ordered {
        let Some(ready) = self.ready() else {
            return Ordered::refused("not_enrolled", sentence(&OrderRefusal::NotEnrolled.to_string()));
        };
        let replica = ready.replica;
        let mut events = replica.subscribe();
        let order = match replica.order_freeze(request) {
            Ok(order) => order,
            Err(refusal) => return Ordered::refused(refusal.code(), sentence(&refusal.to_string())),
        };
        let answer = async {
            loop {
                let found = replica.freeze_order(&order.id).ok().flatten();
                let on_its_way =
                    |o: &FreezeOrder| matches!(o.state, OutboxState::Unsent | OutboxState::Sending);
                if let Some(order) = found.filter(|o| !on_its_way(o)) {
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
        Ordered::of(answered.unwrap_or(order))
    }
}
