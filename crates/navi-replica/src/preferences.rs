//! What a person prefers on this console: how they are told, and a quiet that they asked for.

use navi_domain::UtcMicros;
use navi_domain::delivery::preferences::{NotifyPreferences, PreferenceError};
use serde::{Deserialize, Serialize};

use crate::{Replica, ReplicaError, db};

/// Requests that this person claimed all at once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// Until when, in server time; then they are given back.
    pub until: UtcMicros,
    /// Which.
    pub approvals: Vec<String>,
}

/// Why preferences were not kept.
#[derive(Debug, thiserror::Error)]
pub enum PreferencesRefusal {
    /// They are not valid.
    #[error(transparent)]
    Invalid(#[from] PreferenceError),
    /// The copy said no.
    #[error(transparent)]
    Copy(#[from] ReplicaError),
}

impl Replica {
    /// How this person is told. What an older or newer build saved and this one cannot read counts as the default.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn notify_preferences(&self) -> Result<NotifyPreferences, ReplicaError> {
        let saved = match db::meta::<NotifyPreferences>(&*self.db()?, "notify") {
            Err(ReplicaError::Unreadable(_)) => None,
            other => other?,
        };
        Ok(saved.filter(|preferences| preferences.validate().is_ok()).unwrap_or_default())
    }

    /// Keeps how this person is told.
    ///
    /// # Errors
    /// [`PreferencesRefusal`]; nothing is kept then.
    pub fn set_notify_preferences(&self, preferences: &NotifyPreferences) -> Result<(), PreferencesRefusal> {
        preferences.validate()?;
        db::set_meta(&*self.db()?, "notify", preferences)?;
        self.changed(|_| {});
        Ok(())
    }

    /// Until when the person asked for quiet, if that is still to come.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn quiet_until(&self) -> Result<Option<UtcMicros>, ReplicaError> {
        let until = db::meta::<Option<UtcMicros>>(&*self.db()?, "quiet_until")?.flatten();
        Ok(until.filter(|until| self.server_now() < *until))
    }

    /// Asks for quiet until an instant of the server's time; `None` ends it.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn set_quiet_until(&self, until: Option<UtcMicros>) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "quiet_until", &until)?;
        self.changed(|_| {});
        Ok(())
    }

    /// What this person claimed all at once; `None`: nothing.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn claims(&self) -> Result<Option<Claims>, ReplicaError> {
        Ok(db::meta::<Option<Claims>>(&*self.db()?, "claims")?.flatten())
    }

    /// Remembers what this person claimed all at once.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn set_claims(&self, claims: Option<&Claims>) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "claims", &claims)
    }

    /// When low requests were summed up last.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn digest_at(&self) -> Result<Option<UtcMicros>, ReplicaError> {
        db::meta(&*self.db()?, "digest_at")
    }

    /// Remembers when low requests were summed up.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn set_digest_at(&self, at: UtcMicros) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "digest_at", &at)
    }

    /// When those notifications came last that count against the limit, oldest first. What cannot be read is none.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn bubbles(&self) -> Result<Vec<UtcMicros>, ReplicaError> {
        match db::meta(&*self.db()?, "bubbles") {
            Err(ReplicaError::Unreadable(_)) => Ok(Vec::new()),
            other => Ok(other?.unwrap_or_default()),
        }
    }

    /// Remembers when they came.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn set_bubbles(&self, at: &[UtcMicros]) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "bubbles", &at)
    }
}

#[cfg(test)]
mod tests {
    use navi_domain::delivery::preferences::Show;
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn preferences_survive_a_restart_and_invalid_ones_are_not_kept() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        let replica = open();
        let mut wanted = NotifyPreferences::default();
        wanted.levels.medium.show = Show::Digest;
        replica.set_notify_preferences(&wanted).unwrap();
        let mut silent = wanted.clone();
        silent.levels.critical.show = Show::Never;
        let refused = replica.set_notify_preferences(&silent).unwrap_err();
        assert!(matches!(refused, PreferencesRefusal::Invalid(e) if e.field == "levels.critical.show"));
        drop(replica);
        assert_eq!(open().notify_preferences().unwrap(), wanted);
        db::set_meta(&open().db().unwrap(), "notify", &"nonsense").unwrap();
        assert_eq!(open().notify_preferences().unwrap(), NotifyPreferences::default());
    }

    #[test]
    fn what_counts_against_the_limit_is_found_by_the_next_run() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        assert!(open().bubbles().unwrap().is_empty());
        open().set_bubbles(&[3, 5]).unwrap();
        assert_eq!(open().bubbles().unwrap(), [3, 5]);
        db::set_meta(&open().db().unwrap(), "bubbles", &"nonsense").unwrap();
        assert!(open().bubbles().unwrap().is_empty());
    }

    #[test]
    fn a_quiet_that_is_over_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        let later = replica.server_now() + 60_000_000;
        replica.set_quiet_until(Some(later)).unwrap();
        assert_eq!(replica.quiet_until().unwrap(), Some(later));
        replica.set_quiet_until(Some(1)).unwrap();
        assert_eq!(replica.quiet_until().unwrap(), None);
        replica.set_quiet_until(None).unwrap();
        assert_eq!(replica.quiet_until().unwrap(), None);
    }
}
