//! `/audit`

use axum::Json;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse as _, Response};
use navi_domain::decision::Verdict;
use navi_domain::reading::facet::{Facet, OUTCOMES};
use navi_domain::reading::format::Format;
use navi_domain::risk::Level;
use navi_domain::vote::Surface;
use navi_protocol::Page;
use navi_protocol::audit::{AuditEntry, AuditTrail};
use navi_protocol::problem::{Code, Problem};
use navi_store::AuditFilter;
use serde::Deserialize;
use utoipa::IntoParams;

use super::extract::{Params, listed, page_size};
use super::ledger::download;
use crate::auth::Caller;
use crate::usecase::{export, insights};
use crate::view::{self, audit as entry_view};
use crate::{App, Refusal};

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AuditQuery {
    /// Kinds, joined by commas.
    kind: Option<String>,
    /// By or for this person or agent.
    user: Option<String>,
    /// About this subject.
    subject: Option<String>,
    /// Of actions in these repositories, joined by commas; so for each of the following.
    repo: Option<String>,
    /// Of actions of these types.
    action_type: Option<String>,
    /// Of actions of these risk levels.
    level: Option<String>,
    /// Of actions that were decided so: AUTO, APPROVAL, BLOCKED.
    decision: Option<String>,
    /// Of actions that these rules decided.
    rule: Option<String>,
    /// Of actions that these agents asked for.
    agent: Option<String>,
    /// Of actions in these sessions of agents.
    session: Option<String>,
    /// Votes cast there: notification, tray, window, web, terminal.
    surface: Option<String>,
    /// That came out so: succeeded, failed, unknown, approved, rejected, expired, superseded, cancelled, refused, revoked,
    /// deviated.
    outcome: Option<String>,
    /// `ran`: of actions that ran under a bypass or an envelope; `about`: also what only speaks of one; else the id of one.
    bypass: Option<String>,
    /// With all of these words; the last may be the beginning of one.
    q: Option<String>,
    /// The entry at this index alone, whatever else is asked for. Only for the list.
    index: Option<u64>,
    /// Not before, UTC microseconds.
    from: Option<i64>,
    /// Not after, UTC microseconds.
    to: Option<i64>,
    /// `next_cursor` of the previous page.
    cursor: Option<String>,
    /// 1 to 500.
    limit: Option<usize>,
}

impl AuditQuery {
    /// The question to the store.
    ///
    /// # Errors
    /// `bad_request`, naming a word of a closed set that is none.
    pub(super) fn filter(self) -> Result<AuditFilter, Refusal> {
        let levels: Vec<Level> = listed(self.level.as_deref(), "risk level")?;
        let verdicts: Vec<Verdict> = listed(self.decision.as_deref(), "decision")?;
        let surfaces: Vec<Surface> = listed(self.surface.as_deref(), "place of voting")?;
        let outcomes = outcomes(self.outcome.as_deref())?;
        let facets = [
            (Facet::Repo, names(self.repo.as_deref())),
            (Facet::ActionType, names(self.action_type.as_deref())),
            (Facet::Level, levels.iter().map(|level| level.as_str().to_owned()).collect()),
            (Facet::Verdict, verdicts.iter().map(|verdict| verdict.as_str().to_owned()).collect()),
            (Facet::Rule, names(self.rule.as_deref())),
            (Facet::Agent, names(self.agent.as_deref())),
            (Facet::Session, names(self.session.as_deref())),
            (Facet::Surface, surfaces.iter().map(view::name).collect()),
            (Facet::Outcome, outcomes),
            (Facet::Bypass, names(self.bypass.as_deref())),
        ];
        Ok(AuditFilter {
            kind: listed(self.kind.as_deref(), "kind of entry")?,
            person: self.user,
            subject: self.subject,
            facets: facets.into_iter().filter(|(_, values)| !values.is_empty()).collect(),
            text: self.q,
            from: self.from,
            to: self.to,
            cursor: self.cursor,
            limit: page_size(self.limit),
        })
    }
}

