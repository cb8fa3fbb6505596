//! Undoing what ran: what is captured before and after a run, and what a runner does with it later. One file a strategy.
//!
//! A capture is begun before the run ([`capture`]), durably, and sealed after it ([`Held::seal`]): the report of the
//! execution names the sealed capture by its id and the hash of what lies in this gate's state folder. A capture changes
//! nothing outside that folder, and a failing one never hinders the run: it only means that there is no way back.

mod attributes;
mod capturing;
mod config;
mod database;
mod declared;
mod files;
mod flag;
mod git;
mod keep;
mod place;
mod shelf;
mod subject;
mod unread;
mod work;

use std::path::Path;

use anyhow::Result;
use navi_domain::rollback::{Capture, Part, Strategy, Truth};
use serde::{Deserialize, Serialize};

use crate::observe::Status;
pub use capturing::{About, Capturing};
use keep::Folder;
pub use keep::forget_old;
pub use place::Place;
pub use shelf::Shelf;
pub use subject::Subject;
pub use work::{Journal, carry_out, rehearse};

/// What was seen before a run.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Before {
    /// Id of the capture.
    id: String,
    action_type: String,
    command: Option<String>,
    /// Begun at (microseconds, by this machine's clock).
    at: i64,
    git: Option<git::Before>,
    files: Option<config::Before>,
    #[serde(default)]
    flags: Vec<flag::Before>,
    #[serde(default)]
    databases: Vec<database::Before>,
    /// Declared ones that could not be read.
    #[serde(default)]
    unread: Vec<unread::Unread>,
}

/// What is needed to undo a run: the file whose hash the execution's report names.
#[derive(Debug, Serialize, Deserialize)]
struct Manifest {
    v: u8,
    id: String,
    action_type: String,
    steps: Vec<Step>,
}

/// One part, with what its strategy needs.
#[derive(Debug, Serialize, Deserialize)]
struct Step {
    part: Part,
    how: How,
}

/// What a strategy needs.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "strategy")]
enum How {
    Git(git::Sealed),
    Config(config::Sealed),
    Flag(flag::Sealed),
    Database(database::Sealed),
    /// There is no way back; the part says why.
    Nothing,
}

/// A capture that waits for its run to end. It is on disk: [`reopen`] finds it again after a crash.
#[derive(Debug)]
pub struct Held {
    shelf: Shelf,
    folder: Folder,
    before: Before,
}

/// Captures the state before a run. `None`: there is nothing here that could be undone, or it could not be read or kept;
/// the latter is told on stderr. `status`: what git says of the work tree now, if anybody asked already.
async fn capture(subject: &Subject<'_>, status: Option<&Status>) -> Option<Held> {
    let begun = async { begin(&Shelf::own()?, subject, status).await };
    match begun.await {
        Ok(held) => held,
        Err(error) => {
            eprintln!("[navi] no way back was captured: {error:#}");
            None
        }
    }
}

/// What a gate can say about the way back before the run, for whoever decides about it. It is the gate's word: what the
/// run changes is only known after it.
pub fn foreseen(subject: &Subject<'_>) -> Option<serde_json::Value> {
    foreseen_at(&Shelf::own().ok()?, subject)
}

fn foreseen_at(shelf: &Shelf, subject: &Subject<'_>) -> Option<serde_json::Value> {
    let mut undoes = Vec::new();
    let mut strategies = Vec::new();
    if let (false, Some(root)) = (subject.files_only, crate::observe::place(subject.cwd).root) {
        undoes.push(format!("what it commits in {}, and files there that it leaves changed", shown(&root)));
        strategies.extend([Strategy::Git, Strategy::Config]);
    }
    let declared = shelf.declared_for(subject);
    let undoes_file = |path: &Path| format!("file {}", shown(path));
    let named = subject.files.iter().map(|path| undoes_file(&subject.cwd.join(path)));
    let files: Vec<String> =
        named.chain(declared.files_for(subject.cwd).iter().map(|path| undoes_file(path))).collect();
    let flags = declared.flags_for(subject.cwd, subject.action_type);
    let databases = declared.databases_for(subject.cwd, subject.action_type);
    for (none, strategy) in [
        (files.is_empty(), Strategy::Config),
        (flags.is_empty(), Strategy::FeatureFlag),
        (databases.is_empty(), Strategy::Database),
    ] {
        if !none && !strategies.contains(&strategy) {
            strategies.push(strategy);
        }
    }
    undoes.extend(files);
    undoes.extend(flags.iter().map(|rule| format!("flag {}", rule.name())));
    undoes.extend(
        databases
            .iter()
            .map(|rule| format!("migrations of {}, unless taking them back drops data", rule.name)),
    );
    let truth = match undoes.is_empty() {
        true => Truth::impossible("nothing is captured here: no work tree, no named file, nothing declared"),
        false => Truth::unverified("what it changes is only known after it ran"),
    };
    let leaves = ["whatever else it does: calls over the network, other files"];
    let mut said = serde_json::to_value(truth).ok()?;
    let fields = said.as_object_mut()?;
    fields.insert("strategies".to_owned(), serde_json::json!(strategies));
    fields.insert("undoes".to_owned(), serde_json::json!(undoes));
    fields.insert("leaves".to_owned(), serde_json::json!(leaves));
    Some(said)
}

