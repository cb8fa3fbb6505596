//! Witnessing over the network. Whatever fails here is told in the log, and tried again: it stops nothing else.

use navi_ledger::checkpoint::Verifier;

use super::{Sync, SyncError};
use crate::identity::Identity;

impl Sync {
    /// Cosigns what was checked, learns who else witnesses, and looks for what enough of them stand behind. Says whether
    /// nothing is left to do: all of that went through, and no witness lacks.
    pub(super) async fn witness(&self, identity: &Identity, pinned: &Verifier) -> bool {
        let delivered = self.deliver_cosignature(identity).await;
        if let Err(error) = &delivered {
            tracing::warn!(%error, "the cosignature could not be delivered");
        }
        let looked = self.look_for_witnesses(identity, pinned).await;
        if let Err(error) = &looked {
            tracing::warn!(%error, "the witnesses could not be asked for");
        }
        delivered.is_ok() && matches!(looked, Ok(true))
    }

    async fn deliver_cosignature(&self, identity: &Identity) -> Result<(), SyncError> {
        if let Some(cosignature) = self.replica.cosign(identity)? {
            self.client.cosign(&identity.org, &cosignature).await?;
            self.replica.cosigned(&cosignature)?;
        }
        Ok(())
    }

    async fn look_for_witnesses(&self, identity: &Identity, pinned: &Verifier) -> Result<bool, SyncError> {
        self.replica.learn_witnesses(&self.client.witnesses(&identity.org).await?)?;
        let required = self.replica.watch().borrow().witnessed.required;
        if required == 0 {
            return Ok(true);
        }
        // The server counts this console too, whose word is worth nothing to itself: then one more is needed.
        let mut found = None;
        for at_least in [required, required.saturating_add(1)] {
            let Some(note) = self.client.cosigned_checkpoint(&identity.org, at_least).await? else { break };
            let others = self.replica.others_behind(&note, &identity.device.id)?;
            if others >= u64::from(required) {
                found = self.agreed(identity, pinned, &note).await?.map(|size| (size, others));
                if found.is_some() {
                    self.replica.keep_cosigned(&note)?;
                }
                break;
            }
        }
        Ok(self.replica.witnessed(found)?)
    }

    /// The size of a cosigned note, if it and the remembered checkpoint are of one history.
    async fn agreed(
        &self,
        identity: &Identity,
        pinned: &Verifier,
        note: &str,
    ) -> Result<Option<u64>, SyncError> {
        let Ok(cosigned) = pinned.open(note) else { return Ok(None) };
        let remembered = self.replica.checkpoint()?.and_then(|kept| pinned.open(&kept).ok());
        let Some(remembered) = remembered else { return Ok(None) };
        let (old, new) = (cosigned.size.min(remembered.size), cosigned.size.max(remembered.size));
        let proof = match old == new {
            true => Vec::new(),
            false => self.client.consistency(&identity.org, old, new).await?,
        };
        Ok(self.replica.agrees(note, pinned, &proof)?.then_some(cosigned.size))
    }
}
