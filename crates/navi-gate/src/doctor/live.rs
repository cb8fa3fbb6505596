//! `doctor --live`: the real client, headless in a throw-away folder, with the person's hook configuration and a model on
//! loopback that calls the canary. What the client then did is on the disk, and what it was told is at the model.

mod client;
mod model;
mod words;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

use super::Patient;
use super::canary;
use super::finding::{Finding, State};
use crate::cli::Scope;
use crate::hook::harness::Harness;
use model::{Heard, Model};

/// Longest that a client is waited for.
const PATIENCE: Duration = Duration::from_secs(120);

/// The harness's program, if it is on `PATH`.
pub fn program(harness: Harness) -> Option<PathBuf> {
    let name = match harness {
        Harness::ClaudeCode => "claude",
        Harness::Codex => "codex",
        Harness::Gemini => "gemini",
        Harness::Copilot => "copilot",
        Harness::Cursor => "cursor-agent",
        Harness::Cline => "cline",
        Harness::Opencode => "opencode",
    };
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file())
}

/// Drives the client to the canary and looks what became of it.
pub async fn drive(patient: &Patient<'_>) -> Finding {
    let harness = patient.harness;
    let undone = |why: String| {
        let state = if patient.named { State::Wrong } else { State::Note };
        patient.says("live", state, format!("not driven: {why}"))
    };
    if matches!(harness, Harness::Cursor | Harness::Cline) {
        return undone("there is no way to point this client to a model on loopback".into());
    }
    let Some(program) = program(harness) else {
        return undone(format!("{} is not on PATH", harness.title()));
    };
    let set = async {
        let folder = tempfile::Builder::new().prefix("navi-doctor-").tempdir()?;
        let model = Model::start(words::call(harness, canary::COMMAND)).await?;
        let command = client::command(patient, &program, folder.path(), &model.url)?;
        Ok::<_, std::io::Error>((folder, model, command))
    };
    let (folder, model, command) = match set.await {
        Ok(set) => set,
        Err(error) => return undone(error.to_string()),
    };
    let said = ended(command).await;
    let found = judge(patient, &folder.path().join(client::PROJECT), &model.heard(), &said);
    model.stop();
    found
}

/// Runs the client to its end; the last thing it wrote.
async fn ended(mut command: Command) -> String {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    let child = match command.spawn() {
        Ok(child) => child,
        Err(error) => return format!("it could not be started ({error})"),
    };
    let group = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    let out = tokio::time::timeout(PATIENCE, child.wait_with_output()).await;
    if let Some(group) = group {
        // What it left behind is part of it.
        let _ = kill_process_group(group, Signal::KILL);
    }
    match out {
        Ok(Ok(out)) => {
            let last = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                text.lines().rfind(|line| !line.trim().is_empty()).map(str::to_owned)
            };
            last(&out.stderr).or_else(|| last(&out.stdout)).unwrap_or_default()
        }
        Ok(Err(error)) => error.to_string(),
        Err(_) => format!("it did not end within {} s", PATIENCE.as_secs()),
    }
}

fn judge(patient: &Patient<'_>, project: &Path, heard: &Heard, said: &str) -> Finding {
    let title = patient.harness.title();
    if canary::ran_in(project) {
        let found = format!("{title} carried the canary out: its hook does not stand before its tools");
        let advice = match patient.harness {
            Harness::Codex => {
                "start codex and trust the hook under /hooks, or install with --scope managed".into()
            }
            _ => patient.install(Scope::User),
        };
        return patient.says("live", State::Open, found).so(advice);
    }
    if !heard.called {
        let found = format!("{title} asked the model for nothing: {}", canary::shown(said));
        return patient.says("live", State::Wrong, found);
    }
    let told = |text: &str| heard.told.iter().any(|told| told.contains(text));
    if told(crate::told::BY_POLICY) {
        return patient.says(
            "live",
            State::Good,
            format!("{title} called the canary and was refused by the policy"),
        );
    }
    if told("[navi]") {
        let found = format!("{title} called the canary and was refused, but not by the policy");
        return patient.says("live", State::Note, found);
    }
    let last = heard.told.last().map_or(said, String::as_str);
    let found = format!("the canary did not run, but not because of the gate: {}", canary::shown(last));
    patient.says("live", State::Wrong, found)
}
