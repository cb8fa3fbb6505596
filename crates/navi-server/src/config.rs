//! Limits and lives, from `config.json` in the data directory; absent fields keep their defaults.

use serde::{Deserialize, Serialize};

/// What an operator may set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// How long an approval waits at most, in seconds.
    pub approval_ttl_secs: u32,
    /// Largest request body in bytes.
    pub max_body_bytes: usize,
    /// Pause between heartbeats on a quiet stream, in seconds.
    pub heartbeat_secs: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self { approval_ttl_secs: 7200, max_body_bytes: 1024 * 1024, heartbeat_secs: 10 }
    }
}
