//! What a policy was: every saved version, read from the ledger.

use navi_domain::event::{EventKind, Leaf};
use navi_domain::policy::{AutonomyPolicy, PolicyScope};
use navi_protocol::policy::PolicyVersion;
use navi_store::{AuditFilter, Entry};

use super::save_policy::subject;
use crate::view::policy::{self as view, Saved};
use crate::{App, Refusal};

/// Versions of a policy that are looked back at most.
const MOST: usize = 1_000;
/// Entries a read.
const PAGE: usize = 500;

/// Every version, newest first, at most a thousand.
///
/// # Errors
/// The store's refusal.
pub async fn history(app: &App, scope: &PolicyScope) -> Result<Vec<PolicyVersion>, Refusal> {
    let entries = entries(app, EventKind::PolicyChanged, &subject(app, scope)).await?;
    let saved: Vec<Option<Saved>> = entries.iter().map(payload).collect();
    // Where a payload is gone its number follows from its neighbour's: the versions of one row have no gaps.
    let newest = app.store.policy(scope).await?.map_or(0, |p| p.version);
    let view = |(i, entry): (usize, &Entry)| {
        let number = newest.saturating_sub(u64::try_from(i).unwrap_or(u64::MAX));
        let own = saved.get(i).and_then(Option::as_ref);
        let before = saved.get(i + 1).and_then(Option::as_ref);
        view::version(entry, at(entry), own.map_or(number, |s| s.policy.version), own, before)
    };
    Ok(entries.iter().enumerate().map(view).collect())
}

/// One version as it was saved.
///
/// # Errors
/// `not_found` when there was none, or its content was erased.
pub async fn version(app: &App, scope: &PolicyScope, number: u64) -> Result<AutonomyPolicy, Refusal> {
    let entries = entries(app, EventKind::PolicyChanged, &subject(app, scope)).await?;
    let mut saved = entries.iter().filter_map(payload::<Saved>);
    let found = saved.find(|s| s.policy.version == number);
    found.map(|s| s.policy).ok_or_else(|| Refusal::not_found("version", &number.to_string()))
}

/// The entries of a kind about a subject, newest first.
///
/// # Errors
/// The store's refusal.
pub(super) async fn entries(app: &App, kind: EventKind, subject: &str) -> Result<Vec<Entry>, Refusal> {
    let mut filter = AuditFilter {
        kind: vec![kind],
        subject: (!subject.is_empty()).then(|| subject.to_owned()),
        limit: PAGE,
        ..AuditFilter::default()
    };
    let mut all = Vec::new();
    loop {
        let page = app.store.audit(&filter).await?;
        all.extend(page.items);
        match page.next.filter(|_| all.len() < MOST) {
            Some(next) => filter.cursor = Some(next),
            None => return Ok(all),
        }
    }
}

/// The payload of an entry, unless it is gone or of another shape.
pub(super) fn payload<T: serde::de::DeserializeOwned>(entry: &Entry) -> Option<T> {
    serde_json::from_slice(entry.payload.as_deref()?).ok()
}

/// The instant of an entry.
pub(super) fn at(entry: &Entry) -> i64 {
    serde_json::from_slice::<Leaf>(&entry.leaf).map_or(0, |leaf| leaf.at)
}
