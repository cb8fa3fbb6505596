//! What somebody looks at here: the others are told who reads it, and what the stream does not tell of it is asked for.

use std::time::Duration;

use navi_client::ClientError;
use navi_protocol::paths;

use super::{Sync, SyncError};

/// What is looked at is asked for this often.
const AGAIN: Duration = Duration::from_secs(3);

impl Sync {
    /// Goes on as long as the connection lasts; answers why it could not.
    pub(super) async fn attend(&self) -> SyncError {
        // Before the stream is open the server takes nobody for a reader.
        let mut state = self.replica.watch();
        if state.wait_for(|state| state.online).await.is_err() {
            return SyncError::Protocol("the copy was closed");
        }
        if let Err(error) = self.tell_reading().await {
            return error;
        }
        loop {
            if let Err(error) = self.refresh_attended().await {
                return error;
            }
            let is_idle = self.replica.attended().is_empty();
            tokio::select! {
                () = self.replica.shared.attention_changed.notified() => {}
                () = tokio::time::sleep(AGAIN), if !is_idle => {}
            }
        }
    }

    async fn tell_reading(&self) -> Result<(), SyncError> {
        let Some(id) = self.replica.reading() else { return Ok(()) };
        let path = format!("{}/{id}/presence", paths::APPROVALS);
        // That somebody reads is a courtesy: a server that does not want to know it is no reason to say it again.
        self.client.pass("PUT", &path, None).await?;
        Ok(())
    }

    async fn refresh_attended(&self) -> Result<(), SyncError> {
        for id in self.replica.attended() {
            match self.client.approval(&id).await {
                Ok(Some(view)) => self.replica.keep_whole(&view)?,
                // Not for this person to see, or gone.
                Ok(None) | Err(ClientError::Refused(_)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
