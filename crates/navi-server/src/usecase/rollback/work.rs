//! What a runner at a place is to do. Reading it assigns nothing: planning twice is refused, and a permit is consumed once.

use navi_domain::rollback::RollbackStatus;
use navi_protocol::rollback::{BegunView, WorkAnswer, WorkView};

use super::{phase, place};
use crate::auth::Caller;
use crate::{App, Refusal};

/// The work at the place of a key.
///
/// # Errors
/// The store's refusal.
pub async fn work(app: &App, caller: &Caller, place_key: &str) -> Result<WorkAnswer, Refusal> {
    let mut answer = WorkAnswer::default();
    let freezes = app.rules.newest(app.store.as_ref()).await?.freezes.clone();
    for rollback in app.store.rollbacks_at(&place(place_key)).await? {
        if rollback.token_id == caller.token.id {
            continue;
        }
        let item = || WorkView {
            id: rollback.id.clone(),
            reason: rollback.reason.clone(),
            capture: rollback.capture.clone(),
        };
        let frozen = freezes.covering(rollback.agent.as_deref(), rollback.repo.as_deref()).is_some();
        match rollback.status {
            RollbackStatus::Started => {
                let run = match &rollback.run_id {
                    Some(id) => app.store.execution(id).await?,
                    None => None,
                };
                answer.begun.extend(run.map(|run| BegunView {
                    id: rollback.id.clone(),
                    run_id: run.id,
                    stop: run.stop.is_some(),
                }));
            }
            RollbackStatus::Planning if !phase(app, &rollback).await?.over => answer.plan.push(item()),
            RollbackStatus::Decided if !frozen && phase(app, &rollback).await?.status == "approved" => {
                answer.run.push(item());
            }
            _ => {}
        }
    }
    Ok(answer)
}
