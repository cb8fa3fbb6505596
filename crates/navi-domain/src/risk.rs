//! Facts → weighted factors → score → level. Integer thousandths; contributions sum exactly, before the cap.

pub mod change;
pub mod settings;

use serde::{Deserialize, Serialize};

use crate::action::ActionType;
use crate::fact::Fact;
pub use settings::{FactorName, LevelBounds, RiskOverrides, RiskSettings, SettingsError};

/// Thousandths of risk, 0 to 1000, shown as 0.000 to 1.000.
pub type Score = u16;

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
    /// All levels, lowest first.
    pub const ALL: [Self; 4] = [Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The level of a score under the shipped bounds.
    #[must_use]
    pub fn of(score: Score) -> Self {
        LevelBounds::default().level(score)
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
    /// Which.
    pub name: FactorName,
    /// Thousandths this factor adds.
    pub contribution: Score,
    /// One sentence for people.
    pub reason: String,
    /// What it rests on (file, part of the command, branch …), in order of appearance.
    pub evidence: Vec<String>,
    /// What would make the risk lower, and by how much.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub counterfactual: Option<Counterfactual>,
}

/// The same action without one factor.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counterfactual {
    /// By how many thousandths the (capped) score would be lower; may be 0 when the sum is far above the cap.
    pub lower_by: Score,
    /// For people: `0.300 lower on a feature branch`.
    pub words: String,
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

/// Thousandths for people: `0.750`.
#[must_use]
pub fn shown(score: Score) -> String {
    format!("{}.{:03}", score / 1000, score % 1000)
}

/// Weighs an action's type and its facts. Each factor counts once, with its most severe fact, however many facts
/// support it: padding cannot dilute or inflate it, and adding a fact never lowers the score.
#[must_use]
pub fn assess(action_type: &ActionType, facts: &[Fact], settings: &RiskSettings) -> Assessment {
    let mut factors: Vec<Factor> = FactorName::ALL
        .into_iter()
        .filter_map(|name| match name {
            FactorName::Base => base(action_type, settings),
            name => from_facts(name, facts, settings),
        })
        .collect();
    factors.sort_by(|a, b| b.contribution.cmp(&a.contribution).then_with(|| a.name.cmp(&b.name)));
    let sum: u32 = factors.iter().map(|f| u32::from(f.contribution)).sum();
    let score = capped(sum);
    for factor in &mut factors {
        let lower_by = score - capped(sum - u32::from(factor.contribution));
        if let Some(counterfactual) = &mut factor.counterfactual {
            counterfactual.lower_by = lower_by;
            counterfactual.words = format!("{} lower {}", shown(lower_by), counterfactual.words);
        }
    }
    Assessment { score, level: settings.bounds().level(score), factors }
}

fn capped(sum: u32) -> Score {
    Score::try_from(sum.min(1000)).unwrap_or(1000)
}

fn base(action_type: &ActionType, settings: &RiskSettings) -> Option<Factor> {
    let contribution = settings.base(action_type);
    (contribution > 0).then(|| Factor {
        name: FactorName::Base,
        contribution,
        reason: format!("{} by itself", action_type.as_str()),
        evidence: vec![format!("action type {}", action_type.as_str())],
        counterfactual: None,
    })
}

fn from_facts(name: FactorName, facts: &[Fact], settings: &RiskSettings) -> Option<Factor> {
    let mine = || facts.iter().filter(|f| FactorName::of(f.kind) == name);
    // The first of the most severe ones speaks for the factor.
    let worst = mine().rev().max_by_key(|f| f.severity)?;
    let mut evidence: Vec<String> = Vec::new();
    for fact in mine() {
        if !evidence.contains(&fact.evidence) {
            evidence.push(fact.evidence.clone());
        }
    }
    let without = worst.without.clone().unwrap_or_else(|| name.without().to_owned());
    Some(Factor {
        name,
        contribution: settings.contribution(name, worst.severity),
        reason: worst.headline.clone().unwrap_or_else(|| name.reason().to_owned()),
        evidence,
        counterfactual: Some(Counterfactual { lower_by: 0, words: without }),
    })
}
