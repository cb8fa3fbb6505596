//! A runner's work: rehearsing a capture's way back, and going it step by step with a journal beside it.
//!
//! The journal is on disk before a step begins and after it ended, so that a runner that died goes on with the same run,
//! or tells what it left. What is not known is called unknown, never done.

use std::path::PathBuf;

use anyhow::{Context as _, Result, ensure};
use navi_domain::action::TargetState;
use navi_domain::rollback::{Capture, Outcome, Part, Plan, Strategy, Truth};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keep::{Folder, sha256, write_durably};
use super::shelf::Shelf;
use super::{How, Manifest, Step, config, database, flag, git, manifest};

/// What a strategy found without changing anything.
pub(super) struct Foreseen {
    /// The part, with the truth of now.
    pub part: Part,
    /// The state it rests on.
    pub state: TargetState,
    pub dependents: Vec<String>,
    pub afterwards: Vec<String>,
}

impl Foreseen {
    /// There is no way back; the part says why.
    pub fn refused(part: Part) -> Self {
        let state = TargetState::None("there is no way back".to_owned());
        Self { part, state, dependents: Vec::new(), afterwards: Vec::new() }
    }
}

/// What a strategy undid, and what proves it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Done {
    pub undone: Vec<String>,
    pub proof: Vec<String>,
    pub afterwards: Vec<String>,
}

/// How a strategy failed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "failed", content = "why")]
pub(super) enum Failed {
    /// Nothing was changed.
    Nothing(String),
    /// It is not known, or in between.
    Half(String),
}

/// What one step keeps about itself while it is under way.
pub(super) struct Notes<'a> {
    /// What the step starts carries it, so that it is found again when the runner died.
    pub mark: &'a str,
    note: &'a mut Option<Value>,
    save: &'a mut dyn FnMut(&Option<Value>) -> Result<()>,
}

impl Notes<'_> {
    /// What was kept before a runner died.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        self.note.as_ref().and_then(|note| serde_json::from_value(note.clone()).ok())
    }

    /// Keeps it durably.
    pub fn keep<T: Serialize>(&mut self, note: &T) -> Result<()> {
        *self.note = Some(serde_json::to_value(note)?);
        (self.save)(self.note)
    }
}

/// Rehearses the way back of a capture: nothing is changed.
pub async fn rehearse(shelf: &Shelf, capture: &Capture) -> Result<Plan> {
    let (folder, manifest) = match opened(shelf, capture) {
        Ok(opened) => opened,
        Err(error) => return Ok(impossible(capture, &format!("{error:#}"))),
    };
    let mut plan = Plan { truth: Truth::Verified, ..impossible(capture, "") };
    let mut states = Vec::new();
    for step in ordered(manifest).iter() {
        let found = match &step.how {
            How::Git(sealed) => git::rehearse(&shelf.declared, sealed, &step.part),
            How::Config(sealed) => config::rehearse(&folder, sealed, &step.part),
            How::Flag(sealed) => flag::rehearse(sealed, &step.part).await,
            How::Database(sealed) => database::rehearse(sealed, &step.part),
            How::Nothing => Ok(Foreseen::refused(step.part.clone())),
        };
        let found = found.unwrap_or_else(|error| {
            let truth = Truth::impossible(format!("it could not be rehearsed: {error:#}"));
            Foreseen::refused(Part { truth, ..step.part.clone() })
        });
        plan.truth = plan.truth.worse(found.part.truth.clone());
        plan.steps.push(found.part);
        plan.dependents.extend(found.dependents);
        plan.afterwards.extend(found.afterwards);
        states.push(found.state);
    }
    plan.target_state = together(states)?;
    Ok(plan)
}

fn opened(shelf: &Shelf, capture: &Capture) -> Result<(Folder, Manifest)> {
    let folder = Folder::open(shelf, &capture.id)?;
    let manifest = manifest(&folder, &capture.sha256)?;
    Ok((folder, manifest))
}

