//! What a request would be answered, without doing it: nothing is recorded, nobody is asked, nothing may run.

use navi_domain::decision::Verdict;
use navi_protocol::evaluate::{EvaluateRequest, EvaluateResponse};

use super::{allow_rule, decide, evaluate, grant, memory};
use crate::auth::Caller;
use crate::view::{evaluation, policy};
use crate::{App, Refusal};

/// Decides as [`evaluate::evaluate`] does and commits nothing. `start`, `request_key` and `expires_in_secs` have no
/// effect. It says what a new request would be answered: a like one that waits already is not looked for.
///
/// # Errors
/// As for a request that is meant.
pub async fn explain(
    app: &App,
    caller: &Caller,
    request: &EvaluateRequest,
) -> Result<EvaluateResponse, Refusal> {
    evaluate::check(request)?;
    let now = app.store.now();
    let rules = app.rules.newest(app.store.as_ref()).await?;
    let (action, claims) = decide::material(app, &rules, caller, &request.action_type, &request.context);
    let grounds = decide::grounds(app, caller.user(), action.repo.as_deref()).await?;
    let ids = (String::new(), app.entropy.bytes()?, now);
    let remembered = memory::recall(app, &action, &grounds.settings).await?;
    let asked = decide::Asked { action, claims, request_key: None };
    let mut record = decide::decide(app, caller, asked, &grounds, &remembered, ids)?;
    if record.decision.verdict == Verdict::Approval
        && let Some(grant) = grant::covering(app, &record).await?
    {
        record = decide::granted(&record, &grant).unwrap_or(record);
    }
    if record.decision.verdict == Verdict::Approval
        && let Some(rule) = allow_rule::covering(app, &grounds, &record)
    {
        record = decide::allowed(&record, rule).unwrap_or(record);
    }
    Ok(EvaluateResponse {
        policy: Some(policy::source(&grounds.policy, &grounds.chain)),
        dry_run: true,
        ..evaluation::fresh(&record, None, None, now)
    })
}
