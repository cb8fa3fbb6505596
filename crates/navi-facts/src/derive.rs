//! All facts of an action. What an agent claims can add facts and takes none away.

use navi_domain::action::{Action, Claims, FileOp};
use navi_domain::fact::{Fact, FactKind, Severity};
use navi_domain::plan::{PLAN_TYPE, Phase, Plan};
use serde_json::Value;

use crate::catalogue::Catalogue;
use crate::{branches, commands, diff, paths, terraform, tools};

/// More files than this is a wide change.
const WIDE_FILES: usize = 10;
/// More changed lines than this is a wide change.
const WIDE_LINES: usize = 500;
/// More evidence of one kind than this is counted, not listed.
const LISTED: usize = 40;

/// Derives the facts. `recent_incidents` is the number of failed or rolled-back executions in the action's repository
/// during the last 24 hours, read from the ledger by the caller. Total and deterministic; the order is stable.
#[must_use]
pub fn derive(action: &Action, claims: &Claims, recent_incidents: u32, catalogue: &Catalogue) -> Vec<Fact> {
    if action.action_type.as_str() == PLAN_TYPE {
        return of_plan(action, claims, recent_incidents, catalogue);
    }
    let mut facts = Vec::new();
    if let Some(error) = catalogue.broken() {
        let evidence = format!("the catalogue of patterns: {error}");
        facts.push(Fact { severity: Severity::Grave, ..Fact::new(FactKind::UnreadableCommand, evidence) });
    }
    for file in &action.files {
        facts.extend(paths::facts(&file.path, file.op, catalogue));
    }
    if let Some(text) = &action.diff {
        for (path, op) in diff::paths(text) {
            if !action.files.iter().any(|f| f.path == path && f.op != FileOp::Read) {
                facts.extend(paths::facts(&path, op, catalogue));
            }
        }
        facts.extend(diff::facts(text, &catalogue.diffs));
    }
    let cwd = action.cwd.as_deref();
    if let Some(command) = &action.command {
        facts.extend(commands::facts(command, cwd, catalogue));
    }
    let called = tools::facts(action.tool.as_deref(), action.args.as_ref(), &catalogue.tools);
    facts.extend(called.facts);
    facts.extend(action.args.iter().flat_map(terraform::facts));
    for command in called.commands.iter().filter(|c| action.command.as_ref() != Some(*c)) {
        facts.extend(commands::facts(command, cwd, catalogue));
    }
    for statement in &called.sql {
        let evidence = format!("sql: {}", commands::brief(statement));
        facts.extend(commands::sql_facts(statement, &evidence, catalogue));
    }
    let reads = only_reads(action);
    for path in called.paths.iter().filter(|p| !action.files.iter().any(|f| f.path == **p)) {
        // A tool's path may be read or written; without more it counts as touched, unless the tool only reads.
        let op = if called.only_reads || reads { FileOp::Read } else { FileOp::Edit };
        facts.extend(paths::facts(path, op, catalogue));
    }
    facts.extend(production(action, &called.branches, &called.environments, reads, catalogue));
    facts.extend(by_type(action));
    facts.extend(scope(action));
    let repos = repositories(action, claims);
    if repos.len() > 1 {
        facts.push(Fact {
            without: Some("in one repository at a time".into()),
            ..Fact::new(FactKind::MultiRepo, format!("repositories {}", repos.join(", ")))
        });
    }
    if recent_incidents > 0 {
        let evidence = format!("{recent_incidents} failed or rolled back in the last 24 hours");
        facts.push(Fact::new(FactKind::RecentIncidents, evidence));
    }
    facts.extend(redacted(action));
    facts.extend(claimed(claims));
    listed(facts)
}

/// A plan has the facts of all its steps and of their verifications, each named by its step.
fn of_plan(action: &Action, claims: &Claims, recent_incidents: u32, catalogue: &Catalogue) -> Vec<Fact> {
    let plan = match Plan::of(action.args.as_ref()) {
        Ok(plan) => plan,
        Err(error) => {
            let fact = Fact::new(FactKind::UnreadableCommand, error.to_string());
            return vec![Fact { severity: Severity::Grave, ..fact }];
        }
    };
    let mut facts = Vec::new();
    for step in &plan.steps {
        for phase in [Phase::Run, Phase::Verify] {
            if phase == Phase::Verify && step.verify.is_none() {
                continue;
            }
            let asked = Plan::action(step, phase, action);
            let found = derive(&asked, claims, recent_incidents, catalogue);
            facts.extend(found.into_iter().map(|fact| of_step(fact, &step.id)));
        }
    }
    listed(facts)
}

/// What concerns the whole plan is said once, the rest of its step.
fn of_step(fact: Fact, step: &str) -> Fact {
    match fact.kind {
        FactKind::RecentIncidents | FactKind::MultiRepo => fact,
        _ => Fact { evidence: format!("step {step}: {}", fact.evidence), ..fact },
    }
}

/// Types that leave the machine: on a production branch they reach production.
const OUTWARD: &[&str] = &[
    "database_migration",
    "deploy",
    "deploy_prod",
    "feature_flag_change",
    "git_push",
    "infrastructure_change",
    "pull_request",
    "schema_change",
    "secret_rotation",
];

fn only_reads(action: &Action) -> bool {
    match &action.command {
        Some(command) => commands::only_reads(command),
        None if action.action_type.as_str() == "file_read" => true,
        None => !action.files.is_empty() && action.files.iter().all(|f| f.op == FileOp::Read),
    }
}