/// A plan of nothing.
fn impossible(capture: &Capture, why: &str) -> Plan {
    Plan {
        capture_sha256: capture.sha256.clone(),
        truth: Truth::impossible(why),
        steps: Vec::new(),
        dependents: Vec::new(),
        afterwards: Vec::new(),
        target_state: TargetState::None("not rehearsed".to_owned()),
    }
}

/// The steps in the order in which they are undone.
fn ordered(mut manifest: Manifest) -> Vec<Step> {
    let rank = |strategy: Strategy| Strategy::ALL.iter().position(|s| *s == strategy);
    manifest.steps.sort_by_key(|step| rank(step.part.strategy));
    manifest.steps
}

/// One state of several.
fn together(mut states: Vec<TargetState>) -> Result<TargetState> {
    if states.len() == 1
        && let Some(state) = states.pop()
    {
        return Ok(state);
    }
    let revision = sha256(&serde_json::to_vec(&states)?);
    Ok(TargetState::Env { name: "several targets".to_owned(), revision })
}

/// What became of one step.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum End {
    Done(Done),
    Failed(Failed),
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Going {
    note: Option<Value>,
    end: Option<End>,
}

/// The journal of one rollback that began: on disk until its end was reported.
#[derive(Debug, Serialize, Deserialize)]
pub struct Journal {
    /// The rollback.
    pub rollback_id: String,
    /// The execution that it is.
    pub run_id: String,
    capture: Capture,
    reason: String,
    steps: Vec<Going>,
    #[serde(skip)]
    file: PathBuf,
}

impl Journal {
    /// Begins one, durably.
    pub fn begin(
        shelf: &Shelf,
        rollback_id: &str,
        run_id: &str,
        capture: &Capture,
        reason: &str,
    ) -> Result<Self> {
        let plain = rollback_id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        ensure!(plain && !rollback_id.is_empty(), "{rollback_id:?} is no id");
        let journal = Self {
            file: folder(shelf)?.join(format!("{rollback_id}.json")),
            rollback_id: rollback_id.to_owned(),
            run_id: run_id.to_owned(),
            capture: capture.clone(),
            reason: reason.to_owned(),
            steps: Vec::new(),
        };
        journal.save()?;
        Ok(journal)
    }

    /// Those whose end was not reported.
    pub fn left(shelf: &Shelf) -> Result<Vec<Self>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder(shelf)?)?.flatten() {
            let path = entry.path();
            if path.extension().is_some_and(|e| e == "json") {
                let text = std::fs::read(&path).with_context(|| format!("read {}", path.display()))?;
                let journal: Self =
                    serde_json::from_slice(&text).with_context(|| format!("read {}", path.display()))?;
                found.push(Self { file: path, ..journal });
            }
        }
        Ok(found)
    }

    /// Its end was reported.
    pub fn close(self) {
        let _ = std::fs::remove_file(&self.file);
    }

    fn save(&self) -> Result<()> {
        write_durably(&self.file, &serde_json::to_vec(self)?)
    }
}

fn folder(shelf: &Shelf) -> Result<PathBuf> {
    let folder = shelf.state.join("rollbacks");
    std::fs::create_dir_all(&folder).with_context(|| format!("make {}", folder.display()))?;
    Ok(folder)
}

