//! `doctor`: is the gate set up, does the server know it, and is a blocked action really blocked?
//!
//! The last is shown and not concluded: the hook that a harness's configuration names is run as the harness runs it, with a
//! call that the shipped guardrails block whatever the policy (the canary); with `--live` the harness itself is driven.

mod canary;
mod finding;
mod live;
mod setup;

use std::process::ExitCode;

use clap::ValueEnum as _;
use serde_json::json;

use crate::cli::{DoctorArgs, Scope};
use crate::config::Config;
use crate::exit;
use crate::hook::harness::Harness;
use crate::install::found::{self, Gate, Hook};
use crate::install::plan::{self, Folders};
use canary::Canary;
use finding::{Finding, State};

/// Checks and tells.
pub async fn doctor(args: &DoctorArgs) -> ExitCode {
    let (mut findings, answers) = server().await;
    match Folders::of(Scope::User) {
        Ok(folders) => {
            let asked = args.harness.as_ref().map_or(Harness::value_variants(), std::slice::from_ref);
            for harness in asked {
                let patient = Patient { harness: *harness, folders: &folders, named: args.harness.is_some() };
                findings.extend(patient.examine(answers, args.live).await);
            }
        }
        Err(why) => findings.push(Finding::new("set-up", "home", State::Wrong, why)),
    }
    let worst = findings.iter().map(|f| f.state).max().unwrap_or(State::Good);
    let code = match worst {
        State::Good | State::Note => exit::DONE,
        State::Wrong => exit::REFUSED,
        State::Open => exit::UNGUARDED,
    };
    if args.json {
        println!("{}", json!({"exit_code": code.0, "findings": findings}));
    } else {
        finding::print(&findings);
    }
    code.into()
}

/// The server and the credential; whether it answers.
async fn server() -> (Vec<Finding>, bool) {
    let mut findings = Vec::new();
    let asked = async {
        let config = Config::load()?;
        findings.push(Finding::new("gate", "server", State::Good, config.url()?));
        let session = config.client()?.session().await?;
        let agent = session.agent.map(|a| format!(" as agent {a}")).unwrap_or_default();
        let who = format!("{} for {}{agent} in {}", session.role, session.user, session.org);
        findings.push(Finding::new("gate", "credential", State::Good, who));
        findings.push(Finding::new("gate", "ledger key", State::Good, session.ledger_vkey));
        Ok::<_, navi_client::ClientError>(())
    };
    let answered = asked.await;
    let answers = answered.is_ok();
    if let Err(error) = answered {
        let found = Finding::new("gate", "answer", State::Wrong, crate::text::one_line(&error));
        findings.push(found.so("start the server, or set NAVI_URL and NAVI_TOKEN as the agent has them"));
    }
    (findings, answers)
}

/// A harness that is looked at.
pub struct Patient<'a> {
    /// Which.
    pub harness: Harness,
    /// Where its configuration lies.
    pub folders: &'a Folders,
    /// Asked for by name, so that it must have the gate.
    pub named: bool,
}

/// One configuration that is there.
struct Configured {
    scope: Scope,
    path: std::path::PathBuf,
    hooks: Vec<(Hook, Option<Gate>)>,
}

