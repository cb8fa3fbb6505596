//! The organisation's guardrails or patterns are saved: compiled first, against the version that was read.

use navi_domain::event::EventKind;
use navi_domain::settings::{OrgText, OrgTextKind};
use navi_facts::catalogue::Catalogue;
use navi_guardrail::GuardrailSet;
use navi_protocol::problem::Code;
use navi_protocol::rules::TextRequest;
use navi_store::{Change, Record};
use serde_json::json;

use super::{Remember, commit, event, remember};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Saves; the text is in force with the next decision.
///
/// # Errors
/// `invalid` names every problem with line and column, and the last good text stays in force; `version_conflict` when
/// somebody else saved first.
pub async fn save_text(
    app: &App,
    caller: &Caller,
    kind: OrgTextKind,
    request: &TextRequest,
    key: Option<&Remember>,
) -> Result<OrgText, Refusal> {
    check(kind, &request.text)?;
    let saved = app.store.org_text(kind).await?;
    let (known, claimed) = (saved.as_ref().map_or(0, |t| t.version), request.version.unwrap_or(0));
    let conflict = |known: u64| {
        let detail = format!(
            "The {} have version {known}, the change is for version {claimed}. Load them again.",
            kind.as_str()
        );
        Refusal::new(Code::VersionConflict, detail)
    };
    if known != claimed {
        return Err(conflict(known));
    }
    let text = OrgText {
        kind,
        text: request.text.clone(),
        saved_by: caller.user().to_owned(),
        saved_at: app.store.now(),
        version: known,
    };
    let what = match kind {
        OrgTextKind::Guardrails => EventKind::GuardrailsChanged,
        OrgTextKind::Catalogue => EventKind::CatalogueChanged,
    };
    let payload = json!({"text": text.text, "version": known + 1, "reason": request.reason});
    let change = Change::default()
        .event(event(what, caller, kind.as_str(), &[], payload))
        .put(Record::OrgText(text.clone()));
    let after = OrgText { version: known + 1, ..text };
    match commit(app, remember(change, key, 200, &after, app.store.now())).await? {
        Some(_) => Ok(after),
        None => Err(conflict(known + 1)),
    }
}

/// Compiles a text without saving it.
///
/// # Errors
/// `invalid`, with every problem.
pub fn check(kind: OrgTextKind, text: &str) -> Result<(), Refusal> {
    let invalid = |why: String| Refusal::new(Code::Invalid, format!("Nothing was saved: {why}"));
    match kind {
        OrgTextKind::Guardrails => GuardrailSet::with(text).map(drop).map_err(|e| invalid(e.to_string())),
        OrgTextKind::Catalogue => {
            Catalogue::with_extension(text).map(drop).map_err(|e| invalid(e.to_string()))
        }
    }
}
