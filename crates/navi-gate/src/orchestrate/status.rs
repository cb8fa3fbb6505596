//! `orchestrate status`: plans of this machine, with what the server says of them.

use std::process::ExitCode;

use navi_protocol::plans::PlanRunView;
use serde_json::{Value, json};

use super::state::{self, State};
use crate::config::Config;
use crate::exit;
use crate::text::visible;

/// Prints them.
pub async fn show(as_json: bool) -> ExitCode {
    let client = Config::load().and_then(|c| c.client()).ok();
    let mut plans = Vec::new();
    for state in state::all() {
        let known = match (&client, &state.plan_id) {
            (Some(client), Some(id)) if client.base_url() == state.url => {
                client.plan(id).await.ok().flatten()
            }
            _ => None,
        };
        plans.push((state, known));
    }
    if as_json {
        let plans: Vec<Value> = plans.iter().map(|(state, known)| of(state, known.as_ref())).collect();
        println!("{}", json!({"plans": plans}));
    } else if plans.is_empty() {
        println!("No plan was run on this machine.");
    } else {
        plans.iter().for_each(|(state, known)| print(state, known.as_ref()));
    }
    exit::DONE.into()
}

/// One plan.
#[must_use]
pub fn of(state: &State, known: Option<&PlanRunView>) -> Value {
    json!({
        "id": state.id,
        "name": state.plan.name,
        "source": state.source,
        "status": state.status,
        "plan_id": state.plan_id,
        "undoing": state.undoing,
        "steps": state.steps,
        "plan": state.plan,
        "server": known,
    })
}

fn print(state: &State, known: Option<&PlanRunView>) {
    println!("{}  {}  {}", state.id, word(&state.status), visible(&state.plan.name));
    if let Some(run) = known {
        let deviation = run.deviation.as_deref().map(|why| format!(": {}", visible(why))).unwrap_or_default();
        println!("  at the server: {}{deviation}; {} of {} runs used", run.status, run.runs, run.max_runs);
    }
    for step in &state.plan.steps {
        let known = known.and_then(|run| run.steps.iter().find(|s| s.id == step.id));
        let waits = known.and_then(|s| {
            let parts = [&s.run, &s.verify];
            let waiting = parts.into_iter().flatten().find(|part| part.status == "waiting");
            waiting.and_then(|part| part.approval_id.as_ref())
        });
        let waits = waits.map(|id| format!("; waits for people (approval {id})")).unwrap_or_default();
        let own = state.steps.get(&step.id);
        let message = own.and_then(|s| s.message.as_deref());
        let message = message.map(|m| format!(": {}", visible(m))).unwrap_or_default();
        let status = own.map_or_else(|| "pending".to_owned(), |s| word(&s.status));
        println!("  {}  {status}{message}{waits}", step.id);
    }
}

fn word<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}