fn production(
    action: &Action,
    branches: &[String],
    environments: &[String],
    reads: bool,
    catalogue: &Catalogue,
) -> Vec<Fact> {
    let mut facts = Vec::new();
    // What a tool does to a branch it does elsewhere, not in the work tree.
    let outward = OUTWARD.contains(&action.action_type.as_str()) || action.action_type.as_str() == "mcp_tool";
    let protected = |b: &&str| !reads && branches::is_protected(b, catalogue);
    for branch in
        action.branch.as_deref().into_iter().chain(branches.iter().map(String::as_str)).filter(protected)
    {
        let kind = if outward { FactKind::Production } else { FactKind::ProductionBranch };
        facts.push(Fact {
            without: Some("on a feature branch".into()),
            ..Fact::said(kind, format!("branch {branch}"), "Production branch")
        });
    }
    let named = action.environment.as_deref().into_iter().chain(environments.iter().map(String::as_str));
    for environment in named.filter(|e| branches::is_production_environment(e, catalogue)) {
        facts.push(Fact {
            without: Some("outside production".into()),
            ..Fact::said(FactKind::Production, format!("environment {environment}"), "Production environment")
        });
    }
    facts
}

fn by_type(action: &Action) -> Vec<Fact> {
    let name = action.action_type.as_str();
    let evidence = format!("action type {name}");
    match name {
        "deploy_prod" => vec![
            Fact {
                without: Some("as a deployment to staging".into()),
                ..Fact::said(FactKind::Production, evidence.clone(), "Production deployment")
            },
            Fact::new(FactKind::HardToUndo, evidence),
        ],
        "database_migration" | "schema_change" => vec![
            Fact::said(FactKind::SensitiveFile, evidence.clone(), "Changes the database schema"),
            Fact::new(FactKind::HardToUndo, evidence),
        ],
        "infrastructure_change" => vec![
            Fact::said(FactKind::SensitiveFile, evidence.clone(), "Changes infrastructure"),
            Fact::new(FactKind::HardToUndo, evidence),
        ],
        "secret_rotation" => vec![
            Fact::said(FactKind::SensitiveFile, evidence.clone(), "Touches secrets"),
            Fact::new(FactKind::HardToUndo, evidence),
        ],
        "dependency_install" => {
            let severity = Severity::Minor;
            vec![Fact { severity, ..Fact::new(FactKind::ChangesDependencies, evidence) }]
        }
        "file_delete" => {
            let severity = Severity::Minor;
            vec![Fact { severity, ..Fact::new(FactKind::HardToUndo, evidence) }]
        }
        _ => Vec::new(),
    }
}

fn scope(action: &Action) -> Option<Fact> {
    let changed = |line: &str| {
        (line.starts_with('+') || line.starts_with('-'))
            && !line.starts_with("+++")
            && !line.starts_with("---")
    };
    let lines = action.diff.as_deref().map_or(0, |d| d.lines().filter(|l| changed(l)).count());
    let files = action.files.iter().filter(|f| f.op != FileOp::Read).count();
    (files > WIDE_FILES || lines > WIDE_LINES)
        .then(|| Fact::new(FactKind::WideScope, format!("{files} files, {lines} changed lines")))
}

fn repositories(action: &Action, claims: &Claims) -> Vec<String> {
    let mut repos: Vec<String> = action.repo.iter().chain(&claims.repos).cloned().collect();
    repos.sort();
    repos.dedup();
    repos
}

/// Secrets were replaced in the material before it came here: that they were there is a fact.
fn redacted(action: &Action) -> Option<Fact> {
    let marked = |text: &str| text.contains("{secret: ");
    let args = action.args.as_ref().is_some_and(|a| marked(&a.to_string()));
    let place = match (action.command.as_deref().is_some_and(marked), args) {
        (true, _) => "command",
        (false, true) => "arguments",
        (false, false) => return None,
    };
    let fact =
        Fact::said(FactKind::ExposesSecret, format!("a secret stands in the {place}"), "Carries a secret");
    // Tools need their passwords: worth telling, and never shown; what is done with it is another rule's matter.
    Some(Fact {
        severity: Severity::Minor,
        without: Some("with the secret in the environment".into()),
        ..fact
    })
}

/// Boolean claims that raise risk when true; `false` is ignored.
fn claimed(claims: &Claims) -> Vec<Fact> {
    let table = [
        ("not_shown", FactKind::UnreadableCommand),
        ("touches_auth", FactKind::TouchesAuth),
        ("affects_auth", FactKind::TouchesAuth),
        ("is_production", FactKind::Production),
        ("touches_prod", FactKind::Production),
        ("multi_repo", FactKind::MultiRepo),
        ("destructive", FactKind::DestroysData),
        ("irreversible", FactKind::HardToUndo),
        ("contains_pii", FactKind::RegulatedData),
    ];
    table
        .into_iter()
        .filter(|(name, _)| claims.other.get(*name).is_some_and(|v| v == &Value::Bool(true)))
        .map(|(name, kind)| Fact::new(kind, format!("the agent says {name}")))
        .collect()
}

/// The facts without repetition, and of each kind and severity only so many that a person can read them; the rest is
/// counted in one more.
fn listed(facts: Vec<Fact>) -> Vec<Fact> {
    let mut kept: Vec<Fact> = Vec::with_capacity(facts.len().min(LISTED * 4));
    let mut counts: std::collections::BTreeMap<(FactKind, Severity), usize> =
        std::collections::BTreeMap::new();
    for fact in facts {
        if kept.contains(&fact) {
            continue;
        }
        let count = counts.entry((fact.kind, fact.severity)).or_default();
        *count += 1;
        if *count <= LISTED {
            kept.push(fact);
        }
    }
    for ((kind, severity), count) in counts.into_iter().filter(|(_, count)| *count > LISTED) {
        let evidence = format!("{} more like these", count - LISTED);
        kept.push(Fact { severity, ..Fact::new(kind, evidence) });
    }
    kept
}
