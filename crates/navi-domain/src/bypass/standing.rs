//! All bypasses that still matter to the next one.

use serde::{Deserialize, Serialize};

use super::{Bypass, BypassError, Reach, Stage};
use crate::UtcMicros;

/// Most bypasses without review at once.
pub const MOST: usize = 100;

/// How many bypasses stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Asked for and waiting for a second person.
    pub asked: u64,
    /// In force.
    pub in_force: u64,
    /// Over, and not reviewed.
    pub to_review: u64,
    /// Of these, those whose review is late.
    pub overdue: u64,
}

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
        // One that lapsed stays until a timer wrote it down.
        let mut all = self.tidied(now);
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

    /// With one that came into force without asking here: an envelope that was opened while the server was away. It is kept
    /// even when the next one would be refused, because it has happened.
    #[must_use]
    pub fn adding(&self, opened: Bypass) -> Self {
        let mut all = self.clone();
        all.bypasses.retain(|b| b.id != opened.id);
        all.bypasses.push(opened);
        all
    }

    /// One of them.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Bypass> {
        self.bypasses.iter().find(|b| b.id == id)
    }

    /// The first one in force that reaches an action. One that an envelope opened reaches nothing here: it was for its gate,
    /// while the server was away.
    #[must_use]
    pub fn covering(&self, reach: &Reach<'_>, now: UtcMicros) -> Option<&Bypass> {
        self.bypasses.iter().find(|b| b.envelope.is_none() && b.in_force(now) && b.covers(reach))
    }

    /// How many stand where at an instant.
    #[must_use]
    pub fn counts(&self, now: UtcMicros) -> Counts {
        let count =
            |is: &dyn Fn(&Bypass) -> bool| self.bypasses.iter().filter(|b| is(&b.at(now))).count() as u64;
        Counts {
            asked: count(&|b| matches!(b.stage, Stage::Asked { .. })),
            in_force: count(&|b| b.in_force(now)),
            to_review: count(&|b| matches!(b.stage, Stage::Ended { .. })),
            overdue: count(&|b| b.overdue(now)),
        }
    }

    /// Those whose review is late and of which nobody was told yet, marked.
    #[must_use]
    pub fn late(&self, now: UtcMicros) -> Vec<Bypass> {
        self.bypasses.iter().filter_map(|b| b.marked_late(now)).collect()
    }

    /// Without those that are over and reviewed, or never came into force and were written down as such.
    #[must_use]
    pub fn tidied(&self, now: UtcMicros) -> Self {
        let mut all = self.clone();
        all.bypasses.retain(|b| b.open(now) || *b != b.at(now));
        all
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
