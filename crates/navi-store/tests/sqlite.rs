//! The conformance suite on SQLite: plain, encrypted, and behind the decorator while it injects nothing.

#![expect(clippy::unwrap_used, reason = "assertions of test code")]

use std::sync::Arc;

use navi_store::Store;
use navi_store::conformance::{ORG, ORG_KEY, ORIGIN, first};
use navi_store::fault::FaultyStore;
use navi_store::sqlite::{Options, SqliteStore};

fn create(key: Option<[u8; 32]>) -> (Arc<SqliteStore>, tempfile::TempDir) {
    let dir = tempfile::tempdir().unwrap();
    let options = Options { key, ..Options::new(dir.path().join("navi.db"), ORG_KEY) };
    (SqliteStore::create(options, ORG, ORIGIN, first()).unwrap(), dir)
}

mod plain {
    use super::*;
    navi_store::suite!({
        let (store, dir) = create(None);
        (store as Arc<dyn Store>, dir)
    });
}

mod encrypted {
    use super::*;
    navi_store::suite!({
        let (store, dir) = create(Some([5; 32]));
        (store as Arc<dyn Store>, dir)
    });
}

mod decorated {
    use super::*;
    navi_store::suite!({
        let (store, dir) = create(None);
        (Arc::new(FaultyStore::new(store)) as Arc<dyn Store>, dir)
    });
}
