//! Strategy *database*: down migrations by the project's own tool, or stored statements in one transaction, on PostgreSQL
//! and SQLite. The version is checked before and after, and the schema is compared with what it was before the run. A down
//! that drops data is never offered: no down migration brings the data back.

mod client;
mod ended;
mod statements;
mod tool;

use std::path::PathBuf;

use anyhow::{Result, bail, ensure};
use navi_domain::action::TargetState;
use navi_domain::rollback::{Part, Strategy, Truth};
use serde::{Deserialize, Serialize};

use super::declared::DatabaseRule;
use super::keep::sha256;
use super::unread::Unread;
use super::work::{Done, Failed, Foreseen, Notes};
use super::{How, Step};
use client::Database;
use tool::Way;

use crate::stop::Started;

/// What a database is before or after a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct State {
    /// Applied versions, as the tool's own table lists them.
    pub versions: Vec<String>,
    /// SHA-256 (hex) of the schema, without the tool's table.
    pub schema: String,
}

impl State {
    fn brief(&self) -> String {
        self.versions.last().map_or_else(|| "no version".to_owned(), |version| format!("version {version}"))
    }
}

/// A declared database, and its state before a run.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Before {
    pub rule: DatabaseRule,
    pub state: State,
}

/// What undoing needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Sealed {
    pub rule: DatabaseRule,
    pub before: State,
    pub after: State,
    /// The statements that were there right after the run: others are refused.
    pub down: String,
}

/// Looks before a run. A database that cannot be read has no way back, and that is told.
pub(super) fn before(rules: Vec<DatabaseRule>, unread: &mut Vec<Unread>) -> Vec<Before> {
    let mut found = Vec::new();
    for rule in rules {
        match look(&rule) {
            Ok(state) => found.push(Before { rule, state }),
            Err(error) => unread.push(lost(&rule, "before", &error)),
        }
    }
    found
}

fn lost(rule: &DatabaseRule, when: &str, error: &anyhow::Error) -> Unread {
    let target = target(rule);
    Unread::new(Strategy::Database, target.clone(), &target, when, error)
}

fn target(rule: &DatabaseRule) -> String {
    format!("database {}", rule.name)
}

fn look(rule: &DatabaseRule) -> Result<State> {
    let database = Database::of(rule)?;
    let versions = database.versions(&tool::version_query(rule)?)?;
    Ok(State { versions, schema: sha256(database.schema(tool::version_table(rule))?.as_bytes()) })
}

/// What a run changed.
pub(super) fn after(before: Vec<Before>, unread: &mut Vec<Unread>) -> Vec<Step> {
    let mut steps = Vec::new();
    for Before { rule, state } in before {
        match look(&rule) {
            Ok(now) if now == state => {}
            Ok(now) => steps.push(step(rule, state, now)),
            Err(error) => unread.push(lost(&rule, "after", &error)),
        }
    }
    steps
}

fn step(rule: DatabaseRule, before: State, after: State) -> Step {
    let way = tool::way(&rule, &before, &after);
    let target = target(&rule);
    let (from, to) = (after.brief(), before.brief());
    let down = way.as_ref().map(|way| way.statements.clone()).unwrap_or_default();
    let truth = match &way {
        Err(error) => Truth::impossible(format!("{error:#}")),
        Ok(_) => match statements::unfit(&down, tool::version_table(&rule)) {
            Some(why) => Truth::impossible(why),
            None => Truth::unverified("its down migration has not been rehearsed yet"),
        },
    };
    let mut part = Part::new(Strategy::Database, &target, &to, &from, truth);
    part.environment.clone_from(&rule.environment);
    part.undoes.push(format!("{} goes from {from} back to {to}", rule.name));
    part.leaves.push("Rows that were written meanwhile stay as they are.".to_owned());
    part.sql = (!down.is_empty()).then(|| down.clone());
    part.command = way.ok().and_then(|way| way.shown());
    Step { part, how: How::Database(Sealed { rule, before, after, down }) }
}

/// The way back as it is now; fails when it is not the one that was captured.
fn way_now(sealed: &Sealed) -> Result<Way> {
    let way = tool::way(&sealed.rule, &sealed.before, &sealed.after)?;
    ensure!(way.statements == sealed.down, "its down migration was changed after the run");
    if let Some(why) = statements::unfit(&way.statements, tool::version_table(&sealed.rule)) {
        bail!(why);
    }
    Ok(way)
}

