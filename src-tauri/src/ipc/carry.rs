//! The API for the window: the queue, one's session and (offline) the ledger from the copy, the rest from the server.

use std::collections::BTreeMap;

use navi_client::ClientError;
use navi_protocol::approvals::{ApprovalView, QueueStatus};
use navi_protocol::people::SessionView;
use navi_protocol::{Page, paths};
use navi_replica::Replica;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Answer, Refusal};
use crate::console::Ready;

/// An answer of the API.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Carried {
    status: u16,
    body: Value,
}

impl Carried {
    fn found(body: impl Serialize) -> Answer<Self> {
        let body = serde_json::to_value(body).map_err(|e| Refusal::new("internal", e.to_string()))?;
        Ok(Self { status: 200, body })
    }

    fn problem(status: u16, code: &str, title: &str, detail: &str) -> Self {
        let body = json!({
            "type": format!("urn:navi:problem:{code}"),
            "title": title, "status": status, "code": code, "detail": detail,
        });
        Self { status, body }
    }
}

/// Where a call is answered.
#[derive(Debug, PartialEq, Eq)]
enum Route<'a> {
    Approvals(&'a str),
    Approval(&'a str),
    Status,
    Session,
    Audit,
    Server,
}

fn route<'a>(method: &str, path: &'a str) -> Route<'a> {
    if method != "GET" {
        return Route::Server;
    }
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    match place {
        paths::APPROVALS => Route::Approvals(query),
        paths::APPROVALS_STATUS => Route::Status,
        paths::SESSION => Route::Session,
        paths::AUDIT => Route::Audit,
        // A wait is only the server's to keep.
        _ if query.is_empty() => match place.strip_prefix(paths::APPROVALS).and_then(|r| r.strip_prefix('/'))
        {
            Some(id) if !id.contains('/') => Route::Approval(id),
            _ => Route::Server,
        },
        _ => Route::Server,
    }
}

/// Answers a call.
///
/// # Errors
/// [`Refusal`] when the copy cannot be read or the call is none of the API.
pub(super) async fn carry(ready: &Ready, method: &str, path: &str, body: Option<&Value>) -> Answer<Carried> {
    let replica = &ready.replica;
    match route(method, path) {
        Route::Approvals(query) => Carried::found(approvals(replica, query)?),
        Route::Approval(id) => match replica.approval(id)? {
            Some(found) => Carried::found(found.approval),
            // The copy holds what it saw; older ones are only with the server.
            None => server(ready, method, path, body).await,
        },
        Route::Status => Carried::found(status(replica)?),
        Route::Session => session(ready, method, path).await,
        Route::Audit if !replica.watch().borrow().online => {
            Carried::found(page(replica, replica.entries(0, 10_000)?.into_iter().rev().take(200).collect()))
        }
        Route::Audit | Route::Server => server(ready, method, path, body).await,
    }
}

async fn server(ready: &Ready, method: &str, path: &str, body: Option<&Value>) -> Answer<Carried> {
    match ready.client.pass(method, path, body).await {
        Ok((status, body)) => Ok(Carried { status, body }),
        Err(ClientError::Setup(why)) => Err(Refusal::new("bad_request", why)),
        Err(error) => {
            Ok(Carried::problem(503, "unavailable", "The server is not available", &error.to_string()))
        }
    }
}

fn approvals(replica: &Replica, query: &str) -> Answer<Page<ApprovalView>> {
    let field = |name: &str| query.split('&').find_map(|p| p.strip_prefix(name)?.strip_prefix('='));
    // As the server has it: absent means pending, `all` every state, else names joined by commas.
    let wanted = field("status").filter(|s| !s.is_empty()).unwrap_or("pending");
    let found = if wanted == "pending" { replica.queue()? } else { replica.approvals()? };
    let items = found
        .into_iter()
        .map(|item| item.approval)
        .filter(|view| wanted == "all" || wanted.split(',').any(|status| status == view.status))
        .collect();
    Ok(page(replica, items))
}

/// The copy answers whole: there is no next page. Its stream is the window's signal, so `as_of` stays empty.
fn page<T>(replica: &Replica, items: Vec<T>) -> Page<T> {
    Page { items, next_cursor: None, as_of: String::new(), server_time: replica.server_now() }
}

fn status(replica: &Replica) -> Answer<QueueStatus> {
    let now = replica.server_now();
    let mut by_status: BTreeMap<String, u64> = BTreeMap::new();
    let mut oldest: Option<i64> = None;
    for item in replica.approvals()? {
        if item.approval.status == "pending" {
            oldest = Some(oldest.map_or(item.approval.created_at, |at| at.min(item.approval.created_at)));
        }
        *by_status.entry(item.approval.status).or_default() += 1;
    }
    let counts = replica.counts()?;
    Ok(QueueStatus {
        // How much is too much is the organisation's setting, which the copy does not hold.
        floods: Vec::new(),
        pending: counts.pending(),
        pending_by_level: counts.pending_by_level,
        by_status,
        oldest_pending_secs: oldest.and_then(|at| u64::try_from((now - at) / navi_domain::SECOND).ok()),
        server_time: now,
    })
}

async fn session(ready: &Ready, method: &str, path: &str) -> Answer<Carried> {
    let Some(identity) = ready.replica.identity()? else {
        return server(ready, method, path, None).await;
    };
    Carried::found(SessionView {
        org: identity.org,
        user: identity.user,
        role: identity.role,
        agent: None,
        device: Some(identity.device),
        origin: identity.origin,
        ledger_vkey: identity.ledger_vkey,
        cosignatures_required: ready.replica.watch().borrow().witnessed.required,
        server_time: ready.replica.server_now(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_the_queue_needs_no_server_and_writing_does() {
        let at = |path: &'static str| route("GET", path);
        assert_eq!(
            at("/api/governance/approvals?status=pending&limit=200"),
            Route::Approvals("status=pending&limit=200")
        );
        assert_eq!(at("/api/governance/approvals"), Route::Approvals(""));
        assert_eq!(at("/api/governance/approvals/status"), Route::Status);
        assert_eq!(at("/api/governance/approvals/0190-a"), Route::Approval("0190-a"));
        assert_eq!(at("/api/governance/approvals/0190-a?wait=5"), Route::Server);
        assert_eq!(at("/api/governance/session"), Route::Session);
        assert_eq!(at("/api/governance/audit"), Route::Audit);
        assert_eq!(at("/api/governance/policy/ada"), Route::Server);
        assert_eq!(route("POST", "/api/governance/approvals/0190-a"), Route::Server);
    }
}
