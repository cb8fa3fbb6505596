//! What a harness's configuration says now: its hooks before tools, read as the harness reads them, and what would switch
//! them off. Judges nothing; that is `doctor`'s.

use std::path::Path;

use navi_facts::shell;
use serde_json::Value;

use super::merge;
use super::plan::{self, Folders};
use crate::cli::Scope;
use crate::hook::harness::Harness;
use crate::text::quoted;

/// One hook before a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct Hook {
    /// The harness's event.
    pub event: String,
    /// Only tools that match; absent: all.
    pub matcher: Option<String>,
    /// How the harness starts it.
    pub way: Way,
    /// The command as a line for the shell, however it is started.
    pub line: String,
    /// After so many seconds the harness goes on without an answer; absent: not known.
    pub timeout_secs: Option<u64>,
    /// Whether the harness itself refuses the tool when the hook fails.
    pub failure_blocks: bool,
}

/// How a hook is started.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// The line, by this shell.
    Shell(&'static str),
    /// A program with its arguments.
    Words(Vec<String>),
}

/// The gate in a hook's line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The program, as it is written.
    pub program: String,
    /// The gate answers within so many seconds.
    pub deadline_secs: u64,
}

impl Hook {
    /// The gate, if this hook asks it for this harness.
    #[must_use]
    pub fn gate(&self, harness: Harness) -> Option<Gate> {
        let script = shell::parse(&self.line);
        let asks = script.invocations.iter().find(|run| {
            let mut words = run.words.iter().map(|word| word.text.as_str());
            run.program == "navi-gate"
                && words.next() == Some("hook")
                && words.next() == Some(harness.name().as_str())
        })?;
        let mut words = asks.words.iter().map(|word| word.text.as_str());
        let deadline = words.find(|word| *word == "--deadline").and_then(|_| words.next()?.parse().ok());
        Some(Gate {
            program: asks.spoken.text.clone(),
            deadline_secs: deadline.unwrap_or_else(|| harness.patience()),
        })
    }

    /// The same hook with another program in the gate's place.
    #[must_use]
    pub fn with_program(&self, gate: &Gate, program: &str) -> Option<Self> {
        let written = [quoted(&gate.program), gate.program.clone()];
        let written = written.iter().find(|text| self.line.contains(text.as_str()))?;
        let line = self.line.replacen(written.as_str(), &quoted(program), 1);
        let way = match self.way {
            Way::Shell(shell) => Way::Shell(shell),
            _ => Way::Shell("sh"),
        };
        Some(Self { way, line, ..self.clone() })
    }
}

/// The hooks before tools in a configuration; `None`: there is no file.
///
/// # Errors
/// In words: the harness does not understand it, and goes on as if it had no hooks.
pub fn hooks(harness: Harness, scope: Scope, path: &Path) -> Result<Option<Vec<Hook>>, String> {
    let Some(text) = super::read(path)? else { return Ok(None) };
    let read = match (harness, scope) {
        (Harness::Cline, _) => Ok(vec![cline(path, &text)]),
        (Harness::Opencode, _) => opencode(&text).map(|hook| vec![hook]),
        (Harness::Codex, Scope::Managed) => toml::from_str::<Value>(&text)
            .map_err(|e| format!("is no TOML ({})", e.message()))
            .and_then(|whole| listed(harness, &whole)),
        _ => merge::read(harness, &text).and_then(|whole| listed(harness, &whole)),
    };
    read.map(Some).map_err(|why| format!("{} {why}", path.display()))
}

/// The hooks in the lists of the harness's events.
fn listed(harness: Harness, whole: &Value) -> Result<Vec<Hook>, String> {
    let shape = || "has hooks of a shape that is not known".to_owned();
    let mut found = Vec::new();
    for event in harness.events() {
        let Some(list) = whole.pointer(&format!("/hooks/{event}")) else { continue };
        for entry in list.as_array().ok_or_else(shape)? {
            let matcher = entry.get("matcher").and_then(Value::as_str).map(str::to_owned);
            let inner = match entry.get("hooks") {
                Some(inner) => inner.as_array().ok_or_else(shape)?.as_slice(),
                None => std::slice::from_ref(entry),
            };
            for said in inner {
                if let Some(mut hook) = one(harness, event, said)? {
                    hook.matcher.clone_from(&matcher);
                    found.push(hook);
                }
            }
        }
    }
    Ok(found)
}

