//! A request that waits climbs the line: at its part of the time allowed, or at once while nobody who was told can be
//! reached. What waited longer than the target is marked. A claim stops the ringing; a snooze that leaves too few people
//! passes it on at once.

use std::collections::{BTreeMap, BTreeSet};

use navi_domain::UtcMicros;
use navi_domain::approval::Approval;
use navi_domain::delivery::desk;
use navi_domain::event::{Event, EventKind};
use navi_domain::oncall::OnCall;
use navi_domain::oncall::line::{Alert, Cause, Reach};
use navi_domain::oncall::rota::on_call;
use navi_domain::people::{Right, User};
use navi_store::{Change, DeskRow, Record, Told};
use serde_json::json;

use super::{claim, commit, system_event};
use crate::presence::Devices;
use crate::rules::Rules;
use crate::{App, Refusal};

/// A request is given this long before it counts that nobody can be reached: consoles come back after a short loss.
const GRACE: i64 = 60 * 1_000_000;
/// Where consoles are there and say that nothing they show is noticed, a server that has just started waits only this
/// long for others.
const SETTLING: i64 = 10 * 1_000_000;

/// Alerts whoever is next of every request whose step is due.
///
/// # Errors
/// The store's refusal; what was not done is done the next time.
pub async fn climb(app: &App) -> Result<(), Refusal> {
    let waiting = app.store.approvals_ringing().await?;
    if waiting.is_empty() {
        return Ok(());
    }
    let around = Around::read(app).await?;
    for approval in waiting {
        let (now, news) = (app.store.now(), app.store.deliveries(&approval.id).await?);
        if let Some((next, events)) = around.step(&approval, &news, now) {
            let change = events.into_iter().fold(Change::default(), Change::event);
            commit(app, change.put(Record::Approval(next))).await?;
        }
    }
    Ok(())
}

/// Alerts the next in line when those who are left cannot decide it, and whoever follows until somebody is reached.
///
/// # Errors
/// The store's refusal.
pub(super) async fn hand_over(
    app: &App,
    approval: Approval,
    now: UtcMicros,
) -> Result<(Approval, Vec<Event>), Refusal> {
    let around = Around::read(app).await?;
    let (mut next, mut events) = (approval, Vec::new());
    if !next.lacks_people(&around.there(now), now) {
        return Ok((next, events));
    }
    while let Some(nth) = next.step_at_once(&around.book.line) {
        let alert = around.alert(&next, nth, Cause::Snoozed, now);
        events.push(around.escalated(&next, &alert, now));
        let reached = !alert.users.is_empty();
        next = next.alerted(alert);
        if reached {
            break;
        }
    }
    Ok((next, events))
}

struct Around {
    book: OnCall,
    people: Vec<User>,
    rules: std::sync::Arc<Rules>,
    reached: BTreeMap<String, Devices>,
    desks: Vec<DeskRow>,
    since: UtcMicros,
}

impl Around {
    async fn read(app: &App) -> Result<Self, Refusal> {
        Ok(Self {
            book: app.store.on_call().await?.unwrap_or_default(),
            people: app.store.users().await?,
            rules: app.rules.newest(app.store.as_ref()).await?,
            reached: app.presence.places(),
            desks: app.store.desks().await?,
            since: app.presence.since(),
        })
    }

    /// Who may vote and has a console open; everybody who may vote, while consoles may still be coming back.
    fn there(&self, now: UtcMicros) -> BTreeSet<String> {
        let open = |person: &User| now < self.since + GRACE || self.reached.contains_key(&person.id);
        self.people.iter().filter(|p| self.may_vote(p) && open(p)).map(|p| p.id.clone()).collect()
    }

    fn alert(&self, approval: &Approval, nth: u8, cause: Cause, now: UtcMicros) -> Alert {
        Alert { step: nth, users: self.who(usize::from(nth), approval, now), cause, at: now }
    }

    fn escalated(&self, approval: &Approval, alert: &Alert, now: UtcMicros) -> Event {
        let payload = json!({
            "alert": alert,
            "whom": self.book.line.steps.get(usize::from(alert.step)),
            "waited_secs": approval.waited(now) / 1_000_000,
        });
        system_event(EventKind::ApprovalEscalated, &approval.id, &claim::links(approval), payload)
    }

    fn step(&self, approval: &Approval, news: &[Told], now: UtcMicros) -> Option<(Approval, Vec<Event>)> {
        let mut events = Vec::new();
        let mut next = approval.clone();
        if let Some(late) = next.missed_target(&self.book.line, now) {
            let payload = json!({
                "target_minutes": self.book.line.target_minutes,
                "waited_secs": approval.waited(now) / 1_000_000,
            });
            events.push(system_event(
                EventKind::TargetMissed,
                &approval.id,
                &claim::links(approval),
                payload,
            ));
            next = late;
        }
        let nobody = self.nobody_for(approval, news, now);
        if let Some((nth, cause)) = next.next_alert(&self.book.line, nobody, now) {
            let alert = self.alert(approval, nth, cause, now);
            events.push(self.escalated(approval, &alert, now));
            next = next.alerted(alert);
        }
        (!events.is_empty()).then_some((next, events))
    }

    /// Whether nobody who may vote on others' requests can notice it: no console is open (or its person put this one off), which is waited for a little,
    /// or those that are open say that they are silenced, which is no matter of waiting.
    fn nobody_for(&self, approval: &Approval, news: &[Told], now: UtcMicros) -> bool {
        let voter = |id: &str| self.people.iter().any(|p| p.id == id && self.may_vote(p));
        let put_off = |id: &str| approval.snooze_of(id, now).is_some();
        let asked = |id: &str| id != approval.requester && voter(id) && !put_off(id);
        let there = self.reached.iter().filter(|(id, _)| asked(id));
        let mut told_us = false;
        for (_, devices) in there {
            if devices.has_page() || devices.ids().any(|id| self.notices(id, approval, news, now)) {
                return false;
            }
            told_us = true;
        }
        if told_us {
            return now >= self.since + SETTLING;
        }
        approval.waited(now) >= GRACE && now >= self.since + GRACE
    }

    fn notices(&self, device: &str, approval: &Approval, news: &[Told], now: UtcMicros) -> bool {
        let own = |told: &&Told| told.device_id == device && told.delivery.digest == approval.digest;
        let news = news.iter().find(own).map(|told| &told.delivery);
        let desk = self.desks.iter().find(|row| row.device_id == device).map(|row| &row.desk);
        desk::reaches(news, desk, now)
    }

    fn may_vote(&self, person: &User) -> bool {
        self.rules.may(&person.id, person.role, Right::Vote)
    }

    /// Those whom a step reaches, who may vote on this, and who did not put it off.
    fn who(&self, nth: usize, approval: &Approval, now: UtcMicros) -> Vec<String> {
        let Some(step) = self.book.line.steps.get(nth) else { return Vec::new() };
        let named = |person: &&User| match &step.reach {
            Reach::Schedule(id) => {
                let on_call = self.book.schedule(id).and_then(|schedule| on_call(schedule, now));
                on_call.is_some_and(|(user, _)| user == person.id)
            }
            Reach::User(user) => *user == person.id,
            Reach::Role(role) => *role == person.role,
        };
        let people = self.people.iter().filter(named);
        let open = |p: &&User| {
            p.id != approval.requester && self.may_vote(p) && approval.snooze_of(&p.id, now).is_none()
        };
        people.filter(open).map(|p| p.id.clone()).collect()
    }
}
