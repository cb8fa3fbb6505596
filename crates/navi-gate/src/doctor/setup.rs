//! What a configuration says, held against what it must say: all tools, a time-out above the gate's own, this gate, and a
//! failure that blocks.

use std::path::{Path, PathBuf};

use super::canary::{self, Canary, Outcome};
use super::finding::{Finding, State};
use super::{Configured, Patient};
use crate::cli::Scope;
use crate::governed::checks;
use crate::hook::harness::Harness;
use crate::install::found::{Gate, Hook};

/// The scope in a word, as `install` takes it.
pub fn word(scope: Scope) -> &'static str {
    match scope {
        Scope::User => "user",
        Scope::Project => "project",
        Scope::Managed => "managed",
    }
}

impl Patient<'_> {
    /// The file as a whole.
    pub(super) fn look(&self, one: &Configured) -> Vec<Finding> {
        let has =
            |event: &&&str| one.hooks.iter().any(|(hook, gate)| gate.is_some() && hook.event == **event);
        let (there, missing): (Vec<&str>, Vec<&str>) = self.harness.events().iter().partition(|e| has(e));
        if there.is_empty() {
            return Vec::new();
        }
        let path = format!("{} ({})", one.path.display(), word(one.scope));
        let mut findings = vec![self.says("configuration", State::Good, path)];
        if !missing.is_empty() {
            let found = format!("nothing asks before {}", missing.join(", "));
            findings.push(self.says("configuration", State::Open, found).so(self.install(one.scope)));
        }
        if self.harness == Harness::Codex && one.scope != Scope::Managed && !self.is_trusted(&one.path) {
            let found = "not trusted yet, as far as its configuration tells: Codex runs no hook that was not";
            let found = self.says("configuration", State::Note, found);
            findings.push(found.so("start codex and trust the hook under /hooks; doctor codex --live tells"));
        }
        findings
    }

    /// Codex notes hooks that a person trusted under their file's name.
    fn is_trusted(&self, path: &Path) -> bool {
        let config =
            std::fs::read_to_string(self.folders.home.join(".codex/config.toml")).unwrap_or_default();
        let whole: serde_json::Value = toml::from_str(&config).unwrap_or_default();
        let states = whole.pointer("/hooks/state").and_then(serde_json::Value::as_object);
        let of = format!("{}:pre_tool_use:", path.display());
        states.is_some_and(|states| states.keys().any(|key| key.starts_with(&of)))
    }

    /// One hook.
    pub(super) async fn look_at(
        &self,
        hook: &Hook,
        gate: &Gate,
        scope: Scope,
        canary: &Canary,
    ) -> Vec<Finding> {
        let mut findings = vec![self.time_out(hook, gate, scope), self.program(gate, scope)];
        let narrow = hook.matcher.as_deref().filter(|m| !matches!(*m, "" | "*" | ".*"));
        if let Some(matcher) = narrow {
            let found = format!("only tools that match {matcher:?} are asked about");
            findings.push(self.says("tools", State::Wrong, found).so(self.install(scope)));
        }
        findings.push(self.failure(hook, gate, scope, canary).await);
        findings
    }

    fn time_out(&self, hook: &Hook, gate: &Gate, scope: Scope) -> Finding {
        let own = gate.deadline_secs;
        match hook.timeout_secs {
            None => self.says("time-out", State::Good, format!("the gate answers within {own} s")),
            Some(secs) if secs > own => {
                let found = format!("{secs} s; the gate answers within {own} s");
                self.says("time-out", State::Good, found)
            }
            Some(secs) => {
                let then = if hook.failure_blocks { "refuses then" } else { "runs the tool then" };
                let found = format!(
                    "{secs} s, and the gate may take {own} s: {} {then} without its answer",
                    self.harness.title()
                );
                self.says("time-out", State::Wrong, found).so(self.install(scope))
            }
        }
    }

    fn program(&self, gate: &Gate, scope: Scope) -> Finding {
        let path = match resolved(&gate.program) {
            Ok(path) => path,
            Err(why) => {
                let found = format!("{} {why}", gate.program);
                return self.says("program", State::Wrong, found).so(self.install(scope));
            }
        };
        let own = std::env::current_exe().and_then(std::fs::canonicalize);
        let same = own.as_ref().is_ok_and(|own| *own == path || same_bytes(own, &path));
        if same {
            return self.says("program", State::Good, path.display().to_string());
        }
        let own = own.map(|own| own.display().to_string()).unwrap_or_default();
        let found = format!("{} is another gate than this one ({own})", path.display());
        self.says("program", State::Wrong, found).so(self.install(scope))
    }

    /// A gate that is gone or dies must not let the tool run. The very hook is run, with a program in the gate's place that
    /// does not exist.
    async fn failure(&self, hook: &Hook, gate: &Gate, scope: Scope, canary: &Canary) -> Finding {
        let good = |found: &str| self.says("failure", State::Good, found);
        if hook.failure_blocks {
            return good("a hook that fails blocks: the harness is told so");
        }
        let Some(broken) = hook.with_program(gate, "/nonexistent/navi-gate") else {
            return self.says("failure", State::Note, "not tried: the command's form is not known");
        };
        match canary.run(&broken, None).await {
            Outcome::Refused(_) => good("a gate that is gone blocks: the hook says so itself"),
            other => {
                let found = format!("a gate that is gone lets the tool run: the hook {}", other.words());
                self.says("failure", State::Wrong, canary::shown(&found)).so(self.install(scope))
            }
        }
    }
}

/// Where a program lies, if it can be started.
fn resolved(program: &str) -> Result<PathBuf, &'static str> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    checks::startable(program, Path::new("/"), Some(&path)).map_err(|why| why.words())?;
    let place = match program.contains('/') {
        true => PathBuf::from(program),
        false => {
            std::env::split_paths(&path).map(|f| f.join(program)).find(|f| f.is_file()).unwrap_or_default()
        }
    };
    std::fs::canonicalize(place).map_err(|_| "is not found")
}

fn same_bytes(a: &Path, b: &Path) -> bool {
    let length = |path: &Path| std::fs::metadata(path).map(|m| m.len()).ok();
    length(a) == length(b) && std::fs::read(a).ok().is_some_and(|bytes| std::fs::read(b).ok() == Some(bytes))
}
