//! Stops that were ordered while the server was away: one file each, on the disk before anybody is told, numbered in
//! their order. *Nothing is stopped* before the server has one. It knows files and no network.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use navi_protocol::freeze::FreezeRequest;
use serde::{Deserialize, Serialize};

use super::credential::Credential;

/// Most orders that wait; somebody who orders more did not mean that.
const MOST: usize = 100;

/// One stop that was ordered here.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// Id, also its idempotency key.
    pub id: String,
    /// The server that it is for.
    pub url: String,
    /// Whose order it is: only that credential sends it.
    pub credential: Credential,
    /// What is to stop.
    pub request: FreezeRequest,
    /// Ordered at, by this machine's clock (microseconds, UTC).
    pub made_at: i64,
    /// First sent at. Without an answer since, it may be in force.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tried_at: Option<i64>,
    /// Why the server does not take it. It is not sent again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
}

/// The folder of orders, held alone as long as it lives.
#[derive(Debug)]
pub struct Queue {
    folder: PathBuf,
    _held: File,
}

/// Where they lie.
fn folder() -> Option<PathBuf> {
    crate::config::base("XDG_STATE_HOME", ".local/state").map(|b| b.join("navi").join("stops"))
}

/// Whether any waits. Cheap: one look into a folder that most machines do not have.
#[must_use]
pub fn is_empty() -> bool {
    folder().is_none_or(|folder| names(&folder).is_empty())
}

/// Numbers and names of the files, in order.
fn names(folder: &Path) -> Vec<(u64, PathBuf)> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let number = |path: &Path| path.file_name()?.to_str()?.strip_suffix(".json")?.parse().ok();
    let mut found: Vec<(u64, PathBuf)> =
        files.flatten().filter_map(|entry| Some((number(&entry.path())?, entry.path()))).collect();
    found.sort();
    found
}

impl Queue {
    /// Waits until no other command of this user has it.
    ///
    /// # Errors
    /// When the folder cannot be made, or there is no home folder.
    pub fn hold() -> io::Result<Self> {
        Self::at(&folder().ok_or_else(|| io::Error::other("no home folder is known"))?, File::lock)
    }

    /// `None`: another command has it, and sends what there is.
    ///
    /// # Errors
    /// As [`Queue::hold`].
    pub fn try_hold() -> io::Result<Option<Self>> {
        let folder = folder().ok_or_else(|| io::Error::other("no home folder is known"))?;
        match Self::at(&folder, |file| Ok(file.try_lock()?)) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
            other => other.map(Some),
        }
    }

    fn at(folder: &Path, lock: impl Fn(&File) -> io::Result<()>) -> io::Result<Self> {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
        let held = private(&folder.join("lock"))?;
        lock(&held)?;
        Ok(Self { folder: folder.to_owned(), _held: held })
    }

    /// All of them, in order, and the files that are none.
    #[must_use]
    pub fn orders(&self) -> (Vec<Order>, Vec<PathBuf>) {
        let (mut orders, mut damaged) = (Vec::new(), Vec::new());
        for (_, path) in names(&self.folder) {
            let read = std::fs::read(&path).ok().and_then(|text| serde_json::from_slice(&text).ok());
            match read {
                Some(order) => orders.push(order),
                None => damaged.push(path),
            }
        }
        (orders, damaged)
    }

    /// Puts one behind the others. When this returns, it outlives a power cut.
    ///
    /// # Errors
    /// When it could not be written durably; then it is not there.
    pub fn add(&self, order: &Order) -> io::Result<()> {
        let names = names(&self.folder);
        if names.len() >= MOST {
            return Err(io::Error::other(format!("{MOST} stops wait here already; withdraw some first")));
        }
        let number = names.last().map_or(0, |(number, _)| number + 1);
        self.write(&self.folder.join(format!("{number:010}.json")), order)
    }

    /// Writes what became known of one.
    ///
    /// # Errors
    /// When it could not be written durably.
    pub fn update(&self, order: &Order) -> io::Result<()> {
        match self.path_of(&order.id) {
            Some(path) => self.write(&path, order),
            None => Ok(()),
        }
    }

    /// Takes one out; `None`: there is none of this id.
    ///
    /// # Errors
    /// When it could not be removed durably.
    pub fn remove(&self, id: &str) -> io::Result<Option<Order>> {
        let Some(path) = self.path_of(id) else { return Ok(None) };
        let order = std::fs::read(&path)?;
        std::fs::remove_file(&path)?;
        File::open(&self.folder)?.sync_all()?;
        Ok(serde_json::from_slice(&order).ok())
    }

    fn path_of(&self, id: &str) -> Option<PathBuf> {
        let is_it = |path: &PathBuf| {
            let read = std::fs::read(path).ok().and_then(|text| serde_json::from_slice::<Order>(&text).ok());
            read.is_some_and(|order| order.id == id)
        };
        names(&self.folder).into_iter().map(|(_, path)| path).find(is_it)
    }

    /// All of it or nothing, durably: the file, its name, and the folder that lists it.
    fn write(&self, path: &Path, order: &Order) -> io::Result<()> {
        let beside = path.with_extension("part");
        let mut file =
            OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&beside)?;
        file.write_all(&serde_json::to_vec(order).map_err(io::Error::other)?)?;
        file.sync_all()?;
        std::fs::rename(&beside, path)?;
        File::open(&self.folder)?.sync_all()
    }
}

