//! How each client is started for a check: nothing of the person's is written to where that can be helped, no credential
//! of theirs is used, and the model is the one on loopback.

use std::path::Path;

use serde_json::json;
use tokio::process::Command;

use crate::doctor::Patient;
use crate::hook::harness::Harness;
use crate::install::merge;

/// The folder in which the client works, below the throw-away folder.
pub const PROJECT: &str = "project";
/// No service takes it.
const NO_KEY: &str = "no-key-is-needed";
const TASK: &str = "Carry out the call that you are given.";

/// The command of a client.
///
/// # Errors
/// When the throw-away folder cannot be written.
pub fn command(patient: &Patient<'_>, program: &Path, folder: &Path, url: &str) -> std::io::Result<Command> {
    let project = folder.join(PROJECT);
    std::fs::create_dir_all(&project)?;
    let mut command = Command::new(program);
    command.current_dir(&project);
    match patient.harness {
        Harness::ClaudeCode => claude(patient, folder, url, &mut command)?,
        Harness::Codex => codex(url, &mut command),
        Harness::Gemini => gemini(patient, folder, url, &mut command)?,
        Harness::Copilot => copilot(url, &mut command),
        Harness::Opencode => opencode(url, &mut command),
        Harness::Cursor | Harness::Cline => {}
    }
    let shared: &[&str] = match patient.harness {
        Harness::ClaudeCode => &[".claude/settings.json", ".claude/settings.local.json"],
        Harness::Codex => &[".codex/hooks.json"],
        Harness::Gemini => &[".gemini/settings.json"],
        Harness::Copilot => &[".github/hooks/navi.json"],
        Harness::Opencode => &[".opencode/plugin/navi.js"],
        Harness::Cursor | Harness::Cline => &[],
    };
    // What is at home is read there.
    for file in shared.iter().filter(|_| patient.folders.project != patient.folders.home) {
        copy(&patient.folders.project.join(file), &project.join(file))?;
    }
    Ok(command)
}

/// A file, if it is there.
fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    if from.is_file() {
        std::fs::create_dir_all(to.parent().unwrap_or(to))?;
        std::fs::copy(from, to)?;
    }
    Ok(())
}

/// Its settings in a folder of their own, byte for byte; where they name another model or key, the command line wins.
fn claude(patient: &Patient<'_>, folder: &Path, url: &str, command: &mut Command) -> std::io::Result<()> {
    let config = folder.join("claude");
    std::fs::create_dir_all(&config)?;
    let own = std::env::var_os("CLAUDE_CONFIG_DIR").map(std::path::PathBuf::from);
    let own = own.unwrap_or_else(|| patient.folders.home.join(".claude"));
    copy(&own.join("settings.json"), &config.join("settings.json"))?;
    let environment = json!({
        "ANTHROPIC_BASE_URL": url, "ANTHROPIC_API_KEY": NO_KEY, "ANTHROPIC_AUTH_TOKEN": "",
        "CLAUDE_CODE_USE_BEDROCK": "", "CLAUDE_CODE_USE_VERTEX": "",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1", "DISABLE_AUTOUPDATER": "1", "DISABLE_TELEMETRY": "1",
    });
    command.args(["-p", TASK, "--output-format", "json", "--allowedTools", "Bash", "--settings"]);
    command.arg(json!({ "env": environment }).to_string());
    for (name, value) in environment.as_object().into_iter().flatten() {
        match value.as_str().unwrap_or_default() {
            "" => command.env_remove(name),
            value => command.env(name, value),
        };
    }
    command.env("CLAUDE_CONFIG_DIR", config);
    Ok(())
}

/// At home: it knows the hooks that a person trusted by the place of their file.
fn codex(url: &str, command: &mut Command) {
    let provider = format!(
        "model_providers.navi-doctor={{name=\"navi-doctor\",base_url=\"{url}/v1\",wire_api=\"responses\",env_key=\"NAVI_DOCTOR_KEY\"}}"
    );
    command.args(["exec", "--skip-git-repo-check"]);
    let settings = [
        "model=\"fake\"",
        "model_provider=\"navi-doctor\"",
        "approval_policy=\"never\"",
        "sandbox_mode=\"danger-full-access\"",
        &provider,
    ];
    for setting in settings {
        command.args(["-c", setting]);
    }
    command.arg(TASK).env("NAVI_DOCTOR_KEY", NO_KEY);
}

/// In a home of its own: the login that its settings name would be the person's.
fn gemini(patient: &Patient<'_>, folder: &Path, url: &str, command: &mut Command) -> std::io::Result<()> {
    let home = folder.join("home");
    std::fs::create_dir_all(home.join(".gemini"))?;
    let own = std::fs::read_to_string(patient.folders.home.join(".gemini/settings.json")).unwrap_or_default();
    // Settings that the client does not understand are none to it either.
    let mut settings = merge::read(Harness::Gemini, &own).unwrap_or_else(|_| json!({}));
    if let Some(fields) = settings.as_object_mut() {
        fields.insert("security".into(), json!({"auth": {"selectedType": "gemini-api-key"}}));
        fields.insert("general".into(), json!({"disableAutoUpdate": true}));
        fields.insert("privacy".into(), json!({"usageStatisticsEnabled": false}));
        fields.remove("mcpServers");
    }
    std::fs::write(home.join(".gemini/settings.json"), settings.to_string())?;
    command.args(["--skip-trust", "--yolo", "-m", "gemini-2.5-flash", "-p", TASK]);
    command.env("HOME", &home).env("GEMINI_API_KEY", NO_KEY).env("GOOGLE_GEMINI_BASE_URL", url);
    // The gate stays this person's.
    for (name, below) in [("XDG_CONFIG_HOME", ".config"), ("XDG_STATE_HOME", ".local/state")] {
        if let Some(folder) = crate::config::base(name, below) {
            command.env(name, folder);
        }
    }
    Ok(())
}

fn copilot(url: &str, command: &mut Command) {
    command.args(["-p", TASK, "--allow-all-tools"]);
    command.env("COPILOT_PROVIDER_BASE_URL", format!("{url}/v1")).env("COPILOT_MODEL", "fake");
    command.env("COPILOT_PROVIDER_API_KEY", NO_KEY).env("COPILOT_OFFLINE", "true");
}

fn opencode(url: &str, command: &mut Command) {
    let provider = json!({
        "npm": "@ai-sdk/openai-compatible", "name": "navi-doctor",
        "options": { "baseURL": format!("{url}/v1"), "apiKey": NO_KEY },
        "models": { "fake": { "name": "fake", "tool_call": true } },
    });
    let config = json!({
        "model": "navi-doctor/fake", "provider": { "navi-doctor": provider }, "autoupdate": false, "share": "disabled",
    });
    command.args(["run", TASK]).env("OPENCODE_CONFIG_CONTENT", config.to_string());
}
