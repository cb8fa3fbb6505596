//! What else a file carries: access lists, capabilities, and attributes of its owner's. Labels that the system gives by
//! itself are left to it.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Result;
use std::path::Path;

use rustix::fs::{XattrFlags, fgetxattr, flistxattr, fremovexattr, fsetxattr, lgetxattr, llistxattr};
use serde::{Deserialize, Serialize};

/// Largest value that Linux keeps.
const MOST: usize = 64 * 1024;
const KEPT: [&str; 3] = ["user.", "system.posix_acl_access", "security.capability"];

/// Values in hex, by their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Attributes(BTreeMap<String, String>);

impl Attributes {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Those of a file; none where the file system has none, or does not tell.
    pub fn of(path: &Path) -> Self {
        let list = |buffer: &mut [u8]| llistxattr(path, buffer);
        Self::read(list, |name, buffer| lgetxattr(path, name, buffer))
    }

    fn read(
        list: impl Fn(&mut [u8]) -> rustix::io::Result<usize>,
        value: impl Fn(&str, &mut [u8]) -> rustix::io::Result<usize>,
    ) -> Self {
        let mut names = vec![0; MOST];
        let length = list(&mut names).unwrap_or(0);
        if length == 0 {
            // As with most files.
            return Self::default();
        }
        let names = names.get(..length).unwrap_or_default().split(|byte| *byte == 0);
        let names = names.filter_map(|name| std::str::from_utf8(name).ok());
        let kept = names.filter(|name| KEPT.iter().any(|kept| name.starts_with(kept)));
        let mut buffer = vec![0; MOST];
        let read = kept.filter_map(|name| {
            let length = value(name, &mut buffer).ok()?;
            Some((name.to_owned(), hex::encode(buffer.get(..length)?)))
        });
        Self(read.collect())
    }

    /// Gives a file these and no others.
    pub fn give(&self, file: &File) -> Result<()> {
        let list = |buffer: &mut [u8]| flistxattr(file, buffer);
        let has = Self::read(list, |name, buffer| fgetxattr(file, name, buffer));
        for (name, value) in self.0.iter().filter(|(name, value)| has.0.get(*name) != Some(value)) {
            let value = hex::decode(value).map_err(std::io::Error::other)?;
            fsetxattr(file, name.as_str(), &value, XattrFlags::empty())?;
        }
        for name in has.0.keys().filter(|name| !self.0.contains_key(*name)) {
            fremovexattr(file, name.as_str())?;
        }
        Ok(())
    }
}
