//! How far the news of each request came on this device, durably, and what of that the server has; rejections that can
//! still be taken back.

use std::collections::BTreeMap;

use navi_domain::UtcMicros;
use navi_domain::delivery::desk::Desk;
use navi_domain::delivery::{Delivery, Step};
use navi_domain::risk::Level;
use rusqlite::{Connection, OptionalExtension, params};
use serde::{Deserialize, Serialize};

use crate::db::{self, failed};
use crate::state::ReplicaEvent;
use crate::{Replica, ReplicaError};

/// News of ended requests is kept this long: 30 days.
const KEPT: UtcMicros = 30 * 24 * 3600 * navi_domain::SECOND;

/// What the news is about: a request as it was shown. Another content or level is other news.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct About {
    /// The request.
    pub approval_id: String,
    /// Digest (hex).
    pub digest: String,
    /// Level.
    pub level: Level,
}

/// News of a request, and how many of its alerts were told to this person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// How far it came.
    pub delivery: Delivery,
    /// Alerts told.
    pub alerts: usize,
}

/// A rejection that can still be taken back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldReject {
    /// The request.
    pub approval_id: String,
    /// Digest (hex) of what was shown.
    pub digest: String,
    /// Policy hash (hex) of what was shown.
    pub policy_hash: String,
    /// From this instant on (server time) it is signed.
    pub due_at: UtcMicros,
}

