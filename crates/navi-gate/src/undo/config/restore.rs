//! Putting files back: everything is written beside and flushed first; then one note says that it holds; then it is
//! renamed into place. A runner that died before the note changed nothing, one that died after it goes on.

use std::os::unix::fs::{PermissionsExt as _, chown, fchown, symlink};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use navi_domain::action::{FileState, TargetState};
use navi_domain::rollback::{Part, Truth};
use serde::{Deserialize, Serialize};

use super::super::files::{FileIs, look};
use super::super::keep::{Folder, flush};
use super::super::work::{Done, Failed, Foreseen, Notes};
use super::{Changed, Sealed, shown};

/// What is noted once every file lies beside its place.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    beside: Vec<Option<PathBuf>>,
}

/// Looks whether every file is still what the run left, and can be put back. Changes nothing.
pub fn rehearse(folder: &Folder, sealed: &Sealed, part: &Part) -> Result<Foreseen> {
    let mut part = part.clone();
    let mut state = Vec::new();
    for file in &sealed.files {
        let now = look(&file.path, None)?;
        if !file.before.is_folder() {
            state.push(FileState { path: shown(&file.path), sha256: now.sha256() });
        }
        if let Some(why) = in_the_way(folder, file, &now) {
            part.truth = part.truth.worse(Truth::impossible(format!("{} {why}", shown(&file.path))));
        }
    }
    let state = TargetState::Files(state);
    Ok(Foreseen { part, state, dependents: Vec::new(), afterwards: Vec::new() })
}

/// Why a file cannot be put back.
fn in_the_way(folder: &Folder, file: &Changed, now: &FileIs) -> Option<String> {
    if !is_left(file, now) {
        return Some("was changed after the run".to_owned());
    }
    if !is_there(file) {
        return Some("lies elsewhere now: a link on its way was changed".to_owned());
    }
    match &file.before {
        FileIs::File { sha256, uid, gid, .. } => {
            if let Err(error) = folder.kept(sha256) {
                return Some(format!("cannot be brought back: {error:#}"));
            }
            (is_foreign(*uid, *gid) && !rustix::process::geteuid().is_root())
                .then(|| format!("belonged to {uid}:{gid}, which this runner may not give back"))
        }
        FileIs::Folder { uid, gid, .. } => (is_foreign(*uid, *gid) && !rustix::process::geteuid().is_root())
            .then(|| format!("belonged to {uid}:{gid}, which this runner may not give back")),
        FileIs::Other { why, .. } => Some(why.clone()),
        FileIs::Absent | FileIs::Link { .. } => None,
    }
}

/// Whether it is what the run left. A folder that was removed may be there again: files that come back need it.
fn is_left(file: &Changed, now: &FileIs) -> bool {
    now == &file.after || (file.before.is_folder() && file.after == FileIs::Absent && now.is_folder())
}

/// Whether its path still leads to the folder in which it lay.
fn is_there(file: &Changed) -> bool {
    file.lies_in.as_ref().is_none_or(|folder| super::lies_in(&file.path) == *folder)
}

/// Whether something belongs to somebody else than this process makes it for.
fn is_foreign(uid: u32, gid: u32) -> bool {
    uid != rustix::process::geteuid().as_raw() || gid != rustix::process::getegid().as_raw()
}

/// Puts them back, or goes on where a runner died.
pub fn undo(
    folder: &Folder,
    sealed: &Sealed,
    after_git: bool,
    notes: &mut Notes<'_>,
) -> Result<Done, Failed> {
    let beside = match notes.read::<Note>() {
        Some(note) => note.beside,
        None => {
            let prepared = prepare(folder, sealed, after_git);
            let beside = prepared.map_err(|error| {
                forget(sealed);
                Failed::Nothing(format!("{error:#}"))
            })?;
            let note = Note { beside };
            notes.keep(&note).map_err(|error| {
                forget(sealed);
                Failed::Nothing(format!("{error:#}"))
            })?;
            note.beside
        }
    };
    place(sealed, &beside, after_git).map_err(|error| Failed::Half(format!("{error:#}")))?;
    prove(sealed).map_err(|error| Failed::Half(format!("{error:#}")))
}

/// Name of a file that lies beside its place.
fn beside_of(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_string_lossy().into_owned();
    Some(path.with_file_name(format!(".{name}.navi-undo")))
}

/// What a runner that died before its note left.
fn forget(sealed: &Sealed) {
    for beside in sealed.files.iter().filter_map(|file| beside_of(&file.path)) {
        let _ = std::fs::remove_file(beside);
    }
}

