//! What the operator declares in `navi/undo.toml` of the config folder: files worth keeping, branches that are protected,
//! flags and databases with the way to undo them. An agent's repository cannot declare anything.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// The file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Declared {
    git: GitRules,
    /// Files that runs in a folder may change.
    config: Vec<ConfigRule>,
    /// Flags that runs may change.
    flag: Vec<Watched<FlagRule>>,
    /// Databases that runs may change.
    database: Vec<Watched<DatabaseRule>>,
}

/// Which runs something is looked at around.
#[derive(Clone, Debug, Deserialize)]
struct Watched<R> {
    /// Runs in this folder or below.
    folder: PathBuf,
    /// Runs of these action types; `*`: of any.
    #[serde(default)]
    types: Vec<String>,
    #[serde(flatten)]
    rule: R,
}

/// A flag, at its provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase", tag = "provider")]
pub(super) enum FlagRule {
    Unleash(UnleashRule),
    LaunchDarkly(LaunchDarklyRule),
    Flagd(FlagdRule),
}

/// A feature of Unleash in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct UnleashRule {
    pub url: String,
    #[serde(default = "default_project")]
    pub project: String,
    pub environment: String,
    pub feature: String,
    /// Variable with the admin token, where gate and runner run.
    pub token_env: String,
}

fn default_project() -> String {
    "default".to_owned()
}

/// A flag of LaunchDarkly in one environment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LaunchDarklyRule {
    #[serde(default = "launchdarkly")]
    pub url: String,
    pub project: String,
    pub environment: String,
    pub feature: String,
    /// Variable with the access token, where gate and runner run.
    pub token_env: String,
}

fn launchdarkly() -> String {
    "https://app.launchdarkly.com".to_owned()
}

/// A flag in a file that flagd, or another provider, watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct FlagdRule {
    pub file: PathBuf,
    pub feature: String,
}

impl FlagRule {
    /// The flag's name.
    pub fn name(&self) -> &str {
        match self {
            Self::Unleash(rule) => &rule.feature,
            Self::LaunchDarkly(rule) => &rule.feature,
            Self::Flagd(rule) => &rule.feature,
        }
    }

    /// Where it is, for people.
    pub fn provider(&self) -> String {
        match self {
            Self::Unleash(rule) => format!("unleash {} {}/{}", rule.url, rule.project, rule.environment),
            Self::LaunchDarkly(rule) => {
                format!("launchdarkly {} {}/{}", rule.url, rule.project, rule.environment)
            }
            Self::Flagd(rule) => format!("flagd {}", rule.file.display()),
        }
    }

    /// The environment it is for.
    pub fn environment(&self) -> Option<&str> {
        match self {
            Self::Unleash(rule) => Some(&rule.environment),
            Self::LaunchDarkly(rule) => Some(&rule.environment),
            Self::Flagd(_) => None,
        }
    }
}

/// The program that migrates a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum MigrationTool {
    Alembic,
    Dbmate,
    Sqlx,
    Flyway,
    Prisma,
    /// Forward only by itself: `V7__name.down.sql` beside `V7__name.sql` is run.
    Refinery,
    /// `down_sql` is run.
    Sql,
}

/// A database and how it is migrated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct DatabaseRule {
    /// Name for people.
    pub name: String,
    pub tool: MigrationTool,
    /// Where the tool is started.
    pub project: PathBuf,
    /// Variable with the address (`postgres://…`, `sqlite:FILE` or `file:FILE`), where gate and runner run.
    pub url_env: String,
    /// Folder of the migrations, below the project.
    #[serde(default = "default_migrations")]
    pub migrations: PathBuf,
    #[serde(default)]
    pub environment: Option<String>,
    /// The command instead of the tool's own; `{to}` is the version before the run.
    #[serde(default)]
    pub down: Option<String>,
    /// The command that prints what `down` would run.
    #[serde(default)]
    pub preview: Option<String>,
    /// Statements for the tool `sql`, below the project.
    #[serde(default)]
    pub down_sql: Option<PathBuf>,
    /// Query of the applied versions, one a row, for the tool `sql`.
    #[serde(default)]
    pub version_query: Option<String>,
    /// Longest time for going back, and for rehearsing it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minutes: Option<u32>,
}

impl DatabaseRule {
    /// What takes longer hangs, and is ended.
    pub fn longest(&self) -> Duration {
        Duration::from_secs(60 * u64::from(self.minutes.unwrap_or(60).max(1)))
    }
}

fn default_migrations() -> PathBuf {
    PathBuf::from("migrations")
}

impl<R: Clone> Watched<R> {
    fn rule_for(&self, cwd: &Path, action_type: &str, usual: &[&str]) -> Option<R> {
        let named = |name: &str| name == "*" || name == action_type;
        let of_type = match self.types.is_empty() {
            true => usual.iter().any(|name| named(name)),
            false => self.types.iter().any(|name| named(name)),
        };
        (of_type && cwd.starts_with(&self.folder)).then(|| self.rule.clone())
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GitRules {
    /// Branches that get no commit from a runner, but a branch beside them: `main`, `release/*`.
    protected: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConfigRule {
    /// Runs in this folder or below.
    folder: PathBuf,
    /// Files, absolute or relative to the folder.
    files: Vec<PathBuf>,
}

impl Declared {
    /// Reads it. A file that is not understood declares nothing and is told on stderr.
    pub fn load(path: Option<&Path>) -> Self {
        let Some(text) = path.and_then(|p| std::fs::read_to_string(p).ok()) else { return Self::default() };
        toml::from_str(&text).unwrap_or_else(|error| {
            eprintln!("[navi] undo.toml is not understood and declares nothing: {error}");
            Self::default()
        })
    }

    /// Files to keep for runs in a folder.
    pub fn files_for(&self, cwd: &Path) -> Vec<PathBuf> {
        let rules = self.config.iter().filter(|rule| cwd.starts_with(&rule.folder));
        rules.flat_map(|rule| rule.files.iter().map(|file| rule.folder.join(file))).collect()
    }

    /// Flags to look at around a run.
    pub fn flags_for(&self, cwd: &Path, action_type: &str) -> Vec<FlagRule> {
        self.flag.iter().filter_map(|w| w.rule_for(cwd, action_type, &["feature_flag_change"])).collect()
    }

    /// Databases to look at around a run.
    pub fn databases_for(&self, cwd: &Path, action_type: &str) -> Vec<DatabaseRule> {
        let usual = ["database_migration", "schema_change"];
        self.database.iter().filter_map(|w| w.rule_for(cwd, action_type, &usual)).collect()
    }

    /// Whether a branch gets a branch beside it instead of a commit.
    pub fn is_protected(&self, branch: &str) -> bool {
        self.git.protected.iter().any(|pattern| match pattern.strip_suffix('*') {
            Some(beginning) => branch.starts_with(beginning),
            None => branch == pattern,
        })
    }
}