/// Runs the statements in a transaction that is rolled back, and compares the schema inside it with the one from before.
pub(super) fn rehearse(sealed: &Sealed, part: &Part) -> Result<Foreseen> {
    let mut part = part.clone();
    let now = look(&sealed.rule)?;
    part.truth = match trial(sealed, &now) {
        Ok((truth, _)) => truth,
        Err(error) => Truth::impossible(format!("{error:#}")),
    };
    let revision = sha256(format!("{}\n{}\n{}", now.versions.join(","), now.schema, sealed.down).as_bytes());
    let state = TargetState::Env { name: target(&sealed.rule), revision };
    Ok(Foreseen { part, state, dependents: Vec::new(), afterwards: Vec::new() })
}

/// How sure the way back is now, and the way.
fn trial(sealed: &Sealed, now: &State) -> Result<(Truth, Way)> {
    ensure!(now.versions == sealed.after.versions, "{} has {} now", sealed.rule.name, now.brief());
    ensure!(
        now.schema == sealed.after.schema,
        "the schema of {} was changed after the run",
        sealed.rule.name
    );
    let way = way_now(sealed)?;
    let plain = statements::without_transactions(&way.statements);
    if plain.trim().is_empty() {
        let why = "its tool does not tell its statements, so that they cannot be rehearsed";
        return Ok((Truth::unverified(why), way));
    }
    let database = Database::of(&sealed.rule)?;
    let left = database.rehearse(&plain, tool::version_table(&sealed.rule), sealed.rule.longest())?;
    let truth = match sha256(left.as_bytes()) == sealed.before.schema {
        true => Truth::Verified,
        false => Truth::unverified("the schema would not be exactly the one from before the run"),
    };
    Ok((truth, way))
}

/// Runs it, or looks what a runner that died left: a transaction is done or it is not.
pub(super) fn undo(sealed: &Sealed, notes: &mut Notes<'_>) -> Result<Done, Failed> {
    let nothing = |e: anyhow::Error| Failed::Nothing(format!("{e:#}"));
    // The note is whether the rehearsal promised the schema from before.
    let mut promised = notes.read::<bool>();
    let resumed = promised.is_some();
    if resumed {
        // What the runner that died had started would go on beside this one.
        Started::left(notes.mark).end();
    }
    let unsure = |e: anyhow::Error| match resumed {
        true => Failed::Half(format!("{e:#}")),
        false => Failed::Nothing(format!("{e:#}")),
    };
    let now = look(&sealed.rule).map_err(unsure)?;
    if now.versions != sealed.before.versions {
        let (truth, way) = trial(sealed, &now).map_err(unsure)?;
        let promise = truth == Truth::Verified;
        notes.keep(&promise).map_err(nothing)?;
        promised = Some(promise);
        if let Err(error) = way.go(&sealed.rule, notes.mark) {
            match look(&sealed.rule) {
                Ok(left) if left == sealed.after => return Err(Failed::Nothing(format!("{error:#}"))),
                // What a runner that died had started may have come to its end meanwhile.
                Ok(left) if left.versions == sealed.before.versions => {}
                _ => return Err(Failed::Half(format!("{error:#}"))),
            }
        }
    } else if !resumed && now != sealed.before {
        return Err(Failed::Nothing(format!("{} has {} already", sealed.rule.name, now.brief())));
    }
    let left = look(&sealed.rule).map_err(|e| Failed::Half(format!("{e:#}")))?;
    if left.versions != sealed.before.versions {
        return Err(Failed::Half(format!("{} has {} now", sealed.rule.name, left.brief())));
    }
    let same = left.schema == sealed.before.schema;
    if !same && promised == Some(true) {
        let why = "its schema is not the one from before the run, though the rehearsal came to it";
        return Err(Failed::Half(format!("{} has {} again, but {why}", sealed.rule.name, left.brief())));
    }
    let schema = if same { "is the one from before the run" } else { "differs from the one before the run" };
    Ok(Done {
        undone: vec![format!("{} has {} again", sealed.rule.name, left.brief())],
        proof: vec![
            format!("applied: {}", left.versions.join(", ")),
            format!("schema {} {schema}", left.schema),
        ],
        afterwards: Vec::new(),
    })
}

/// The folder of the migrations.
fn migrations(rule: &DatabaseRule) -> PathBuf {
    rule.project.join(&rule.migrations)
}
