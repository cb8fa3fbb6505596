//! What was decided lately: the decisions that drafts are tried on.

use navi_domain::{SECOND, UtcMicros};
use navi_store::DecisionFeatures;

use crate::{App, Refusal};

/// A day.
pub const DAY: UtcMicros = 24 * 3600 * SECOND;
/// Days that are looked back, unless somebody says otherwise.
pub const USUAL_DAYS: u32 = 30;
/// Decisions that are looked at, at most.
pub const MOST: u32 = 100_000;

/// The decisions of some days.
pub struct Lately {
    /// Newest first.
    pub features: Vec<DecisionFeatures>,
    /// Those since then.
    pub since: UtcMicros,
    /// There were more than the server looks at; the oldest are left out.
    pub more: bool,
}

/// The newest decisions of the last days, at most `most`.
///
/// # Errors
/// The store's refusal.
pub async fn lately(app: &App, days: u32, most: u32) -> Result<Lately, Refusal> {
    let since = app.store.now() - UtcMicros::from(days) * DAY;
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    // One more than is looked at tells whether there are more.
    let mut features = app.store.features(most.saturating_add(1)).await?;
    features.retain(|feature| feature.created_at >= since);
    let more = features.len() > most;
    features.truncate(most);
    Ok(Lately { features, since, more })
}
