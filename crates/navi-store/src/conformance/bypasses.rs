//! Bypasses: one row that decides between askers, and an end that no commit outruns.

use std::sync::Arc;

use navi_domain::bypass::{Bypass, BypassLimits, BypassScope, Standing, Wish};
use navi_domain::event::EventKind;

use super::{commit, sample};
use crate::{Change, Expected, Key, Outcome, Record, Store};

fn asked(id: &str, by: &str, now: i64) -> Bypass {
    let wish = Wish {
        scope: BypassScope::Repo("shop".into()),
        incident: "INC-7".into(),
        reason: "the shop takes no orders since noon".into(),
        minutes: 15,
    };
    Bypass::ask(id.into(), by, wish, BypassLimits::default(), now).unwrap()
}

/// Both read that there is none; only one of them writes.
pub async fn two_askers_and_one_is_second(store: Arc<dyn Store>) {
    let store = &*store;
    assert_eq!(store.bypasses().await.unwrap(), None);
    assert_eq!(store.org_versions().await.unwrap().bypasses, 0);
    let now = store.now();
    let ask = |id, by| {
        let all = Standing::default().with(asked(id, by, now), now).unwrap();
        Change::default().event(sample::event(EventKind::BypassAsked, id, &[])).put(Record::Bypasses(all))
    };
    commit(store, ask("b1", "ana")).await;
    assert_eq!(store.commit(ask("b2", "bo")).await.unwrap(), Outcome::Conflict(Key::Bypasses));
    let read = store.bypasses().await.unwrap().unwrap();
    assert_eq!((read.version, read.bypasses), (1, vec![asked("b1", "ana", now)]));
    assert_eq!(store.org_versions().await.unwrap().bypasses, 1);
}

/// The batch's own time decides, not the time at which the change was made.
pub async fn what_rests_on_a_bypass_is_not_committed_after_its_end(store: Arc<dyn Store>) {
    let store = &*store;
    let now = store.now();
    let used = || {
        Change::default().expect(Key::Bypasses, Expected::Absent).event(sample::event(
            EventKind::BypassUsed,
            "b1",
            &[],
        ))
    };
    let size = store.head().await.unwrap().size;
    let late = used().before(Key::Bypasses, now - 1);
    assert_eq!(store.commit(late).await.unwrap(), Outcome::Conflict(Key::Bypasses));
    assert_eq!(store.head().await.unwrap().size, size);
    commit(store, used().before(Key::Bypasses, now + 3_600 * navi_domain::SECOND)).await;
}