impl Replica {
    /// News of every pending request that this device knows of.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn tracked(&self) -> Result<BTreeMap<About, Tracked>, ReplicaError> {
        let db = self.db()?;
        let rows: Vec<(String, i64)> = db
            .prepare_cached(
                "SELECT d.body, d.alerts FROM delivery d JOIN approval a ON a.id = d.approval_id
                 WHERE a.status = 'pending'",
            )
            .and_then(|mut s| s.query_map([], |r| Ok((r.get(0)?, r.get(1)?)))?.collect())
            .map_err(failed("read deliveries"))?;
        let read = |(body, alerts): (String, i64)| {
            let delivery = parse(&body)?;
            let about = About {
                approval_id: delivery.approval_id.clone(),
                digest: delivery.digest.clone(),
                level: delivery.level,
            };
            Ok((about, Tracked { delivery, alerts: usize::try_from(alerts).unwrap_or(0) }))
        };
        rows.into_iter().map(read).collect()
    }

    /// Takes one step, durably; the news is created if this device did not know of the request. `None`: the step
    /// changes nothing.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn step(&self, about: &About, step: Step) -> Result<Option<Delivery>, ReplicaError> {
        self.steps(std::slice::from_ref(about), step).map(|mut taken| taken.pop())
    }

    /// Takes the same step for several, in one transaction; those that it changed.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn steps(&self, about: &[About], step: Step) -> Result<Vec<Delivery>, ReplicaError> {
        let now = self.server_now();
        let mut taken = Vec::new();
        if about.is_empty() {
            return Ok(taken);
        }
        {
            let mut db = self.db()?;
            let tx = db.transaction().map_err(failed("begin"))?;
            for one in about {
                let known = find(&tx, one)?;
                let fresh = || Delivery::created(&one.approval_id, &one.digest, one.level, now);
                let before = known.unwrap_or_else(fresh);
                if let Some(next) = before.after(step, now) {
                    keep(&tx, &next)?;
                    taken.push(next);
                }
            }
            tx.commit().map_err(failed("commit deliveries"))?;
        }
        if !taken.is_empty() {
            self.shared.reports_due.store(true, std::sync::atomic::Ordering::Release);
        }
        Ok(taken)
    }

    /// Notes that this device knows of requests, where it did not.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn note_created(&self, about: &[About]) -> Result<(), ReplicaError> {
        if about.is_empty() {
            return Ok(());
        }
        let now = self.server_now();
        let mut db = self.db()?;
        let tx = db.transaction().map_err(failed("begin"))?;
        for one in about {
            if find(&tx, one)?.is_none() {
                keep(&tx, &Delivery::created(&one.approval_id, &one.digest, one.level, now))?;
            }
        }
        tx.commit().map_err(failed("commit deliveries"))?;
        self.shared.reports_due.store(true, std::sync::atomic::Ordering::Release);
        Ok(())
    }

    /// Remembers that this many of the request's alerts were told.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn alerts_told(&self, about: &About, alerts: usize) -> Result<(), ReplicaError> {
        self.db()?
            .execute(
                "UPDATE delivery SET alerts = ?4 WHERE approval_id = ?1 AND digest = ?2 AND level = ?3",
                params![
                    about.approval_id,
                    about.digest,
                    about.level.as_str(),
                    i64::try_from(alerts).unwrap_or(i64::MAX)
                ],
            )
            .map_err(failed("remember an alert"))?;
        Ok(())
    }

    /// What the server has not heard yet, oldest step first.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn unreported(&self, most: usize) -> Result<Vec<Delivery>, ReplicaError> {
        let rows: Vec<String> = self
            .db()?
            .prepare_cached(
                "SELECT body FROM delivery WHERE changed_at > reported_at ORDER BY changed_at LIMIT ?1",
            )
            .and_then(|mut s| s.query_map([most.min(500) as i64], |r| r.get(0))?.collect())
            .map_err(failed("read deliveries"))?;
        rows.iter().map(|body| parse(body)).collect()
    }

    /// Remembers what the server has heard. A step taken meanwhile stays unreported.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn reported(&self, heard: &[Delivery]) -> Result<(), ReplicaError> {
        let forget_before = self.server_now() - KEPT;
        let mut db = self.db()?;
        let tx = db.transaction().map_err(failed("begin"))?;
        for delivery in heard {
            tx.prepare_cached(
                "UPDATE delivery SET reported_at = max(reported_at, ?4)
                 WHERE approval_id = ?1 AND digest = ?2 AND level = ?3",
            )
            .and_then(|mut s| {
                s.execute(params![
                    delivery.approval_id,
                    delivery.digest,
                    delivery.level.as_str(),
                    delivery.changed_at
                ])
            })
            .map_err(failed("remember a report"))?;
        }
        tx.execute(
            "DELETE FROM delivery WHERE changed_at < ?1 AND approval_id NOT IN
             (SELECT id FROM approval WHERE status = 'pending')",
            [forget_before],
        )
        .map_err(failed("forget old deliveries"))?;
        tx.commit().map_err(failed("commit a report"))
    }

    /// The desktop as the server last heard of it.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn desk(&self) -> Result<Option<Desk>, ReplicaError> {
        db::meta(&*self.db()?, "desk")
    }

    /// Keeps what the desktop can show; it is reported when it differs, its instant aside.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn set_desk(&self, desk: &Desk) -> Result<(), ReplicaError> {
        let db = self.db()?;
        let known: Option<Desk> = db::meta(&db, "desk")?;
        if known.is_some_and(|known| Desk { at: desk.at, ..known } == *desk) {
            return Ok(());
        }
        db::set_meta(&db, "desk", desk)?;
        db::set_meta(&db, "desk_reported", &false)?;
        self.shared.reports_due.store(true, std::sync::atomic::Ordering::Release);
        Ok(())
    }

    pub(crate) fn unreported_desk(&self) -> Result<Option<Desk>, ReplicaError> {
        let db = self.db()?;
        match db::meta::<bool>(&db, "desk_reported")? {
            Some(false) => db::meta(&db, "desk"),
            _ => Ok(None),
        }
    }

    pub(crate) fn desk_reported(&self, heard: &Desk) -> Result<(), ReplicaError> {
        let db = self.db()?;
        if db::meta::<Desk>(&db, "desk")?.as_ref() == Some(heard) {
            db::set_meta(&db, "desk_reported", &true)?;
        }
        Ok(())
    }

    /// Holds a rejection back, so that it can be taken back until `due_at`.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn hold_reject(&self, held: &HeldReject) -> Result<(), ReplicaError> {
        self.db()?
            .execute(
                "INSERT INTO held_reject (approval_id, digest, due_at, policy_hash) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (approval_id) DO UPDATE SET digest = ?2, due_at = ?3, policy_hash = ?4",
                params![held.approval_id, held.digest, held.due_at, held.policy_hash],
            )
            .map_err(failed("hold a rejection"))?;
        self.changed(|_| {});
        Ok(())
    }

    /// Rejections that can still be taken back, or are due, soonest first.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn held_rejects(&self) -> Result<Vec<HeldReject>, ReplicaError> {
        let held = |r: &rusqlite::Row<'_>| {
            Ok(HeldReject {
                approval_id: r.get(0)?,
                digest: r.get(1)?,
                due_at: r.get(2)?,
                policy_hash: r.get(3)?,
            })
        };
        self.db()?
            .prepare_cached(
                "SELECT approval_id, digest, due_at, policy_hash FROM held_reject ORDER BY due_at",
            )
            .and_then(|mut s| s.query_map([], held)?.collect())
            .map_err(failed("read held rejections"))
    }

    /// Takes a held rejection back, as its person wants. `false`: there was none, which is announced, because whoever
    /// pressed it cannot see what it did.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn take_back_reject(&self, approval_id: &str) -> Result<bool, ReplicaError> {
        let taken_back = self.drop_held_reject(approval_id)?;
        if !taken_back {
            self.emit(ReplicaEvent::NotTakenBack(approval_id.to_owned()));
        }
        Ok(taken_back)
    }

    /// Holds it no longer: it was taken back, or is signed now. `false`: there was none.
    ///
    /// # Errors
    /// [`ReplicaError`]
    pub fn drop_held_reject(&self, approval_id: &str) -> Result<bool, ReplicaError> {
        let gone = self
            .db()?
            .execute("DELETE FROM held_reject WHERE approval_id = ?1", [approval_id])
            .map_err(failed("drop a held rejection"))?;
        self.changed(|_| {});
        Ok(gone > 0)
    }
}

