//! `/allow-rules`: what an organisation lets run that its autonomy policies ask about, and what it would have let run.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::words::Worded;

/// An allow rule in force. It answers only requests of low or medium risk that an autonomy policy asks about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AllowRuleView {
    /// Id.
    pub id: String,
    /// The person whose agent it is for.
    pub user: String,
    /// The agent; absent: the person's own gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Action type.
    pub action_type: String,
    /// Repository; absent: only where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repo: Option<String>,
    /// Environment; absent: only where none is named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// `same_action`, `same_program`, `same_path`.
    pub like: String,
    /// What must be like: the action in one line, the first words of the command, or the folder.
    pub what: String,
    /// Kinds of facts that it covers; any other one asks.
    pub facts: Vec<String>,
    /// The rule that asked, and still asks everything else.
    pub rule: String,
    /// `low`, `medium`: a higher level asks.
    pub level: String,
    /// The request from which it was made.
    pub approval_id: String,
    /// Who proposed it.
    pub proposed_by: String,
    /// In force since.
    pub created_at: i64,
    /// It ends by itself then, and that is recorded.
    pub expires_at: i64,
}

/// `GET /approvals/{id}/allow-rules`: which rules could be made from a request, from exact to broad.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AllowDrafts {
    /// Why none can be made from it: `level` (high or critical), `rule` (not an autonomy policy asked), `facts` (it destroys
    /// or gives away something, or cannot be read), `quorum` (several people must approve), `rejected`, `kind` (a plan or
    /// a rollback), `erased`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    /// One for each likeness; empty when none can be made.
    pub drafts: Vec<AllowDraft>,
    /// Decisions that were looked at.
    pub looked_at: u64,
    /// Those since then.
    pub since: i64,
    /// There were more of them than the server looks at.
    pub more: bool,
}

/// A rule that could be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AllowDraft {
    /// `same_action`, `same_program`, `same_path`.
    pub like: String,
    /// What must be like, as in [`AllowRuleView`]; empty when it cannot be made.
    pub what: String,
    /// Why it cannot be made: `no_repo`, `no_command`, `not_plain` (a list, a wrapper, a redirection, a variable), `no_told`
    /// (what follows the program does not say what it does), `has_command`, `no_files`, `no_folder` (it would be the
    /// whole work tree).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unavailable: Option<String>,
    /// The rule in words.
    pub words: String,
    /// What it would have let run.
    pub replay: AllowReplay,
}

/// What a rule would have let run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AllowReplay {
    /// Requests that it would have answered.
    pub let_run: u64,
    /// Of those: people rejected them.
    pub rejected: u64,
    /// Of those: they ran and failed.
    pub failed: u64,
    /// Up to 50 of them: rejected ones first, then failed ones, then by risk.
    pub examples: Vec<AllowExample>,
}

/// One request that a rule would have answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct AllowExample {
    /// Id of the decision.
    pub action_id: String,
    /// When it asked.
    pub created_at: i64,
    /// The action in one line.
    pub title: String,
    /// 0.000–1.000.
    pub risk_score: f64,
    /// Level.
    pub level: String,
    /// What became of it: `approved`, `rejected`, `expired` …
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub people: Option<String>,
    /// It ran and failed.
    pub failed: bool,
    /// What its title says, for readers of other languages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub words: Vec<Worded>,
}

/// `POST /approvals/{id}/allow-rules`: propose a rule. It always waits for a second person.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AllowRequest {
    /// `same_action`, `same_program`, `same_path`.
    pub like: String,
    /// How long it lasts: 1–90; absent: 30.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// Why, in the person's words: 1–500 characters; recorded.
    pub reason: String,
}
