//! What was learned from the record: derived, kept in memory, and learned anew when the ledger grew. Losing it loses
//! nothing, and no decision waits for it. Two servers may know different things at an instant: so a decision records the
//! advice it was given.

use std::sync::{Arc, PoisonError, RwLock};

use navi_domain::action::Action;
use navi_domain::advice::Advice;
use navi_domain::approval::ApprovalStatus;
use navi_domain::decision::{Decision, Verdict};
use navi_domain::fact::Fact;
use navi_domain::learning::{Asked, Case, Kinds, Model, Outcome};
use navi_domain::risk::Assessment;
use navi_store::{DecisionFeatures, Store, StoreError};

use crate::App;

/// Decisions that are learned from: the newest.
pub const LOOKS_AT: usize = 50_000;

/// Keeps the newest [`Model`].
#[derive(Debug, Default)]
pub struct Learned {
    kept: RwLock<Kept>,
}

/// A model, and how large the ledger was when it was learned.
#[derive(Clone, Debug, Default)]
struct Kept {
    model: Arc<Model>,
    ledger_size: u64,
}

impl Learned {
    /// What is known now; nothing at first.
    #[must_use]
    pub fn model(&self) -> Arc<Model> {
        Arc::clone(&self.kept.read().unwrap_or_else(PoisonError::into_inner).model)
    }

    /// Learns anew if the ledger grew.
    ///
    /// # Errors
    /// The store's refusal; then what was known stays.
    pub async fn refresh(&self, store: &dyn Store) -> Result<(), StoreError> {
        let ledger_size = store.head().await?.size;
        if self.kept.read().unwrap_or_else(PoisonError::into_inner).ledger_size == ledger_size {
            return Ok(());
        }
        let features = store.features(LOOKS_AT).await?;
        let learning = move || Model::learn(features.iter().filter_map(case));
        match tokio::task::spawn_blocking(learning).await {
            Ok(model) => {
                let fresh = Kept { model: Arc::new(model), ledger_size };
                *self.kept.write().unwrap_or_else(PoisonError::into_inner) = fresh;
            }
            Err(error) => tracing::error!(%error, "learning did not end; what was known stays"),
        }
        Ok(())
    }
}

/// What people decided about a request; nothing if they did not.
#[must_use]
pub fn outcome(feature: &DecisionFeatures) -> Option<Outcome> {
    match feature.approval? {
        ApprovalStatus::Rejected => Some(Outcome::Rejected),
        ApprovalStatus::Approved if feature.failed => Some(Outcome::ApprovedAndFailed),
        ApprovalStatus::Approved => Some(Outcome::Approved),
        ApprovalStatus::Pending
        | ApprovalStatus::Expired
        | ApprovalStatus::Superseded
        | ApprovalStatus::Cancelled => None,
    }
}

/// Kinds of a decision's facts.
#[must_use]
pub fn kinds(feature: &DecisionFeatures) -> Kinds {
    feature.facts.iter().map(|(kind, _)| *kind).collect()
}

fn case(feature: &DecisionFeatures) -> Option<Case<'_>> {
    Some(Case {
        action_type: feature.action_type.as_str(),
        rule: &feature.rule,
        kinds: kinds(feature),
        outcome: outcome(feature)?,
    })
}

/// Advice about a request to people. What runs alone or is blocked gets none: nobody ever voted on its like.
#[must_use]
pub fn advice(
    app: &App,
    action: &Action,
    facts: &[Fact],
    assessment: &Assessment,
    decision: &Decision,
) -> Option<Advice> {
    if decision.verdict != Verdict::Approval {
        return None;
    }
    app.learned.model().advice(&Asked {
        action_type: action.action_type.as_str(),
        rule: &decision.rule,
        kinds: facts.iter().map(|fact| fact.kind).collect(),
        level: assessment.level,
    })
}
