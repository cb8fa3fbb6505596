//! One signed vote each on several approvals at once. What is high or critical is left out: it is decided by itself.

use navi_protocol::approvals::{VoteRequest, VoteResponse};
use navi_protocol::problem::Code;
use navi_protocol::waiting::{BulkRequest, BulkResult, BulkVote};

use super::{Remember, cast_vote};
use crate::auth::Caller;
use crate::{App, Refusal};

/// Most votes in one request.
const MOST: usize = 100;

/// Casts them in their order. Each has its own outcome; none depends on another's.
///
/// # Errors
/// `invalid` for none, or too many.
pub async fn cast_votes(
    app: &App,
    caller: &Caller,
    request: BulkRequest,
    key: Option<&Remember>,
) -> Result<Vec<BulkResult>, Refusal> {
    if request.votes.is_empty() || request.votes.len() > MOST {
        return Err(Refusal::new(Code::Invalid, format!("votes must hold 1 to {MOST}.")));
    }
    let mut results = Vec::with_capacity(request.votes.len());
    for vote in request.votes {
        let id = vote.id.clone();
        let result =
            BulkResult { id, outcome: String::new(), approval: None, ledger_index: None, problem: None };
        results.push(match one(app, caller, vote, key).await {
            Ok(None) => BulkResult { outcome: "left_out".into(), ..result },
            Ok(Some(counted)) => BulkResult {
                outcome: "counted".into(),
                ledger_index: Some(counted.ledger_index),
                approval: Some(Box::new(counted.approval)),
                ..result
            },
            Err(refusal) => {
                BulkResult { outcome: "refused".into(), problem: Some(refusal.problem()), ..result }
            }
        });
    }
    Ok(results)
}

/// `None`: left out.
async fn one(
    app: &App,
    caller: &Caller,
    vote: BulkVote,
    key: Option<&Remember>,
) -> Result<Option<VoteResponse>, Refusal> {
    let BulkVote { id, vote, signature, reason, reason_nonce, for_user } = vote;
    let unknown = || Refusal::not_found("approval", &id);
    if app.store.approval(&id).await?.ok_or_else(unknown)?.level.needs_step_up() {
        return Ok(None);
    }
    // Each vote is remembered by itself, so that a repeat after a broken connection gets each first answer.
    let key = key.map(|k| Remember { key: format!("{}/{id}", k.key), ..k.clone() });
    if let Some(first) = first_answer(app, key.as_ref()).await? {
        return Ok(Some(first));
    }
    let request = VoteRequest { vote, signature, reason, reason_nonce, for_user };
    cast_vote::cast_vote(app, caller, &id, &request, key.as_ref()).await.map(Some)
}

async fn first_answer(app: &App, key: Option<&Remember>) -> Result<Option<VoteResponse>, Refusal> {
    let Some(key) = key else { return Ok(None) };
    let first = app.store.idempotent(&key.token_id, &key.key).await?;
    let first = first.filter(|f| f.request_sha256 == key.request_sha256);
    let Some(mut answer) = first.and_then(|f| serde_json::from_str::<VoteResponse>(&f.body).ok()) else {
        return Ok(None);
    };
    let link = key.link();
    let entries = app.store.chain(&answer.approval.action_id).await?;
    let named = |e: &&navi_store::Entry| std::str::from_utf8(&e.leaf).is_ok_and(|l| l.contains(&link));
    answer.ledger_index = entries.iter().find(named).map_or(0, |e| e.index);
    Ok(Some(answer))
}
