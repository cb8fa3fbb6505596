//! Facts from paths, branches and environments, by segment and token.

use super::{Fact, FactKind};
use crate::action::FileOp;

const AUTH: &[&str] = &[
    "auth",
    "authn",
    "authz",
    "authentication",
    "authorization",
    "authorisation",
    "login",
    "logout",
    "signin",
    "oauth",
    "oauth2",
    "oidc",
    "saml",
    "sso",
    "jwt",
    "password",
    "passwords",
    "credential",
    "credentials",
    "rbac",
    "permission",
    "permissions",
    "acl",
    "mfa",
    "totp",
    "session",
    "sessions",
    "passport",
];
const REGULATED: &[&str] = &[
    "billing", "payment", "payments", "invoice", "invoices", "pii", "gdpr", "hipaa", "phi", "pci", "medical",
];
const SENSITIVE_DIRS: &[&str] = &[
    "terraform",
    "k8s",
    "kubernetes",
    "helm",
    "migrations",
    "migration",
    "secrets",
    "ansible",
    "infra",
    "deploy",
];
const SENSITIVE_FILES: &[&str] = &[
    "dockerfile",
    "docker-compose.yml",
    "docker-compose.yaml",
    "jenkinsfile",
    ".gitlab-ci.yml",
    "cargo.lock",
    "package-lock.json",
    "yarn.lock",
    "pnpm-lock.yaml",
    "poetry.lock",
    "uv.lock",
    "go.sum",
    "gemfile.lock",
    "id_rsa",
    "id_ed25519",
    ".npmrc",
    ".netrc",
    ".pypirc",
];
const SENSITIVE_EXTENSIONS: &[&str] = &["pem", "key", "p12", "pfx", "tf", "tfvars", "tfstate", "kdbx"];
const OVERSIGHT: &[&str] = &[".claude", ".codex", ".gemini", ".cursor", ".opencode", ".navi"];

/// Facts of one path.
pub(super) fn facts(path: &str, op: FileOp) -> Vec<Fact> {
    let evidence = format!("file {path}");
    let segments: Vec<String> =
        path.split(['/', '\\']).filter(|s| !s.is_empty() && *s != ".").map(str::to_lowercase).collect();
    let mut out = Vec::new();
    if op != FileOp::Read && touches_oversight(&segments) {
        out.push(Fact::new(FactKind::DisablesOversight, evidence.clone()));
    }
    if any_token(&segments, AUTH) {
        out.push(Fact::said(FactKind::TouchesAuth, evidence.clone(), "Affects authentication"));
    }
    if any_token(&segments, REGULATED) {
        out.push(Fact::new(FactKind::RegulatedData, evidence.clone()));
    }
    if is_sensitive(&segments) {
        out.push(Fact::new(FactKind::SensitiveFile, evidence.clone()));
    }
    if op == FileOp::Delete {
        out.push(Fact::new(FactKind::HardToUndo, evidence));
    }
    out
}

/// Paths named by a unified diff's `+++` and `---` lines.
pub(super) fn of_diff(diff: &str) -> Vec<String> {
    let mut paths: Vec<String> = diff
        .lines()
        .filter_map(|l| l.strip_prefix("+++ ").or_else(|| l.strip_prefix("--- ")))
        .map(|p| p.split('\t').next().unwrap_or(p).trim())
        .filter(|p| *p != "/dev/null")
        .map(|p| p.strip_prefix("a/").or_else(|| p.strip_prefix("b/")).unwrap_or(p).to_owned())
        .collect();
    paths.sort();
    paths.dedup();
    paths
}

fn any_token(segments: &[String], words: &[&str]) -> bool {
    segments.iter().flat_map(|s| s.split(|c: char| !c.is_alphanumeric())).any(|token| words.contains(&token))
}

fn is_sensitive(segments: &[String]) -> bool {
    let Some((name, dirs)) = segments.split_last() else { return false };
    let extension = name.rsplit_once('.').map_or("", |(_, e)| e);
    dirs.iter().any(|d| SENSITIVE_DIRS.contains(&d.as_str()))
        || dirs.windows(2).any(|w| w == [".github", "workflows"])
        || SENSITIVE_FILES.contains(&name.as_str())
        || name == ".env"
        || name.starts_with(".env.")
        || name.starts_with("dockerfile.")
        || SENSITIVE_EXTENSIONS.contains(&extension)
}

fn touches_oversight(segments: &[String]) -> bool {
    segments.iter().any(|s| OVERSIGHT.contains(&s.as_str()))
        || segments.windows(2).any(|w| w == [".git", "hooks"] || w == [".github", "hooks"])
}

/// Whether a branch, in any real spelling (`refs/heads/main`, `origin/main`, `release/1.2`), is a production branch.
pub(super) fn is_production_branch(branch: &str) -> bool {
    let lower = branch.trim().to_lowercase();
    let name =
        lower.strip_prefix("refs/heads/").or_else(|| lower.strip_prefix("refs/remotes/")).unwrap_or(&lower);
    let name = name.strip_prefix("origin/").or_else(|| name.strip_prefix("upstream/")).unwrap_or(name);
    matches!(name, "main" | "master" | "prod" | "production" | "live" | "trunk" | "release" | "stable")
        || name.starts_with("release/")
        || name.starts_with("hotfix/")
}

/// Whether an environment's name means production (`prod-eu`, `production`, but not `products` or `pre-prod`).
pub(super) fn is_production_environment(environment: &str) -> bool {
    let lower = environment.trim().to_lowercase();
    let tokens: Vec<&str> = lower.split(|c: char| !c.is_alphanumeric()).filter(|t| !t.is_empty()).collect();
    let pre = matches!(tokens.first(), Some(&"pre" | &"non" | &"nonprod" | &"preprod"));
    !pre && tokens.iter().any(|t| matches!(*t, "prod" | "production" | "prd" | "live"))
}
