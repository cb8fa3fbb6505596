//! `install` and `uninstall`: the gate as a harness's hook, written into the harness's own configuration, and taken out
//! again so that the file is what it was, byte for byte.
//!
//! What was there before is kept beside the gate's state. Nothing is written that the harness would read as "go on" when
//! the gate fails: each hook's time-out is longer than the gate's own deadline, and a hook that fails blocks.

pub mod found;
mod git;
pub mod kept;
pub mod merge;
pub mod plan;

use std::path::Path;
use std::process::ExitCode;

use crate::cli::{Before, InstallArgs, Scope, UninstallArgs};
use crate::exit;
use crate::replace::replace;
use crate::text::visible;
use plan::{Change, Plan};

/// Writes the hook.
pub fn install(args: &InstallArgs) -> ExitCode {
    let done = plans(args.harness, args.scope, args.timeout).and_then(|plans| {
        // All of them are looked at before the first is written.
        let texts = plans.iter().map(merged).collect::<Result<Vec<_>, _>>()?;
        let off = is_off(args)?;
        for (plan, text) in plans.iter().zip(&texts) {
            if args.dry_run {
                println!("{text}");
            } else {
                write(plan, text)?;
                if off.is_some() {
                    continue;
                }
                println!("{} asks the gate before {}: {}", plan.asks, plan.what, plan.path.display());
            }
        }
        Ok((plans, off))
    });
    match done {
        Ok((plans, off)) => {
            for note in plans.iter().flat_map(|plan| &plan.notes) {
                println!("note: {note}");
            }
            let Some(off) = off else { return exit::DONE.into() };
            plans.iter().for_each(|plan| eprintln!("navi-gate: {}", plan.path.display()));
            eprintln!("navi-gate: {}", visible(&off));
            exit::REFUSED.into()
        }
        Err(why) => refuse(&why),
    }
}

/// The hook is written all the same: whoever switches hooks on again has it. But nothing asks the gate now, so it is no success.
fn is_off(args: &InstallArgs) -> Result<Option<String>, String> {
    let Before::Tools(harness) = args.harness else { return Ok(None) };
    let folders = plan::Folders::of(args.scope)?;
    let off = found::switched_off(harness, &folders, args.scope == Scope::Managed);
    if off.is_empty() || args.dry_run {
        return Ok(None);
    }
    let why = off.join("; ");
    Ok(Some(format!("written, and NOT IN EFFECT: {} does not run its hooks: {why}", harness.title())))
}

/// Takes it out.
pub fn uninstall(args: &UninstallArgs) -> ExitCode {
    let done = plans(args.harness, args.scope, None)
        .and_then(|plans| plans.iter().map(undo).collect::<Result<Vec<_>, _>>());
    match done {
        Ok(lines) => {
            for line in lines {
                println!("{line}");
            }
            exit::DONE.into()
        }
        Err(why) => refuse(&why),
    }
}

fn refuse(why: &str) -> ExitCode {
    eprintln!("navi-gate: {}", visible(why));
    exit::REFUSED.into()
}

fn plans(before: Before, scope: Scope, timeout: Option<u64>) -> Result<Vec<Plan>, String> {
    let gate = std::env::current_exe().map_err(|e| format!("the gate does not know where it lies ({e})"))?;
    let patience = match before {
        Before::Tools(harness) => harness.patience(),
        Before::Pushes(_) => 3_540,
    };
    let timeout = timeout.unwrap_or(patience + 60);
    if timeout < 30 {
        return Err("a time-out below 30 seconds leaves people no time to decide".into());
    }
    match before {
        Before::Tools(harness) => {
            let folders = plan::Folders::of(scope)?;
            plan::of(harness, scope, &folders, &gate, timeout).map(|plan| vec![plan])
        }
        Before::Pushes(hook) => git::plans(hook, &gate, timeout),
    }
}

/// The text of the file with the gate in it.
fn merged(plan: &Plan) -> Result<String, String> {
    let before = read(&plan.path)?;
    Ok(match &plan.change {
        Change::Whole(text) => {
            // One of another version, of which nothing is remembered, is the gate's own as well; one that somebody changed
            // is not.
            let strayed = |known: &str| known.contains(plan::WRITTEN) && !kept::is_kept(&plan.path);
            let own = |known: &str| known == text || kept::is_ours(&plan.path, known) || strayed(known);
            if before.as_deref().is_some_and(|known| !own(known)) {
                let path = plan.path.display();
                return Err(format!(
                    "{path} is there and not as the gate wrote it; move it away first, or call the gate from it yourself"
                ));
            }
            text.clone()
        }
        Change::Json(merge) => merge
            .into(before.as_deref().unwrap_or("{}"))
            .map_err(|why| format!("{} {why}", plan.path.display()))?,
    })
}

fn write(plan: &Plan, text: &str) -> Result<(), String> {
    let before = read(&plan.path)?;
    if before.as_deref() == Some(text) {
        return Ok(());
    }
    let others = before.as_deref().and_then(|known| without(plan, known));
    let earlier = kept::keep(&plan.path, before.as_deref(), others.as_deref(), text)?;
    if let Err(why) = put(&plan.path, text, plan.executable) {
        kept::put_back(&plan.path, earlier);
        return Err(why);
    }
    let read_back = read(&plan.path)?;
    if read_back.as_deref() != Some(text) {
        return Err(format!("the configuration of {} does not read back as it was written", plan.asks));
    }
    Ok(())
}

/// What would be there without the gate. An earlier installation is no part of what was before: taken out, nothing may be
/// left that asks a gate.
fn without(plan: &Plan, known: &str) -> Option<String> {
    match &plan.change {
        Change::Whole(_) => None,
        Change::Json(merge) => {
            let others = merge.out_of(known, kept::first(&plan.path).as_deref());
            Some(others.unwrap_or_else(|_| known.to_owned()))
        }
    }
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
            let first = kept::first(&plan.path);
            let without = merge.out_of(&now, first.as_deref()).map_err(|why| format!("{path} {why}"))?;
            if without == now {
                kept::forget(&plan.path);
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
        // Writing there would put a file in the link's place.
        Err(_) if std::fs::read_link(path).is_ok() && !path.exists() => {
            Err(format!("{} is a link to a file that is not there", path.display()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(format!("cannot read {}: {error}", path.display())),
    }
}

fn put(path: &Path, text: &str, executable: bool) -> Result<(), String> {
    let mode = if executable { 0o755 } else { 0o600 };
    replace(path, text.as_bytes(), mode).map_err(|e| format!("cannot write {}: {e}", path.display()))
}
