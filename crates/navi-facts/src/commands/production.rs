//! Commands that reach production: a push to a protected branch, an environment named in an option or variable.

use navi_domain::fact::{Fact, FactKind};

use super::reading::reads;
use super::{evidence, flags};
use crate::branches;
use crate::catalogue::Catalogue;
use crate::shell::{Invocation, Word};

const OPTIONS: &[&str] = &[
    "--context",
    "--kube-context",
    "--namespace",
    "-n",
    "--profile",
    "--stage",
    "-s",
    "--env",
    "--environment",
    "-e",
    "--project",
    "--cluster",
    "--workspace",
    "--app",
    "-a",
    "--target",
    "-t",
    "--stack",
    "-h",
    "--host",
    "-d",
    "--dbname",
    "--subscription",
    "--resource-group",
    "-g",
    "--instance",
    "--config",
    "-c",
    "-i",
    "--inventory",
    "-l",
    "--limit",
    "--var-file",
    "-var-file",
    "--db",
    "--database",
];
/// Variables that name an environment, a workspace or a server.
const VARIABLES: &[&str] = &[
    "STAGE",
    "ENV",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "TF_WORKSPACE",
    "DJANGO_SETTINGS_MODULE",
    "SPRING_PROFILES_ACTIVE",
    "DATABASE_URL",
    "PGHOST",
    "DOCKER_CONTEXT",
    "DOCKER_HOST",
    "KUBE_CONTEXT",
];
/// Programs whose options name an environment.
const REACHING: &[&str] = &[
    "kubectl",
    "oc",
    "helm",
    "aws",
    "gcloud",
    "az",
    "serverless",
    "sls",
    "cdk",
    "pulumi",
    "terraform",
    "tofu",
    "terragrunt",
    "ansible",
    "ansible-playbook",
    "cap",
    "fly",
    "flyctl",
    "heroku",
    "vercel",
    "netlify",
    "wrangler",
    "railway",
    "eb",
    "argocd",
    "flux",
    "psql",
    "mysql",
    "mongo",
    "mongosh",
    "redis-cli",
    "pg_restore",
    "rails",
    "rake",
    "manage.py",
    "artisan",
    "prisma",
    "knex",
    "sequelize",
    "flyway",
    "liquibase",
    "alembic",
    "copilot",
    "skaffold",
    "eas",
    "firebase",
    "gh",
    "dokku",
    "kamal",
    "nomad",
    "vault",
    "consul",
    "make",
    "npm",
    "yarn",
    "pnpm",
    "mix",
    "docker",
    "ssh",
    "scp",
    "rsync",
    "supabase",
    "deploy.sh",
    "deploy",
    "dropdb",
    "kubectx",
    "bin/deploy",
];

/// Production facts of an invocation.
/// `assigned` are the variables that the whole text sets.
pub(super) fn facts(
    invocation: &Invocation,
    assigned: &[(String, Word)],
    catalogue: &Catalogue,
) -> Vec<Fact> {
    let words: Vec<&str> = invocation.words.iter().map(|w| w.text.as_str()).collect();
    let operands = flags::operands(&invocation.program, &words);
    let mut out = Vec::new();
    if invocation.program == "git" && operands.first() == Some(&"push") {
        out.extend(
            pushed(&operands, &words).into_iter().filter(|b| branches::is_protected(b, catalogue)).map(|b| {
                let fact = Fact::said(FactKind::Production, format!("pushes to {b}"), "Production branch");
                Fact {
                    rule: Some("push-protected".to_owned()),
                    without: Some("on a feature branch".to_owned()),
                    ..fact
                }
            }),
        );
    }
    if reads(invocation) {
        return out;
    }
    if let Some(name) = environment(invocation, assigned, &words, catalogue) {
        let fact = Fact::said(FactKind::Production, evidence(invocation), "Production environment");
        out.push(Fact {
            rule: Some(format!("environment-{name}")),
            without: Some("outside production".to_owned()),
            ..fact
        });
    }
    out
}

/// Branches that a push writes to.
pub(super) fn pushed<'a>(operands: &[&'a str], words: &[&str]) -> Vec<&'a str> {
    let deletes = words.iter().any(|w| matches!(*w, "--delete" | "-d"));
    let named = operands.iter().skip(if deletes && operands.len() == 2 { 1 } else { 2 });
    named
        .map(|spec| {
            let spec = spec.trim_start_matches('+');
            spec.rsplit_once(':').map_or(spec, |(_, to)| to)
        })
        .filter(|b| !b.is_empty())
        .collect()
}

fn environment(
    invocation: &Invocation,
    assigned: &[(String, Word)],
    words: &[&str],
    catalogue: &Catalogue,
) -> Option<&'static str> {
    let is = |text: &str| branches::is_production_environment(text, catalogue);
    let mut program = invocation.program.as_str();
    if matches!(program, "sh" | "bash" | "zsh" | "dash" | "ksh") {
        // `sh ./deploy.sh production`: the script is the program.
        let script = words.iter().find(|w| !w.starts_with('-')).copied().unwrap_or(program);
        program = script.rsplit('/').next().unwrap_or(script);
    }
    if !REACHING.contains(&program) {
        return None;
    }
    let variable = invocation.assignments.iter().chain(assigned).any(|(n, v)| {
        let names = n.ends_with("_ENV") || n.ends_with("ENVIRONMENT") || VARIABLES.contains(&n.as_str());
        names && n != "NODE_ENV" && is(host(&v.text))
    });
    if variable {
        return Some("variable");
    }
    let mut before = "";
    for word in words {
        if OPTIONS.contains(&before) && is(host(word)) {
            return Some("option");
        }
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        let named = OPTIONS.contains(&name)
            || matches!(name.to_lowercase().as_str(), "env" | "environment" | "stage");
        if !value.is_empty() && named && is(host(value)) {
            return Some("option");
        }
        if word.contains("://") && is(host(word)) {
            return Some("address");
        }
        if matches!(*word, "--prod" | "--production" | "production" | "prod")
            && !matches!(program, "npm" | "yarn" | "pnpm")
        {
            return Some("word");
        }
        if matches!(program, "ssh" | "scp" | "rsync" | "make" | "npm" | "yarn" | "pnpm")
            && !word.starts_with('-')
            && !word.contains(['/', ' '])
            && (word.contains("deploy") || program == "ssh")
            && is(host(word))
        {
            return Some("word");
        }
        let elsewhere = matches!(program, "scp" | "rsync").then(|| word.split_once(':')).flatten();
        if elsewhere.is_some_and(|(server, _)| is(host(server))) {
            return Some("word");
        }
        before = word;
    }
    None
}

/// The host or name in an address.
fn host(text: &str) -> &str {
    let text = text.split_once("://").map_or(text, |(_, r)| r);
    text.rsplit_once('@').map_or(text, |(_, r)| r)
}
