//! The organisation's guardrails or patterns are saved: compiled first, against the version that was read.

use navi_domain::event::EventKind;
use navi_domain::proposal::{Proposal, ProposalKind};
use navi_domain::settings::{OrgText, OrgTextKind};
use navi_facts::catalogue::Catalogue;
use navi_guardrail::{GuardrailError, GuardrailSet};
use navi_protocol::problem::{Code, TextProblem};
use navi_protocol::rules::TextRequest;
use navi_store::Record;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::propose::{Prepared, Settled, settle};
use super::save_policy::Answer;
use super::{Remember, TRIES, lost_races};
use crate::auth::Caller;
use crate::{App, Refusal};

/// What a proposal keeps.
#[derive(Serialize, Deserialize)]
struct Kept {
    kind: OrgTextKind,
    saved_by: String,
    text: TextRequest,
}

/// Saves; the text is in force with the next decision, unless it is looser and a second person must agree.
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
) -> Result<Answer<()>, Refusal> {
    for _ in 0..TRIES {
        let kept = Kept { kind, saved_by: caller.user().to_owned(), text: request.clone() };
        let prepared = prepare(app, kept).await?;
        // What is in force can be read again; a repeat is answered from there.
        match settle(app, caller, prepared, &json!({}), key).await? {
            Settled::Saved => return Ok(Answer::Saved(())),
            Settled::Proposed(proposal) => return Ok(Answer::Proposed(proposal)),
            Settled::Again => {}
        }
    }
    Err(lost_races())
}

/// Prepares what a proposal asks for, against what is in force now.
///
/// # Errors
/// As [`save_text`].
pub(super) async fn prepare_proposed(app: &App, proposal: &Proposal) -> Result<Prepared, Refusal> {
    prepare(app, super::kept(proposal)?).await
}

async fn prepare(app: &App, kept: Kept) -> Result<Prepared, Refusal> {
    let kind = kept.kind;
    check(kind, &kept.text.text)?;
    let saved = app.store.org_text(kind).await?;
    let (known, claimed) = (saved.as_ref().map_or(0, |t| t.version), kept.text.version.unwrap_or(0));
    if known != claimed {
        let detail = format!(
            "The {} have version {known}, the change is for version {claimed}. Load them again.",
            kind.as_str()
        );
        return Err(Refusal::new(Code::VersionConflict, detail));
    }
    let before = saved.map(|t| t.text).unwrap_or_default();
    let (what, proposal, looser) = match kind {
        OrgTextKind::Guardrails => {
            let looser = navi_guardrail::loosens(&before, &kept.text.text).map_err(|e| wrong(&e))?;
            (EventKind::GuardrailsChanged, ProposalKind::Guardrails, looser)
        }
        OrgTextKind::Catalogue => {
            let looser = navi_facts::catalogue::change::loosens(&before, &kept.text.text);
            (EventKind::CatalogueChanged, ProposalKind::Catalogue, looser)
        }
    };
    let text = OrgText {
        kind,
        text: kept.text.text.clone(),
        saved_by: kept.saved_by.clone(),
        saved_at: app.store.now(),
        version: known,
    };
    Ok(Prepared {
        kind: proposal,
        about: format!("{} of the organisation", kind.as_str()),
        looser,
        request: serde_json::to_value(&kept).unwrap_or_default(),
        base_version: known,
        event: (what, kind.as_str().to_owned()),
        payload: json!({"text": text.text, "version": known + 1, "reason": kept.text.reason}),
        record: Record::OrgText(text),
        read: Vec::new(),
    })
}

/// Compiles a text without saving it.
///
/// # Errors
/// `invalid`, with every problem.
pub fn check(kind: OrgTextKind, text: &str) -> Result<(), Refusal> {
    match kind {
        OrgTextKind::Guardrails => GuardrailSet::with(text).map(drop).map_err(|e| wrong(&e)),
        OrgTextKind::Catalogue => Catalogue::with_extension(text).map(drop).map_err(|e| {
            let at = (e.line, e.column, e.reason.clone(), None);
            invalid(&e, vec![problem(at)])
        }),
    }
}

fn wrong(error: &GuardrailError) -> Refusal {
    let at = error.problems.iter().map(|p| (p.line, p.column, p.reason.clone(), p.policy.clone()));
    invalid(error, at.map(problem).collect())
}

fn problem((line, column, reason, policy): (usize, usize, String, Option<String>)) -> TextProblem {
    let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
    TextProblem { line: number(line), column: number(column), reason, policy }
}

fn invalid(why: &dyn std::fmt::Display, problems: Vec<TextProblem>) -> Refusal {
    Refusal { problems, ..Refusal::new(Code::Invalid, format!("Nothing was saved: {why}")) }
}
