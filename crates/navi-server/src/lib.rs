//! The server: use cases (load → domain → commit), HTTP and WebSocket adapters, jobs. Holds no truth in memory, and
//! starts no action.

pub mod auth;
pub mod calendar;
pub mod checkpoint;
pub mod cli;
pub mod config;
pub mod entropy;
pub mod error;
pub mod foreign;
pub mod http;
pub mod jobs;
pub mod learned;
pub mod mark;
pub mod pipelines;
pub mod presence;
pub mod proofs;
pub mod refusals;
pub mod rules;
pub mod usecase;
pub mod view;

use std::sync::Arc;

use navi_store::Store;

pub use config::Config;
pub use error::Refusal;

/// Everything a request needs. Clones share it.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub store: Arc<dyn Store>,
    /// Randomness.
    pub entropy: Arc<dyn entropy::Entropy>,
    /// Signs checkpoints.
    pub notary: Arc<checkpoint::Notary>,
    /// The organisation's HMAC key.
    pub org_key: Arc<[u8; 32]>,
    /// The organisation's rules, compiled.
    pub rules: Arc<rules::RuleBook>,
    /// What was learned from people's votes.
    pub learned: Arc<learned::Learned>,
    /// Who has a console open.
    pub presence: Arc<presence::Presence>,
    /// Who was turned away.
    pub refusals: Arc<refusals::Refusals>,
    /// Pipelines elsewhere that ask here.
    pub pipelines: Arc<pipelines::Pipelines>,
    /// Limits and lives.
    pub config: Arc<Config>,
}
