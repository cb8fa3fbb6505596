//! What an action that waits reaches, as the server reads it from the action's material. For people: nothing is decided
//! by it, and it stands beside the raw material, never in its place.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What an action reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReachView {
    /// Services, stores of data, tables, resources: each once, with the worst that happens to it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub touched: Vec<TouchedView>,
    /// What reaches others and cannot be called back.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outside: Vec<OutsideView>,
    /// SQL in the action, statement by statement.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sql: Vec<StatementView>,
    /// Calls over HTTP in the action.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub http: Vec<CallView>,
    /// Entries beyond the hundred that each list holds.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub left_out: u32,
    /// Output of a dry run or a plan that came with the request: words of who asked, unverified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_runs: Vec<DryRunView>,
    /// The process that would run it, as the gate told; not part of what is signed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub process: Option<ProcessView>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// One thing that is touched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TouchedView {
    /// `service`, `machine`, `data_store`, `table`, `resource`, `repository`.
    pub what: String,
    /// Its name, as written.
    pub name: String,
    /// `reads`, `uses` (whether it changes anything is not known), `changes`, `deletes`.
    pub how: String,
    /// Of a table: `all` rows, those `picked` by a condition, or `new` ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
    /// Where that stands in the action.
    pub from: String,
}

/// One thing that cannot be called back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OutsideView {
    /// `mail`, `message`, `payment`, `publication`, `shared_history`.
    pub kind: String,
    /// To whom, as far as it is written.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<String>,
    /// Where that stands in the action.
    pub from: String,
}

/// One statement of SQL.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StatementView {
    /// Exactly as it stands.
    pub raw: String,
    /// What it does: `DELETE`, `DROP TABLE`; what stands inside it as well.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<String>,
    /// Tables and other names that it touches.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tables: Vec<TableView>,
    /// Of an update or a deletion: its WHERE is `present`, `absent`, or there but `always` true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Words in it that remove, overwrite or hand out rights, in capitals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub loud: Vec<String>,
    /// Why it could not be taken apart: `not_read`, `too_long`, `in_file` (`raw` names the file), `client_command`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<String>,
    /// Where it stands in the action.
    pub from: String,
}

/// A table in a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TableView {
    /// Name as written.
    pub name: String,
    /// `reads`, `changes`, `deletes`.
    pub how: String,
    /// `all`, `picked`, `new`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<String>,
}

/// One call over HTTP.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CallView {
    /// Method in capitals; absent: not said, or not HTTP.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The address as written; absent: none stands there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// Its scheme.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scheme: Option<String>,
    /// Host and port; absent: known only when it runs, or two programs could read it differently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Path without the query.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub path: String,
    /// Names of the query's parameters.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub query: Vec<String>,
    /// A login stands in the address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub login: bool,
    /// Names of the headers that are set.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<String>,
    /// Kind of the body: `json`, `form`, `multipart`, `raw`; absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
    /// Files that the body is read from (`-`: the standard input). What is in them is not in the request.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub body_files: Vec<String>,
    /// Words that this reading does not know, or that lead elsewhere than the address says.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<String>,
    /// Where it stands in the action.
    pub from: String,
}

/// Output of a dry run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct DryRunView {
    /// Field that it came in.
    pub name: String,
    /// `agent`: it came beside the action. `material`: it stands in the action's arguments, and is signed with them.
    pub source: String,
    /// Its words, all of them.
    pub text: String,
}

/// A process on the gate's machine.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ProcessView {
    /// Name or number of the user it runs as.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// Name of the machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<String>,
    /// Names of the variables in its environment; never their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub env: Vec<String>,
}
