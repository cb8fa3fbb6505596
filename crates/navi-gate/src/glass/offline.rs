//! An action while the server is away: it runs only under an envelope that is open for it, and only after that was
//! recorded. The gate knows no policy; what it refuses all the same is said in docs/break-glass.md.

use navi_client::ClientError;
use navi_client::api::Client;
use navi_domain::action::{Action, ActionType, Claims, FileChange, FileOp, TargetState};
use navi_domain::canonical;
use navi_domain::envelope::Place;
use navi_domain::envelope::contact::Contact;
use navi_domain::envelope::spool::{Happened, RunEnd};
use navi_domain::fact::FactKind;
use navi_facts::{Catalogue, redact};
use navi_protocol::evaluate::Context;
use navi_protocol::executions::FinishRequest;
use serde_json::Value;

use super::{Glance, Glass, GlassError, away, opening, spool};

/// Begins the id of a run that no server knows.
const OWN: &str = "envelope:";

/// Lets an action run under an open envelope; the id of its run. `Ok(None)`: no envelope of this gate is open.
///
/// # Errors
/// In words: an envelope is open, and this may not run under it.
pub async fn permit(
    action_type: &str,
    context: &Context,
    target: TargetState,
) -> Result<Option<String>, String> {
    // Most machines have no envelope, and none of the questions below.
    let Some(glance) = Glance::take().filter(|_| super::folder::Folder::here().is_some_and(|f| f.is_open()))
    else {
        return Ok(None);
    };
    // Where the environment says another address, the server that handed the envelope out may well answer.
    opening::only_without_server(&glance.url, opening::BEFORE_RUNNING).await.map_err(|e| e.to_string())?;
    match recorded(action_type, context, target) {
        Ok(run) => Ok(run),
        Err(error) => Err(words(&error)),
    }
}

fn words(error: &GlassError) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{error}{cause}")
}

fn recorded(action_type: &str, context: &Context, target: TargetState) -> Result<Option<String>, GlassError> {
    let Some(mut glass) = Glass::take()? else { return Ok(None) };
    let open = glass.open();
    if open.is_empty() {
        return Ok(None);
    }
    let (contact, _) = glass.contact()?;
    let action = material(&contact, &glass, action_type, context, target)?;
    refuse_blocked(&contact, &action)?;
    let mut salt = [0_u8; 16];
    getrandom::fill(&mut salt).map_err(|e| GlassError::Other(e.to_string()))?;
    let other = |e: canonical::CanonicalError| GlassError::Other(e.to_string());
    let (material, digest) =
        (canonical::material(&action, &salt).map_err(other)?, canonical::digest(&action, &salt));
    let digest = digest.map_err(other)?;
    let at = Place { digest: &digest, agent: action.agent.as_deref(), repo: action.repo.as_deref() };
    let (book, now) = (glass.book(), glass.now());
    let Some(under) = open.iter().find(|opened| opened.covers(at, &book, now)) else {
        let scopes: Vec<String> = open.iter().map(|opened| opened.envelope.scope.describe()).collect();
        let turned = now < book.high_water;
        let why = if turned {
            "the clock was turned back".to_owned()
        } else {
            "it is for something else".to_owned()
        };
        return Err(GlassError::Other(format!(
            "the envelope for {} does not cover this: {why}",
            scopes.join(", ")
        )));
    };
    if !glass.spool.has_room(glass.heard.known) {
        return Err(GlassError::Other("too many records wait for the server already".into()));
    }
    let id = under.envelope.id.clone();
    // Held first: whoever looks in between sees a run that goes on.
    spool::hold_run(&glass.folder, glass.spool.head().size)?;
    let ran = glass.spool.add(&glass.folder, &id, now, Happened::Ran { digest }, Some(material))?;
    // Only in builds for tests: what a power cut leaves behind here.
    #[cfg(debug_assertions)]
    if std::env::var_os("NAVI_TEST_DIE").is_some() {
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
    }
    Ok(Some(format!("{OWN}{ran}")))
}

