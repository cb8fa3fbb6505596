//! The outbox: in order, at least once, and one refusal holds nobody else back.

use navi_client::ClientError;
use navi_protocol::problem::Code;

use super::{Sync, SyncError};
use crate::orders::FreezeOrder;
use crate::outbox::{Due, OutboxState};
use crate::revokes::GrantRevoke;

impl Sync {
    /// Sends every stop that was ordered here, before anything else is done. A connection failure ends it (the stop
    /// stays unsent); a refusal goes on to the next.
    pub(super) async fn send_orders(&self) -> Result<(), SyncError> {
        let mut sent = false;
        while let Some(order) = self.replica.next_order()? {
            self.send_order(order).await?;
            sent = true;
        }
        if sent {
            self.refresh_emergency().await?;
        }
        self.send_revokes().await
    }

    /// Takes back what was taken back here. A grant that had ended before is taken back all the same.
    async fn send_revokes(&self) -> Result<(), SyncError> {
        let mut sent = false;
        while let Some(order) = self.replica.next_revoke()? {
            sent = true;
            let order = GrantRevoke { state: OutboxState::Sending, ..order };
            if !self.replica.settle_revoke(&order)? {
                continue;
            }
            match self.client.revoke_grant(&order.grant_id).await {
                Ok(_) => {
                    self.replica.settle_revoke(&GrantRevoke { state: OutboxState::Recorded, ..order })?;
                }
                Err(ClientError::Refused(problem)) if problem.code == Code::AlreadyEnded => {
                    self.replica.settle_revoke(&GrantRevoke { state: OutboxState::Recorded, ..order })?;
                }
                Err(ClientError::Refused(problem)) if !is_passing(problem.code) => {
                    let code = spelling(problem.code);
                    let message = Some(problem.detail.unwrap_or(problem.title));
                    let state = OutboxState::NeedsYou;
                    self.replica.settle_revoke(&GrantRevoke { state, code, message, ..order })?;
                }
                Err(error) => {
                    self.replica.settle_revoke(&GrantRevoke { state: OutboxState::Unsent, ..order })?;
                    return Err(error.into());
                }
            }
        }
        if sent { self.refresh_rights().await } else { Ok(()) }
    }

    /// Reads what agents may repeat and who votes for whom. A role that may not see the one or the other is told none.
    pub(super) async fn refresh_rights(&self) -> Result<(), SyncError> {
        let grants = seen(self.client.grants(true).await)?;
        let delegations = seen(self.client.delegations().await)?;
        Ok(self.replica.keep_rights(&grants, &delegations)?)
    }

    async fn send_order(&self, order: FreezeOrder) -> Result<(), SyncError> {
        let order = FreezeOrder { state: OutboxState::Sending, ..order };
        if !self.replica.settle_order(&order)? {
            return Ok(());
        }
        match self.client.begin_freeze_once(&order.request(), &order.id).await {
            Ok(begun) => {
                let freeze_id = Some(begun.id);
                self.replica.settle_order(&FreezeOrder {
                    state: OutboxState::Recorded,
                    freeze_id,
                    ..order
                })?;
                Ok(())
            }
            Err(ClientError::Refused(problem)) if !is_passing(problem.code) => {
                let code = spelling(problem.code);
                let message = Some(problem.detail.unwrap_or(problem.title));
                self.replica.settle_order(&FreezeOrder {
                    state: OutboxState::NeedsYou,
                    code,
                    message,
                    ..order
                })?;
                Ok(())
            }
            Err(error) => {
                self.replica.settle_order(&FreezeOrder { state: OutboxState::Unsent, ..order })?;
                Err(error.into())
            }
        }
    }

    /// Reads the pauses in force and the bypasses that matter.
    pub(super) async fn refresh_emergency(&self) -> Result<(), SyncError> {
        let freezes = self.client.freezes().await?;
        let bypasses = self.client.bypasses().await?;
        self.replica.keep_emergency(freezes, &bypasses)?;
        Ok(())
    }

    /// Sends every due vote, then what was put off. A connection failure stops it (the vote stays unsent); a refusal goes on
    /// to the next.
    pub(super) async fn send_due(&self) -> Result<(), SyncError> {
        while let Some(due) = self.replica.next_due()? {
            self.send(&due).await?;
        }
        self.send_snoozes().await?;
        self.send_export_notes().await
    }

    /// Tells which files were written from the copy here. A refusal (this person may not read the record any more) is
    /// the server's last word.
    async fn send_export_notes(&self) -> Result<(), SyncError> {
        while let Some(noted) = self.replica.next_export_note()? {
            match self.client.note_export(&noted.note, &noted.key).await {
                Ok(_) => {}
                Err(ClientError::Refused(problem)) if !is_passing(problem.code) => {
                    tracing::warn!(code = ?problem.code, "the server does not take that a file was written");
                }
                Err(error) => return Err(error.into()),
            }
            self.replica.export_noted(&noted.key)?;
        }
        Ok(())
    }

    /// Tells the server what was put off here. A refusal (it has ended, or the time is too short) is the server's last
    /// word: the copy then shows what the server shows.
    async fn send_snoozes(&self) -> Result<(), SyncError> {
        while let Some(due) = self.replica.next_snooze()? {
            let answer = match due.until {
                Some(until) => self.client.snooze(&due.approval_id, until).await,
                None => self.client.wake(&due.approval_id).await,
            };
            match answer {
                Ok(view) => self.replica.keep_view(&view)?,
                Err(ClientError::Refused(problem)) if !is_passing(problem.code) => {
                    tracing::info!(id = due.approval_id, code = ?problem.code, "could not be put off");
                }
                Err(error) => return Err(error.into()),
            }
            self.replica.snooze_sent(&due)?;
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
                let code = spelling(problem.code);
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

/// A list, which is empty for who may not see it.
fn seen<T>(answer: Result<Vec<T>, ClientError>) -> Result<Vec<T>, ClientError> {
    match answer {
        Err(ClientError::Refused(problem)) if problem.code == Code::Forbidden => Ok(Vec::new()),
        answer => answer,
    }
}

/// A code as it is on the wire.
fn spelling(code: Code) -> Option<String> {
    serde_json::to_value(code).ok().and_then(|v| v.as_str().map(str::to_owned))
}

/// Refusals that say nothing about the vote: try again later.
pub(super) fn is_passing(code: Code) -> bool {
    matches!(code, Code::Busy | Code::Unavailable | Code::Internal | Code::Unauthenticated)
}