/// One entry; `None`: it is of a kind that starts no program.
fn one(harness: Harness, event: &str, said: &Value) -> Result<Option<Hook>, String> {
    let (name, shell) = match harness {
        Harness::Copilot => ("bash", "bash"),
        Harness::Gemini => ("command", "bash"),
        _ => ("command", "sh"),
    };
    let Some(line) = said.get(name).and_then(Value::as_str) else { return Ok(None) };
    let (timeout, unit, default) = match harness {
        Harness::Gemini => ("timeout", 1_000, Some(60)),
        Harness::Copilot => ("timeoutSec", 1, Some(30)),
        Harness::ClaudeCode | Harness::Codex => ("timeout", 1, Some(600)),
        _ => ("timeout", 1, None),
    };
    let timeout_secs = match said.get(timeout) {
        None => default,
        Some(value) => {
            let number = value.as_f64().filter(|n| *n > 0.0);
            let number =
                number.ok_or_else(|| format!("has a time-out that is no number of time: {value}"))?;
            Some((number / f64::from(unit)) as u64)
        }
    };
    let failure_blocks = match harness {
        Harness::ClaudeCode => match said.get("onFailure").map(Value::as_str) {
            None => false,
            Some(Some("block")) => true,
            Some(Some("allow" | "continue")) => false,
            Some(_) => return Err("has an onFailure that is not known".into()),
        },
        Harness::Cursor => said.get("failClosed") == Some(&Value::Bool(true)),
        _ => false,
    };
    Ok(Some(Hook {
        event: event.to_owned(),
        matcher: None,
        way: Way::Shell(shell),
        line: line.to_owned(),
        timeout_secs,
        failure_blocks,
    }))
}

fn cline(path: &Path, text: &str) -> Hook {
    // Of a script that is somebody else's no gate is known; it is run as the program that it is.
    let whole = quoted(&path.to_string_lossy());
    let line = text.strip_prefix(plan::CLINE).map_or(whole, |line| line.trim_end().to_owned());
    Hook {
        event: "PreToolUse".into(),
        matcher: None,
        way: Way::Words(vec![path.display().to_string()]),
        line,
        timeout_secs: None,
        failure_blocks: false,
    }
}

/// The plugin that `install` wrote, with its program and deadline; one that was changed since is not guessed at.
fn opencode(text: &str) -> Result<Hook, String> {
    let changed = || "is not the plugin that `navi-gate install opencode` writes".to_owned();
    let value = |name: &str| {
        let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
        serde_json::Deserializer::from_str(rest).into_iter::<Value>().next()?.ok()
    };
    let gate = value("const GATE = ").and_then(|v| v.as_str().map(str::to_owned)).ok_or_else(changed)?;
    let args: Vec<String> =
        value("const ARGS = ").and_then(|v| serde_json::from_value(v).ok()).ok_or_else(changed)?;
    let deadline = args.last().and_then(|d| d.parse().ok()).ok_or_else(changed)?;
    if plan::plugin(Path::new(&gate), deadline) != text {
        return Err(changed());
    }
    let words: Vec<String> = std::iter::once(gate).chain(args).collect();
    Ok(Hook {
        event: "tool.execute.before".into(),
        matcher: None,
        line: words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
        way: Way::Words(words),
        timeout_secs: None,
        failure_blocks: true,
    })
}