/// The action as the server would see it, without secrets.
fn material(
    contact: &Contact,
    glass: &Glass,
    action_type: &str,
    context: &Context,
    target: TargetState,
) -> Result<Action, GlassError> {
    let mut files = context.files.clone();
    for path in &context.target_files {
        if !files.iter().any(|file| file.path == *path) {
            files.push(FileChange { path: path.clone(), op: FileOp::Edit, before: None, after: None });
        }
    }
    let action = Action {
        org: contact.org.clone(),
        agent: contact.agent.clone(),
        on_behalf_of: contact.user.clone(),
        session_id: context.session_id.clone(),
        action_type: ActionType::parse(action_type),
        tool: context.tool.clone(),
        args: context.args.clone(),
        command: context.command.clone(),
        cwd: context.cwd.clone(),
        files,
        diff: context.diff.clone(),
        repo: context.repo.clone(),
        branch: context.branch.clone(),
        environment: context.environment.clone(),
        target_state: target,
    };
    let other = |e: serde_json::Error| GlassError::Other(e.to_string());
    let value = integers_only(serde_json::to_value(&action).map_err(other)?);
    // The organisation's own patterns and its key for tags are the server's: here the shipped ones, under the gate's key.
    let key = glass.identity.key()?.public_key();
    let (clean, _) = redact::redact_value(value, &key, &Catalogue::shipped().secrets);
    serde_json::from_value(clean).map_err(other)
}

/// Canonical JSON knows no floats and no integers above 2^53: they become their own text.
fn integers_only(value: Value) -> Value {
    match value {
        Value::Number(_) if canonical::check_numbers(&value).is_err() => Value::String(value.to_string()),
        Value::Array(items) => items.into_iter().map(integers_only).collect(),
        Value::Object(fields) => fields.into_iter().map(|(k, v)| (k, integers_only(v))).collect(),
        other => other,
    }
}

/// What no envelope lifts: what the policy blocked and what was stopped when the server was last heard, and what would
/// switch this oversight off.
fn refuse_blocked(contact: &Contact, action: &Action) -> Result<(), GlassError> {
    let (agent, repo) = (action.agent.as_deref(), action.repo.as_deref());
    if let Some(why) = contact.forbids(&action.action_type, agent, repo) {
        return Err(GlassError::Other(format!("no envelope lifts this: {why}")));
    }
    let facts = navi_facts::derive(action, &Claims::default(), 0, Catalogue::shipped());
    match facts.iter().find(|fact| fact.kind == FactKind::DisablesOversight) {
        Some(fact) => Err(GlassError::Other(format!(
            "no envelope lifts this: it switches off the oversight ({})",
            fact.evidence
        ))),
        None => Ok(()),
    }
}

/// Leaves a run to a harness, which reports its end through another process.
pub fn leave(execution_id: &str) {
    if let (Some(ran), Some(folder)) = (own(execution_id), super::folder::Folder::here())
        && let Err(error) = spool::leave_run(&folder, ran)
    {
        eprintln!("navi-gate: {}", words(&error));
    }
}

fn own(execution_id: &str) -> Option<u64> {
    execution_id.strip_prefix(OWN)?.parse().ok()
}

/// Reports how a run ended: to the server, or into the record if it ran without one.
///
/// # Errors
/// [`ClientError`]; the run is over whatever this says.
pub async fn finish(client: &Client, execution_id: &str, report: &FinishRequest) -> Result<(), ClientError> {
    let Some(ran) = own(execution_id) else {
        return client.finish(execution_id, report).await.map(|_| ());
    };
    ended(ran, report).map_err(|error| ClientError::Setup(words(&error)))
}

fn ended(ran: u64, report: &FinishRequest) -> Result<(), GlassError> {
    let Some(mut glass) = Glass::take()? else { return Err(GlassError::NotEnrolled) };
    if !glass.spool.head().running.contains(&ran) {
        return Ok(());
    }
    let of = glass.spool.records().iter().find(|s| s.record.seq == ran).map(|s| s.record.envelope_id.clone());
    let status = match report.status.as_str() {
        "succeeded" => RunEnd::Succeeded,
        "failed" => RunEnd::Failed,
        _ => RunEnd::Unknown,
    };
    let over = Happened::Finished { ran, status, exit_code: report.exit_code };
    let now = glass.now();
    glass.spool.add(&glass.folder, &of.unwrap_or_default(), now, over, None)?;
    spool::drop_run(&glass.folder, ran);
    Ok(())
}

/// Whether a failure to ask means that the server is away.
#[must_use]
pub fn is_away(error: &ClientError) -> bool {
    away(error)
}
