//! For how long a way back is offered, by action type.

use std::collections::BTreeMap;

use crate::{MINUTE, UtcMicros};

/// Longest window in minutes: ninety days.
pub const MOST_MINUTES: u32 = 129_600;
/// Minutes for types that are not named: seven days.
const OTHERWISE: u32 = 10_080;
/// Shipped windows in minutes. What reaches users or data is followed by more, sooner.
const SHIPPED: &[(&str, u32)] = &[
    ("database_migration", 1_440),
    ("deploy", 1_440),
    ("deploy_prod", 1_440),
    ("deploy_staging", 4_320),
    ("feature_flag_change", 43_200),
    ("infrastructure_change", 1_440),
    ("rollback", 1_440),
    ("schema_change", 1_440),
    ("secret_rotation", 0),
];

/// An organisation's windows: minutes by action type, 0: never offered. `*` is for what is not named.
#[derive(Clone, Copy, Debug)]
pub struct Windows<'a>(pub &'a BTreeMap<String, u32>);

impl Windows<'_> {
    /// Minutes for an action type.
    #[must_use]
    pub fn minutes(&self, action_type: &str) -> u32 {
        let shipped = || SHIPPED.iter().find(|(name, _)| *name == action_type).map(|(_, minutes)| *minutes);
        let own = self.0.get(action_type).copied();
        own.or_else(shipped).or_else(|| self.0.get("*").copied()).unwrap_or(OTHERWISE)
    }

    /// Until when what ended at an instant may be rolled back.
    #[must_use]
    pub fn closes_at(&self, action_type: &str, ended_at: UtcMicros) -> UtcMicros {
        ended_at.saturating_add(i64::from(self.minutes(action_type)) * MINUTE)
    }
}
