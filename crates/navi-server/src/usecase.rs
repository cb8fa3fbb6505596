//! One verb a file: load → domain → commit. Reading a use case top to bottom tells the whole story.

pub mod admit;
pub mod allow_rule;
pub mod background;
pub mod bypass;
pub mod cancel;
pub mod carried;
pub mod cast_vote;
pub mod cast_votes;
pub mod claim;
pub mod contact;
pub mod cosign;
pub mod create_invite;
pub mod create_token;
pub mod decide;
pub mod delegate;
pub mod edit;
pub mod enroll;
pub mod enroll_gate;
pub mod envelope;
pub mod erasure;
pub mod escalate;
pub mod evaluate;
pub mod expire;
pub mod explain;
pub mod export;
pub mod extend;
pub mod finish;
pub mod freeze;
pub mod grant;
pub mod handover;
pub mod insights;
pub mod lapse;
pub mod lately;
pub mod manage_device;
pub mod measure;
pub mod memory;
pub mod oncall;
pub mod pipeline;
pub mod plan;
pub mod policy_history;
pub mod policy_in_force;
pub mod preview;
pub mod propose;
pub mod redeem;
pub mod remark;
pub mod report_deliveries;
pub mod resubmission;
pub mod returned;
pub mod revoke_token;
pub mod risk_settings;
pub mod rollback;
pub mod save_policy;
pub mod save_settings;
pub mod save_text;
pub mod snooze;
pub mod suggest;

use std::collections::BTreeMap;

use navi_domain::event::{Event, EventKind};
use navi_domain::proposal::{Proposal, ProposalKind};
use navi_protocol::problem::Code;
use navi_store::{Change, IdempotentAnswer, Key, Outcome, Record};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::auth::Caller;
use crate::{App, Refusal};

/// How often a use case starts again when another change was first.
pub const TRIES: u32 = 3;

/// The remembered answer that rides in a commit, for a request with an `Idempotency-Key`.
#[derive(Clone, Debug)]
pub struct Remember {
    /// The token that asked.
    pub token_id: String,
    /// The key.
    pub key: String,
    /// SHA-256 (hex) of method, path and body.
    pub request_sha256: String,
}

impl Remember {
    /// Link that finds the entry of the first answer again.
    #[must_use]
    pub fn link(&self) -> String {
        crate::auth::secret_hash(&format!("idempotency\n{}\n{}", self.token_id, self.key))
    }
}

/// Adds the remembered answer to a change, guarded: a racing repeat conflicts instead of acting twice.
#[must_use]
pub fn remember<T: Serialize>(
    change: Change,
    remember: Option<&Remember>,
    status: u16,
    body: &T,
    at: i64,
) -> Change {
    let Some(remember) = remember else { return change };
    let mut change = change.put(Record::Idempotency(IdempotentAnswer {
        token_id: remember.token_id.clone(),
        key: remember.key.clone(),
        request_sha256: remember.request_sha256.clone(),
        status,
        body: serde_json::to_string(body).unwrap_or_default(),
        at,
    }));
    if let Some(event) = change.events.first_mut() {
        event.links.insert("idempotency".into(), remember.link());
    }
    change
}

/// Begins an event of this caller.
#[must_use]
pub fn event(
    kind: EventKind,
    caller: &Caller,
    subject: &str,
    links: &[(&str, &str)],
    payload: Value,
) -> Event {
    Event {
        kind,
        actor: caller.actor(),
        on_behalf_of: caller.on_behalf_of(),
        subject: subject.to_owned(),
        links: to_links(links),
        payload,
    }
}

/// Begins an event that nobody asked for (expiry).
#[must_use]
pub fn system_event(kind: EventKind, subject: &str, links: &[(&str, &str)], payload: Value) -> Event {
    Event {
        kind,
        actor: "system".into(),
        on_behalf_of: None,
        subject: subject.to_owned(),
        links: to_links(links),
        payload,
    }
}

fn to_links(links: &[(&str, &str)]) -> BTreeMap<String, String> {
    links.iter().filter(|(_, v)| !v.is_empty()).map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect()
}

/// Commits; `Ok(None)` means that another change was first and the use case should start again.
///
/// # Errors
/// The store's refusal, after which nothing may run.
pub async fn commit(app: &App, change: Change) -> Result<Option<(u64, i64)>, Refusal> {
    match app.store.commit(change).await? {
        Outcome::Committed { first_index, at } => Ok(Some((first_index, at))),
        Outcome::Conflict(key) => {
            tracing::debug!(?key, "another change was first");
            Ok(None)
        }
    }
}

/// What a use case answers when it lost every race.
#[must_use]
pub fn lost_races() -> Refusal {
    Refusal::new(
        Code::VersionConflict,
        "It kept changing while the server tried. Nothing was done; try again.",
    )
}

/// Prepares what a proposal asks for, against what is in force now.
///
/// # Errors
/// `version_conflict` when what it would change is no longer what it was made against.
async fn prepare(app: &App, proposal: &Proposal) -> Result<propose::Prepared, Refusal> {
    match proposal.kind {
        ProposalKind::Policy => save_policy::prepare_proposed(app, proposal).await,
        ProposalKind::RiskSettings => risk_settings::prepare_proposed(app, proposal).await,
        ProposalKind::OrgSettings => save_settings::prepare_proposed(app, proposal).await,
        ProposalKind::AllowRule => allow_rule::propose::prepare_proposed(app, proposal).await,
        ProposalKind::Erasure => Err(Refusal::new(Code::Internal, "An erasure is no setting.")),
        ProposalKind::Guardrails | ProposalKind::Catalogue => {
            save_text::prepare_proposed(app, proposal).await
        }
    }
}

/// The request that a proposal keeps.
fn kept<T: DeserializeOwned>(proposal: &Proposal) -> Result<T, Refusal> {
    serde_json::from_value(proposal.request.clone()).map_err(|error| {
        tracing::error!(%error, id = proposal.id, "a proposal keeps a request of another shape");
        Refusal::new(Code::Internal, "The proposal cannot be read again. Make the change again.")
    })
}

/// The key a record is read under, for expectations of rows that were only read.
#[must_use]
pub fn version_key(key: Key, version: u64) -> (Key, navi_store::Expected) {
    let expected =
        if version == 0 { navi_store::Expected::Absent } else { navi_store::Expected::Version(version) };
    (key, expected)
}