fn private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(id: &str) -> Order {
        Order {
            id: id.into(),
            url: "http://a".into(),
            credential: Credential::Keystore("file:/k".into()),
            request: FreezeRequest { scope: "everything".into(), name: None, reason: "drill".into() },
            made_at: 5,
            tried_at: None,
            refused: None,
        }
    }

    fn queue(dir: &Path) -> Queue {
        Queue::at(dir, File::lock).unwrap()
    }

    #[test]
    fn orders_keep_their_order_over_commands_and_one_can_be_taken_out() {
        let dir = tempfile::tempdir().unwrap();
        ["a", "b", "c"].iter().for_each(|id| queue(dir.path()).add(&order(id)).unwrap());
        let queue = queue(dir.path());
        queue.update(&Order { tried_at: Some(7), ..order("b") }).unwrap();
        assert_eq!(queue.remove("a").unwrap().unwrap().id, "a");
        queue.add(&order("d")).unwrap();
        let (left, damaged) = queue.orders();
        let ids: Vec<(&str, Option<i64>)> = left.iter().map(|o| (o.id.as_str(), o.tried_at)).collect();
        assert_eq!(ids, [("b", Some(7)), ("c", None), ("d", None)]);
        assert!(damaged.is_empty());
        assert!(queue.remove("a").unwrap().is_none());
    }

    #[test]
    fn what_cannot_be_read_is_told_and_hides_no_other() {
        let dir = tempfile::tempdir().unwrap();
        let queue = queue(dir.path());
        std::fs::write(dir.path().join("0000000000.json"), "{").unwrap();
        queue.add(&order("a")).unwrap();
        let (left, damaged) = queue.orders();
        assert_eq!((left.len(), damaged.len()), (1, 1));
    }

    #[test]
    fn of_two_commands_one_sends() {
        let dir = tempfile::tempdir().unwrap();
        let first = queue(dir.path());
        let second = Queue::at(dir.path(), |file| Ok(file.try_lock()?));
        assert_eq!(second.unwrap_err().kind(), io::ErrorKind::WouldBlock);
        drop(first);
        Queue::at(dir.path(), |file| Ok(file.try_lock()?)).unwrap();
    }

    #[test]
    fn only_its_owner_reads_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let dir = tempfile::tempdir().unwrap();
        let below = dir.path().join("stops");
        Queue::at(&below, File::lock).unwrap().add(&order("a")).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&below), mode(&below.join("0000000000.json"))), (0o700, 0o600));
    }
}