async fn begin(shelf: &Shelf, subject: &Subject<'_>, status: Option<&Status>) -> Result<Option<Held>> {
    let git = if subject.files_only { None } else { git::before(subject.cwd, status)? };
    let declared = shelf.declared_for(subject);
    let watched = subject.watched(&declared, git.as_ref());
    let mut before = Before {
        action_type: subject.action_type.to_owned(),
        command: subject.command.map(str::to_owned),
        at: chrono::Utc::now().timestamp_micros(),
        ..Before::default()
    };
    let (flags, databases) = (
        declared.flags_for(subject.cwd, subject.action_type),
        declared.databases_for(subject.cwd, subject.action_type),
    );
    if git.is_none() && watched.is_empty() && flags.is_empty() && databases.is_empty() {
        return Ok(None);
    }
    before.flags = flag::before(flags, &mut before.unread).await;
    before.databases = database::before(databases, &mut before.unread);
    let folder = Folder::create(shelf)?;
    before.id = folder.id().to_owned();
    before.git = git;
    before.files = config::before(&folder, watched)?;
    folder.write("before.json", &serde_json::to_vec(&before)?)?;
    if let Err(error) = keep::forget_old_sometimes(shelf) {
        eprintln!("[navi] old captures could not be removed: {error:#}");
    }
    Ok(Some(Held { shelf: shelf.clone(), folder, before }))
}

/// The capture of a run that was cut off, by its id.
pub fn reopen(id: &str) -> Option<Held> {
    let shelf = Shelf::own().ok()?;
    let folder = Folder::open(&shelf, id).ok()?;
    let before = serde_json::from_slice(&folder.read("before.json").ok()?).ok()?;
    Some(Held { shelf, folder, before })
}

impl Held {
    /// The capture's id, to be noted beside the run.
    pub fn id(&self) -> &str {
        self.folder.id()
    }

    /// Looks at what the run left, and keeps what undoes it. `status`: what git says of the work tree now, if anybody asked
    /// already.
    pub async fn seal(self, status: Option<&Status>) -> Sealed {
        match self.sealed(status).await {
            Ok(Some(capture)) => Sealed::Kept(Box::new(capture)),
            Ok(None) => Sealed::Unchanged,
            Err(error) => {
                eprintln!("[navi] the way back was lost: {error:#}");
                Sealed::Lost
            }
        }
    }

    /// Forgets a capture whose run never began.
    pub fn discard(self) {
        self.folder.remove();
    }

    async fn sealed(self, status: Option<&Status>) -> Result<Option<Capture>> {
        let Self { shelf, folder, before } = self;
        let mut steps = Vec::new();
        let mut tree = None;
        if let Some(git) = &before.git {
            let (step, left) = git::after(git, &before, status)?;
            steps.extend(step);
            tree = Some((git, left));
        }
        let tree = tree.as_ref().map(|(git, left)| (*git, left));
        let mut unread = before.unread;
        steps.extend(config::after(&folder, before.files.as_ref(), tree, &mut unread)?);
        steps.extend(flag::after(before.flags, &mut unread).await);
        steps.extend(database::after(before.databases, &mut unread));
        unread::add(unread, &mut steps);
        if steps.is_empty() {
            folder.remove();
            return Ok(None);
        }
        if let Some(first) = steps.first_mut() {
            first
                .part
                .leaves
                .push("Whatever else the run did: calls over the network, other files.".to_owned());
        }
        let place = Place::of(&shelf)?;
        let manifest = Manifest { v: 1, id: before.id.clone(), action_type: before.action_type, steps };
        let sha256 = folder.write("capture.json", &serde_json::to_vec(&manifest)?)?;
        let parts = manifest.steps.into_iter().map(|step| step.part).collect();
        Ok(Some(Capture { id: manifest.id, sha256, place: place.name, parts }))
    }
}

/// What there is to undo after a run.
#[derive(Debug)]
pub enum Sealed {
    /// This undoes it.
    Kept(Box<Capture>),
    /// It changed nothing that is captured.
    Unchanged,
    /// Nobody can tell.
    Lost,
}

/// The manifest of a capture, if it is the one that the record names.
fn manifest(folder: &Folder, sha256: &str) -> Result<Manifest> {
    let bytes = folder.read("capture.json")?;
    anyhow::ensure!(
        keep::sha256(&bytes) == sha256,
        "what was captured is not what the record names: {}",
        folder.path().display()
    );
    Ok(serde_json::from_slice(&bytes)?)
}

/// A path as people and the record see it.
fn shown(path: &Path) -> String {
    path.display().to_string()
}

#[cfg(test)]
mod tests;