fn prepare(folder: &Folder, sealed: &Sealed, after_git: bool) -> Result<Vec<Option<PathBuf>>> {
    for file in &sealed.files {
        let now = look(&file.path, None)?;
        let moved_by_git = after_git && file.committed;
        ensure!(moved_by_git || is_left(file, &now), "{} was changed after the run", shown(&file.path));
        ensure!(is_there(file), "{} lies elsewhere now", shown(&file.path));
    }
    sealed.files.iter().map(|file| write_beside(folder, file)).collect()
}

fn write_beside(folder: &Folder, file: &Changed) -> Result<Option<PathBuf>> {
    if file.before == FileIs::Absent || file.before.is_folder() {
        return Ok(None);
    }
    let beside = beside_of(&file.path).context("a path without a name")?;
    let parent = file.path.parent().context("a path without a folder")?;
    std::fs::create_dir_all(parent).with_context(|| format!("make {}", parent.display()))?;
    let _ = std::fs::remove_file(&beside);
    match &file.before {
        FileIs::File { sha256, mode, uid, gid, attributes } => {
            let mut made = super::super::place::private(&beside)?;
            std::io::Write::write_all(&mut made, &folder.kept(sha256)?)?;
            if is_foreign(*uid, *gid) {
                fchown(&made, Some(*uid), Some(*gid))
                    .with_context(|| format!("give {} back", shown(&file.path)))?;
            }
            // After the owner: giving a file away drops its set-user-id bit.
            made.set_permissions(std::fs::Permissions::from_mode(*mode))?;
            attributes
                .give(&made)
                .with_context(|| format!("give {} its attributes back", shown(&file.path)))?;
            made.sync_all()?;
        }
        FileIs::Link { target } => {
            symlink(target, &beside).with_context(|| format!("link {}", shown(&beside)))?
        }
        FileIs::Absent | FileIs::Folder { .. } | FileIs::Other { .. } => {
            bail!("{} cannot be brought back", shown(&file.path))
        }
    }
    Ok(Some(beside))
}

fn place(sealed: &Sealed, beside: &[Option<PathBuf>], after_git: bool) -> Result<()> {
    // A runner may come back late: what somebody changed meanwhile is not written over.
    for file in &sealed.files {
        let now = look(&file.path, None)?;
        let fits = now == file.before || is_left(file, &now) || (after_git && file.committed);
        ensure!(fits && is_there(file), "{} was changed while it was being put back", shown(&file.path));
    }
    for (file, beside) in sealed.files.iter().zip(beside) {
        match beside {
            // Gone: it was renamed before the runner died.
            Some(beside) if std::fs::symlink_metadata(beside).is_ok() => {
                std::fs::rename(beside, &file.path)
                    .with_context(|| format!("put {} back", shown(&file.path)))?;
            }
            Some(_) => {}
            None if file.before.is_folder() => {
                std::fs::create_dir_all(&file.path).with_context(|| format!("make {}", shown(&file.path)))?;
            }
            None if std::fs::symlink_metadata(&file.path).is_ok() => {
                std::fs::remove_file(&file.path).with_context(|| format!("remove {}", shown(&file.path)))?;
            }
            None => {}
        }
        if let Some(parent) = file.path.parent().filter(|p| p.is_dir()) {
            flush(parent)?;
        }
    }
    // Last, and from below: a folder that nothing may be written into takes nothing more, nor does one that is closed.
    for file in sealed.files.iter().rev() {
        if let FileIs::Folder { mode, uid, gid } = &file.before {
            let failed = || format!("give {} its mode and owner back", shown(&file.path));
            let known = look(&file.path, None)?;
            if !matches!(&known, FileIs::Folder { uid: now, gid: group, .. } if (now, group) == (uid, gid)) {
                chown(&file.path, Some(*uid), Some(*gid)).with_context(failed)?;
            }
            std::fs::set_permissions(&file.path, std::fs::Permissions::from_mode(*mode))
                .with_context(failed)?;
            flush(file.path.parent().unwrap_or(&file.path))?;
        }
    }
    Ok(())
}

fn prove(sealed: &Sealed) -> Result<Done> {
    let mut done = Done::default();
    for file in &sealed.files {
        let now = look(&file.path, None)?;
        ensure!(now == file.before, "{} is not what it was: {now:?}", shown(&file.path));
        done.undone.push(super::words(file));
        done.proof.push(match now.sha256() {
            None if now.is_folder() => format!("{} has its mode and owner", shown(&file.path)),
            Some(sha256) => format!("{} has SHA-256 {sha256}", shown(&file.path)),
            None => format!("{} is not there", shown(&file.path)),
        });
    }
    Ok(done)
}
