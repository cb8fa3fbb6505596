//! What an action reaches: services, machines, stores of data, tables, resources, and people outside. SQL and HTTP are read
//! for showing beside the text that runs.
//!
//! For people to read, nothing else: no fact, no risk and no decision rests on it, and it stands beside the raw text, never
//! in its place. What cannot be read says so. Total and deterministic, like everything here.

mod address;
mod calls;
mod curl;
mod httpie;
mod outside;
mod programs;
mod sources;
pub mod sql;

use navi_domain::action::Action;
use navi_domain::fact::Fact;
use navi_domain::plan::{PLAN_TYPE, Phase, Plan};
use serde_json::Value;

pub use address::Address;
pub use calls::{Body, BodyKind, Call};
pub use outside::{Kind as OutsideKind, Outside};
pub use sql::{Statement, Where};

use crate::commands::brief;
use crate::{shell, tools};

/// More of one sort than this is counted, not listed.
pub const LISTED: usize = 100;

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum What {
    /// Something that runs and answers: a host, a unit, a cluster, a cloud's service.
    Service,
    /// Another machine, or a container.
    Machine,
    /// A database, a file of one, a bucket, a volume.
    DataStore,
    /// A table.
    Table,
    /// A resource of infrastructure or of a cluster.
    Resource,
    /// A repository elsewhere.
    Repository,
}

impl What {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Service => "service",
            Self::Machine => "machine",
            Self::DataStore => "data_store",
            Self::Table => "table",
            Self::Resource => "resource",
            Self::Repository => "repository",
        }
    }
}

/// What happens to it, as far as the text says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum How {
    /// Only read.
    Reads,
    /// Used; whether it is changed is not known.
    Uses,
    /// Changed.
    Changes,
    /// Removed, or emptied.
    Deletes,
}

impl How {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Uses => "uses",
            Self::Changes => "changes",
            Self::Deletes => "deletes",
        }
    }
}

/// Which rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rows {
    /// Every one.
    All,
    /// Those that a condition picks.
    Picked,
    /// New ones.
    New,
}

impl Rows {
    /// Spelling in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Picked => "picked",
            Self::New => "new",
        }
    }
}

/// One thing that the action touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touched {
    /// What it is.
    pub what: What,
    /// Its name, as written.
    pub name: String,
    /// What happens to it.
    pub how: How,
    /// Which of its rows.
    pub rows: Option<Rows>,
    /// Where that stands: `command: psql …`, `argument query`, `file migrations/1.sql`.
    pub from: String,
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// What is touched, each once, the worst of it first told.
    pub touched: Vec<Touched>,
    /// What reaches others and cannot be called back.
    pub outside: Vec<Outside>,
    /// SQL, statement by statement, in the order in which it stands.
    pub sql: Vec<Statement>,
    /// HTTP, call by call.
    pub http: Vec<Call>,
    /// How many entries were left out of these lists.
    pub left_out: usize,
}

/// Derives it from the material and the decision's facts.
#[must_use]
pub fn reach(action: &Action, facts: &[Fact]) -> Reach {
    let mut found = Reach::default();
    of_action(action, "", &mut found);
    if action.action_type.as_str() == PLAN_TYPE {
        of_plan(action, &mut found);
    }
    found.outside.extend(outside::of_facts(facts));
    found.settle();
    found
}

/// The steps of a plan, each with its name before what it reaches.
fn of_plan(action: &Action, found: &mut Reach) {
    let Ok(plan) = Plan::of(action.args.as_ref()) else { return };
    for step in &plan.steps {
        for phase in [Phase::Run, Phase::Verify] {
            if phase == Phase::Run || step.verify.is_some() {
                of_action(&Plan::action(step, phase, action), &format!("step {}: ", step.id), found);
            }
        }
    }
}

fn of_action(action: &Action, before: &str, found: &mut Reach) {
    if let Some(command) = &action.command {
        of_command(command, before, found);
    }
    if let Some(diff) = &action.diff {
        found.sql.extend(sources::of_diff(diff, before));
    }
    // The arguments of a plan are its steps, which are read one by one.
    if let Some(args) = action.args.as_ref().filter(|_| action.action_type.as_str() != PLAN_TYPE) {
        of_arguments(action, args, before, found);
    }
}

fn of_command(command: &str, before: &str, found: &mut Reach) {
    for invocation in shell::parse(command).invocations.iter().filter(|i| !i.transparent) {
        let from = format!("{before}command: {}", brief(&invocation.text));
        found.sql.extend(sources::of_invocation(invocation, &from));
        found.http.extend(curl::calls(invocation, &from));
        found.touched.extend(programs::touched(invocation, &from));
        found.outside.extend(outside::of_program(invocation, &from));
    }
}

fn of_arguments(action: &Action, args: &Value, before: &str, found: &mut Reach) {
    found.sql.extend(sources::of_arguments(args, before));
    calls::of_arguments(args, before, &mut found.http);
    // The same texts that the facts take for commands, also those written as a list of words.
    let called = tools::facts(action.tool.as_deref(), Some(args), &tools::ToolRules::default());
    for command in called.commands.iter().filter(|c| action.command.as_ref() != Some(*c)).take(LISTED) {
        of_command(command, before, found);
    }
    found.touched.extend(programs::of_plan(args, before));
}

impl Reach {
    /// What the statements and calls touch besides, and each thing once.
    fn settle(&mut self) {
        let tables: Vec<Touched> = self.sql.iter().flat_map(Statement::touched).collect();
        let hosts: Vec<Touched> = self.http.iter().filter_map(Call::touched).collect();
        self.touched.extend(tables.into_iter().chain(hosts));
        let sent: Vec<Outside> = self.http.iter().filter_map(outside::of_call).collect();
        self.outside.extend(sent);
        self.touched = once(std::mem::take(&mut self.touched));
        let mut kept: Vec<Outside> = Vec::new();
        for one in self.outside.drain(..) {
            if !kept.iter().any(|k| k.kind == one.kind && k.from == one.from && k.to == one.to) {
                kept.push(one);
            }
        }
        // What a rule found, and the same with whom it reaches: once, with whom.
        let named: Vec<(OutsideKind, String)> =
            kept.iter().filter(|o| !o.to.is_empty()).map(|o| (o.kind, o.from.clone())).collect();
        kept.retain(|o| !o.to.is_empty() || !named.contains(&(o.kind, o.from.clone())));
        self.outside = kept;
        self.left_out =
            cut(&mut self.touched) + cut(&mut self.outside) + cut(&mut self.sql) + cut(&mut self.http);
    }
}

/// Each thing once, with the worst that happens to it; of that the first place.
fn once(all: Vec<Touched>) -> Vec<Touched> {
    let rank = |t: &Touched| (t.how, t.rows == Some(Rows::All));
    let mut kept: Vec<Touched> = Vec::with_capacity(all.len().min(LISTED));
    for one in all {
        match kept.iter_mut().find(|k| k.what == one.what && k.name == one.name) {
            Some(known) if rank(known) < rank(&one) => *known = one,
            Some(_) => {}
            None => kept.push(one),
        }
    }
    kept
}

fn cut<T>(list: &mut Vec<T>) -> usize {
    let more = list.len().saturating_sub(LISTED);
    list.truncate(LISTED);
    more
}

#[cfg(test)]
#[path = "reach/tests.rs"]
mod tests;