fn names(joined: Option<&str>) -> Vec<String> {
    let each = joined.into_iter().flat_map(|text| text.split(',')).map(str::trim);
    each.filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// # Errors
/// `bad_request`, naming a word that is no outcome.
fn outcomes(joined: Option<&str>) -> Result<Vec<String>, Refusal> {
    let found = names(joined);
    match found.iter().find(|name| !OUTCOMES.contains(&name.as_str())) {
        Some(other) => {
            let detail = format!("{other:?} is no outcome. Outcomes are {}.", OUTCOMES.join(", "));
            Err(Refusal::new(Code::BadRequest, detail))
        }
        None => Ok(found),
    }
}

/// List ledger entries, newest first.
#[utoipa::path(get, path = "/api/governance/audit", operation_id = "list_audit", tag = "audit", params(AuditQuery),
    responses((status = 200, body = Page<AuditEntry>), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn list_audit(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<AuditQuery>,
) -> Result<Json<Page<AuditEntry>>, Refusal> {
    caller.may("list_audit")?;
    if let Some(index) = query.index {
        let found = app.store.entries(index, 1).await?;
        let items = found.iter().filter(|entry| entry.index == index).map(entry_view::build);
        let items = items.collect::<Result<_, _>>()?;
        let as_of = super::ledger::as_of(&app).await?;
        return Ok(Json(Page { items, next_cursor: None, as_of, server_time: app.store.now() }));
    }
    let filter = query.filter()?;
    let as_of = match filter.needs_index() {
        true => insights::caught_up(&app).await?,
        false => super::ledger::as_of(&app).await?,
    };
    let page = app.store.audit(&filter).await?;
    let items = page.items.iter().map(entry_view::build).collect::<Result<_, _>>()?;
    Ok(Json(Page { items, next_cursor: page.next, as_of, server_time: app.store.now() }))
}

/// In which format.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// `csv`, `jsonl`, `ocsf` or `cloudevents`. Must be given.
    format: Option<String>,
    /// Without payloads and names: people are pseudonyms, as in the leaves. Only for `csv` and `jsonl`.
    bare: Option<bool>,
}

/// Download entries for other tools, oldest first. Takes the filters of the list, without cursor and limit. Each line
/// keeps what ties it to the log. The export itself is recorded first.
#[utoipa::path(get, path = "/api/governance/audit/export", operation_id = "export_audit", tag = "audit", params(ExportQuery, AuditQuery),
    responses((status = 200, body = String, content_type = "text/csv"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn export_audit(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<ExportQuery>,
    Params(filter): Params<AuditQuery>,
) -> Result<Response, Refusal> {
    caller.may("export_audit")?;
    let named = query.format.unwrap_or_default();
    let format = Format::parse(&named).ok_or_else(|| {
        let detail = format!("format {named:?} is not csv, jsonl, ocsf or cloudevents.");
        Refusal::new(Code::BadRequest, detail)
    })?;
    let bare = query.bare.unwrap_or_default();
    if bare && !format.can_be_bare() {
        return Err(Refusal::new(Code::BadRequest, format!("format {named:?} is only given whole.")));
    }
    let pieces = export::lines(&app, &caller, (format, bare), filter.filter()?).await?;
    Ok(download(pieces, format.content_type(), &format!("navi-audit.{}", format.extension())))
}

/// Of which period, in which format.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ReportQuery {
    /// `html` (when absent) or `pdf`.
    format: Option<String>,
    /// Without names: people are pseudonyms, as in the leaves.
    bare: Option<bool>,
    /// Not before, UTC microseconds.
    from: Option<i64>,
    /// Not after, UTC microseconds.
    to: Option<i64>,
}

/// A compliance report of a period: coverage, separation of duties, response times, changes of the rules, controls.
/// That it was made is recorded first.
#[utoipa::path(get, path = "/api/governance/audit/report", operation_id = "read_report", tag = "audit", params(ReportQuery),
    responses((status = 200, body = String, content_type = "text/html"), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_report(
    State(app): State<App>,
    caller: Caller,
    Params(query): Params<ReportQuery>,
) -> Result<Response, Refusal> {
    caller.may("read_report")?;
    let format = query.format.as_deref().unwrap_or("html");
    let draw: fn(&navi_report::Report) -> Vec<u8> = match format {
        "html" => |report| navi_report::html::html(report).into_bytes(),
        "pdf" => navi_report::pdf::pdf,
        other => {
            return Err(Refusal::new(Code::BadRequest, format!("format {other:?} is neither html nor pdf.")));
        }
    };
    if query.from.zip(query.to).is_some_and(|(from, to)| from > to) {
        return Err(Refusal::new(Code::BadRequest, "The period ends before it begins."));
    }
    let report =
        export::report(&app, &caller, (query.from, query.to), (format, query.bare.unwrap_or_default()))
            .await?;
    let media = if format == "pdf" { "application/pdf" } else { "text/html; charset=utf-8" };
    let name = format!("attachment; filename=\"navi-report.{format}\"");
    let headers = [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, name)];
    Ok((headers, draw(&report)).into_response())
}

/// The whole chain of one action: decision, votes, permit, execution.
#[utoipa::path(get, path = "/api/governance/audit/{action_id}", operation_id = "read_audit_trail", tag = "audit",
    params(("action_id" = String, Path)),
    responses((status = 200, body = AuditTrail), (status = "default", body = Problem, content_type = "application/problem+json")))]
pub async fn read_audit_trail(
    State(app): State<App>,
    caller: Caller,
    Path(action_id): Path<String>,
) -> Result<Json<AuditTrail>, Refusal> {
    caller.may("read_audit_trail")?;
    let entries =
        app.store.chain(&action_id).await?.iter().map(entry_view::build).collect::<Result<Vec<_>, _>>()?;
    if entries.is_empty() {
        return Err(Refusal::not_found("action", &action_id));
    }
    Ok(Json(AuditTrail { action_id, entries }))
}
