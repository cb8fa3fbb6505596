//! All bypasses that still matter to the next one.

use serde::{Deserialize, Serialize};

use super::{Bypass, BypassError, Stage};
use crate::UtcMicros;

/// Most bypasses without review at once.
pub const MOST: usize = 100;

/// The bypasses that are asked for, in force or not reviewed: one row.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Oldest first.
    pub bypasses: Vec<Bypass>,
    /// Row version; 0: there was never one.
    pub version: u64,
}

impl Standing {
    /// With one more.
    ///
    /// # Errors
    /// When an earlier one of the same person or for a scope that meets it is open, or there are too many.
    pub fn with(&self, next: Bypass, now: UtcMicros) -> Result<Self, BypassError> {
        let open = |b: &&Bypass| b.open(now) && (b.by == next.by || b.wish.scope.meets(&next.wish.scope));
        if let Some(earlier) = self.bypasses.iter().find(open) {
            return Err(BypassError::Unreviewed { id: earlier.id.clone() });
        }
        let mut all = self.clone();
        // One that lapsed stays until a timer wrote it down.
        all.bypasses.retain(|b| b.open(now) || *b != b.at(now));
        if all.bypasses.len() >= MOST {
            return Err(BypassError::TooMany);
        }
        all.bypasses.push(next);
        Ok(all)
    }

    /// With one replaced by its next stage; `None` when there is none of that id.
    #[must_use]
    pub fn moved(&self, next: Bypass) -> Option<Self> {
        let mut all = self.clone();
        let slot = all.bypasses.iter_mut().find(|b| b.id == next.id)?;
        *slot = next;
        Some(all)
    }

    /// The first one in force that reaches an action with this digest, agent and repository.
    #[must_use]
    pub fn covering(
        &self,
        digest: &str,
        agent: Option<&str>,
        repo: Option<&str>,
        now: UtcMicros,
    ) -> Option<&Bypass> {
        self.bypasses.iter().find(|b| b.in_force(now) && b.wish.scope.covers(digest, agent, repo))
    }

    /// Those whose row still says asked or in force although their time is up, in the stage they are in now: what a
    /// timer writes down, also for what ended while nothing ran.
    #[must_use]
    pub fn turned(&self, now: UtcMicros) -> Vec<Bypass> {
        let waits = |b: &&Bypass| matches!(b.stage, Stage::Asked { .. } | Stage::Active { .. });
        self.bypasses
            .iter()
            .filter(waits)
            .map(|b| (b, b.at(now)))
            .filter(|(b, n)| *b != n)
            .map(|p| p.1)
            .collect()
    }
}