/// What switches a harness's hooks off, in words. The gate of a managed configuration cannot be switched off by `user` or
/// project files, except for Gemini CLI's.
#[must_use]
pub fn switched_off(harness: Harness, folders: &Folders, managed: bool) -> Vec<String> {
    let mut found = Vec::new();
    let mut look = |path: std::path::PathBuf, is_off: &dyn Fn(&str) -> Option<&'static str>| {
        if let Ok(Some(text)) = super::read(&path)
            && let Some(what) = is_off(&text)
        {
            found.push(format!("{} says {what}", path.display()));
        }
    };
    let json = merge::read_widely;
    match harness {
        Harness::ClaudeCode if !managed => {
            let all = |text: &str| {
                (json(text).get("disableAllHooks") == Some(&Value::Bool(true))).then_some("disableAllHooks")
            };
            let only = |text: &str| {
                let is = json(text).get("allowManagedHooksOnly") == Some(&Value::Bool(true));
                is.then_some("allowManagedHooksOnly, and has no hook of the gate").or_else(|| all(text))
            };
            look(folders.home.join(".claude/settings.json"), &all);
            look(folders.project.join(".claude/settings.json"), &all);
            look(folders.project.join(".claude/settings.local.json"), &all);
            look("/etc/claude-code/managed-settings.json".into(), &only);
        }
        Harness::Gemini => {
            let off = |text: &str| {
                let whole = json(text);
                let named = whole.pointer("/hooksConfig/disabled").and_then(Value::as_array);
                let is_named = named.is_some_and(|names| names.iter().any(|name| name == "navi"));
                let is_off = whole.pointer("/hooksConfig/enabled") == Some(&Value::Bool(false));
                match (is_off, is_named) {
                    (true, _) => Some("hooksConfig.enabled: false"),
                    (_, true) => Some("hooksConfig.disabled: [\"navi\"]"),
                    _ => None,
                }
            };
            look(folders.home.join(".gemini/settings.json"), &off);
            look(folders.project.join(".gemini/settings.json"), &off);
        }
        Harness::Codex if !managed => {
            let off = |text: &str| {
                let whole: Value = toml::from_str(text).unwrap_or_default();
                (whole.pointer("/features/hooks") == Some(&Value::Bool(false))).then_some("hooks = false")
            };
            look(folders.home.join(".codex/config.toml"), &off);
        }
        Harness::Copilot if !managed => {
            let off = |text: &str| {
                (json(text).get("disableAllHooks") == Some(&Value::Bool(true))).then_some("disableAllHooks")
            };
            look(folders.home.join(".copilot/hooks/navi.json"), &off);
            look(folders.home.join(".copilot/config.json"), &off);
        }
        _ => {}
    }
    found
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum as _;

    use super::*;
    use crate::install::plan::Change;

    /// Every harness and scope, as `install` writes it.
    fn written() -> Vec<(Harness, Scope, String)> {
        let folders = Folders { home: "/h".into(), project: "/p".into() };
        let gate = Path::new("/opt/my tools/navi-gate");
        let mut all = Vec::new();
        for harness in Harness::value_variants() {
            for scope in [Scope::User, Scope::Project, Scope::Managed] {
                let Ok(plan) = plan::of(*harness, scope, &folders, gate, 900) else { continue };
                let text = match plan.change {
                    Change::Whole(text) => text,
                    Change::Json(entries) => merge::Merge::into(&entries, "{}").unwrap(),
                };
                all.push((*harness, scope, text));
            }
        }
        all
    }

    fn read(harness: Harness, scope: Scope, text: &str) -> Result<Option<Vec<Hook>>, String> {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        hooks(harness, scope, file.path())
    }

    #[test]
    fn what_install_writes_is_read_back_for_every_harness() {
        let all = written();
        assert!(all.len() > 15, "{}", all.len());
        for (harness, scope, text) in all {
            let hooks = read(harness, scope, &text).unwrap().unwrap();
            let events: Vec<_> = hooks.iter().map(|hook| hook.event.as_str()).collect();
            assert_eq!(events, harness.events(), "{harness:?} {scope:?}");
            for hook in hooks {
                let gate = hook.gate(harness).unwrap();
                assert_eq!(gate.program, "/opt/my tools/navi-gate", "{harness:?} {scope:?}");
                assert_eq!(gate.deadline_secs, 840, "{harness:?} {scope:?}");
                assert!(hook.timeout_secs.is_none_or(|secs| secs == 900), "{harness:?} {scope:?}: {hook:?}");
                let other = hook.with_program(&gate, "/nowhere/navi-gate").unwrap();
                assert_eq!(
                    other.gate(harness).unwrap().program,
                    "/nowhere/navi-gate",
                    "{harness:?} {scope:?}"
                );
            }
        }
    }

    #[test]
    fn a_hook_that_is_not_the_gate_is_not_taken_for_it() {
        let cases =
            ["true", "echo navi-gate hook claude-code", "navi-gate hook codex", "navi-gate doctor", ""];
        for line in cases {
            let text = serde_json::json!({"hooks": {"PreToolUse": [{"hooks": [{"type": "command", "command": line}]}]}});
            let hooks = read(Harness::ClaudeCode, Scope::User, &text.to_string()).unwrap().unwrap();
            assert_eq!(hooks.len(), 1);
            assert_eq!(hooks[0].gate(Harness::ClaudeCode), None, "{line}");
        }
    }

    #[test]
    fn what_the_harness_would_ignore_is_an_error() {
        let hook = |more: &str| {
            format!(
                "{{\"hooks\": {{\"PreToolUse\": [{{\"hooks\": [{{\"type\": \"command\", \"command\": \"x\"{more}}}]}}]}}}}"
            )
        };
        assert!(read(Harness::ClaudeCode, Scope::User, &hook("")).is_ok());
        for wrong in [
            hook(", \"timeout\": \"600\""),
            hook(", \"onFailure\": \"stop\""),
            hook(","),
            "{\"a\": 1,}".into(),
        ] {
            assert!(read(Harness::ClaudeCode, Scope::User, &wrong).is_err(), "{wrong}");
        }
        let changed = plan::plugin(Path::new("/g/navi-gate"), 60).replace("!== true", "=== 7");
        assert!(read(Harness::Opencode, Scope::User, &changed).is_err());
    }
}
