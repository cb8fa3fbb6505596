//! Which notifications stand on the screen, durably: another run finds those of one that ended, whose buttons are dead.

use serde::{Deserialize, Serialize};

use crate::deliveries::About;
use crate::{Replica, ReplicaError, db};

/// A notification on the screen. Its id is the notification service's, and means something only to the same service on
/// the same bus.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnScreen {
    /// What it is about; a later one with the same key takes its place.
    pub key: String,
    /// The requests that it stands for.
    pub covers: Vec<About>,
    /// The service's id of it.
    pub id: u32,
    /// The service's unique name on the bus.
    pub owner: String,
    /// The bus's own id.
    pub bus: String,
}

impl OnScreen {
    /// Whether it asks for a decision; otherwise it only said something.
    #[must_use]
    pub fn asks(&self) -> bool {
        !self.covers.is_empty()
            && !self.key.starts_with("vote:")
            && self.covers.iter().all(|about| !about.digest.is_empty())
    }
}

impl Replica {
    /// What stood on the screen when that was last noted. What an older or newer build noted counts as nothing.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn on_screen(&self) -> Result<Vec<OnScreen>, ReplicaError> {
        match db::meta::<Vec<OnScreen>>(&*self.db()?, "on_screen") {
            Err(ReplicaError::Unreadable(_)) => Ok(Vec::new()),
            other => Ok(other?.unwrap_or_default()),
        }
    }

    /// Notes what stands on the screen now.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn set_on_screen(&self, now: &[OnScreen]) -> Result<(), ReplicaError> {
        db::set_meta(&*self.db()?, "on_screen", &now)
    }
}

#[cfg(test)]
mod tests {
    use navi_domain::risk::Level;
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn what_stood_on_the_screen_is_found_by_the_next_run() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        assert_eq!(open().on_screen().unwrap(), []);
        let about = About { approval_id: "a".into(), digest: "d".into(), level: Level::High };
        let (key, owner, bus) = ("high".to_owned(), ":1.7".to_owned(), "0a".to_owned());
        let shown = [OnScreen { key, covers: vec![about], id: 3, owner, bus }];
        open().set_on_screen(&shown).unwrap();
        assert_eq!(open().on_screen().unwrap(), shown);
        db::set_meta(&open().db().unwrap(), "on_screen", &"nonsense").unwrap();
        assert_eq!(open().on_screen().unwrap(), []);
    }
}
