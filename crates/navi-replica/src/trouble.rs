//! What can be wrong with the file itself, told apart, because each needs another answer from a person.

use rusqlite::ErrorCode;

use crate::{Replica, ReplicaError, db};

/// What is wrong with the copy's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It cannot be read any more (or belongs to another key): [`Replica::rebuild`] sets it aside.
    Damaged,
    /// Nothing can be written: what is decided now would be lost, so nothing is claimed as saved.
    DiskFull,
}

impl Trouble {
    /// Stable code for the screens.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Damaged => "database_corrupt",
            Self::DiskFull => "disk_full",
        }
    }
}

impl ReplicaError {
    /// What is wrong with the file, if that is the cause.
    #[must_use]
    pub fn trouble(&self) -> Option<Trouble> {
        match self {
            Self::WrongKey => Some(Trouble::Damaged),
            Self::Database { source, .. } => of(source),
            Self::Migration(error) => error.source_of_sqlite().and_then(of),
            Self::Unreadable(_) | Self::NothingYet | Self::Poisoned | Self::SetAside(_) => None,
        }
    }
}

trait SourceOfSqlite {
    fn source_of_sqlite(&self) -> Option<&rusqlite::Error>;
}

impl SourceOfSqlite for refinery::Error {
    fn source_of_sqlite(&self) -> Option<&rusqlite::Error> {
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            if let Some(found) = error.downcast_ref::<rusqlite::Error>() {
                return Some(found);
            }
            cause = error.source();
        }
        None
    }
}

/// A page whose MAC does not fit reaches us as any of the first three, depending on where it lies.
fn of(error: &rusqlite::Error) -> Option<Trouble> {
    match error.sqlite_error_code()? {
        ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown => Some(Trouble::Damaged),
        ErrorCode::DiskFull | ErrorCode::SystemIoFailure | ErrorCode::ReadOnly => Some(Trouble::DiskFull),
        _ => None,
    }
}

impl Replica {
    /// Notes what a failure says about the file, for everybody who shows the copy.
    pub(crate) fn note_trouble(&self, error: &ReplicaError) {
        if let Some(trouble) = error.trouble() {
            self.changed(|s| s.trouble = Some(trouble));
        }
    }

    /// Tries to write, and forgets an earlier trouble when that works.
    ///
    /// # Errors
    /// [`ReplicaError`], when it still does not.
    pub fn probe(&self) -> Result<(), ReplicaError> {
        let now = self.server_now();
        let wrote = self.db().and_then(|db| {
            // More than a page, so that a full disk cannot hide behind free space in the file.
            db::set_meta(&db, "probe", &"x".repeat(16_384))?;
            db::set_meta(&db, "probe", &now)
        });
        match &wrote {
            Ok(()) if self.watch().borrow().trouble == Some(Trouble::DiskFull) => {
                self.changed(|s| s.trouble = None);
                // Whoever made room does not want to wait for the next try to connect.
                self.shared.outbox_changed.notify_one();
            }
            Ok(()) => {}
            Err(error) => self.note_trouble(error),
        }
        wrote
    }
}

#[cfg(test)]
mod tests {
    use zeroize::Zeroizing;

    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_and_is_over_when_there_is_room() {
        let dir = tempfile::tempdir().unwrap();
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([1; 32])).unwrap();
        replica.probe().unwrap();
        let limit = |pages: &str| {
            let sql = format!("PRAGMA max_page_count = {pages}");
            replica.db().unwrap().query_row(&sql, [], |r| r.get::<_, i64>(0)).unwrap()
        };
        replica.db().unwrap().execute_batch("VACUUM").unwrap();
        limit("1");
        let refused = replica.probe().unwrap_err();
        assert_eq!(refused.trouble(), Some(Trouble::DiskFull), "{refused:?}");
        assert_eq!(replica.watch().borrow().trouble, Some(Trouble::DiskFull));
        limit("1000000");
        replica.probe().unwrap();
        assert_eq!(replica.watch().borrow().trouble, None);
    }
}
