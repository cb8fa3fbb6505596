//! `/rollback` and `/runner`: what can be undone, how sure that is, and how far it has come.

use navi_domain::rollback::{Capture, Outcome, Part, Plan};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// `POST /rollback`: exactly one of the three ids.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RollbackRequest {
    /// The execution to undo.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execution_id: Option<String>,
    /// The decision whose execution is to be undone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action_id: Option<String>,
    /// The way back, as the execution names it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_id: Option<String>,
    /// Why: 1–500 characters; may be empty for a dry run.
    #[serde(default)]
    pub reason: String,
    /// Only find out what it would do: a runner rehearses it, nobody is asked, nothing is undone.
    #[serde(default)]
    pub dry_run: bool,
}

/// A rollback.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RollbackView {
    /// Id.
    pub id: String,
    /// `planning`, `rehearsed`, `refused`, `waiting` (for people), `approved` (a runner may begin), `rejected`, `expired`,
    /// `revoked`, `cancelled`, `started`, `succeeded`, `failed`, `unknown`.
    pub status: String,
    /// Nothing follows by itself any more.
    pub over: bool,
    /// Why it is where it is, where that is not plain.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// The execution it undoes.
    pub execution_id: String,
    /// The decision of that execution.
    pub action_id: String,
    /// Action type of what it undoes.
    pub action_type: String,
    /// The way back: id of what was captured.
    pub rollback_id: String,
    /// Who wants it.
    pub user: String,
    /// The agent that asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Why.
    pub reason: String,
    /// Only rehearsed.
    pub dry_run: bool,
    /// What a runner found that it would do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<PlanView>,
    /// The decision about the rollback.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub decision_id: Option<String>,
    /// The request to people about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_id: Option<String>,
    /// The rollback's own execution.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_id: Option<String>,
    /// What was undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undone: Vec<String>,
    /// What proves it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proof: Vec<String>,
    /// What a person has to do now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub afterwards: Vec<String>,
    /// Wished at.
    pub requested_at: i64,
    /// Ended at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// Server time.
    pub server_time: i64,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// What a rollback would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct PlanView {
    /// `verified`, `unverified` or `impossible`.
    pub truth: String,
    /// Why it is not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What is done, in this order.
    pub steps: Vec<RollbackStepView>,
    /// What is undone.
    pub undoes: Vec<String>,
    /// What is not.
    pub leaves: Vec<String>,
    /// What came after the run and rests on it.
    pub dependents: Vec<String>,
    /// What a person has to do afterwards.
    pub afterwards: Vec<String>,
}

/// One step of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct RollbackStepView {
    /// `git`, `config`, `feature_flag` or `database`.
    pub strategy: String,
    /// What it is about.
    pub target: String,
    /// The command that the runner starts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// The statements that are run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sql: Option<String>,
    /// `verified`, `unverified` or `impossible`.
    pub truth: String,
    /// Why it is not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// Something that ran and can be rolled back, or why it cannot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// The execution.
    pub execution_id: String,
    /// Its decision.
    pub action_id: String,
    /// Its way back; absent: nothing was captured.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rollback_id: Option<String>,
    /// Action type.
    pub action_type: String,
    /// One line in our words.
    pub title: String,
    /// For whom it ran.
    pub user: String,
    /// Repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// It ended at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<i64>,
    /// Whether a rollback may be asked for now.
    pub offered: bool,
    /// Why not: `still_runs`, `nothing_captured`, `nothing_changed`, `impossible`, `window_closed`, `already_asked`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub not_offered: Option<String>,
    /// The same in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why_not: Option<String>,
    /// What is known without rehearsing it: `verified`, `unverified` or `impossible`.
    pub truth: String,
    /// Why it is not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// `git`, `config`, `feature_flag`, `database`.
    pub strategies: Vec<String>,
    /// What would be undone.
    pub undoes: Vec<String>,
    /// What would not.
    pub leaves: Vec<String>,
    /// What ran later and touched the same: titles.
    pub dependents: Vec<String>,
    /// Until when it may be asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closes_at: Option<i64>,
    /// The newest rollback of it that is not a dry run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_rollback: Option<String>,
    /// Server time: what is left of the window is `closes_at` less this.
    pub server_time: i64,
    /// What its sentences say, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// `POST /runner/work`: a runner asks for its work.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WorkRequest {
    /// Key of the place: whoever has it may undo what ran there.
    pub place_key: String,
    /// Answer after this many seconds even if there is nothing (at most 60).
    #[serde(default)]
    pub wait_secs: u64,
}

