//! `install` and `uninstall`: the gate as a harness's hook, written into the harness's own configuration, and taken out
//! again so that the file is what it was, byte for byte.
//!
//! What was there before is kept beside the gate's state. Nothing is written that the harness would read as "go on" when
//! the gate fails: each hook's time-out is longer than the gate's own deadline, and a hook that fails blocks.

mod kept;
mod plan;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use crate::cli::{InstallArgs, Scope, UninstallArgs};
use crate::exit;
use crate::hook::harness::Harness;
use crate::text::visible;
use plan::{Change, Plan};

/// Writes the hook.
pub fn install(args: &InstallArgs) -> ExitCode {
    let done = plan(args.harness, args.scope, args.timeout).and_then(|plan| {
        let (path, written) = write(args.harness, &plan, args.dry_run)?;
        Ok((plan, path, written))
    });
    match done {
        Ok((plan, path, written)) => {
            if args.dry_run {
                println!("{written}");
            } else {
                println!("{} asks the gate before each tool: {}", args.harness.title(), path.display());
            }
            for note in &plan.notes {
                println!("note: {note}");
            }
            exit::DONE.into()
        }
        Err(why) => refuse(&why),
    }
}

/// Takes it out.
pub fn uninstall(args: &UninstallArgs) -> ExitCode {
    let done = plan(args.harness, args.scope, None).and_then(|plan| undo(&plan));
    match done {
        Ok(line) => {
            println!("{line}");
            exit::DONE.into()
        }
        Err(why) => refuse(&why),
    }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("navi-gate: nothing was changed: {}", visible(why));
    exit::REFUSED.into()
}

fn plan(harness: Harness, scope: Scope, timeout: Option<u64>) -> Result<Plan, String> {
    let gate = std::env::current_exe().map_err(|e| format!("the gate does not know where it lies ({e})"))?;
    let timeout = timeout.unwrap_or_else(|| harness.patience() + 60);
    if timeout < 30 {
        return Err("a time-out below 30 seconds leaves people no time to decide".into());
    }
    let folders = plan::Folders::of(scope)?;
    plan::of(harness, scope, &folders, &gate, timeout)
}

fn write(harness: Harness, plan: &Plan, dry_run: bool) -> Result<(PathBuf, String), String> {
    let before = read(&plan.path)?;
    let text = match &plan.change {
        Change::Whole(text) => {
            let others = before.as_deref().is_some_and(|known| !known.contains(plan::MARK));
            if others {
                let path = plan.path.display();
                return Err(format!("{path} is there and not from the gate; move it away first"));
            }
            text.clone()
        }
        Change::Json(merge) => merge
            .into(before.as_deref().unwrap_or("{}"))
            .map_err(|why| format!("{} {why}", plan.path.display()))?,
    };
    if dry_run {
        return Ok((plan.path.clone(), text));
    }
    if before.as_deref() == Some(text.as_str()) {
        return Ok((plan.path.clone(), text));
    }
    kept::keep(&plan.path, before.as_deref(), &text)?;
    put(&plan.path, &text, plan.executable)?;
    let told = format!("the configuration of {}", harness.title());
    let read_back = read(&plan.path)?;
    if read_back.as_deref() != Some(text.as_str()) {
        return Err(format!("{told} does not read back as it was written"));
    }
    Ok((plan.path.clone(), text))
}

fn undo(plan: &Plan) -> Result<String, String> {
    let path = plan.path.display();
    let Some(now) = read(&plan.path)? else {
        kept::forget(&plan.path);
        return Ok(format!("{path} is not there; nothing was changed."));
    };
    match kept::before(&plan.path, &now)? {
        kept::Before::Text(text) => {
            put(&plan.path, &text, plan.executable)?;
            kept::forget(&plan.path);
            Ok(format!("{path} is what it was before, byte for byte."))
        }
        kept::Before::Nothing => {
            std::fs::remove_file(&plan.path).map_err(|e| format!("cannot remove {path}: {e}"))?;
            kept::forget(&plan.path);
            Ok(format!("{path} was made by the gate and is gone."))
        }
        kept::Before::ChangedSince => {
            let Change::Json(merge) = &plan.change else {
                return Err(format!("{path} was changed since; look at it and remove it yourself"));
            };
            let without = merge.out_of(&now).map_err(|why| format!("{path} {why}"))?;
            if without == now {
                return Ok(format!("{path} holds nothing of the gate; nothing was changed."));
            }
            put(&plan.path, &without, plan.executable)?;
            kept::forget(&plan.path);
            Ok(format!("{path} was changed since: the gate's entries are gone, the rest stays."))
        }
    }
}

fn read(path: &Path) -> Result<Option<String>, String> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

/// Whole or not at all: beside it, then renamed.
fn put(path: &Path, text: &str, executable: bool) -> Result<(), String> {
    use std::os::unix::fs::PermissionsExt as _;
    let failed = |e: std::io::Error| format!("cannot write {}: {e}", path.display());
    // A link to the real file is followed, so that dotfiles kept elsewhere stay linked.
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let folder = target.parent().ok_or("the configuration has no folder")?;
    std::fs::create_dir_all(folder).map_err(failed)?;
    let mode = std::fs::metadata(&target).ok().map(|known| known.permissions());
    let mut beside = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    std::io::Write::write_all(&mut beside, text.as_bytes()).map_err(failed)?;
    let mode = match mode {
        Some(mode) => mode,
        None => std::fs::Permissions::from_mode(if executable { 0o755 } else { 0o600 }),
    };
    beside.as_file().set_permissions(mode).map_err(failed)?;
    beside.as_file().sync_all().map_err(failed)?;
    beside.persist(&target).map_err(|e| failed(e.error))?;
    Ok(())
}
