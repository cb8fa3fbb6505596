//! The API for the window: the queue, one's session and (offline) the ledger from the copy, the rest from the server.

use std::collections::BTreeMap;

use navi_client::ClientError;
use navi_domain::delivery::Step;
use navi_protocol::approvals::{ApprovalView, QueueStatus};
use navi_protocol::audit::{AuditEntry, AuditTrail};
use navi_protocol::people::SessionView;
use navi_protocol::waiting::SnoozeRequest;
use navi_protocol::{Page, paths};
use navi_replica::{EntryFilter, Replica, SnoozeRefusal};
use serde::Serialize;
use serde_json::{Value, json};

use super::{Answer, Refusal, shown};
use crate::console::Ready;
use crate::notify::about;

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
    Audit(&'a str),
    Trail(&'a str),
    /// Works without a connection: it decides nothing.
    Snooze(&'a str),
    /// Is remembered too, because the server forgets it with each connection.
    Presence(&'a str),
    Freezes,
    Bypasses,
    Envelopes,
    /// Whether only those that can be used now.
    Grants(bool),
    Delegations,
    Server,
}

fn route<'a>(method: &str, path: &'a str) -> Route<'a> {
    if method != "GET" {
        return match of_approval(path) {
            Some((id, "snooze")) if matches!(method, "POST" | "DELETE") => Route::Snooze(id),
            Some((id, "presence")) if matches!(method, "PUT" | "DELETE") => Route::Presence(id),
            _ => Route::Server,
        };
    }
    let (place, query) = path.split_once('?').unwrap_or((path, ""));
    match place {
        paths::APPROVALS => Route::Approvals(query),
        paths::APPROVALS_STATUS => Route::Status,
        paths::SESSION => Route::Session,
        paths::FREEZE => Route::Freezes,
        paths::BYPASS => Route::Bypasses,
        paths::AUDIT => Route::Audit(query),
        paths::ENVELOPES => Route::Envelopes,
        paths::GRANTS => Route::Grants(query.split('&').any(|part| part == "live=true")),
        paths::DELEGATIONS if query.is_empty() => Route::Delegations,
        // A wait is only the server's to keep.
        _ if query.is_empty() => match place.strip_prefix(paths::APPROVALS).and_then(|r| r.strip_prefix('/'))
        {
            Some(id) if !id.contains('/') => Route::Approval(id),
            _ => match place.strip_prefix(paths::AUDIT).and_then(|r| r.strip_prefix('/')) {
                Some(id) if !id.contains('/') && !matches!(id, "insights" | "export" | "report") => {
                    Route::Trail(id)
                }
                _ => Route::Server,
            },
        },
        _ => Route::Server,
    }
}

/// The approval of a path below one, and what is asked of it.
fn of_approval(path: &str) -> Option<(&str, &str)> {
    let (id, act) = path.strip_prefix(paths::APPROVALS)?.strip_prefix('/')?.split_once('/')?;
    (!id.is_empty() && !act.contains('/')).then_some((id, act))
}

/// Answers a call.
///
/// # Errors
/// [`Refusal`] when the copy cannot be read or the call is none of the API.
pub(super) async fn carry(ready: &Ready, method: &str, path: &str, body: Option<&Value>) -> Answer<Carried> {
    let replica = &ready.replica;
    match route(method, path) {
        Route::Approvals(query) => Carried::found(approvals(replica, query)?),
        Route::Approval(id) => match replica.whole(id)? {
            Some(view) => {
                // The window shows it: whoever looks at it has opened it.
                if view.status == "pending" {
                    replica.step(&about(&view), Step::Opened)?;
                }
                replica.looked_at(id);
                Carried::found(view)
            }
            // The copy holds what it saw; older ones are only with the server.
            None => server(ready, method, path, body).await,
        },
        Route::Snooze(id) => snooze(replica, id, method, body),
        Route::Presence(id) => {
            replica.reads(id, method == "PUT");
            server(ready, method, path, body).await
        }
        Route::Status => Carried::found(status(replica)?),
        Route::Session => session(ready, method, path).await,
        Route::Audit(query) if is_local(replica, query) => {
            let (replica, query) = (replica.clone(), query.to_owned());
            let searched = tauri::async_runtime::spawn_blocking(move || audit(&replica, &query)).await;
            Carried::found(searched.map_err(|_| Refusal::new("internal", "The search broke off."))??)
        }
        Route::Trail(id) if !replica.watch().borrow().online => {
            let entries = replica.trail(id)?;
            if entries.is_empty() {
                let detail = "This action is not in the window that this console keeps.";
                return Ok(Carried::problem(404, "not_found", "Not found", detail));
            }
            Carried::found(AuditTrail { action_id: id.to_owned(), entries })
        }
        Route::Bypasses if !replica.watch().borrow().online => match replica.bypasses()? {
            Some(known) => Carried::found(known),
            None => server(ready, method, path, body).await,
        },
        Route::Freezes if !replica.watch().borrow().online => Carried::found(replica.freezes()?.freezes),
        // Those that can be opened are needed most when the server is away.
        Route::Envelopes if !replica.watch().borrow().online => Carried::found(replica.envelopes()?),
        Route::Grants(live) if !replica.watch().borrow().online => match replica.grants()? {
            Some(known) => Carried::found(known.into_iter().filter(|g| !live || g.live).collect::<Vec<_>>()),
            None => server(ready, method, path, body).await,
        },
        Route::Delegations if !replica.watch().borrow().online => match replica.delegations()? {
            Some(known) => Carried::found(known),
            None => server(ready, method, path, body).await,
        },
        Route::Audit(_)
        | Route::Trail(_)
        | Route::Freezes
        | Route::Bypasses
        | Route::Envelopes
        | Route::Grants(_)
        | Route::Delegations
        | Route::Server => server(ready, method, path, body).await,
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

/// What a page of the copy's own search goes on with; the server's cursors look different.
const LOCAL: &str = "local-";

/// Whether the copy answers a search: offline, and for the next pages of what it began.
fn is_local(replica: &Replica, query: &str) -> bool {
    !replica.watch().borrow().online || query.split('&').any(|part| part.starts_with("cursor=local-"))
}

/// The kept entries that a query asks for, as the server would answer it.
fn audit(replica: &Replica, query: &str) -> Answer<Page<AuditEntry>> {
    let (items, before) = replica.search(&filter(query)?)?;
    let next_cursor = before.map(|index| format!("{LOCAL}{index}"));
    Ok(Page { next_cursor, ..page(replica, items) })
}

/// The entries that a query of `GET /audit` asks for.
pub(super) fn filter(query: &str) -> Answer<EntryFilter> {
    let bad = |what: String| Refusal::new("bad_request", what);
    let url =
        tauri::Url::parse(&format!("http://console.invalid/?{query}")).map_err(|e| bad(e.to_string()))?;
    let mut filter = EntryFilter { limit: 200, ..EntryFilter::default() };
    for (name, value) in url.query_pairs().filter(|(_, value)| !value.is_empty()) {
        let number = || value.parse::<i64>().map_err(|_| bad(format!("{name} must be a number.")));
        match &*name {
            "subject" => filter.subject = Some(value.into_owned()),
            "q" => filter.text = Some(value.into_owned()),
            "from" => filter.from = Some(number()?),
            "to" => filter.to = Some(number()?),
            // The newest up to that place; a reader sees by its index whether it is the one.
            "index" => (filter.before, filter.limit) = (u64::try_from(number()?).ok().map(|at| at + 1), 1),
            "limit" => filter.limit = usize::try_from(number()?).unwrap_or(200).clamp(1, 500),
            "cursor" => {
                filter.before = value.strip_prefix(LOCAL).and_then(|index| index.parse().ok());
                if filter.before.is_none() {
                    return Err(bad("This list was begun online; look again from its start.".to_owned()));
                }
            }
            _ => {
                let facet = if name == "decision" { "verdict" } else { &*name };
                let values =
                    value.split(',').map(|v| v.trim().to_owned()).filter(|v| !v.is_empty()).collect();
                filter.facets.insert(facet.to_owned(), values);
            }
        }
    }
    Ok(filter)
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

fn snooze(replica: &Replica, id: &str, method: &str, body: Option<&Value>) -> Answer<Carried> {
    let until = match (method, body) {
        ("POST", Some(body)) => {
            let read = serde_json::from_value::<SnoozeRequest>(body.clone());
            Some(read.map_err(|e| Refusal::new("bad_request", e.to_string()))?.until)
        }
        ("POST", None) => return Err(Refusal::new("bad_request", "Until when is missing.")),
        _ => None,
    };
    match replica.snooze(id, until) {
        Ok(view) => Carried::found(view),
        Err(SnoozeRefusal::Replica(error)) => Err(error.into()),
        Err(refused) => {
            let (code, detail) = (refused.code(), crate::words::sentence(&refused.to_string()));
            Ok(Carried::problem(409, code, "It cannot be put off", &detail))
        }
    }
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
        allowances: shown::allowances(ready.replica.watch().borrow().allowances),
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
        assert_eq!(at("/api/governance/freeze"), Route::Freezes);
        assert_eq!(route("PUT", "/api/governance/freeze"), Route::Server);
        assert_eq!(at("/api/governance/grants?live=true"), Route::Grants(true));
        assert_eq!(at("/api/governance/grants?live=false"), Route::Grants(false));
        assert_eq!(at("/api/governance/delegations"), Route::Delegations);
        assert_eq!(route("POST", "/api/governance/delegations"), Route::Server);
        assert_eq!(route("DELETE", "/api/governance/grants/g"), Route::Server);
        assert_eq!(at("/api/governance/audit?q=a"), Route::Audit("q=a"));
        assert_eq!(at("/api/governance/audit/0190-a"), Route::Trail("0190-a"));
        assert_eq!(at("/api/governance/audit/insights"), Route::Server);
        assert_eq!(at("/api/governance/policy/ada"), Route::Server);
        assert_eq!(route("POST", "/api/governance/approvals/0190-a"), Route::Server);
        assert_eq!(route("DELETE", "/api/governance/approvals/0190-a/snooze"), Route::Snooze("0190-a"));
        assert_eq!(route("POST", "/api/governance/approvals/0190-a/snooze"), Route::Snooze("0190-a"));
        assert_eq!(route("PUT", "/api/governance/approvals/0190-a/snooze"), Route::Server);
        assert_eq!(route("POST", "/api/governance/approvals/0190-a/claim"), Route::Server);
        assert_eq!(route("PUT", "/api/governance/approvals/0190-a/presence"), Route::Presence("0190-a"));
        assert_eq!(route("DELETE", "/api/governance/approvals/0190-a/presence"), Route::Presence("0190-a"));
        assert_eq!(route("PUT", "/api/governance/approvals//presence"), Route::Server);
    }

    #[test]
    fn a_search_reads_as_the_server_reads_it() {
        let found =
            filter("q=drop+table%21&level=high,critical&decision=BLOCKED&from=5&limit=9000&cursor=local-17");
        let found = found.unwrap();
        assert_eq!(found.text.as_deref(), Some("drop table!"));
        assert_eq!(found.facets["level"], ["high", "critical"]);
        assert_eq!(found.facets["verdict"], ["BLOCKED"]);
        assert_eq!((found.from, found.before, found.limit), (Some(5), Some(17), 500));
        assert!(filter("cursor=0190").is_err(), "a cursor of the server");
        assert!(filter("to=tomorrow").is_err());
    }
}
