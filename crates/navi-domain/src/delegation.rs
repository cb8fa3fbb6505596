//! Delegation: one person votes for another between two dates. It cannot form a cycle, and each vote says for whom.

use serde::{Deserialize, Serialize};

use crate::UtcMicros;

/// One delegation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delegation {
    /// Id (UUID v7).
    pub id: String,
    /// Who is away.
    pub from: String,
    /// Who votes instead.
    pub to: String,
    /// First instant.
    pub starts_at: UtcMicros,
    /// Last instant.
    pub ends_at: UtcMicros,
    /// In the person's words.
    pub reason: String,
    /// Made at.
    pub created_at: UtcMicros,
    /// Ended early at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<UtcMicros>,
    /// Row version.
    pub version: u64,
}

/// Why a delegation cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DelegationError {
    /// To oneself, directly or over others, at some instant.
    #[error("it would close a circle: at some time everybody in it would be voting for somebody else")]
    Cycle,
    /// The end is not after the start, or more than 90 days from it.
    #[error("it must end after it starts, and within 90 days")]
    Dates,
}

/// Longest delegation.
const LONGEST: UtcMicros = 90 * 24 * 3600 * crate::SECOND;

impl Delegation {
    /// Whether it is in force at an instant.
    #[must_use]
    pub fn in_force(&self, at: UtcMicros) -> bool {
        self.revoked_at.is_none_or(|ended| at < ended) && (self.starts_at..=self.ends_at).contains(&at)
    }

    fn overlaps(&self, other: &Self) -> bool {
        self.revoked_at.is_none() && self.starts_at <= other.ends_at && other.starts_at <= self.ends_at
    }

    /// Checks dates, and that no chain of overlapping delegations leads back.
    ///
    /// # Errors
    /// [`DelegationError`].
    pub fn check(&self, others: &[Self]) -> Result<(), DelegationError> {
        if self.ends_at <= self.starts_at || self.ends_at - self.starts_at > LONGEST {
            return Err(DelegationError::Dates);
        }
        let mut reached = vec![self.to.as_str()];
        let mut next = 0;
        while let Some(person) = reached.get(next).copied() {
            if person == self.from {
                return Err(DelegationError::Cycle);
            }
            for further in others.iter().filter(|d| d.from == person && d.overlaps(self)) {
                if !reached.contains(&further.to.as_str()) {
                    reached.push(&further.to);
                }
            }
            next += 1;
        }
        Ok(())
    }
}

/// For whom a person may vote at an instant, themselves excluded: those whose delegations lead to them, directly.
#[must_use]
pub fn stands_for<'a>(person: &str, all: &'a [Delegation], at: UtcMicros) -> Vec<&'a str> {
    all.iter().filter(|d| d.to == person && d.in_force(at)).map(|d| d.from.as_str()).collect()
}