/// What a runner is to do.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct WorkAnswer {
    /// To be rehearsed.
    pub plan: Vec<WorkView>,
    /// To be carried out.
    pub run: Vec<WorkView>,
    /// Begun at this place.
    pub begun: Vec<BegunView>,
}

/// One rollback for a runner.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WorkView {
    /// The rollback.
    pub id: String,
    /// Why it is wanted.
    pub reason: String,
    /// What was captured.
    #[schema(value_type = Object)]
    pub capture: Capture,
}

/// One rollback that a runner began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct BegunView {
    /// The rollback.
    pub id: String,
    /// Its execution.
    pub run_id: String,
    /// Somebody asked that it stops: no further step begins.
    pub stop: bool,
}

/// `POST /rollback/{id}/plan`: a runner has rehearsed it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlanRequest {
    /// Key of the place.
    pub place_key: String,
    /// What it found.
    #[schema(value_type = Object)]
    pub plan: Plan,
}

/// `POST /rollback/{id}/start`: a runner begins. It has rehearsed it again; what was decided must still hold.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartRequest {
    /// Key of the place.
    pub place_key: String,
    /// What it found now.
    #[schema(value_type = Object)]
    pub plan: Plan,
    /// Unique per run: the same nonce returns the same execution.
    pub run_nonce: String,
}

/// `POST /rollback/{id}/end`: how it ended.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndRequest {
    /// Key of the place.
    pub place_key: String,
    /// How.
    #[schema(value_type = Object)]
    pub outcome: Outcome,
}

/// Whether there is a way back from an action that waits, and who says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct WayBackView {
    /// `verified`, `unverified` or `impossible`.
    pub truth: String,
    /// Why it is not verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// Who says so: `server` (derived), `runner` (rehearsed where it would run) or `gate` (on the agent's machine).
    pub by: String,
    /// What can be undone.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undoes: Vec<String>,
    /// What cannot.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub leaves: Vec<String>,
    /// What it rests on: `destroys_data`, `exposes_secret`, `cannot_be_called_back`, `no_window`, `hard_to_undo`,
    /// `nothing_captured`, `known_after_run`, `rehearsed`, `per_step` or `nothing_said`. Empty: an older server.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub because: String,
    /// What shows that, as evidence of facts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// How it would be undone: `git`, `config`, `feature_flag`, `database`. Empty: by nothing that is known before the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub strategies: Vec<String>,
    /// For how many minutes after its end a rollback may be asked for, by action type; 0: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub window_minutes: Option<u32>,
}

impl From<&Plan> for PlanView {
    fn from(plan: &Plan) -> Self {
        Self {
            truth: plan.truth.as_str().to_owned(),
            why: plan.truth.why().map(str::to_owned),
            steps: plan.steps.iter().map(RollbackStepView::from).collect(),
            undoes: plan.undoes(),
            leaves: plan.leaves(),
            dependents: plan.dependents.clone(),
            afterwards: plan.afterwards.clone(),
        }
    }
}

impl From<&Part> for RollbackStepView {
    fn from(part: &Part) -> Self {
        Self {
            strategy: part.strategy.as_str().to_owned(),
            target: part.target.clone(),
            command: part.command.clone(),
            sql: part.sql.clone(),
            truth: part.truth.as_str().to_owned(),
            why: part.truth.why().map(str::to_owned),
        }
    }
}
