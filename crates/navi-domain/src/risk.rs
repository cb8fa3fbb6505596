//! Facts → weighted factors → score → level. Integer thousandths; contributions sum exactly, before the cap.

use serde::{Deserialize, Serialize};

use crate::fact::{Fact, FactKind};

/// Thousandths of risk, 0 to 1000, shown as 0.000 to 1.000.
pub type Score = u16;

/// The specification's weights, in thousandths.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weights {
    /// Version of this table, part of the policy hash.
    pub version: u32,
    /// Touches authentication or authorisation.
    pub auth: Score,
    /// Reaches production.
    pub production: Score,
    /// More than one repository.
    pub multi_repo: Score,
    /// Recent failures or rollbacks in the same repository.
    pub recent_incidents: Score,
    /// Secrets, CI, infrastructure, migrations and the like.
    pub file_sensitivity: Score,
    /// Many files or a large diff.
    pub scope: Score,
    /// Hard or impossible to undo.
    pub rollback_difficulty: Score,
    /// Regulated data or payments.
    pub compliance: Score,
}

impl Default for Weights {
    fn default() -> Self {
        Self {
            version: 1,
            auth: 400,
            production: 300,
            multi_repo: 150,
            recent_incidents: 150,
            file_sensitivity: 200,
            scope: 100,
            rollback_difficulty: 100,
            compliance: 300,
        }
    }
}

/// Risk level. low < 0.3 ≤ medium < 0.7 ≤ high < 0.9 ≤ critical.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Below 0.3.
    Low,
    /// From 0.3.
    Medium,
    /// From 0.7: approving needs the step-up key.
    High,
    /// From 0.9: approving needs the step-up key and two people.
    Critical,
}

impl Level {
    /// The level of a score.
    #[must_use]
    pub fn of(score: Score) -> Self {
        match score {
            0..300 => Self::Low,
            300..700 => Self::Medium,
            700..900 => Self::High,
            _ => Self::Critical,
        }
    }

    /// Spelling in JSON, SQL and UI.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }

    /// Whether an approve of this level needs the step-up key.
    #[must_use]
    pub fn needs_step_up(self) -> bool {
        self >= Self::High
    }

    /// How many distinct people must approve.
    #[must_use]
    pub fn quorum(self) -> u8 {
        if self == Self::Critical { 2 } else { 1 }
    }
}

/// One factor that contributed, with what it rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Factor {
    /// Stable name: `auth`, `production`, `multi_repo`, `recent_incidents`, `file_sensitivity`, `scope`,
    /// `rollback_difficulty`, `compliance`.
    pub name: String,
    /// Thousandths this factor adds.
    pub contribution: Score,
    /// One sentence for people.
    pub reason: String,
    /// What it rests on (file, part of the command, branch …), in order of appearance.
    pub evidence: Vec<String>,
}

/// Facts weighed: the score is `min(1000, Σ contribution)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assessment {
    /// Capped sum.
    pub score: Score,
    /// Level of the score.
    pub level: Level,
    /// Factors, heaviest first.
    pub factors: Vec<Factor>,
}

/// Weighs facts. Each factor counts once however many facts support it, so padding cannot dilute or inflate it,
/// and adding a fact never lowers the score.
#[must_use]
pub fn assess(facts: &[Fact], weights: &Weights) -> Assessment {
    let table: [(&str, Score, &[FactKind], &str); 8] = [
        ("auth", weights.auth, &[FactKind::TouchesAuth], "Affects authentication or authorisation"),
        (
            "production",
            weights.production,
            &[FactKind::Production, FactKind::ProductionBranch],
            "Reaches production",
        ),
        ("compliance", weights.compliance, &[FactKind::RegulatedData], "Touches regulated data or payments"),
        ("file_sensitivity", weights.file_sensitivity, &[FactKind::SensitiveFile], "Touches sensitive files"),
        ("multi_repo", weights.multi_repo, &[FactKind::MultiRepo], "Spans more than one repository"),
        ("recent_incidents", weights.recent_incidents, &[FactKind::RecentIncidents], "Recent failures here"),
        ("scope", weights.scope, &[FactKind::WideScope], "Changes a lot at once"),
        (
            "rollback_difficulty",
            weights.rollback_difficulty,
            &[FactKind::DestroysData, FactKind::HardToUndo],
            "Hard or impossible to undo",
        ),
    ];
    let mut factors: Vec<Factor> = table
        .into_iter()
        .filter_map(|(name, weight, kinds, reason)| {
            let evidence: Vec<String> =
                facts.iter().filter(|f| kinds.contains(&f.kind)).map(|f| f.evidence.clone()).collect();
            let detail = facts.iter().find(|f| kinds.contains(&f.kind)).and_then(|f| f.headline.clone());
            (!evidence.is_empty()).then(|| Factor {
                name: name.to_owned(),
                contribution: weight,
                reason: detail.unwrap_or_else(|| reason.to_owned()),
                evidence,
            })
        })
        .collect();
    factors.sort_by(|a, b| b.contribution.cmp(&a.contribution).then_with(|| a.name.cmp(&b.name)));
    let sum: u32 = factors.iter().map(|f| u32::from(f.contribution)).sum();
    let score = Score::try_from(sum.min(1000)).unwrap_or(1000);
    Assessment { score, level: Level::of(score), factors }
}
