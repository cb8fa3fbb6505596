//! What follows from bypasses without anybody asking: what waits in the scope of one in force is let go, so that its gate
//! asks again and runs by it; what is over is written down; a late review is said once. On a timer, and at once when one
//! begins.

use navi_domain::approval::Approval;
use navi_domain::bypass::{Bypass, Reach, Stage, Standing};
use navi_domain::event::EventKind;
use navi_store::{Change, Place, Record};
use serde_json::json;

use super::{lift, list, moved};
use crate::usecase::{claim, commit, system_event};
use crate::view::approval as view;
use crate::{App, Refusal};

/// What an approval says took its place when a bypass let it go: this and the bypass's id.
pub const BY_BYPASS: &str = "bypass:";

/// [`settle`], where a failure must not hide that the bypass itself is in force: the timer tries again.
pub(super) async fn follow(app: &App) {
    if let Err(refusal) = settle(app).await {
        tracing::warn!(detail = refusal.detail, "what waits must wait for the next second");
    }
}

/// Makes rows agree with the bypasses.
///
/// # Errors
/// The store's refusal; what was not done is done the next time.
pub async fn settle(app: &App) -> Result<(), Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    if rules.bypasses.bypasses.is_empty() {
        return Ok(());
    }
    let now = app.store.now();
    let turned = rules.bypasses.turned(now);
    for bypass in &turned {
        write_down(app, bypass).await?;
    }
    if turned.is_empty() {
        for bypass in rules.bypasses.late(now) {
            say_late(app, &rules.bypasses, &bypass).await?;
        }
    }
    let in_force: Vec<&Bypass> =
        rules.bypasses.bypasses.iter().filter(|b| b.envelope.is_none() && b.in_force(now)).collect();
    for bypass in in_force {
        if lift::in_force(app, &rules, &bypass.id).await?.is_some() {
            let_go(app, bypass).await?;
        }
    }
    Ok(())
}

/// One whose time was up, in the stage it is in now.
async fn write_down(app: &App, bypass: &Bypass) -> Result<(), Refusal> {
    // Another step may have been first since it was read.
    let all = app.store.bypasses().await?.unwrap_or_default();
    let now = app.store.now();
    let Some(next) = all.turned(now).into_iter().find(|turned| turned.id == bypass.id) else { return Ok(()) };
    let links = [("bypass_id", next.id.as_str())];
    let event = match &next.stage {
        Stage::Lapsed { .. } => {
            let payload = json!({"bypass": next, "cause": "nobody"});
            system_event(EventKind::BypassLapsed, &next.id, &links, payload)
        }
        _ => {
            let runs = list::runs_of(app, &next.id).await?;
            let payload = json!({"bypass": next, "runs": runs});
            system_event(EventKind::BypassEnded, &next.id, &links, payload)
        }
    };
    let change = Change::default().event(event).put(Record::Bypasses(moved(&all, &next, now)));
    commit(app, change).await?;
    Ok(())
}

async fn say_late(app: &App, all: &Standing, late: &Bypass) -> Result<(), Refusal> {
    let Stage::Ended { due_at, .. } = late.stage else { return Ok(()) };
    let payload = json!({"bypass": late, "due_at": due_at, "told": list::skipped(app, late).await?});
    let links = [("bypass_id", late.id.as_str())];
    let event = system_event(EventKind::BypassOverdue, &late.id, &links, payload);
    let change = Change::default().event(event).put(Record::Bypasses(moved(all, late, app.store.now())));
    commit(app, change).await?;
    Ok(())
}

/// What waits in the scope waits no more: whoever waits for it asks again, and it is decided anew under the bypass. What a
/// freeze covers stays.
async fn let_go(app: &App, bypass: &Bypass) -> Result<(), Refusal> {
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let voters = view::voters(app).await?;
    for (approval, place) in app.store.under_way().await?.approvals {
        let frozen = rules.freezes.covering(place.agent.as_deref(), place.repo.as_deref()).is_some();
        if frozen || approval.frozen_at.is_some() || !reaches(bypass, &approval, &place) {
            continue;
        }
        let by = format!("{BY_BYPASS}{}", bypass.id);
        let Some(ended) = approval.supersede(&by, app.store.now()) else { continue };
        let Some(record) = app.store.decision(&approval.decision_id).await? else { continue };
        let mut links = claim::links(&approval).to_vec();
        links.push(("bypass_id", bypass.id.as_str()));
        let payload = json!({"by": by, "skipped": voters.deciders(&approval, &record)});
        let event = system_event(EventKind::ApprovalSuperseded, &approval.id, &links, payload);
        commit(app, Change::default().event(event).put(Record::Approval(ended))).await?;
    }
    Ok(())
}

fn reaches(bypass: &Bypass, approval: &Approval, place: &Place) -> bool {
    bypass.covers(&Reach {
        digest: &approval.digest,
        fingerprint: "",
        agent: place.agent.as_deref(),
        repo: place.repo.as_deref(),
    })
}