fn find(c: &Connection, about: &About) -> Result<Option<Delivery>, ReplicaError> {
    let body: Option<String> = c
        .prepare_cached("SELECT body FROM delivery WHERE approval_id = ?1 AND digest = ?2 AND level = ?3")
        .and_then(|mut s| {
            s.query_row(params![about.approval_id, about.digest, about.level.as_str()], |r| r.get(0))
                .optional()
        })
        .map_err(failed("read a delivery"))?;
    body.map(|body| parse(&body)).transpose()
}

fn keep(c: &Connection, delivery: &Delivery) -> Result<(), ReplicaError> {
    let body = serde_json::to_string(delivery).map_err(|_| ReplicaError::Unreadable("delivery"))?;
    c.prepare_cached(
        "INSERT INTO delivery (approval_id, digest, level, changed_at, body) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (approval_id, digest, level) DO UPDATE
         SET changed_at = ?4, body = ?5",
    )
    .and_then(|mut s| {
        s.execute(params![
            delivery.approval_id,
            delivery.digest,
            delivery.level.as_str(),
            delivery.changed_at,
            body
        ])
    })
    .map(|_| ())
    .map_err(failed("keep a delivery"))
}

fn parse(body: &str) -> Result<Delivery, ReplicaError> {
    serde_json::from_str(body).map_err(|_| ReplicaError::Unreadable("delivery"))
}

#[cfg(test)]
mod tests {
    use navi_domain::delivery::{Hindrance, Stage};
    use zeroize::Zeroizing;

    use super::*;

    fn about(id: &str) -> About {
        About { approval_id: id.into(), digest: "d".into(), level: Level::High }
    }

    #[test]
    fn steps_survive_a_restart_and_are_reported_once() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        let replica = open();
        replica.step(&about("a"), Step::Dispatched).unwrap().unwrap();
        assert_eq!(replica.step(&about("a"), Step::Shown).unwrap(), None, "it was not accepted");
        drop(replica);

        let replica = open();
        let unreported = replica.unreported(10).unwrap();
        assert_eq!(unreported.iter().map(Delivery::stage).collect::<Vec<_>>(), [Stage::Dispatched]);
        replica.step(&about("a"), Step::Accepted).unwrap().unwrap();
        replica.reported(&unreported).unwrap();
        let rest = replica.unreported(10).unwrap();
        assert_eq!(rest.len(), 1, "what happened while the report was under way is still to be told");
        assert!(rest[0].changed_at > unreported[0].changed_at);
        replica.reported(&rest).unwrap();
        assert!(replica.unreported(10).unwrap().is_empty());
    }

    #[test]
    fn two_steps_in_one_instant_are_two_for_the_server() {
        let dir = tempfile::tempdir().unwrap();
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        replica.note_created(&[about("a")]).unwrap();
        for step in [Step::Dispatched, Step::Accepted, Step::Hindered(Hindrance::DoNotDisturb)] {
            let before = replica.unreported(10).unwrap();
            replica.reported(&before).unwrap();
            replica.step(&about("a"), step).unwrap().unwrap();
            let after = replica.unreported(10).unwrap();
            assert_eq!(after.len(), 1);
            assert!(after[0].changed_at > before[0].changed_at);
            assert!(after[0].is_sound(after[0].changed_at));
        }
    }

    #[test]
    fn a_desk_is_reported_when_it_differs() {
        let dir = tempfile::tempdir().unwrap();
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        let desk = Desk { service: Some("dunst".into()), at: 1, ..Desk::default() };
        replica.set_desk(&desk).unwrap();
        let due = replica.unreported_desk().unwrap().unwrap();
        replica.desk_reported(&due).unwrap();
        replica.set_desk(&Desk { at: 9, ..desk.clone() }).unwrap();
        assert_eq!(replica.unreported_desk().unwrap(), None, "only its instant is another");
        replica.set_desk(&Desk { do_not_disturb: Some(true), at: 10, ..desk }).unwrap();
        assert!(replica.unreported_desk().unwrap().is_some());
    }

    #[test]
    fn a_held_rejection_survives_a_restart_and_can_be_taken_back() {
        let dir = tempfile::tempdir().unwrap();
        let open = || Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        let held =
            HeldReject { approval_id: "a".into(), digest: "d".into(), policy_hash: "p".into(), due_at: 5 };
        open().hold_reject(&held).unwrap();
        assert_eq!(open().held_rejects().unwrap(), [held]);
        assert!(open().drop_held_reject("a").unwrap());
        assert!(!open().drop_held_reject("a").unwrap());
    }

    #[test]
    fn who_takes_back_what_is_no_longer_held_hears_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let replica = Replica::open(&dir.path().join("replica.db"), &Zeroizing::new([4; 32])).unwrap();
        let mut heard = replica.subscribe();
        let held =
            HeldReject { approval_id: "a".into(), digest: "d".into(), policy_hash: "p".into(), due_at: 5 };
        replica.hold_reject(&held).unwrap();
        assert!(replica.take_back_reject("a").unwrap());
        assert!(heard.try_recv().is_err(), "it was taken back");
        assert!(!replica.take_back_reject("a").unwrap());
        assert_eq!(heard.try_recv().unwrap(), ReplicaEvent::NotTakenBack("a".into()));
    }
}
