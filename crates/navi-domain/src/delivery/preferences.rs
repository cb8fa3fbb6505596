//! How a person wants to hear of what waits: by level, with quiet hours. Kept on each console.

use serde::{Deserialize, Serialize};

use super::quiet::QuietHours;
use crate::risk::Level;

/// How one person is told on one console. Absent fields are the defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NotifyPreferences {
    /// Each level.
    pub levels: LevelRules,
    /// When only what must is told.
    pub quiet: QuietHours,
    /// What a notification says.
    pub contents: Contents,
    /// How often low requests are summed up.
    pub digest: Digest,
}

/// A rule for each level.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LevelRules {
    /// Low.
    pub low: LevelRule,
    /// Medium.
    pub medium: LevelRule,
    /// High.
    pub high: LevelRule,
    /// Critical.
    pub critical: LevelRule,
}

/// How one level is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LevelRule {
    /// Whether and how it appears.
    pub show: Show,
    /// With a sound, where the desktop has one.
    pub sound: bool,
    /// Again while it waits: high at half time and five minutes before its end, critical every two minutes, until
    /// somebody claims it.
    pub repeat: bool,
}

/// Whether and how a level appears.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Show {
    /// Only in the tray and the queue.
    Never,
    /// Summed up every so often.
    Digest,
    /// As a notification of its own.
    Bubble,
}

/// What a notification says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// Everything.
    #[default]
    Full,
    /// Only the level while the screen is locked or may be shared, as far as the desktop tells.
    HiddenWhenLocked,
    /// Only the level. Nothing can be approved from it.
    Hidden,
}

/// How often low requests are summed up, in minutes: 5–480.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Digest(pub u32);

impl Default for Digest {
    fn default() -> Self {
        Self(30)
    }
}

impl Default for LevelRules {
    fn default() -> Self {
        let bubble = |sound, repeat| LevelRule { show: Show::Bubble, sound, repeat };
        Self {
            low: LevelRule { show: Show::Digest, sound: false, repeat: false },
            medium: bubble(true, false),
            high: bubble(true, true),
            critical: bubble(true, true),
        }
    }
}

/// Why preferences are not saved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct PreferenceError {
    /// Path of the field, such as `quiet.zone`.
    pub field: &'static str,
    /// Why.
    pub why: &'static str,
}

impl LevelRules {
    /// The rule of a level.
    #[must_use]
    pub fn of(&self, level: Level) -> LevelRule {
        match level {
            Level::Low => self.low,
            Level::Medium => self.medium,
            Level::High => self.high,
            Level::Critical => self.critical,
        }
    }
}

impl NotifyPreferences {
    /// Checks bounds. High and critical requests cannot be silenced for good: quiet hours and do-not-disturb are told to
    /// the server, so that somebody else is asked; a preference is not.
    ///
    /// # Errors
    /// [`PreferenceError`]
    pub fn validate(&self) -> Result<(), PreferenceError> {
        let refuse = |field, why| Err(PreferenceError { field, why });
        let is_bubble = |rule: LevelRule| rule.show == Show::Bubble;
        if !is_bubble(self.levels.high) {
            return refuse("levels.high.show", "high requests are always shown one by one");
        }
        if !is_bubble(self.levels.critical) {
            return refuse("levels.critical.show", "critical requests are always shown one by one");
        }
        if !(5..=480).contains(&self.digest.0) {
            return refuse("digest", "between 5 and 480 minutes");
        }
        self.quiet.validate()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_saved_is_the_default_and_valid() {
        let read: NotifyPreferences = serde_json::from_str("{}").unwrap();
        assert_eq!(read, NotifyPreferences::default());
        assert_eq!(read.validate(), Ok(()));
        let text = serde_json::to_string(&read).unwrap();
        assert_eq!(serde_json::from_str::<NotifyPreferences>(&text).unwrap(), read);
    }

    #[test]
    fn high_and_critical_cannot_be_switched_off() {
        let mut preferences = NotifyPreferences::default();
        preferences.levels.high.show = Show::Never;
        assert_eq!(preferences.validate().unwrap_err().field, "levels.high.show");
        let mut preferences = NotifyPreferences::default();
        preferences.levels.critical.show = Show::Digest;
        assert_eq!(preferences.validate().unwrap_err().field, "levels.critical.show");
        let mut preferences = NotifyPreferences::default();
        preferences.levels.medium.show = Show::Never;
        assert_eq!(preferences.validate(), Ok(()));
    }

    #[test]
    fn an_unknown_field_is_refused_and_a_digest_has_bounds() {
        assert!(serde_json::from_str::<NotifyPreferences>(r#"{"volume": 3}"#).is_err());
        let often = NotifyPreferences { digest: Digest(1), ..NotifyPreferences::default() };
        assert_eq!(often.validate().unwrap_err().field, "digest");
    }
}