/// Undoes step by step, or goes on where a runner died. `stopped` is asked before each step that has not begun: it says
/// why it must not.
pub async fn carry_out(
    shelf: &Shelf,
    journal: &mut Journal,
    stopped: impl AsyncFn() -> Option<String>,
) -> Outcome {
    let (folder, manifest) = match opened(shelf, &journal.capture) {
        Ok(opened) => opened,
        Err(error) => return journal.outcome(Some(format!("{error:#}"))),
    };
    let steps = ordered(manifest);
    let commits = steps.iter().any(|step| matches!(step.how, How::Git(_)));
    // All steps are looked at before the first one begins, so that what cannot be undone whole is not begun.
    if journal.steps.iter().all(|going| going.note.is_none() && going.end.is_none()) {
        match rehearse(shelf, &journal.capture).await.map(|plan| plan.truth) {
            Ok(Truth::Impossible { why }) => return journal.outcome(Some(why)),
            Err(error) => return journal.outcome(Some(format!("{error:#}"))),
            Ok(_) => {}
        }
    }
    journal.steps.resize_with(steps.len(), Going::default);
    for (n, step) in steps.iter().enumerate() {
        let begun = journal.steps.get(n).is_some_and(|going| going.note.is_some());
        match journal.steps.get(n).and_then(|going| going.end.as_ref()) {
            Some(End::Done(_)) => continue,
            Some(End::Failed(Failed::Nothing(_))) => break,
            Some(End::Failed(Failed::Half(_))) | None => {}
        }
        if !begun && let Some(why) = stopped().await {
            return journal.outcome(Some(why));
        }
        let end = one((shelf, &folder), step, commits, journal, n).await;
        let failed = matches!(end, End::Failed(_));
        if let Some(going) = journal.steps.get_mut(n) {
            going.end = Some(end);
        }
        if let Err(error) = journal.save() {
            eprintln!("[navi] the journal of rollback {} could not be kept: {error:#}", journal.rollback_id);
        }
        if failed {
            break;
        }
    }
    journal.outcome(None)
}

async fn one(
    (shelf, folder): (&Shelf, &Folder),
    step: &Step,
    commits: bool,
    journal: &mut Journal,
    n: usize,
) -> End {
    let mut note = journal.steps.get_mut(n).and_then(|going| going.note.take());
    let (reason, mark) = (journal.reason.clone(), journal.run_id.clone());
    let mut save = |note: &Option<Value>| {
        if let Some(going) = journal.steps.get_mut(n) {
            going.note.clone_from(note);
        }
        journal.save()
    };
    let mut notes = Notes { mark: &mark, note: &mut note, save: &mut save };
    let ended = match &step.how {
        How::Git(sealed) => git::undo(&shelf.declared, sealed, &reason, &mut notes),
        How::Config(sealed) => config::undo(folder, sealed, commits, &mut notes),
        How::Flag(sealed) => flag::undo(sealed, &mut notes).await,
        How::Database(sealed) => database::undo(sealed, &mut notes),
        How::Nothing => Err(Failed::Nothing(step.part.truth.why().unwrap_or_default().to_owned())),
    };
    if let Some(going) = journal.steps.get_mut(n) {
        going.note = note;
    }
    match ended {
        Ok(done) => End::Done(done),
        Err(failed) => End::Failed(failed),
    }
}

impl Journal {
    /// What became of all steps; `stopped` says why those that have not begun did not.
    fn outcome(&self, stopped: Option<String>) -> Outcome {
        let mut outcome = Outcome {
            success: Some(true),
            undone: Vec::new(),
            proof: Vec::new(),
            why: None,
            afterwards: Vec::new(),
        };
        if self.steps.is_empty() || stopped.is_some() {
            outcome.success = Some(false);
        }
        outcome.why = stopped;
        for going in &self.steps {
            match &going.end {
                Some(End::Done(done)) => {
                    outcome.undone.extend(done.undone.iter().cloned());
                    outcome.proof.extend(done.proof.iter().cloned());
                    outcome.afterwards.extend(done.afterwards.iter().cloned());
                }
                Some(End::Failed(Failed::Nothing(why))) => {
                    outcome.success = outcome.success.map(|_| false);
                    outcome.why.get_or_insert_with(|| why.clone());
                }
                Some(End::Failed(Failed::Half(why))) => {
                    outcome.success = None;
                    outcome.why = Some(why.clone());
                }
                None => outcome.success = outcome.success.map(|_| false),
            }
        }
        outcome
    }
}