impl Patient<'_> {
    fn says(&self, check: &'static str, state: State, found: impl Into<String>) -> Finding {
        Finding::new(self.harness.title(), check, state, found)
    }

    fn install(&self, scope: Scope) -> String {
        let scope =
            if scope == Scope::User { String::new() } else { format!(" --scope {}", setup::word(scope)) };
        format!("navi-gate install {}{scope}", self.harness.name())
    }

    async fn examine(&self, answers: bool, live: bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        let (configured, expected) = self.configurations(&mut findings);
        let guarded = configured.iter().any(|c| c.hooks.iter().any(|(_, gate)| gate.is_some()));
        if !guarded && !expected {
            return self.stranger();
        }
        let canary = Canary::new(self.harness);
        if guarded {
            findings.extend(self.switches(&configured));
            for one in &configured {
                findings.extend(self.configuration(one, &canary, answers).await);
            }
        } else {
            findings.push(self.unguarded(&configured, &canary).await);
        }
        if live {
            findings.push(live::drive(self).await);
        }
        findings
    }

    /// What there is, and whether the gate has to be in it.
    fn configurations(&self, findings: &mut Vec<Finding>) -> (Vec<Configured>, bool) {
        let (mut configured, mut expected) = (Vec::new(), self.named);
        for scope in [Scope::User, Scope::Project, Scope::Managed] {
            let Ok(path) = plan::place(self.harness, scope, self.folders) else { continue };
            expected |= crate::install::kept::is_kept(&path);
            match found::hooks(self.harness, scope, &path) {
                Ok(Some(hooks)) => {
                    let hooks =
                        hooks.into_iter().map(|hook| (hook.clone(), hook.gate(self.harness))).collect();
                    configured.push(Configured { scope, path, hooks });
                }
                Ok(None) => {}
                Err(why) => {
                    // What nobody can read any more may have had the gate in it.
                    expected |= std::fs::read_to_string(&path).is_ok_and(|text| text.contains("navi-gate"));
                    let found = format!("{why}; {} goes on as if it had no hooks", self.harness.title());
                    let found = self.says("configuration", State::Open, found);
                    findings.push(found.so(format!("mend the file, then: {}", self.install(scope))));
                }
            }
        }
        // The same folder may be home and project.
        configured.dedup_by(|a, b| a.path == b.path);
        (configured, expected)
    }

    /// A harness without the gate that nobody asked about.
    fn stranger(&self) -> Vec<Finding> {
        if live::program(self.harness).is_none() {
            return Vec::new();
        }
        let found =
            self.says("configuration", State::Note, "is on this machine, and asks nobody before its tools");
        vec![found.so(self.install(Scope::User))]
    }

    fn switches(&self, configured: &[Configured]) -> Vec<Finding> {
        let managed = configured
            .iter()
            .any(|c| c.scope == Scope::Managed && c.hooks.iter().any(|(_, gate)| gate.is_some()));
        let off = found::switched_off(self.harness, self.folders, managed);
        let open = |why| {
            let found = self.says("configuration", State::Open, format!("its hooks are switched off: {why}"));
            found.so("take that out of the file")
        };
        off.into_iter().map(open).collect()
    }

    /// No hook names the gate. What is there instead is tried all the same: it may call the gate by a way of its own.
    async fn unguarded(&self, configured: &[Configured], canary: &Canary) -> Finding {
        let mut tried = Vec::new();
        for (hook, _) in configured.iter().flat_map(|c| &c.hooks) {
            let outcome = canary.run(hook, None).await;
            if let canary::Outcome::Refused(why) = &outcome
                && why.contains(crate::told::BY_POLICY)
            {
                let found = format!(
                    "refused by a hook that does not name the gate itself: {}",
                    canary::shown(&hook.line)
                );
                return self.says("canary", State::Note, found);
            }
            tried.push(format!("{} {}", canary::shown(&hook.line), outcome.words()));
        }
        let found = match tried.as_slice() {
            [] => "no hook stands before its tools".to_owned(),
            tried => format!("no hook before its tools is the gate: {}", tried.join("; ")),
        };
        self.says("canary", State::Open, found).so(self.install(Scope::User))
    }

    async fn configuration(&self, one: &Configured, canary: &Canary, answers: bool) -> Vec<Finding> {
        let mut findings = self.look(one);
        let gates = one.hooks.iter().filter_map(|(hook, gate)| Some((hook, gate.as_ref()?)));
        for (hook, gate) in gates {
            findings.extend(self.look_at(hook, gate, one.scope, canary).await);
            findings.extend(self.try_out(hook, one.scope, canary, answers).await);
        }
        findings
    }

    /// The proof: the hook is asked about the canary, with the server and without.
    async fn try_out(&self, hook: &Hook, scope: Scope, canary: &Canary, answers: bool) -> Vec<Finding> {
        let mut findings = Vec::new();
        let open = |check, outcome: &canary::Outcome| {
            let found = format!("the hook {}: {} would run the tool", outcome.words(), self.harness.title());
            self.says(check, State::Open, found).so(self.install(scope))
        };
        if answers {
            findings.push(match canary.run(hook, None).await {
                canary::Outcome::Refused(why) if why.contains(crate::told::BY_POLICY) => {
                    self.says("canary", State::Good, format!("{}: refused by the policy", hook.event))
                }
                canary::Outcome::Refused(why) => {
                    let found = format!("refused, but not by the policy: {}", canary::shown(&why));
                    self.says("canary", State::Wrong, found)
                        .so("give the harness the NAVI_URL and NAVI_TOKEN of the gate, or navi/gate.json")
                }
                other => open("canary", &other),
            });
        } else {
            findings.push(self.says("canary", State::Note, "not tried: it needs the server's answer"));
        }
        findings.push(match canary.run(hook, Some(&canary::nobody().await)).await {
            canary::Outcome::Refused(_) => {
                self.says("no server", State::Good, format!("{}: refused while nobody answers", hook.event))
            }
            other => open("no server", &other),
        });
        findings
    }
}
