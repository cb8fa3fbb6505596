//! The outbox: in order, at least once, and one refusal holds nobody else back.

use navi_client::ClientError;
use navi_protocol::problem::Code;

use super::{Sync, SyncError};
use crate::outbox::{Due, OutboxState};

impl Sync {
    /// Sends every due vote. A connection failure stops it (the vote stays unsent); a refusal goes on to the next.
    pub(super) async fn send_due(&self) -> Result<(), SyncError> {
        while let Some(due) = self.replica.next_due()? {
            self.send(&due).await?;
        }
        Ok(())
    }

    async fn send(&self, due: &Due) -> Result<(), SyncError> {
        let id = &due.item.id;
        self.replica.settle(id, OutboxState::Sending, None, None, None)?;
        // The row's id is the idempotency key: after a crash the same vote gets its first answer again.
        match self.client.cast(&due.item.approval_id, &due.request, id).await {
            Ok(answer) => {
                self.replica.keep_view(&answer.approval)?;
                self.replica.settle(id, OutboxState::Recorded, None, None, Some(answer.ledger_index))?;
                Ok(())
            }
            Err(ClientError::Refused(problem)) if !is_passing(problem.code) => {
                let code =
                    serde_json::to_value(problem.code).ok().and_then(|v| v.as_str().map(str::to_owned));
                let message = problem.detail.unwrap_or(problem.title);
                self.replica.settle(id, OutboxState::NeedsYou, code.as_deref(), Some(&message), None)?;
                if let Some(view) = self.client.approval(&due.item.approval_id).await? {
                    self.replica.keep_view(&view)?;
                }
                Ok(())
            }
            Err(error) => {
                self.replica.settle(id, OutboxState::Unsent, None, None, None)?;
                Err(error.into())
            }
        }
    }
}

/// Refusals that say nothing about the vote: try again later.
fn is_passing(code: Code) -> bool {
    matches!(code, Code::Busy | Code::Unavailable | Code::Internal | Code::Unauthenticated)
}
