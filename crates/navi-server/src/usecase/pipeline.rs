//! A pipeline elsewhere waits for a word: its ask is kept, decided like any other action, and answered once. The permit is
//! redeemed before a word that lets it go on is said, so that nothing passes that did not begin here.
//!
//! Every step is committed before the next, and each finds again what an interrupted one had done.

pub mod deployment;
pub mod end;
pub mod infrastructure;
pub mod step;

use std::collections::BTreeSet;

use futures_util::StreamExt as _;
use navi_domain::event::EventKind;
use navi_domain::people::{Role, Token};
use navi_domain::pipeline::{PipelineCheck, PipelineSource, PipelineStage};
use navi_store::{Change, Record};
use serde_json::{Value, json};

use super::{commit, event, lost_races};
use crate::auth::Caller;
use crate::pipelines::sealed;
use crate::{App, Refusal};

/// Asks that are carried on at once: one slow pipeline does not hold up the others.
const AT_ONCE: usize = 8;

/// An ask, as its adapter read it from a webhook whose signature fits.
pub struct Ask {
    /// The same for the same ask.
    pub id: String,
    /// Where it comes from.
    pub source: PipelineSource,
    /// What waits there.
    pub slot: String,
    /// The name under which the end of its run is told.
    pub follows: Option<String>,
    /// The person it is done for.
    pub user: String,
    /// Path of the answer.
    pub reply_path: String,
    /// What is asked.
    pub asked: Value,
    /// What the answer is authorised with.
    pub credential: Option<String>,
}

/// The identity that a pipeline acts under: the source as the agent of a person.
#[must_use]
pub fn caller(check: &PipelineCheck) -> Caller {
    identity(check.source, &check.user)
}

fn identity(source: PipelineSource, user: &str) -> Caller {
    Caller::of(Token {
        hash: String::new(),
        id: format!("pipeline-{}", source.as_str()),
        user: user.to_owned(),
        role: Role::Agent,
        agent: Some(source.as_str().to_owned()),
        device_id: None,
        created_at: 0,
        expires_at: None,
        revoked_at: None,
        version: 0,
    })
}

/// Keeps an ask. The same again, or another while one of its slot is open, is the first one.
///
/// # Errors
/// The store's refusal; nothing was kept then, and the pipeline waits.
pub async fn keep(app: &App, ask: Ask) -> Result<PipelineCheck, Refusal> {
    let _one = app.pipelines.keeping.lock().await;
    if let Some(known) = app.store.pipeline(&ask.id).await? {
        return Ok(known);
    }
    let open = app.store.pipelines_open().await?;
    if let Some(same) = open.into_iter().find(|c| c.source == ask.source && c.slot == ask.slot) {
        return Ok(same);
    }
    let credential = ask.credential.map(|text| sealed::seal(app, &ask.id, &text)).transpose()?;
    let check = PipelineCheck {
        id: ask.id,
        source: ask.source,
        slot: ask.slot,
        follows: ask.follows,
        user: ask.user,
        reply_path: ask.reply_path,
        asked: ask.asked,
        credential,
        stage: PipelineStage::Asked,
        decision_id: None,
        approval_id: None,
        answer: None,
        delivered: None,
        asked_at: app.store.now(),
        answered_at: None,
        version: 0,
    };
    let told = json!({"source": check.source, "slot": check.slot, "asked": check.asked});
    let asked = event(EventKind::PipelineAsked, &caller(&check), &check.id, &[], told);
    let change = Change::default().event(asked).put(Record::Pipeline(check.clone()));
    commit(app, change).await?.ok_or_else(lost_races)?;
    app.pipelines.asked.notify_one();
    Ok(check)
}

/// Carries on every open ask whose time has come.
///
/// # Errors
/// The store's refusal when they cannot be listed.
pub async fn carry_all(app: &App) -> Result<(), Refusal> {
    let (open, now) = (app.store.pipelines_open().await?, app.store.now());
    app.pipelines.pace.keep_only(&open.iter().map(|check| check.id.as_str()).collect::<BTreeSet<_>>());
    let due = open.into_iter().filter(|check| app.pipelines.pace.is_due(&check.id, now));
    futures_util::stream::iter(due).for_each_concurrent(AT_ONCE, |check| carry(app, check)).await;
    Ok(())
}

/// As far as it goes now.
async fn carry(app: &App, mut check: PipelineCheck) {
    loop {
        let (id, source) = (check.id.clone(), check.source.as_str());
        match step::step(app, &check).await {
            Ok(Some(next)) => {
                app.pipelines.pace.went_on(&id);
                check = next;
            }
            Ok(None) => return app.pipelines.pace.went_on(&id),
            Err(why) => {
                tracing::warn!(id, source, %why, "a pipeline must wait");
                return app.pipelines.pace.failed(&id, app.store.now());
            }
        }
    }
}
