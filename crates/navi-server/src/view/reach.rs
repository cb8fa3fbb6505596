//! What an action that waits reaches, for the wire. The facts' crate reads the material; what came beside it is passed on
//! as somebody's words.

use navi_domain::decision::DecisionRecord;
use navi_facts::reach::sql::Table;
use navi_facts::reach::{Call, Outside, Reach, Statement, Touched};
use navi_protocol::reach::{
    CallView, DryRunView, OutsideView, ProcessView, ReachView, StatementView, TableView, TouchedView,
};
use serde_json::Value;

/// Names under which requesters attach what a dry run or a plan printed.
const DRY_RUNS: [&str; 6] =
    ["dry_run", "dry_run_output", "plan_output", "terraform_plan", "preview", "preview_output"];
/// Name of the context's field in which a gate tells about the process.
const PROCESS: &str = "process";

/// What the action of a decision reaches.
#[must_use]
pub fn reach(record: &DecisionRecord) -> Reach {
    navi_facts::reach::reach(&record.action, &record.facts)
}

/// The same for the wire.
#[must_use]
pub fn view(found: Reach, record: &DecisionRecord) -> ReachView {
    ReachView {
        touched: found.touched.into_iter().map(touched).collect(),
        outside: found.outside.into_iter().map(outside).collect(),
        sql: found.sql.into_iter().map(statement).collect(),
        http: found.http.into_iter().map(call).collect(),
        left_out: u32::try_from(found.left_out).unwrap_or(u32::MAX),
        dry_runs: dry_runs(record),
        process: record.claims.other.get(PROCESS).and_then(process),
    }
}

fn touched(one: Touched) -> TouchedView {
    TouchedView {
        what: one.what.as_str().to_owned(),
        name: one.name,
        how: one.how.as_str().to_owned(),
        rows: one.rows.map(|rows| rows.as_str().to_owned()),
        from: one.from,
    }
}

fn outside(one: Outside) -> OutsideView {
    OutsideView { kind: one.kind.as_str().to_owned(), to: one.to, from: one.from }
}

fn statement(one: Statement) -> StatementView {
    StatementView {
        raw: one.raw,
        kinds: one.kinds,
        tables: one.tables.into_iter().map(table).collect(),
        condition: one.condition.map(|condition| condition.as_str().to_owned()),
        loud: one.loud,
        problem: one.problem.map(|problem| problem.as_str().to_owned()),
        from: one.from,
    }
}

fn table(one: Table) -> TableView {
    let rows = one.rows.map(|rows| rows.as_str().to_owned());
    TableView { name: one.name, how: one.how.as_str().to_owned(), rows }
}

fn call(one: Call) -> CallView {
    let address = one.address.unwrap_or_default();
    CallView {
        method: one.method,
        address: Some(address.written).filter(|written| !written.is_empty()),
        scheme: address.scheme,
        host: address.host,
        path: address.path,
        query: address.query,
        login: address.login,
        headers: one.headers,
        body: one.body.as_ref().map(|body| body.kind.as_str().to_owned()),
        body_files: one.body.map(|body| body.files).unwrap_or_default(),
        unread: one.unread,
        from: one.from,
    }
}

/// Output of dry runs: beside the action, or in its arguments.
fn dry_runs(record: &DecisionRecord) -> Vec<DryRunView> {
    let mut found = Vec::new();
    for name in DRY_RUNS {
        let argument = record.action.args.as_ref().and_then(|args| args.get(name));
        for (source, value) in [("agent", record.claims.other.get(name)), ("material", argument)] {
            if let Some(text) = value.and_then(printed) {
                found.push(DryRunView { name: name.to_owned(), source: source.to_owned(), text });
            }
        }
    }
    found
}

/// A flag that something is a dry run is no output of one.
fn printed(value: &Value) -> Option<String> {
    match value {
        Value::String(text) if !text.trim().is_empty() => Some(text.clone()),
        Value::Array(_) | Value::Object(_) => serde_json::to_string_pretty(value).ok(),
        _ => None,
    }
}

fn process(value: &Value) -> Option<ProcessView> {
    let told: ProcessView = serde_json::from_value(value.clone()).ok()?;
    (told != ProcessView::default()).then_some(told)
}
